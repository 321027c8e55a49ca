//! A list that grows without moving what is in it: a large one would have to be copied as a whole, and would keep room for as much
//! again.

/// Rows of a shelf. The first one grows up to it, so that what is small stays so.
const SHELF: usize = 1_024;

/// Rows by place.
#[derive(Debug)]
pub(crate) struct Shelves<T>(Vec<Vec<T>>);

impl<T> Default for Shelves<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Shelves<T> {
    pub(crate) fn push(&mut self, row: T) {
        if let Some(last) = self.0.last_mut().filter(|last| last.len() < SHELF) {
            return last.push(row);
        }
        let mut fresh = if self.0.is_empty() { Vec::new() } else { Vec::with_capacity(SHELF) };
        fresh.push(row);
        self.0.push(fresh);
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        self.0.get(place / SHELF)?.get(place % SHELF)
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.0.get_mut(place / SHELF)?.get_mut(place % SHELF)
    }

    pub(crate) fn len(&self) -> usize {
        let last = self.0.last().map_or(0, Vec::len);
        self.0.len().saturating_sub(1) * SHELF + last
    }

    /// What stands side by side, shelf by shelf, with the place of the first.
    pub(crate) fn shelves(&self) -> impl Iterator<Item = (usize, &[T])> {
        self.0.iter().enumerate().map(|(nth, shelf)| (nth * SHELF, shelf.as_slice()))
    }

    pub(crate) fn into_rows(self) -> impl Iterator<Item = T> {
        self.0.into_iter().flatten()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

#[cfg(test)]
mod tests;
