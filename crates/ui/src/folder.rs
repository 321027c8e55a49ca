//! Reading a folder of built assets.

use std::path::{Path, PathBuf};

use atoll_host::{Entry, EntryKind, Files};
use bytes::Bytes;

use crate::error::Error;

/// Most files of a web interface; zui has some hundred.
const MAX_FILES: usize = 10_000;
/// Most bytes of all of them; zui has some ten million.
const MAX_BYTES: u64 = 64 << 20;
/// Most folders within one another.
const MAX_DEPTH: usize = 16;

/// All files below a folder, by path without a leading slash.
pub(crate) fn read(files: &dyn Files, folder: &Path) -> Result<Vec<(String, Bytes)>, Error> {
    let mut walk = Walk { files, found: Vec::new(), bytes: 0 };
    walk.folder(folder, "", MAX_DEPTH)?;
    Ok(walk.found)
}

struct Walk<'a> {
    files: &'a dyn Files,
    found: Vec<(String, Bytes)>,
    bytes: u64,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Error> {
        if depth == 0 {
            return Err(too_much(folder, format!("a depth of {MAX_DEPTH} folders")));
        }
        let entries = self.files.list(folder).map_err(|source| unreadable(folder, source))?;
        for entry in entries.into_iter().filter(|entry| !entry.name.starts_with('.')) {
            let (path, name) = (folder.join(&entry.name), format!("{prefix}{}", entry.name));
            match entry.kind {
                EntryKind::Directory => self.folder(&path, &format!("{name}/"), depth - 1)?,
                EntryKind::File => self.file(&path, name, &entry)?,
                // A link could lead anywhere.
                EntryKind::Other => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String, entry: &Entry) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(entry.length_bytes);
        if self.bytes > MAX_BYTES {
            return Err(too_much(path, format!("{} MiB", MAX_BYTES >> 20)));
        }
        if self.found.len() >= MAX_FILES {
            return Err(too_much(path, format!("{MAX_FILES} files")));
        }
        let length = usize::try_from(entry.length_bytes).unwrap_or(usize::MAX);
        let content = self.files.open_read(path).and_then(|file| file.read_bytes(0, length));
        self.found.push((name, content.map_err(|source| unreadable(path, source))?));
        Ok(())
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> Error {
    Error::Unreadable { path: PathBuf::from(path), source }
}

fn too_much(path: &Path, what: String) -> Error {
    Error::TooMuch { path: PathBuf::from(path), what }
}

#[cfg(test)]
mod tests;
