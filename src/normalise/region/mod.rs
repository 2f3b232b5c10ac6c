//! What a story is about: countries, places, people and bodies of the region, and how far it is
//! about the region at all. One pass over a bounded start of the text with all names of the
//! gazetteer at once. Deliberately no named-entity recognition: an unknown name is not guessed.

mod fold;
mod gazetteer;
mod inflection;
mod relevance;
mod transliterate;
mod trie;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use fold::Folded;
use gazetteer::{Class, Entry, Find, GAZETTEER, Gazetteer, Sense};
use relevance::{Mentions, Zone};

/// The countries that the daemon watches, ISO 3166-1 alpha-3.
pub const REGION: [&str; 6] = ["AFG", "KAZ", "KGZ", "TJK", "TKM", "UZB"];

/// Bytes of a text that are looked at: news says what it is about in its first thousand words.
const TEXT_BYTES: usize = 6_000;

/// Bytes of a title that are looked at; titles beyond this are whole articles in the wrong field.
const TITLE_BYTES: usize = 600;

/// Bytes after which a first paragraph is cut; some texts have no paragraphs.
const LEAD_BYTES: usize = 600;

/// Names of each class in one answer; more would be a list of everything.
const LIST_MAX: usize = 40;

/// What [`tag`] found. Lists are ordered by weight, heaviest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    pub countries: Vec<Country>,
    pub places: Vec<Place>,
    pub people: Vec<Named>,
    pub bodies: Vec<Named>,
    /// 0..1: how far the story is about the six countries of [`REGION`].
    pub relevance: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-3.
    pub code: &'static str,
    /// 0..1: weight of its mentions, 1 for a country named throughout.
    pub score: f32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: &'static str,
    /// English name.
    pub name: &'static str,
    /// ISO 3166-1 alpha-3; none for a region or a river of several countries.
    pub country: Option<&'static str>,
}

/// A person or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: &'static str,
    /// English name.
    pub name: &'static str,
}

/// Finds what a story is about. `language` is a BCP 47 tag, empty if unknown; it settles names
/// that are common words elsewhere. Takes time in proportion to the looked-at length, which is
/// bounded.
pub fn tag(title: &str, text: &str, language: &str) -> Tags {
    let language = language.split('-').next().unwrap_or(language);
    let (title, text) = (prefix(title, TITLE_BYTES), prefix(text, TEXT_BYTES));
    let (lead, body) = text.split_at(lead_length(text));
    let mut folded = Folded::new(title);
    let title_end = folded.text.len();
    folded.push(lead);
    let lead_end = folded.text.len();
    folded.push(body);
    let zone = |find: &Find| match find.start {
        at if at < title_end => Zone::Title,
        at if at < lead_end => Zone::Lead,
        _ => Zone::Body,
    };
    let gazetteer = &*GAZETTEER;
    let finds = gazetteer.find(&folded);
    let support = Support::of(gazetteer, &finds, language);
    let mut tally = Tally::default();
    for find in &finds {
        if let Some(entry) = support.choose(gazetteer, find.senses, language) {
            tally.add(&gazetteer.entries[entry], entry, zone(find));
        }
    }
    tally.finish(gazetteer, folded.text.split(' ').count())
}

/// The English name of an entry of the gazetteer whose name, in any language, is `name` as a whole.
pub fn english_name(name: &str) -> Option<&'static str> {
    let folded = Folded::new(prefix(name, TITLE_BYTES));
    let finds = GAZETTEER.find(&folded);
    let whole = finds
        .iter()
        .find(|find| find.start <= 1 && find.end + 1 == folded.text.len())?;
    let entry = whole
        .senses
        .iter()
        .map(|sense| &GAZETTEER.entries[sense.entry]);
    entry
        .max_by_key(|entry| rank(entry))
        .map(|entry| entry.name)
}

/// At most `bytes` of `text`, cut between characters.
fn prefix(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn lead_length(text: &str) -> usize {
    let start = text.len() - text.trim_start().len();
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    text.floor_char_boundary(end.min(start + LEAD_BYTES))
}

/// The countries that a text names without doubt, and how often.
struct Support(BTreeMap<&'static str, usize>);

impl Support {
    fn of(gazetteer: &Gazetteer, finds: &[Find], language: &str) -> Self {
        let mut countries = BTreeMap::new();
        for find in finds {
            let clear = find.senses.iter().filter(|sense| sense.is_clear(language));
            let mut named = clear.filter_map(|sense| gazetteer.entries[sense.entry].country);
            if let Some(country) = named.next()
                && named.all(|other| other == country)
            {
                *countries.entry(country).or_default() += 1;
            }
        }
        Self(countries)
    }

    /// Which of the entries that share a name is meant: one whose country is named elsewhere in
    /// the text, else one whose name is not ambiguous, a place rather than a person.
    fn choose(&self, gazetteer: &Gazetteer, senses: &[Sense], language: &str) -> Option<usize> {
        let possible = senses.iter().filter_map(|sense| {
            let entry = &gazetteer.entries[sense.entry];
            let support = entry
                .country
                .and_then(|code| self.0.get(code))
                .copied()
                .unwrap_or(0);
            let clear = sense.is_clear(language);
            let weight = (support, clear, rank(entry), Reverse(sense.entry));
            (clear || support > 0).then_some((weight, sense.entry))
        });
        possible.max().map(|(_, entry)| entry)
    }
}

/// Of entries of one country that share a name, the one that news means.
fn rank(entry: &Entry) -> u8 {
    match entry.kind {
        "country" => 5,
        "area" => 4,
        "city" => 3,
        "province" => 2,
        "district" | "village" => 1,
        _ => 0,
    }
}

/// What one mention of an entry counts for its country, beside a mention of the country itself.
fn worth(entry: &Entry) -> f32 {
    match entry.class {
        Class::Place => 1.0,
        Class::Person => 0.6,
        Class::Body => 0.8,
    }
}

/// Kind of rows that only keep a longer name («St. Mary») from being taken for a shorter one.
const DECOY: &str = "decoy";

/// Weight at which a country's score is 1 − 1/e.
const COUNTRY_SCALE: f32 = 3.0;

#[derive(Default)]
struct Tally {
    mentions: Mentions,
    countries: BTreeMap<&'static str, f32>,
    entries: BTreeMap<usize, f32>,
}

impl Tally {
    fn add(&mut self, entry: &Entry, index: usize, zone: Zone) {
        if entry.kind == DECOY {
            return;
        }
        let weight = zone.weight() * worth(entry);
        if entry.regional || entry.country.is_some() {
            self.mentions.add(zone, worth(entry), entry.regional);
        }
        *self.entries.entry(index).or_default() += weight;
        if let Some(country) = entry.country {
            *self.countries.entry(country).or_default() += weight;
        }
    }

    fn finish(self, gazetteer: &Gazetteer, words: usize) -> Tags {
        let mut tags = Tags {
            relevance: self.mentions.relevance(words),
            ..Tags::default()
        };
        for (code, weight) in heaviest(self.countries) {
            tags.countries.push(Country {
                code,
                score: 1.0 - (-weight / COUNTRY_SCALE).exp(),
            });
        }
        for (index, _) in heaviest(self.entries) {
            let Entry {
                class,
                id,
                kind,
                country,
                name,
                ..
            } = gazetteer.entries[index];
            match class {
                Class::Place if kind == "country" => {}
                Class::Place => tags.places.push(Place { id, name, country }),
                Class::Person => tags.people.push(Named { id, name }),
                Class::Body => tags.bodies.push(Named { id, name }),
            }
        }
        tags.countries.truncate(LIST_MAX);
        tags.places.truncate(LIST_MAX);
        tags.people.truncate(LIST_MAX);
        tags.bodies.truncate(LIST_MAX);
        tags
    }
}

fn heaviest<K: Ord + Copy>(weights: BTreeMap<K, f32>) -> Vec<(K, f32)> {
    let mut list: Vec<_> = weights.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(tags: &Tags) -> Vec<&'static str> {
        let named = tags.people.iter().chain(&tags.bodies).map(|named| named.id);
        let mut ids: Vec<_> = tags
            .places
            .iter()
            .map(|place| place.id)
            .chain(named)
            .collect();
        ids.sort_unstable();
        ids
    }

    /// The entries and the countries that `text` names, each sorted.
    #[track_caller]
    fn check(language: &str, text: &str, entries: &[&str], countries: &[&str]) {
        let tags = tag("", text, language);
        assert_eq!(ids(&tags), entries, "{text}");
        let mut codes: Vec<_> = tags.countries.iter().map(|country| country.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, countries, "{text}");
    }

    #[test]
    fn inflected_names_in_many_languages() {
        check(
            "ru",
            "Встреча прошла в Астане, затем в Ташкенте",
            &["kaz-astana", "uzb-tashkent"],
            &["KAZ", "UZB"],
        );
        check(
            "uz",
            "Toshkentda va Samarqandning markazida",
            &["uzb-samarkand", "uzb-tashkent"],
            &["UZB"],
        );
        check(
            "kk",
            "Алматыдан Шымкентке дейін",
            &["kaz-almaty", "kaz-shymkent"],
            &["KAZ"],
        );
        check(
            "ky",
            "Оштогу жолугушуу Бишкекте уланды",
            &["kgz-bishkek", "kgz-osh"],
            &["KGZ"],
        );
        check(
            "tg",
            "Дар Душанбе ва Хуҷанд",
            &["tjk-dushanbe", "tjk-khujand"],
            &["TJK"],
        );
        check("fa", "مقام‌های افغانستانی در هرات", &["afg-herat"], &["AFG"]);
        check(
            "ps",
            "په کابل کې د طالبانو چارواکو وویل",
            &["afg-kabul", "taliban"],
            &["AFG"],
        );
        check(
            "ar",
            "وزير الخارجية الأوزبكي في طشقند",
            &["uzb-tashkent"],
            &["UZB"],
        );
        check(
            "tr",
            "Taşkent'te ve Bişkek'te",
            &["kgz-bishkek", "uzb-tashkent"],
            &["KGZ", "UZB"],
        );
        check(
            "tk",
            "Aşgabatda geçirilen duşuşyk",
            &["tkm-ashgabat"],
            &["TKM"],
        );
        check(
            "zh",
            "米尔济约耶夫在塔什干会见普京",
            &["mirziyoyev", "putin", "uzb-tashkent"],
            &["RUS", "UZB"],
        );
        check(
            "de",
            "Treffen in Taschkent und Duschanbe",
            &["tjk-dushanbe", "uzb-tashkent"],
            &["TJK", "UZB"],
        );
        check(
            "fr",
            "l'armée à Kaboul, l'Ouzbékistan et le Kirghizistan",
            &["afg-kabul"],
            &["AFG", "KGZ", "UZB"],
        );
    }

    #[test]
    fn ambiguous_names_need_support() {
        check("en", "Mary and Jordan went to Georgia", &[], &[]);
        check(
            "en",
            "The governor of Mary met Turkmenistan's president",
            &["tkm-mary"],
            &["TKM"],
        );
        check("ru", "вкусный ош на праздник; Хост упал", &[], &[]);
        check(
            "en",
            "Georgia and Armenia signed in Tbilisi",
            &[],
            &["ARM", "GEO"],
        );
        check(
            "en",
            "Georgia, Texas and Ohio",
            &["usa-georgia", "usa-ohio", "usa-texas"],
            &["USA"],
        );
        check("fa", "روز دوشنبه باران بارید", &[], &[]);
        check("en", "East Turkestan groups", &["east-turkestan"], &["CHN"]);
        check("en", "told us that he is", &[], &[]);
        check(
            "zh",
            "震中位于赫拉特市西北约40公里处",
            &["afg-herat"],
            &["AFG"],
        );
    }

    #[test]
    fn longer_names_hide_the_shorter_ones_in_them() {
        check(
            "en",
            "the Tehrik-i-Taliban Pakistan attacked",
            &["ttp"],
            &["PAK"],
        );
        check("en", "Turkmen officials", &[], &["TKM"]);
        check(
            "en",
            "the Islamic State Khorasan Province",
            &["iskp"],
            &["AFG"],
        );
    }

    #[track_caller]
    fn relevant(title: &str, text: &str, expected: bool) {
        let relevance = tag(title, text, "").relevance;
        assert_eq!(relevance >= 0.3, expected, "{relevance}: {title}");
    }

    #[test]
    fn stories_about_the_region_and_stories_that_mention_it() {
        relevant(
            "Pakhtakor win the derby in Tashkent",
            "Two late goals decided it.",
            true,
        );
        relevant("Portugal beat Uzbekistan 5-0", "", true);
        relevant("Наводнение в Оше: эвакуированы сотни жителей", "", true);
        relevant(
            "Police arrest two after a shooting in Ohio",
            "The town was quiet on Monday.",
            false,
        );
        let elsewhere = "The Georgian parliament in Tbilisi debated the budget for a third day. \
            Ministers of Georgia and Armenia disagreed.\n"
            .repeat(6);
        relevant(
            "Georgia debates its budget",
            &format!("{elsewhere}A deputy named the Taliban in passing."),
            false,
        );
        let pakistan =
            "Islamabad said that Pakistan will raise taxes in Punjab and Karachi.\n".repeat(6);
        relevant(
            "Pakistan raises taxes",
            &format!("{pakistan}Taliban, he said."),
            false,
        );
    }

    #[test]
    fn a_story_in_two_scripts_names_the_same_places() {
        let pairs = [
            (
                "uz",
                "Fargʻona, Qashqadaryo va Buxoroda yomgʻir yogʻdi",
                "Фарғона, Қашқадарё ва Бухорода ёмғир ёғди",
            ),
            (
                "uz",
                "Andijonning Asakada, Navoiyda",
                "Андижоннинг Асакада, Навоийда",
            ),
            (
                "kk",
                "Алматы мен Қарағандыда, Түркістанда",
                "Almaty men Qaraǵandyda, Túrkistanda",
            ),
            (
                "kk",
                "Қазақстан астанасы Шымкент емес, Ақтөбе де",
                "قازاقستان استاناسى شىمكەنت ەمەس، اقتوبە دە",
            ),
        ];
        for (language, one, other) in pairs {
            let (one, other) = (tag(one, "", language), tag(other, "", language));
            assert_eq!(ids(&one), ids(&other));
            assert_eq!(one.countries, other.countries);
            assert!(!one.countries.is_empty());
        }
    }

    #[test]
    fn english_names() {
        assert_eq!(english_name("塔什干"), Some("Tashkent"));
        assert_eq!(english_name("Ташкент"), Some("Tashkent"));
        assert_eq!(english_name("塔什干人"), None);
        assert_eq!(english_name(""), None);
    }

    #[test]
    fn only_the_start_of_a_long_text_is_looked_at() {
        let far = format!("{}Tashkent", "x ".repeat(TEXT_BYTES));
        assert_eq!(tag("", &far, "en"), Tags::default());
    }

    proptest! {
        #[test]
        fn any_text_is_tagged(title in ".*", text in ".*", language in "[a-z]{0,3}") {
            let tags = tag(&title, &text, &language);
            prop_assert!((0.0..=1.0).contains(&tags.relevance));
        }

        /// Every Uzbek and Kazakh name of the table is found again in its other scripts.
        #[test]
        fn names_are_found_in_every_script_of_their_language(pick in any::<prop::sample::Index>()) {
            let names = GAZETTEER.clear_names(&["uz", "kk"]);
            let (entry, language, name) = &names[pick.index(names.len())];
            for spelling in transliterate::spellings(language, name) {
                let finds = GAZETTEER.find(&Folded::new(&spelling)).len();
                prop_assert!(finds > 0, "{spelling} of {}", GAZETTEER.entries[*entry].id);
            }
        }
    }
}
