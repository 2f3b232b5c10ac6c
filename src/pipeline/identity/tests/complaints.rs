//! What users of other readers complained of, one row a complaint: what was known, what the feed says
//! now, and what each of its items must be. Complaints that need a whole poll are in `tests/behaviour`,
//! those of dates and of single documents in `tests/data/dates.tsv` and `tests/data/parse`.

use super::*;
use crate::normalise::url::canonical;

/// As the pipeline reads it: links in their canonical form.
fn read(said: &Said) -> Said {
    let url = canonical(said.url).unwrap_or_default();
    Said {
        url: url.leak(),
        ..said.clone()
    }
}

struct Complaint {
    thread: &'static str,
    before: &'static [Said],
    now: &'static [Said],
    expected: &'static [Is],
}

const OTHER: Said = Said {
    guid: "guid-2",
    url: "https://outlet.example/news/2",
    title: "A court opens",
    text: "The court hears its first case on Monday.",
    hour: 10,
};

const fn guid(guid: &'static str) -> Said {
    Said { guid, ..ITEM }
}

const fn under(guid: &'static str, url: &'static str) -> Said {
    Said { guid, url, ..ITEM }
}

const COMPLAINTS: &[Complaint] = &[
    Complaint {
        thread: "lwindolf/liferea#1195: paths rewritten, the GUID is the link",
        before: &[under(
            "https://outlet.example/a/1",
            "https://outlet.example/a/1",
        )],
        now: &[under(
            "https://outlet.example/b/1",
            "https://outlet.example/b/1",
        )],
        expected: &[Is::Reissued],
    },
    Complaint {
        thread: "feedbin/support#416: one article twenty times, title and link unchanged",
        before: &[guid("g1")],
        now: &[guid("g2"), guid("g3"), guid("g1")],
        expected: &[Is::Known, Is::Known, Is::Known],
    },
    Complaint {
        thread: "FreshRSS#5909: good and bad GUIDs in turn",
        before: &[guid("https://outlet.example/?p=1")],
        now: &[guid("0")],
        expected: &[Is::Known],
    },
    Complaint {
        thread: "FreshRSS#5909: and back again",
        before: &[guid("0")],
        now: &[guid("https://outlet.example/?p=1")],
        expected: &[Is::Known],
    },
    Complaint {
        thread: "FreshRSS#5151: http and https",
        before: &[under(
            "http://outlet.example/news/1",
            "http://outlet.example/news/1",
        )],
        now: &[under(
            "https://outlet.example/news/1",
            "https://outlet.example/news/1",
        )],
        expected: &[Is::Known],
    },
    Complaint {
        thread: "NetNewsWire#3835: one post under mail.domain and domain",
        before: &[under("guid-1", "https://mail.outlet.example/news/1")],
        now: &[ITEM],
        expected: &[Is::Reissued],
    },
    Complaint {
        thread: "miniflux#458: the subdomain of links and GUIDs flips for 90 minutes",
        before: &[under(
            "https://www2.outlet.example/news/1",
            "https://www2.outlet.example/news/1",
        )],
        now: &[under(
            "https://outlet.example/news/1",
            "https://outlet.example/news/1",
        )],
        expected: &[Is::Reissued],
    },
    Complaint {
        thread: "miniflux#3120: titles are edited",
        before: &[ITEM],
        now: &[Said {
            title: "A dam will be built",
            text: "edited",
            ..ITEM
        }],
        expected: &[Is::Edited],
    },
    Complaint {
        thread: "miniflux#2358: the headline is the GUID, and is edited",
        before: &[guid("A dam is built")],
        now: &[Said {
            guid: "A dam will be built",
            title: "A dam will be built",
            text: "edited",
            ..ITEM
        }],
        expected: &[Is::Edited],
    },
    Complaint {
        thread: "miniflux#4197: all items share one GUID",
        before: &[],
        now: &[
            ITEM,
            Said {
                guid: "guid-1",
                ..OTHER
            },
        ],
        expected: &[Is::New, Is::New],
    },
    Complaint {
        thread: "brief#428: shared GUIDs, items added anew at every poll",
        before: &[
            ITEM,
            Said {
                guid: "guid-1",
                ..OTHER
            },
        ],
        now: &[
            Said {
                guid: "guid-1",
                ..OTHER
            },
            ITEM,
        ],
        expected: &[Is::Known, Is::Known],
    },
    Complaint {
        thread: "commafeed#1755: an aggregator gives its items new encrypted ids and links",
        before: &[under(
            "CBMiaA",
            "https://news.outlet.example/rss/articles/CBMiaA",
        )],
        now: &[under(
            "CBMixZ",
            "https://news.outlet.example/rss/articles/CBMixZ",
        )],
        expected: &[Is::Reissued],
    },
    Complaint {
        thread: "lion-reader#1535: an unstable GUID makes a new article of an edit",
        before: &[guid("2026-01")],
        now: &[Said {
            guid: "2026-02",
            text: "edited",
            ..ITEM
        }],
        expected: &[Is::Edited],
    },
    Complaint {
        thread: "OpenCTI#15231: items with the date of one that was seen are skipped",
        before: &[ITEM],
        now: &[ITEM, OTHER],
        expected: &[Is::Known, Is::New],
    },
    Complaint {
        thread: "OpenCTI#15231: and older ones too",
        before: &[ITEM],
        now: &[ITEM, Said { hour: 1, ..OTHER }],
        expected: &[Is::Known, Is::New],
    },
    Complaint {
        thread: "OpenCTI#11132: what was deleted comes back at each run",
        before: &[ITEM, OTHER],
        now: &[OTHER],
        expected: &[Is::Known],
    },
    Complaint {
        thread: "ubports#48: the feed is dated anew whenever it is made",
        before: &[ITEM, OTHER],
        now: &[Said { hour: 900, ..ITEM }, Said { hour: 900, ..OTHER }],
        expected: &[Is::Known, Is::Known],
    },
];

#[test]
fn complaints_of_other_readers_are_answered() {
    for complaint in COMPLAINTS {
        let before: Vec<Said> = complaint.before.iter().map(read).collect();
        let now: Vec<Said> = complaint.now.iter().map(read).collect();
        let found = document(&remember(&before), &now);
        assert_eq!(found, complaint.expected, "{}", complaint.thread);
    }
}
