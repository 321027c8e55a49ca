//! The files below `fuzz/`.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of a corpus.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
}

/// The corpus of a target, in the order of its names. Never empty: a target without seeds would be tested by nothing.
pub(crate) fn seeds(target: &str) -> Vec<Seed> {
    let folder = fuzz().join("corpus").join(target);
    let read = |name: String| Seed { data: fs::read(folder.join(&name)).unwrap(), name };
    let seeds: Vec<Seed> = names(&folder).into_iter().map(read).collect();
    assert!(!seeds.is_empty(), "{} holds no files", folder.display());
    seeds
}

pub(crate) fn folders() -> Vec<String> {
    names(&fuzz().join("corpus"))
}

pub(crate) fn programs() -> Vec<String> {
    let stem = |name: String| name.strip_suffix(".rs").map(str::to_owned);
    names(&fuzz().join("fuzz_targets")).into_iter().filter_map(stem).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn fuzz() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}
