//! The stories of the window by slot and by id, with their members.

use std::collections::HashMap;

use super::codec::Keep;
use super::hash::TextState;
use super::story::{Member, Story, StoryState};

/// A story with its members that are in the window.
#[derive(Debug)]
struct Held {
    story: Story,
    /// Numbers of articles, rising.
    members: Vec<u32>,
}

/// All stories that are still moving. A slot is good for as long as the story has members.
#[derive(Debug, Default)]
pub(super) struct Stories {
    slots: Vec<Option<Held>>,
    free: Vec<u32>,
    by_id: HashMap<Box<str>, u32, TextState>,
}

impl Stories {
    /// Lets a member join the story of that id, which opens if there is none.
    pub fn join(&mut self, id: &str, member: &Member, number: u32) -> u32 {
        let slot = match self.by_id.get(id) {
            Some(&slot) => slot,
            None => self.open(Story::open(id.to_owned(), member)),
        };
        if let Some(held) = &mut self.slots[slot as usize] {
            held.story.join(member);
            held.members.push(number);
        }
        slot
    }

    fn open(&mut self, story: Story) -> u32 {
        let id = story.state().id.as_str().into();
        let held = Some(Held {
            story,
            members: Vec::new(),
        });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = held;
                slot
            }
            None => {
                self.slots.push(held);
                self.slots.len() as u32 - 1
            }
        };
        self.by_id.insert(id, slot);
        slot
    }

    /// A member leaves the window.
    pub fn leave(&mut self, slot: u32, number: u32) {
        let Some(held) = self.held_mut(slot) else {
            return;
        };
        held.members.retain(|&member| member != number);
        if held.members.is_empty() && !held.story.dirty {
            self.close(slot);
        }
    }

    fn close(&mut self, slot: u32) {
        if let Some(held) = self.slots[slot as usize].take() {
            self.by_id.remove(held.story.state().id.as_str());
            self.free.push(slot);
        }
    }

    /// Takes over a state that was written earlier.
    pub fn overwrite(&mut self, state: StoryState) {
        match self.by_id.get(state.id.as_str()) {
            Some(&slot) => {
                if let Some(held) = self.held_mut(slot) {
                    held.story.overwrite(state);
                }
            }
            None => {
                self.open(Story::resume(state));
            }
        }
    }

    /// Notes that a story is a development of an earlier one.
    pub fn follow(&mut self, id: &str, earlier: Option<&str>) {
        let Some(earlier) = earlier else { return };
        if let Some(held) = self
            .by_id
            .get(id)
            .copied()
            .and_then(|slot| self.held_mut(slot))
        {
            held.story.follow(earlier);
        }
    }

    /// Moves the members of `from` to `into`; gives back which.
    pub fn merge(&mut self, from: u32, into: u32) -> Vec<u32> {
        let target = self.id(into).to_owned();
        let Some(source) = self.held_mut(from) else {
            return Vec::new();
        };
        let moved = std::mem::take(&mut source.members);
        let absorbed = source.story.redirect(&target);
        if let Some(held) = self.held_mut(into) {
            held.story.absorb(absorbed);
            held.members.extend(&moved);
            held.members.sort_unstable();
        }
        moved
    }

    /// Moves one member to the story of that id, if it is known. The states of both are written records
    /// and stay as they are.
    pub fn transfer(&mut self, number: u32, from: u32, id: &str) -> Option<u32> {
        let into = *self.by_id.get(id)?;
        self.held_mut(from)?
            .members
            .retain(|&member| member != number);
        let members = &mut self.held_mut(into)?.members;
        if let Err(place) = members.binary_search(&number) {
            members.insert(place, number);
        }
        Some(into)
    }

    pub fn id(&self, slot: u32) -> &str {
        self.held(slot)
            .map_or("", |held| held.story.state().id.as_str())
    }

    pub fn members(&self, slot: u32) -> &[u32] {
        self.held(slot).map_or(&[], |held| &held.members)
    }

    pub fn take_changed(&mut self) -> Vec<StoryState> {
        let mut changed = Vec::new();
        for slot in 0..self.slots.len() as u32 {
            let Some(held) = self.held_mut(slot) else {
                continue;
            };
            if std::mem::take(&mut held.story.dirty) {
                changed.push(held.story.state().clone());
            }
            if held.members.is_empty() {
                self.close(slot);
            }
        }
        changed.sort_by(|a, b| a.id.cmp(&b.id));
        changed
    }

    pub fn has_changed(&self) -> bool {
        self.slots.iter().flatten().any(|held| held.story.dirty)
    }

    /// Every slot, free ones too, as bytes. Members are known by where they stand.
    pub fn kept(&self) -> impl Iterator<Item = Vec<u8>> {
        self.slots.iter().map(|held| {
            let mut out = Vec::new();
            held.is_some().put(&mut out);
            if let Some(held) = held {
                held.story.put(&mut out);
            }
            out
        })
    }

    pub fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Slots to be used next, the last one first.
    pub fn free(&self) -> &[u32] {
        &self.free
    }

    /// Takes back the next slot.
    pub fn take_slot(&mut self, from: &mut &[u8]) -> Option<()> {
        let story: Option<Story> = Keep::take(from)?;
        if let Some(story) = &story {
            let slot = self.slots.len() as u32;
            let id = story.state().id.as_str().into();
            if self.by_id.insert(id, slot).is_some() {
                return None;
            }
        }
        self.slots.push(story.map(|story| Held {
            story,
            members: Vec::new(),
        }));
        Some(())
    }

    /// Takes back which slots are free, once all are there.
    pub fn take_free(&mut self, free: Vec<u32>) -> Option<()> {
        let is_free = |slot: &u32| matches!(self.slots.get(*slot as usize), Some(None));
        let vacant = self.slots.iter().filter(|held| held.is_none()).count();
        if free.len() != vacant || !free.iter().all(is_free) {
            return None;
        }
        self.free = free;
        Some(())
    }

    /// Takes back a member, after those before it.
    pub fn take_member(&mut self, slot: u32, number: u32) -> Option<()> {
        self.held_mut(slot)?.members.push(number);
        Some(())
    }

    fn held(&self, slot: u32) -> Option<&Held> {
        self.slots.get(slot as usize)?.as_ref()
    }

    fn held_mut(&mut self, slot: u32) -> Option<&mut Held> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }
}
