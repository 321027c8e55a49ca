//! Descriptions of rows in lists.

use std::borrow::Cow;
use std::fmt::Debug;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, Serializer};

use crate::Error;

/// The description of a row: ready, or as it came from another member, to be read only if it is shown. Whoever merges lists shows
/// few of the rows that it is given.
///
/// Encoded, both look like what is described.
#[derive(Debug, Clone)]
pub enum Description<T> {
    /// Ready.
    Ready(Box<T>),
    /// As it came.
    Encoded {
        /// Its bytes.
        bytes: Bytes,
        /// What reads them.
        decode: fn(&[u8]) -> Result<T, Error>,
    },
}

impl<T> Description<T> {
    /// A description that is ready.
    pub fn ready(described: T) -> Self {
        Self::Ready(Box::new(described))
    }

    /// What is described, to be completed; `None` if it came from another member, which has done so.
    pub fn ready_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(described) => Some(described),
            Self::Encoded { .. } => None,
        }
    }

    /// What is described.
    ///
    /// # Errors
    /// `Internal` if another member has sent what cannot be read.
    pub fn open(self) -> Result<T, Error> {
        match self {
            Self::Ready(described) => Ok(*described),
            Self::Encoded { bytes, decode } => decode(&bytes),
        }
    }
}

impl<T: Clone> Description<T> {
    /// As [`Description::open`], without taking it away.
    ///
    /// # Errors
    /// As [`Description::open`].
    pub fn read(&self) -> Result<Cow<'_, T>, Error> {
        match self {
            Self::Ready(described) => Ok(Cow::Borrowed(described)),
            Self::Encoded { bytes, decode } => decode(bytes).map(Cow::Owned),
        }
    }
}

/// Equal are descriptions that say the same.
impl<T: Clone + PartialEq> PartialEq for Description<T> {
    fn eq(&self, other: &Self) -> bool {
        matches!((self.read(), other.read()), (Ok(one), Ok(other)) if one == other)
    }
}

impl<T: Clone + Serialize> Serialize for Description<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Description<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::ready)
    }
}

#[cfg(test)]
mod tests;
