//! Features as bytes. Sums are made again from what they are sums of.

use super::{CLASSES, Entry, Features, Group, Sums};
use crate::dedup::codec::{Keep, bytes};

impl Keep for Entry {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&[self.idf, self.tf, self.zone]);
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let hash = bytes(from).map(u32::from_le_bytes)?;
        let [idf, tf, zone] = bytes(from)?;
        Some(Self {
            hash,
            idf,
            tf,
            zone,
        })
    }
}

impl Keep for Features {
    fn put(&self, out: &mut Vec<u8>) {
        self.near.put(out);
        self.words_group.put(out);
        out.extend_from_slice(&self.outlet.to_le_bytes());
        out.extend_from_slice(&self.words.to_le_bytes());
        out.extend_from_slice(&self.ends);
        self.things.iter().for_each(|thing| thing.put(out));
    }

    fn take(from: &mut &[u8]) -> Option<Self> {
        let near = Keep::take(from)?;
        let words_group = Group::take(from)?;
        let outlet = bytes(from).map(u32::from_le_bytes)?;
        let words = bytes(from).map(u16::from_le_bytes)?;
        let ends: [u8; CLASSES] = bytes(from)?;
        if !ends.is_sorted() {
            return None;
        }
        let mut start = 0;
        let mut classes: [Vec<Entry>; CLASSES] = Default::default();
        for (class, end) in classes.iter_mut().zip(ends) {
            let things = (start..end).map(|_| Entry::take(from));
            *class = things.collect::<Option<_>>()?;
            start = end;
        }
        Some(Self {
            near,
            words_group,
            outlet,
            words,
            ends,
            sums: Sums::of(&classes),
            things: classes.concat().into(),
        })
    }
}
