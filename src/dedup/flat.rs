//! A table of hashes in one piece of memory: open addressing with linear probing, so that a look touches memory
//! once, and looks that do not depend on each other wait for it together. Nothing is removed but everything.

/// What is held for one hash.
pub(super) trait Slot: Copy + Default {
    /// Something for `hash` that nothing is held in yet.
    fn of(hash: u32) -> Self;

    fn hash(&self) -> u32;

    /// Whether nothing is held, as in [`of`](Slot::of) and by default.
    fn is_free(&self) -> bool;
}

/// Slots of a table that holds nothing yet.
const SLOTS_MIN: usize = 64;

/// A power of two of slots, or none; at most three of four in use.
#[derive(Debug, Default)]
pub(super) struct Flat<T> {
    slots: Vec<T>,
    used: usize,
}

impl<T: Slot> Flat<T> {
    /// A table that holds so many hashes without growing.
    pub fn with_capacity(hashes: usize) -> Self {
        Self {
            slots: vec![T::default(); (2 * hashes).next_power_of_two().max(SLOTS_MIN)],
            used: 0,
        }
    }

    /// Hashes that something is held for.
    pub fn len(&self) -> usize {
        self.used
    }

    /// What is held for a hash; a free slot where nothing is.
    pub fn get(&self, hash: u32) -> T {
        if self.slots.is_empty() {
            return T::default();
        }
        self.slots[self.place(hash)]
    }

    /// The slot of a hash, in which something is to be held from now on.
    pub fn slot(&mut self, hash: u32) -> &mut T {
        if 4 * (self.used + 1) > 3 * self.slots.len() {
            let larger = Self::with_capacity(self.slots.len());
            let smaller = std::mem::replace(self, larger);
            smaller.iter().for_each(|&held| self.put(held));
        }
        let place = self.place(hash);
        let slot = &mut self.slots[place];
        if slot.is_free() {
            self.used += 1;
            *slot = T::of(hash);
        }
        slot
    }

    /// Takes over what is held elsewhere.
    pub fn put(&mut self, held: T) {
        *self.slot(held.hash()) = held;
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.slots.iter().filter(|slot| !slot.is_free())
    }

    pub fn clear(&mut self) {
        self.slots.fill(T::default());
        self.used = 0;
    }

    pub fn bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }

    /// Where a hash is held, or would be.
    fn place(&self, hash: u32) -> usize {
        let last = self.slots.len() - 1;
        // Hashes that were chosen by their low bits must not meet in a few slots.
        let mut place = hash.wrapping_mul(0x9e37_79b1).rotate_right(12) as usize & last;
        while !self.slots[place].is_free() && self.slots[place].hash() != hash {
            place = (place + 1) & last;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Slot for (u32, u32) {
        fn of(hash: u32) -> Self {
            (hash, 0)
        }

        fn hash(&self) -> u32 {
            self.0
        }

        fn is_free(&self) -> bool {
            self.1 == 0
        }
    }

    #[test]
    fn every_hash_is_held_however_many_there_are() {
        let mut flat = Flat::<(u32, u32)>::default();
        assert_eq!(flat.get(8), (0, 0));
        for hash in 0..5000 {
            flat.slot(hash * 8).1 += hash + 1;
            flat.slot(hash * 8).1 += 1;
        }
        assert_eq!((flat.len(), flat.iter().count()), (5000, 5000));
        assert!((0..5000).all(|hash| flat.get(hash * 8) == (hash * 8, hash + 2)));
        assert!(flat.get(7).is_free());
        flat.clear();
        assert!(flat.len() == 0 && flat.get(8).is_free());
    }
}
