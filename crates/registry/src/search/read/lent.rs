//! Manifests as their rows have them, copied one behind the other: who reads allocates nothing for each, and who puts them into a corpus
//! decodes each when its turn comes.

use std::ops::Range;

use atoll_host::Timestamp;
use atoll_index::LentManifest;
use atoll_oci::{Digest, Repository};

/// What the rows tell of manifests, in their order.
#[derive(Default)]
pub(super) struct Lent {
    /// Repositories, each once for the rows that follow one another.
    names: Vec<Repository>,
    rows: Vec<Row>,
    /// Of each row who pushed it, its media type, and its facts.
    texts: Vec<u8>,
}

struct Row {
    /// Its repository among the names.
    name: usize,
    digest: Digest,
    size: u64,
    pushed_at: Timestamp,
    /// Where its texts begin, and how long the first two are.
    begin: usize,
    pushed_by: usize,
    media_type: usize,
}

/// A manifest as its row has it.
pub(super) struct LentRow<'a> {
    pub(super) repository: &'a Repository,
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) pushed_at: Timestamp,
    pub(super) pushed_by: &'a str,
    pub(super) media_type: &'a str,
    pub(super) facts: &'a [u8],
}

impl Lent {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn push(&mut self, repository: &Repository, digest: Digest, row: &LentManifest<'_>) {
        self.add(repository, (digest, row.size, row.pushed_at), [row.pushed_by, row.media_type], row.facts);
    }

    /// Facts whose row tells more, elsewhere.
    pub(super) fn push_facts(&mut self, repository: &Repository, digest: Digest, facts: &[u8]) {
        self.add(repository, (digest, 0, Timestamp(0)), ["", ""], facts);
    }

    fn add(
        &mut self,
        repository: &Repository,
        (digest, size, pushed_at): (Digest, u64, Timestamp),
        [pushed_by, media_type]: [&str; 2],
        facts: &[u8],
    ) {
        if self.names.last() != Some(repository) {
            self.names.push(repository.clone());
        }
        let (name, begin) = (self.names.len() - 1, self.texts.len());
        for text in [pushed_by.as_bytes(), media_type.as_bytes(), facts] {
            self.texts.extend_from_slice(text);
        }
        let (pushed_by, media_type) = (pushed_by.len(), media_type.len());
        self.rows.push(Row { name, digest, size, pushed_at, begin, pushed_by, media_type });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = LentRow<'_>> {
        let ends = self.rows.iter().skip(1).map(|row| row.begin).chain([self.texts.len()]);
        self.rows.iter().zip(ends).filter_map(|(row, end)| self.row(row, end))
    }

    /// Always there: what was put in is taken out at the same places.
    fn row(&self, row: &Row, end: usize) -> Option<LentRow<'_>> {
        let by = row.begin + row.pushed_by;
        let kind = by + row.media_type;
        let text = |place: Range<usize>| std::str::from_utf8(self.texts.get(place)?).ok();
        Some(LentRow {
            repository: self.names.get(row.name)?,
            digest: row.digest,
            size: row.size,
            pushed_at: row.pushed_at,
            pushed_by: text(row.begin..by)?,
            media_type: text(by..kind)?,
            facts: self.texts.get(kind..end)?,
        })
    }
}
