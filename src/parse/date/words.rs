//! What a word can mean in a date. The words themselves are in `data/date_words.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Calendar;
use super::fold::fold;
use super::zone::{self, Zone};

/// What every word of a date can mean; its first lines tell the form.
pub const TABLE: &str = include_str!("../data/date_words.txt");

/// A month of a calendar, 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Month {
    pub calendar: Calendar,
    pub number: u8,
    /// Sure enough to be read without a year. Hijri months in Latin letters are not: `mehr` is
    /// German for more.
    pub yearless: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Half {
    Am,
    Pm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Everything that one spelling may mean; which of it is meant, its neighbours tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Roles {
    /// Has any role at all; a word without one is a stranger.
    pub known: bool,
    pub month: Option<Month>,
    pub zone: Option<Zone>,
    pub half: Option<Half>,
    /// The half of the day stands before its clock.
    pub leads: bool,
    /// A unit of time and how many of it: Arabic has a dual.
    pub unit: Option<(Unit, u8)>,
    pub count: Option<u8>,
    /// Today is 0, yesterday 1.
    pub days_back: Option<u8>,
    pub now: bool,
    pub ago: bool,
    /// May stand between the parts of a date: a weekday, "of", an ordinal's ending, "year".
    pub gap: bool,
    /// Makes a number before it a month.
    pub month_mark: bool,
    /// The `T` of ISO 8601.
    pub time_mark: bool,
    /// The `W` of ISO 8601.
    pub week_mark: bool,
    /// Written in Latin letters.
    pub latin: bool,
    /// May begin a name of two words.
    pub head: bool,
}

impl Roles {
    const NONE: Self = Self {
        known: false,
        month: None,
        zone: None,
        half: None,
        leads: false,
        unit: None,
        count: None,
        days_back: None,
        now: false,
        ago: false,
        gap: false,
        month_mark: false,
        time_mark: false,
        week_mark: false,
        latin: false,
        head: false,
    };
}

static WORDS: LazyLock<HashMap<String, Roles>> = LazyLock::new(|| load(TABLE));

static STRANGER: Roles = Roles::NONE;

static LATIN_STRANGER: Roles = Roles {
    latin: true,
    ..Roles::NONE
};

/// The roles of a folded word, or of two with a space between them.
pub(super) fn roles(word: &str) -> &'static Roles {
    WORDS.get(word).unwrap_or(match word.as_bytes().first() {
        Some(b'a'..=b'z') => &LATIN_STRANGER,
        _ => &STRANGER,
    })
}

/// Reads the table; its first lines tell the form.
fn load(table: &str) -> HashMap<String, Roles> {
    let mut words = HashMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split_whitespace();
        let Some(kind) = fields.next() else { continue };
        if kind == "months" {
            months(&mut words, fields);
            continue;
        }
        let (kind, argument) = kind.split_once('=').unwrap_or((kind, ""));
        // The second field names the language, for the reader alone.
        for field in fields.skip(1) {
            add(&mut words, field, |roles| give(roles, kind, argument));
        }
    }
    words
}

fn months<'t>(words: &mut HashMap<String, Roles>, mut fields: impl Iterator<Item = &'t str>) {
    let calendar = match fields.next() {
        Some("solar") => Calendar::SolarHijri,
        Some("lunar") => Calendar::LunarHijri,
        _ => Calendar::Gregorian,
    };
    let endings = fields.nth(1).unwrap_or("-");
    for (number, field) in (1..).zip(fields) {
        for name in field.split('/').filter(|name| *name != "-") {
            let month = Month {
                calendar,
                number,
                yearless: calendar == Calendar::Gregorian || !name.is_ascii(),
            };
            let stem = name.trim_end_matches('~');
            add(words, stem, |roles| roles.month = Some(month));
            for ending in endings.split(',').filter(|_| stem != name) {
                add(words, &format!("{stem}{ending}"), |roles| {
                    roles.month = Some(month)
                });
            }
        }
    }
}

fn add(words: &mut HashMap<String, Roles>, spelled: &str, give: impl FnOnce(&mut Roles)) {
    let key = fold(&spelled.replace('_', " "));
    if let Some((head, _)) = key.split_once(' ') {
        words.entry(head.to_owned()).or_insert(Roles::NONE).head = true;
    }
    let latin = key.bytes().all(|byte| byte.is_ascii());
    let roles = words.entry(key).or_insert(Roles::NONE);
    (roles.known, roles.latin) = (true, latin);
    give(roles);
}

fn give(roles: &mut Roles, kind: &str, argument: &str) {
    match kind {
        "gap" => roles.gap = true,
        "monthmark" => roles.month_mark = true,
        "timemark" => (roles.time_mark, roles.gap) = (true, true),
        "weekmark" => roles.week_mark = true,
        "am" => roles.half = Some(Half::Am),
        "pm" => roles.half = Some(Half::Pm),
        "leading" => roles.leads = true,
        "back" => roles.days_back = argument.parse().ok(),
        "now" => roles.now = true,
        "ago" => roles.ago = true,
        "count" => roles.count = argument.parse().ok(),
        "zone" => roles.zone = zone_named(argument),
        _ => roles.unit = unit_named(kind).map(|unit| (unit, argument.parse().unwrap_or(1))),
    }
}

fn unit_named(kind: &str) -> Option<Unit> {
    Some(match kind {
        "second" => Unit::Second,
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        _ => return None,
    })
}

/// `+05:30`, or `almaty`.
fn zone_named(argument: &str) -> Option<Zone> {
    if argument == "almaty" {
        return Some(Zone::Almaty);
    }
    let sign = if argument.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = argument.get(1..)?.split_once(':')?;
    let secs = zone::offset(sign, hours.parse().ok()?, minutes.parse().ok()?)?;
    Some(Zone::Fixed(secs))
}
