//! Numbers in no order, of which there is mostly one: that one lies where the list would, which saves a piece of memory for each.

/// Numbers in no order, each as often as it was added.
#[derive(Debug, Clone)]
pub(crate) enum Few {
    One(u32),
    Many(Vec<u32>),
}

impl Default for Few {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl From<Vec<u32>> for Few {
    fn from(numbers: Vec<u32>) -> Self {
        match numbers.as_slice() {
            [one] => Self::One(*one),
            _ => Self::Many(numbers),
        }
    }
}

impl Few {
    pub(crate) fn as_slice(&self) -> &[u32] {
        match self {
            Self::One(number) => std::slice::from_ref(number),
            Self::Many(numbers) => numbers,
        }
    }

    pub(crate) fn into_vec(self) -> Vec<u32> {
        match self {
            Self::One(number) => vec![number],
            Self::Many(numbers) => numbers,
        }
    }

    pub(crate) fn push(&mut self, number: u32) {
        match self {
            Self::Many(numbers) if numbers.is_empty() => *self = Self::One(number),
            Self::Many(numbers) => {
                // Most stay few: growing by doubling from four would waste half of what is kept.
                if numbers.len() == numbers.capacity() {
                    numbers.reserve_exact(1 + numbers.len() / 4);
                }
                numbers.push(number);
            }
            Self::One(first) => *self = Self::Many(vec![*first, number]),
        }
    }

    /// Makes each number larger by so much.
    pub(crate) fn add_to_each(&mut self, more: u32) {
        match self {
            Self::One(number) => *number += more,
            Self::Many(numbers) => numbers.iter_mut().for_each(|number| *number += more),
        }
    }

    /// Takes a number out once, if it is here.
    pub(crate) fn remove(&mut self, number: u32) {
        match self {
            Self::One(found) if *found == number => *self = Self::default(),
            Self::One(_) => {}
            Self::Many(numbers) => {
                if let Some(at) = numbers.iter().position(|other| *other == number) {
                    numbers.swap_remove(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
