//! Rows by number; numbers of removed rows are given out again.

use crate::shelves::Shelves;

#[cfg(test)]
thread_local! {
    /// Rows that this thread looked at.
    pub(crate) static READS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Rows by number.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    rows: Shelves<Option<T>>,
    unused: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { rows: Shelves::default(), unused: Vec::new() }
    }
}

impl<T> Slab<T> {
    pub(crate) fn insert(&mut self, row: T) -> u32 {
        if let Some(number) = self.unused.pop()
            && let Some(place) = self.rows.get_mut(number as usize)
        {
            *place = Some(row);
            return number;
        }
        let number = self.next_number();
        self.rows.push(Some(row));
        number
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let row = self.rows.get_mut(number as usize)?.take()?;
        self.unused.push(number);
        Some(row)
    }

    /// Puts the rows of another one behind all that are here. `change` sees each with its new number: those of the other, above as
    /// many as there were numbers here.
    pub(crate) fn append(&mut self, other: Self, mut change: impl FnMut(u32, &mut T)) {
        let before = self.next_number();
        for (number, mut row) in (before..).zip(other.rows.into_rows()) {
            if let Some(row) = &mut row {
                change(number, row);
            }
            self.rows.push(row);
        }
        self.unused.extend(other.unused.into_iter().map(|number| number + before));
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        #[cfg(test)]
        READS.with(|reads| reads.set(reads.get() + 1));
        self.rows.get(number as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.rows.get_mut(number as usize)?.as_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len() - self.unused.len()
    }

    /// A number above that of each row.
    pub(crate) fn numbers_below(&self) -> usize {
        self.rows.len()
    }

    /// The same as a number, which the next new row gets.
    pub(crate) fn next_number(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// Numbers of all rows, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        let is_used =
            |(number, row): (usize, &Option<T>)| row.as_ref().and_then(|_| u32::try_from(number).ok());
        self.rows.iter().enumerate().filter_map(is_used)
    }
}
