//! The picture of an entry.

use super::super::{entity, markup, xml::attribute};
use super::entry::{all, child_text};
use super::link::{self, Base};
use super::names::Field;
use super::outline::Piece;

/// The picture of an entry: what Media RSS, an enclosure, iTunes or the texts show, in that order.
pub(super) fn of(pieces: &[Piece<'_>], base: &Base, texts: [Option<&str>; 2]) -> Option<String> {
    let is_picture = |piece: &Piece<'_>| {
        attribute(piece.attributes, "medium").is_some_and(|medium| medium == "image")
            || attribute(piece.attributes, "type").is_some_and(|mime| mime.starts_with("image/"))
            || piece.field != Field::Enclosure
                && attribute(piece.attributes, "type").is_none()
                && attribute(piece.attributes, "medium").is_none()
                && looks_like_picture(attribute(piece.attributes, "url").unwrap_or_default())
    };
    let media = all(pieces, Field::MediaContent).filter(|piece| is_picture(piece));
    let thumbnails = all(pieces, Field::MediaThumbnail);
    let enclosures = all(pieces, Field::Enclosure)
        .chain(all(pieces, Field::Link))
        .filter(|piece| {
            let is_link = piece.field == Field::Link;
            is_picture(piece)
                && (!is_link
                    || attribute(piece.attributes, "rel").is_some_and(|rel| rel == "enclosure"))
        });
    let named = all(pieces, Field::ItunesImage).chain(all(pieces, Field::Image));
    let from_pieces = media
        .chain(thumbnails)
        .chain(enclosures)
        .chain(named)
        .find_map(|piece| {
            let address = if piece.nested {
                child_text(piece.inner, "url")?.into()
            } else {
                link::address(piece)
            };
            base.resolve(&address)
        });
    from_pieces
        .or_else(|| {
            let src = texts.into_iter().flatten().find_map(markup::first_image)?;
            base.resolve(&entity::decode(src))
        })
        .map(|found| found.url)
}

fn looks_like_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit_once('.').is_some_and(|(_, extension)| {
        ["jpg", "jpeg", "png", "gif", "webp", "avif"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}
