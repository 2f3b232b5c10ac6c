//! The addresses of a feed, asked in turn, and the answers that feeds on one address share.

use super::Shop;
use crate::config::Feed;
use crate::poll::client::Answer;
use crate::poll::failure::Failure;
use crate::poll::memory::{Memory, Validators};

/// Answers of this round, for feeds that share an address.
pub(super) struct Answers {
    is_shared: bool,
    /// Address, what was asked with, what came.
    kept: Vec<(String, Validators, std::result::Result<Answer, Failure>)>,
}

impl Answers {
    pub(super) fn of(feeds: usize) -> Self {
        Self {
            is_shared: feeds > 1,
            kept: Vec::new(),
        }
    }

    async fn ask(
        &mut self,
        shop: &Shop,
        feed: &Feed,
        url: &str,
        validators: &Validators,
    ) -> std::result::Result<Answer, Failure> {
        let helps = |(asked, with, answer): &&(
            String,
            Validators,
            std::result::Result<Answer, Failure>,
        )| {
            asked == url && (with == validators || !matches!(answer, Ok(Answer::NotModified(_))))
        };
        if let Some((_, _, answer)) = self.kept.iter().find(helps) {
            return answer.clone();
        }
        let answer = shop.ask(feed, url, validators).await;
        if self.is_shared {
            self.kept
                .push((url.to_owned(), validators.clone(), answer.clone()));
        }
        answer
    }
}

/// Asks the address and, while it fails, its alternates.
pub(super) async fn request(
    shop: &Shop,
    feed: &Feed,
    memory: &mut Memory,
    asks_openly: bool,
    answers: &mut Answers,
) -> std::result::Result<Answer, Failure> {
    let first = memory
        .learned_url
        .clone()
        .unwrap_or_else(|| feed.url.as_str().to_owned());
    let others = feed
        .alternates
        .iter()
        .map(|address| address.as_str().to_owned());
    let addresses: Vec<String> = std::iter::once(first).chain(others).collect();
    let current = memory.alternate.min(addresses.len() - 1);
    let order = std::iter::once(current).chain((0..addresses.len()).filter(|&n| n != current));
    let none = Validators::default();
    let mut failure = None;
    for number in order {
        let validators = if number == current && !asks_openly {
            &memory.validators
        } else {
            &none
        };
        match answers
            .ask(shop, feed, &addresses[number], validators)
            .await
        {
            Ok(answer) => {
                if number != memory.alternate {
                    // Validators of another address prove nothing about this one.
                    memory.validators = none;
                    memory.alternate = number;
                }
                return Ok(answer);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    // A learned address that stopped working is forgotten: the configured one may be alive.
    memory.learned_url = None;
    Err(failure.expect("at least one address was asked"))
}
