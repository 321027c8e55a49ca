//! A row in one piece of memory, shared by all clones.

use std::sync::Arc;

/// A key with its value, or without one if it was removed.
#[derive(Clone)]
pub(in crate::engine) struct Row {
    /// The key, then the value.
    bytes: Arc<[u8]>,
    key_bytes: u32,
    is_removed: bool,
}

impl Row {
    pub(in crate::engine) fn new(key: &[u8], value: Option<&[u8]>) -> Self {
        let bytes = match value {
            None | Some([]) => Arc::from(key),
            Some(value) => [key, value].concat().into(),
        };
        // No key is longer than a name and two digests.
        let key_bytes = u32::try_from(key.len()).unwrap_or(u32::MAX);
        Self { bytes, key_bytes, is_removed: value.is_none() }
    }

    pub(in crate::engine) fn key(&self) -> &[u8] {
        self.split().0
    }

    /// `None` if the key was removed.
    pub(in crate::engine) fn value(&self) -> Option<&[u8]> {
        (!self.is_removed).then(|| self.split().1)
    }

    fn split(&self) -> (&[u8], &[u8]) {
        let at = usize::try_from(self.key_bytes).unwrap_or(usize::MAX);
        self.bytes.split_at_checked(at).unwrap_or((&self.bytes, &[]))
    }
}
