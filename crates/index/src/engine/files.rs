//! Making and opening the two files of an index: the database and, beside it, the log.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use atoll_host::Files;
use redb::{Builder, Database};

use super::backend::{FileBackend, Latch};
use super::log::Log;
use super::recent;
use crate::{Error, Options};

const ENDING_OF_LOG: &str = "log";
const ENDING_OF_UNFINISHED: &str = "new";

/// A database, what keeps it from writing, and its log.
type Parts = (Database, Latch, Log);

/// Opens the database at `path` and its log.
pub(super) fn open(files: &dyn Files, path: &Path, options: &Options) -> Result<Parts, Error> {
    let file = files.open(path).map_err(about(path))?;
    let log_path = log_of(path);
    let log = Log::open(files, &log_path, options).map_err(about(&log_path))?;
    let latch = Latch::default();
    let backend = FileBackend::new(file, latch.clone());
    // The database ends by a panic when a file that was not closed tidily has lost its end.
    let opened = catch_unwind(AssertUnwindSafe(|| build(backend, options.cache_bytes)));
    let database = opened.unwrap_or_else(|_panic| Err(about(path)(damaged())))?;
    Ok((database, latch, log))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged: bring the folder back from a backup")
}

/// Makes both. The database gets its name once it and the log are whole, so that a crash leaves no half-made index.
pub(super) fn create(
    files: &dyn Files,
    path: &Path,
    options: &Options,
    initialise: impl FnOnce(&Database) -> Result<(), Error>,
) -> Result<Parts, Error> {
    let (unfinished, log_path) = (path.with_added_extension(ENDING_OF_UNFINISHED), log_of(path));
    for left_over in [&unfinished, &log_path] {
        if exists(files, left_over)? {
            files.remove(left_over).map_err(about(left_over))?;
        }
    }
    let log = Log::create(files, &log_path, options).map_err(about(&log_path))?;
    let file = files.create(&unfinished).map_err(about(&unfinished))?;
    let latch = Latch::default();
    let database = build(FileBackend::new(file, latch.clone()), options.cache_bytes)?;
    initialise(&database)?;
    let folder = path.parent().unwrap_or(path);
    // The log's name must be durable before the database's: without its log a database cannot be opened.
    files.sync_dir(folder).map_err(about(folder))?;
    files.rename(&unfinished, path).map_err(about(path))?;
    files.sync_dir(folder).map_err(about(folder))?;
    Ok((database, latch, log))
}

/// A database over any backend. What recent rows may take of the memory is not for its pages: those of the round that is written, and
/// those on their way.
pub(super) fn build(backend: impl redb::StorageBackend, cache_bytes: usize) -> Result<Database, Error> {
    let mut builder = Builder::new();
    builder.set_cache_size(cache_bytes.saturating_sub(2 * recent::share_of(cache_bytes)));
    builder.create_with_backend(backend).map_err(Error::storage("open its database"))
}

/// Whether there is an entry at `path`.
pub(super) fn exists(files: &dyn Files, path: &Path) -> Result<bool, Error> {
    match files.entry(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(about(path)(error)),
    }
}

/// Puts the closed index `new` in the place of the closed index `current`, which stays under the name `kept`.
///
/// A crash at any moment leaves a whole index at `current`: the log of a closed index holds nothing that counts, so the new log,
/// which goes first, is as good for the old database as its own.
pub fn replace(files: &dyn Files, new: &Path, current: &Path, kept: &Path) -> Result<(), Error> {
    for (from, to) in [(current.to_owned(), kept.to_owned()), (log_of(current), log_of(kept))] {
        if exists(files, &to)? {
            files.remove(&to).map_err(about(&to))?;
        }
        files.hard_link(&from, &to).map_err(about(&from))?;
    }
    let folder = current.parent().unwrap_or(current);
    for (from, to) in [(log_of(new), log_of(current)), (new.to_owned(), current.to_owned())] {
        files.rename(&from, &to).map_err(about(&from))?;
        files.sync_dir(folder).map_err(about(folder))?;
    }
    Ok(())
}

/// Removes a closed index; fine if it is not there.
pub fn discard(files: &dyn Files, path: &Path) -> Result<(), Error> {
    for file in [path.to_owned(), log_of(path)] {
        if exists(files, &file)? {
            files.remove(&file).map_err(about(&file))?;
        }
    }
    Ok(())
}

/// Where the log of a database is.
pub(super) fn log_of(path: &Path) -> PathBuf {
    path.with_added_extension(ENDING_OF_LOG)
}

/// Wraps an error of a file.
pub(super) fn about(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { path: path.to_owned(), source: Arc::new(source) }
}
