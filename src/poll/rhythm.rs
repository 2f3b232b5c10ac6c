//! How a feed publishes: items by hour of the day and by day of the week, as they were observed.
//!
//! Two margins, 24 hours and 7 days, whose product gives the rate of every hour of the week: a table of
//! all 168 takes months to fill, and these a week. Not here: what follows from it ([`super::schedule`],
//! [`super::health`]). Times are UTC; an outlet's own zone shifts its rhythm and nothing else.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What was observed counts half after this long: three weeks, so that every day of the week was seen
/// a few times and a season is forgotten.
const HALF_LIFE_HOURS: f64 = 21.0 * 24.0;
/// The past is discounted in steps of this length: smaller ones would be rounded away.
const DISCOUNT_HOURS: f64 = 6.0;
/// The longest stretch that is looked at, hours; what is older has faded.
const STRETCH_HOURS_MAX: f64 = HALF_LIFE_HOURS;
/// Items that the guess before any observation is worth.
const GUESS_ITEMS: f64 = 2.0;
/// Items at the mean rate that are added to every hour, so that three items at one hour do not make a
/// rhythm; and to every day, whose rates differ less than those of day and night.
const HOUR_ITEMS: f64 = 2.0;
const DAY_ITEMS: f64 = 8.0;
/// What a rate may be above what was observed of it: this over the root of the items of its hour (their
/// standard deviation is 1), and this over the days observed, since a single day is no rhythm. Both are
/// measured: with them a third of the windows turn over that did without, for a twentieth more polls.
const CARE_OF_ITEMS: f64 = 0.2;
const CARE_OF_DAYS: f64 = 0.6;
const HOUR_SECS: i64 = 3600;

/// What was observed, discounted by age: items and hours, by hour of the day and by day of the week. An hour
/// counts in its day for what is usual at that hour: a day of which only the night was seen is no quiet day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rhythm {
    hours: [f32; 24],
    days: [f32; 7],
    hour_time: [f32; 24],
    day_time: [f32; 7],
    /// Everything before was observed.
    upto: Option<Timestamp>,
    discounted: Option<Timestamp>,
}

impl Rhythm {
    /// The time up to which it was observed.
    pub fn upto(&self) -> Option<Timestamp> {
        self.upto
    }

    /// Items that were observed, discounted by age.
    pub fn items(&self) -> f64 {
        self.days.iter().map(|&items| f64::from(items)).sum()
    }

    /// Hours that were observed, discounted by age.
    pub fn observed_hours(&self) -> f64 {
        self.hour_time.iter().map(|&hours| f64::from(hours)).sum()
    }

    /// Items an hour by hour of the day, UTC, as they were observed.
    pub fn hourly(&self) -> [f32; 24] {
        std::array::from_fn(|hour| match self.hour_time[hour] {
            time if time > 0.0 => self.hours[hour] / time,
            _ => 0.0,
        })
    }

    /// Items an hour, all hours alike. `guess` is what is believed before anything was observed.
    pub fn mean(&self, guess: f64) -> f64 {
        let guess = guess.max(1e-9);
        (self.items() + GUESS_ITEMS) / (self.observed_hours() + GUESS_ITEMS / guess)
    }

    /// Takes in what was published between the end of the last observation (`from`, where there was
    /// none) and `now`: items with a date in that time, and the number of those without.
    pub fn observe(
        &mut self,
        from: Timestamp,
        now: Timestamp,
        dates: &[Timestamp],
        undated: usize,
    ) {
        let earliest = back(now, STRETCH_HOURS_MAX);
        let from = self.upto.unwrap_or(from).max(earliest);
        if from >= now {
            // The clock was set back: what is counted now is counted without its time.
            self.upto = Some(now);
            return;
        }
        self.discount(now);
        let (inside, outside): (Vec<_>, Vec<_>) = dates
            .iter()
            .copied()
            .partition(|&date| date >= from && date <= now);
        let mean = self.mean(1.0);
        let spread = (undated + outside.len()) as f64 / hours_between(from, now);
        for (at, hours) in cells(from, now) {
            let (hour, day) = cell(at);
            let usual = self.hour_factor(hour, mean);
            add(&mut self.hour_time[hour], hours);
            add(&mut self.day_time[day], hours * usual);
            add(&mut self.hours[hour], spread * hours);
            add(&mut self.days[day], spread * hours);
        }
        for date in inside {
            let (hour, day) = cell(date);
            self.hours[hour] += 1.0;
            self.days[day] += 1.0;
        }
        self.upto = Some(now);
    }

    /// Items expected between two times.
    pub fn expected(&self, from: Timestamp, to: Timestamp, guess: f64) -> f64 {
        let from = from.max(back(to, STRETCH_HOURS_MAX));
        let mean = self.mean(guess);
        cells(from, to)
            .map(|(at, hours)| self.rate(at, mean) * hours)
            .sum()
    }

    /// The time from `from` until so many items may be there, `limit` at most. Careful: a rate that is
    /// hardly known is taken for a higher one.
    pub fn time_until(
        &self,
        items: f64,
        from: Timestamp,
        limit: SignedDuration,
        guess: f64,
    ) -> SignedDuration {
        let to = from.checked_add(limit).unwrap_or(Timestamp::MAX);
        let mean = self.mean(guess);
        let mut left = items;
        let mut passed = 0.0;
        for (at, hours) in cells(from, to) {
            let rate = self.rate(at, mean) * self.care(at);
            if rate * hours >= left {
                return SignedDuration::from_secs_f64((passed + left / rate) * 3600.0).min(limit);
            }
            left -= rate * hours;
            passed += hours;
        }
        limit
    }

    /// Items an hour at a time.
    fn rate(&self, at: Timestamp, mean: f64) -> f64 {
        let (hour, day) = cell(at);
        mean * self.hour_factor(hour, mean)
            * factor(self.days[day], self.day_time[day], mean, DAY_ITEMS)
    }

    /// By how much a rate may be above what was observed.
    fn care(&self, at: Timestamp) -> f64 {
        let items = f64::from(self.hours[cell(at).0]) + HOUR_ITEMS;
        let days = (self.observed_hours() / 24.0).max(1.0);
        (1.0 + CARE_OF_ITEMS / items.sqrt()) * (1.0 + CARE_OF_DAYS / days)
    }

    /// How an hour of the day differs from the mean.
    fn hour_factor(&self, hour: usize, mean: f64) -> f64 {
        factor(self.hours[hour], self.hour_time[hour], mean, HOUR_ITEMS)
    }

    fn discount(&mut self, now: Timestamp) {
        let since = *self.discounted.get_or_insert(now);
        let hours = hours_between(since, now);
        if hours < DISCOUNT_HOURS {
            return;
        }
        self.discounted = Some(now);
        let factor = (-hours / HALF_LIFE_HOURS).exp2() as f32;
        let all = self.hours.iter_mut().chain(&mut self.days);
        for value in all.chain(&mut self.hour_time).chain(&mut self.day_time) {
            *value = rounded(*value * factor);
        }
    }
}

/// How a part of the time differs from the mean, drawn towards 1 by a few items at the mean rate.
fn factor(items: f32, hours: f32, mean: f64, drawn_by: f64) -> f64 {
    (f64::from(items) + drawn_by) / (f64::from(hours) * mean + drawn_by)
}

/// Thousandths, so that what is remembered stays short to write.
fn rounded(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

fn add(value: &mut f32, more: f64) {
    *value = rounded(*value + more as f32);
}

fn back(from: Timestamp, hours: f64) -> Timestamp {
    from.checked_sub(SignedDuration::from_secs_f64(hours * 3600.0))
        .unwrap_or(Timestamp::MIN)
}

fn hours_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 3600.0
}

/// The hour of the day and the day of the week (Monday is 0).
fn cell(at: Timestamp) -> (usize, usize) {
    let hour = at.as_second().div_euclid(HOUR_SECS);
    // 1970-01-01 was a Thursday.
    let day = (hour.div_euclid(24) + 3).rem_euclid(7);
    (hour.rem_euclid(24) as usize, day as usize)
}

/// The hours of the clock that a stretch of time touches, each with the part of it that is in the
/// stretch.
fn cells(from: Timestamp, to: Timestamp) -> impl Iterator<Item = (Timestamp, f64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= to {
            return None;
        }
        let begin = at;
        let next = (begin.as_second().div_euclid(HOUR_SECS) + 1) * HOUR_SECS;
        at = Timestamp::from_second(next)
            .unwrap_or(Timestamp::MAX)
            .min(to);
        Some((begin, hours_between(begin, at)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: f64) -> Timestamp {
        // A Monday.
        Timestamp::from_second(1_772_409_600 + (hours * 3600.0) as i64).unwrap()
    }

    /// Four weeks of two items an hour from 6 to 18, none on Sundays.
    fn office() -> Rhythm {
        let mut rhythm = Rhythm::default();
        for hour in 1..28 * 24 {
            let is_open = (6..18).contains(&((hour - 1) % 24)) && (hour - 1) / 24 % 7 != 6;
            let items = if is_open { 2 } else { 0 };
            rhythm.observe(at(f64::from(hour - 1)), at(f64::from(hour)), &[], items);
        }
        rhythm
    }

    fn close(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() <= expected.abs() * 0.2 + 0.5,
            "{value}, not {expected}"
        );
    }

    #[test]
    fn day_and_night_and_the_day_of_rest_are_learned() {
        let rhythm = office();
        let week = 28.0 * 24.0;
        close(rhythm.expected(at(week), at(week + 168.0), 1.0), 144.0);
        close(rhythm.expected(at(week + 8.0), at(week + 12.0), 1.0), 8.0);
        close(rhythm.expected(at(week + 20.0), at(week + 24.0), 1.0), 0.0);
        close(
            rhythm.expected(at(week + 6.0 * 24.0), at(week + 7.0 * 24.0), 1.0),
            2.0,
        );
    }

    #[test]
    fn the_time_until_items_steps_over_the_night() {
        let (rhythm, evening) = (office(), at(28.0 * 24.0 + 18.0));
        let limit = SignedDuration::from_hours(48);
        let hours = rhythm.time_until(6.0, evening, limit, 1.0).as_secs_f64() / 3600.0;
        assert!((13.0..16.5).contains(&hours), "{hours}");
        assert_eq!(rhythm.time_until(1e9, evening, limit, 1.0), limit);
    }

    #[test]
    fn the_first_document_tells_the_rate() {
        let dates: Vec<Timestamp> = (0..30).map(|n| at(f64::from(n))).collect();
        let mut rhythm = Rhythm::default();
        rhythm.observe(dates[0], at(30.0), &dates, 0);
        close(rhythm.mean(50.0), 1.0);
    }

    #[test]
    fn a_clock_that_was_set_back_breaks_nothing() {
        let mut rhythm = office();
        let before = rhythm.items();
        rhythm.observe(at(0.0), at(1.0), &[at(0.5)], 3);
        rhythm.observe(at(1.0), at(2.0), &[at(1.5)], 0);
        assert!((rhythm.items() - before - 1.0).abs() < 0.1);
        assert!(rhythm.expected(at(2.0), at(200_000.0), 1.0).is_finite());
    }

    #[test]
    fn it_is_remembered_as_it_was() {
        let rhythm = office();
        let text = serde_json::to_string(&rhythm).unwrap();
        assert!(text.len() < 900, "{} bytes", text.len());
        assert_eq!(serde_json::from_str::<Rhythm>(&text).unwrap(), rhythm);
    }
}
