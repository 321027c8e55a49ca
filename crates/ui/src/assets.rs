//! Files by path, and the paths at which the page itself decides what it shows.

use std::collections::BTreeMap;
use std::path::Path;

use atoll_host::Files;
use atoll_oci::{Algorithm, digest_of};
use bytes::Bytes;

use crate::error::Error;
use crate::media;
use crate::{folder, own};

/// The file that is the page.
pub(crate) const INDEX: &str = "index.html";
/// First components below which the page itself decides what it shows, as zui has them.
const PLACES: &[&str] = &["login", "home", "explore", "image", "user"];
/// Where builders put files whose names change with their content.
const HASHED_FOLDER: &str = "assets/";
/// Fewest characters of a hash in a file's name; Vite's has as many.
const HASH_CHARACTERS: usize = 8;

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What it holds.
    pub content: Bytes,
    /// Its media type.
    pub media_type: &'static str,
    /// Its entity tag, with quotes: another content has another one.
    pub tag: String,
    /// Whether another content would have another path, so that nobody has to ask again.
    pub is_immutable: bool,
}

/// All files of one web interface.
#[derive(Debug, Clone)]
pub struct Assets {
    files: BTreeMap<String, Asset>,
    are_own: bool,
}

impl Assets {
    /// Those that are part of the program.
    pub fn own() -> Self {
        let files =
            own::FILES.iter().map(|(path, content)| ((*path).to_owned(), Bytes::from_static(content)));
        Self::from_files(files, true)
    }

    /// Those of a folder, which must hold an `index.html`. Blocks. Links and hidden files are left out. What changes in the folder later
    /// is not seen.
    pub fn of_folder(files: &dyn Files, folder: &Path) -> Result<Self, Error> {
        let assets = Self::from_files(folder::read(files, folder)?.into_iter(), false);
        if assets.files.contains_key(INDEX) {
            Ok(assets)
        } else {
            Err(Error::NoIndex { folder: folder.to_owned() })
        }
    }

    fn from_files(files: impl Iterator<Item = (String, Bytes)>, are_own: bool) -> Self {
        let files = files.map(|(path, content)| {
            let asset = Asset {
                media_type: media::media_type(&path),
                tag: format!("\"{}\"", digest_of(Algorithm::Sha256, &content).encoded()),
                is_immutable: is_hashed(&path),
                content,
            };
            (path, asset)
        });
        Self { files: files.collect(), are_own }
    }

    /// Whether they are part of the program, so that everything about them is known.
    pub fn are_own(&self) -> bool {
        self.are_own
    }

    /// The file at a path, which begins with a slash and is decoded; the page itself where it decides what it shows.
    pub fn find(&self, path: &str) -> Option<&Asset> {
        let path = path.strip_prefix('/')?;
        let first = path.split('/').next().unwrap_or_default();
        let is_page = path.is_empty() || PLACES.contains(&first);
        self.files.get(if is_page { INDEX } else { path })
    }
}

/// Whether the name ends in a hash of the content: `assets/index-DiwrgTda.js`.
fn is_hashed(path: &str) -> bool {
    let Some(name) = path.strip_prefix(HASHED_FOLDER) else { return false };
    let stem = name.split('.').next().unwrap_or_default();
    let Some((_, hash)) = stem.split_once('-') else { return false };
    let hash = hash.get(hash.len().saturating_sub(HASH_CHARACTERS)..).unwrap_or_default();
    hash.len() == HASH_CHARACTERS
        && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests;
