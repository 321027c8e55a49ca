//! Names by number, close together: whoever looks at all of them reads one piece of memory from its begin to its end.

/// Names that are gone may take as much room as this, or as the others do, before the others move together.
const WASTE: usize = 4_096;

/// Names by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    text: String,
    /// Where each begins and ends; nothing where there is none.
    places: Vec<(u32, u32)>,
    wasted: usize,
}

impl Names {
    pub(crate) fn insert(&mut self, name: &str, number: u32) {
        let place = number as usize;
        if self.places.len() <= place {
            self.places.resize(place + 1, (0, 0));
        }
        self.remove(number);
        let begin = self.text.len();
        self.text.push_str(name);
        let place_of = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(found) = self.places.get_mut(place) {
            *found = (place_of(begin), place_of(self.text.len()));
        }
    }

    pub(crate) fn remove(&mut self, number: u32) {
        let Some(place) = self.places.get_mut(number as usize) else { return };
        let (begin, end) = std::mem::take(place);
        self.wasted += (end - begin) as usize;
        if self.wasted > WASTE.max(self.text.len() / 2) {
            self.move_together();
        }
    }

    fn move_together(&mut self) {
        let before = std::mem::take(&mut self.text);
        self.wasted = 0;
        for (begin, end) in &mut self.places {
            let name = before.get(*begin as usize..*end as usize).unwrap_or_default();
            let moved = self.text.len();
            self.text.push_str(name);
            let place_of = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            (*begin, *end) = (place_of(moved), place_of(self.text.len()));
        }
    }

    /// A name; empty for a number that has none.
    pub(crate) fn get(&self, number: u32) -> &str {
        let place = self.places.get(number as usize).copied().unwrap_or_default();
        self.text.get(place.0 as usize..place.1 as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
