//! Which stories are shown, and in which order: for the page, the feed and the API alike.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};

use super::model::{Id, Model, Name, Story};

/// A story's newness counts half after this long.
const NOVELTY_HALF_HOURS: f64 = 8.0;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Size and novelty together.
    #[default]
    Top,
    Size,
    New,
}

impl Order {
    pub fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Size => "size",
            Self::New => "new",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Top, Self::Size, Self::New]
            .into_iter()
            .find(|order| order.name() == name)
    }
}

/// Which stories.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Told at this time or later.
    pub since: Timestamp,
    /// About this country.
    pub country: Option<String>,
    /// Told in this language.
    pub language: Option<String>,
    pub order: Order,
    /// With so many independent voices at least.
    pub voices: u64,
}

impl Filter {
    /// Stories of the last day.
    pub fn today(now: Timestamp) -> Self {
        Self {
            since: now
                .checked_sub(SignedDuration::from_hours(24))
                .unwrap_or(Timestamp::MIN),
            country: None,
            language: None,
            order: Order::Top,
            voices: 0,
        }
    }
}

/// The stories that a filter lets through, in its order.
pub fn select<'a>(model: &'a Model, filter: &Filter, now: Timestamp) -> Vec<(Id, &'a Story)> {
    // A country or language that no article has lets nothing through.
    let named = |wanted: &Option<String>| match wanted {
        None => Some(None),
        Some(word) => model.known(word).map(Some),
    };
    let (Some(country), Some(language)) = (named(&filter.country), named(&filter.language)) else {
        return Vec::new();
    };
    let mut stories: Vec<(Id, &Story)> = model
        .stories()
        .filter(|(_, story)| {
            story.is_live()
                && story.last_seen >= filter.since
                && story.independent_voices >= filter.voices
                && fits(model, story, country, language)
        })
        .collect();
    match filter.order {
        Order::Top => {
            let weighed = stories
                .into_iter()
                .map(|(id, story)| (weight(story, now), id, story));
            let mut weighed: Vec<(f64, Id, &Story)> = weighed.collect();
            weighed
                .sort_by(|(a, _, x), (b, _, y)| b.total_cmp(a).then(y.last_seen.cmp(&x.last_seen)));
            return weighed
                .into_iter()
                .map(|(_, id, story)| (id, story))
                .collect();
        }
        Order::Size => stories.sort_by_key(|(_, story)| {
            Reverse((
                story.article_count(),
                story.independent_voices,
                story.last_seen,
            ))
        }),
        Order::New => stories.sort_by_key(|(_, story)| Reverse(story.first_seen)),
    }
    stories
}

fn fits(model: &Model, story: &Story, country: Option<Name>, language: Option<Name>) -> bool {
    let is_about = country.is_none_or(|country| {
        model
            .members(story)
            .any(|article| article.countries.contains(&country))
    });
    is_about
        && language.is_none_or(|language| {
            model
                .members(story)
                .any(|article| article.language == language)
        })
}

/// Voices count in full, further articles little: a hundred copies are no hundred reports.
fn weight(story: &Story, now: Timestamp) -> f64 {
    let size = story.independent_voices as f64 + (1.0 + story.article_count() as f64).ln();
    let hours = now.duration_since(story.first_seen).as_secs_f64() / 3600.0;
    size * (-hours.max(0.0) / NOVELTY_HALF_HOURS).exp2().max(0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_are_written() {
        for order in [Order::Top, Order::Size, Order::New] {
            assert_eq!(Order::named(order.name()), Some(order));
        }
        assert_eq!(Order::named("loud"), None);
    }
}
