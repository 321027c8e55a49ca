//! Files that lines are appended to.

use std::fs::{File, OpenOptions, metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::Error;

/// Opens the file for appending; it is created if it is new.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| Error::Open { path: path.to_owned(), source })
}

/// Whether [`open`] would succeed, as far as that shows without creating anything.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    let found = match metadata(path) {
        Ok(facts) if facts.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(facts) if facts.is_file() => OpenOptions::new().append(true).open(path).map(drop),
        // To open a pipe is to wait for its reader.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => folder_is_there(path),
        Err(error) => Err(error),
    };
    found.map_err(|source| Error::Open { path: path.to_owned(), source })
}

fn folder_is_there(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if metadata(folder)?.is_dir() { Ok(()) } else { Err(ErrorKind::NotADirectory.into()) }
}

#[cfg(test)]
mod tests;
