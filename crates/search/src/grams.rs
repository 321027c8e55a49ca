//! Which names contain a text: by its rarest pieces of three letters (two, or one, if it is shorter), then looked at one by one.

use crate::numbers::ByNumbers;

/// Pieces besides the rarest that a name is sought in before it is looked at, and how many times more frequent they may be.
const MAX_OTHERS: usize = 3;
const MAX_TIMES_RARER: usize = 4;

/// Up to three bytes, in the upper bytes how many.
type Gram = u32;

/// Numbers of names by the pieces they contain. Names have few letters, so there are too few pieces for a cheap hash to be attacked
/// with.
#[derive(Debug, Default)]
pub(crate) struct Grams(ByNumbers<Gram, Vec<u32>>);

impl Grams {
    pub(crate) fn insert(&mut self, name: &str, number: u32) {
        for gram in grams(name) {
            let numbers = self.0.entry(gram).or_default();
            // Numbers are given out ascending.
            if numbers.last().is_none_or(|last| *last < number) {
                numbers.push(number);
            } else if let Err(at) = numbers.binary_search(&number) {
                numbers.insert(at, number);
            }
        }
    }

    /// One of several, whose names get higher numbers: each part's and so many as stand beside it, which rise from part to part.
    pub(crate) fn of_parts(parts: &[(Self, u32)]) -> Self {
        let mut lengths: ByNumbers<Gram, usize> = ByNumbers::default();
        for (gram, numbers) in parts.iter().flat_map(|(part, _)| &part.0) {
            *lengths.entry(*gram).or_default() += numbers.len();
        }
        // Each list is made once, as long as it will be: growing it part by part would move it again and again.
        let list = |(gram, length)| (gram, Vec::with_capacity(length));
        let mut whole: ByNumbers<Gram, Vec<u32>> = lengths.into_iter().map(list).collect();
        for (part, above) in parts {
            for (gram, numbers) in &part.0 {
                let raised = numbers.iter().map(|number| number + above);
                whole.entry(*gram).or_default().extend(raised);
            }
        }
        Self(whole)
    }

    pub(crate) fn remove(&mut self, name: &str, number: u32) {
        for gram in grams(name) {
            let Some(numbers) = self.0.get_mut(&gram) else { continue };
            if let Ok(at) = numbers.binary_search(&number) {
                numbers.remove(at);
            }
            if numbers.is_empty() {
                self.0.remove(&gram);
            }
        }
    }

    /// Numbers of all names that may contain a text, ascending; `None` if it is empty, since then all do.
    pub(crate) fn candidates(&self, text: &str) -> Option<Vec<u32>> {
        let width = text.len().min(3);
        let pieces = if width == 0 { None } else { Some(text.as_bytes().windows(width)) };
        let found = pieces?.map(|piece| self.0.get(&gram(piece)).map_or(&[][..], Vec::as_slice));
        let mut lists: Vec<&[u32]> = found.collect();
        lists.sort_by_key(|numbers| numbers.len());
        let (rarest, others) = lists.split_first()?;
        let mut numbers = rarest.to_vec();
        // A piece that is much more frequent sorts out little, and looking it up costs as much as looking at the name.
        let longest = rarest.len().saturating_mul(MAX_TIMES_RARER);
        for other in others.iter().take(MAX_OTHERS).take_while(|other| other.len() <= longest) {
            let mut rest = *other;
            numbers.retain(|number| {
                // Side by side: both are ascending and of like length, so a step is cheaper than a search.
                while let Some((_, behind)) = rest.split_first().filter(|(other, _)| *other < number) {
                    rest = behind;
                }
                rest.first() == Some(number)
            });
        }
        Some(numbers)
    }

    /// No more names than so many are looked at for a text; `None` if it is empty.
    pub(crate) fn most(&self, text: &str) -> Option<usize> {
        let width = text.len().min(3);
        let pieces = if width == 0 { None } else { Some(text.as_bytes().windows(width)) };
        pieces?.map(|piece| self.0.get(&gram(piece)).map_or(0, Vec::len)).min()
    }
}

fn grams(name: &str) -> impl Iterator<Item = Gram> {
    let bytes = name.as_bytes();
    (1..=3).flat_map(move |width| bytes.windows(width).map(gram))
}

fn gram(piece: &[u8]) -> Gram {
    let length = u32::try_from(piece.len()).unwrap_or_default();
    piece.iter().fold(length, |gram, byte| gram << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests;
