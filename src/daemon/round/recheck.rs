//! Pages of items that left their feed before their time: are they still there?

use tracing::info;

use super::Shop;
use crate::config::Feed;
use crate::daemon::keeper::Gone;
use crate::document::Document;
use crate::poll::failure::Failure;
use crate::poll::watch::{Standing, Verdict, Watch};

/// Asks for a few pages; gives back the items whose outlet says that there is no such page any more.
pub(super) async fn recheck(
    shop: &Shop,
    feed: &Feed,
    watch: &mut Watch,
    document: Vec<Standing>,
) -> Vec<Gone> {
    watch.turn(document);
    let mut gone = Vec::new();
    for item in watch.due() {
        let verdict = verdict(&shop.page(feed, &item.url).await);
        info!(
            feed = feed.id,
            article = item.id,
            ?verdict,
            "left its feed early"
        );
        watch.answered(&item.id, verdict);
        if let Verdict::Gone(status) = verdict {
            gone.push(Gone {
                id: item.id,
                key: item.key,
                status,
                at: (shop.clock)(),
            });
        }
    }
    gone
}

/// A page that was moved and is not where it should be may be anywhere: only the address itself counts.
fn verdict(answer: &Result<Document, Failure>) -> Verdict {
    match answer {
        Ok(_) => Verdict::There,
        Err(failure) if failure.kind == "status" && !failure.is_redirected => {
            match failure.status {
                Some(status @ (404 | 410)) => Verdict::Gone(status),
                _ => Verdict::Unknown,
            }
        }
        Err(_) => Verdict::Unknown,
    }
}
