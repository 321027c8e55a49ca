//! Questions over several shards.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use atoll_oci::{Digest, Repository};
use atoll_placement::Shard;
use atoll_service::Visibility;

use super::{SCAN_MAX_ROWS, View};
use crate::records::{HoldingRow, ShardRow, decode_row, load};
use crate::{Error, Reads, Span, Table, keys};

impl<R: Reads> View<R> {
    /// Repositories of these shards in the catalog's order, behind `after` (any text), at most `limit`; and whether further ones
    /// follow. Costs the number of shards and the page.
    pub fn catalog(
        &self,
        shards: &[Shard],
        after: Option<&str>,
        limit: usize,
        visibility: &Visibility,
    ) -> Result<(Vec<Repository>, bool), Error> {
        let mut names = Names::open(shards.iter().map(|shard| self.names_of(*shard, after)))?;
        let mut page = Vec::new();
        while let Some(name) = names.next()? {
            if !visibility.admits(&name) {
                continue;
            }
            if page.len() == limit {
                return Ok((page, true));
            }
            page.push(name);
        }
        Ok((page, false))
    }

    /// The keys of a shard's repositories without the shard, behind which they are in the catalog's order.
    fn names_of(&self, shard: Shard, after: Option<&str>) -> Result<impl Iterator<Item = Name>, Error> {
        let prefix = keys::shard(shard);
        let span = match after {
            Some(after) => Span::behind(&prefix, keys::catalog(shard, after)),
            None => Span::of(&prefix),
        };
        self.rows.scan_with(Table::Repositories, span, move |key, _row| {
            Ok(keys::behind(Table::Repositories, &prefix, key)?.to_vec())
        })
    }

    /// Repositories of any shard that need a digest kept, as a blob or as a large manifest; at most `limit`, shard by shard.
    pub fn repositories_with(&self, digest: &Digest, limit: usize) -> Result<Vec<Repository>, Error> {
        let mut found = Vec::new();
        for shard in (0..self.shards).map(Shard) {
            let prefix = keys::holders(shard, digest);
            for entry in
                self.rows.scan(Table::Holdings, Span::of(&prefix))?.take(limit.saturating_sub(found.len()))
            {
                found.push(keys::repository(Table::Holdings, &prefix, &entry?.0)?);
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// The first repository that links a digest as a blob and that `admits` likes, among at most [`SCAN_MAX_ROWS`] of those that
    /// need it kept.
    pub fn repository_with(
        &self,
        digest: &Digest,
        mut admits: impl FnMut(Shard, &Repository) -> bool,
    ) -> Result<Option<Repository>, Error> {
        let mut looked_at = 0;
        for shard in (0..self.shards).map(Shard) {
            let prefix = keys::holders(shard, digest);
            let left = SCAN_MAX_ROWS.saturating_sub(looked_at);
            for entry in self.rows.scan(Table::Holdings, Span::of(&prefix))?.take(left) {
                looked_at += 1;
                let (key, value) = entry?;
                let repository = keys::repository(Table::Holdings, &prefix, &key)?;
                if decode_row::<HoldingRow>(&value)?.is_blob && admits(shard, &repository) {
                    return Ok(Some(repository));
                }
            }
        }
        Ok(None)
    }

    /// Whether any repository needs a digest kept.
    pub fn is_linked_anywhere(&self, digest: &Digest) -> Result<bool, Error> {
        Ok(!self.repositories_with(digest, 1)?.is_empty())
    }

    /// Number of repositories in all shards.
    pub fn repository_count(&self) -> Result<u64, Error> {
        self.repositories_in(self.shards())
    }

    /// Number of repositories in some shards.
    pub(crate) fn repositories_in(&self, shards: impl Iterator<Item = Shard>) -> Result<u64, Error> {
        let mut total: u64 = 0;
        for shard in shards {
            let row = load::<ShardRow>(&self.rows, &keys::shard(shard))?.unwrap_or_default();
            total = total.saturating_add(row.repositories);
        }
        Ok(total)
    }
}

/// A name's key without its shard.
type Name = Result<Vec<u8>, Error>;

/// Merges the names of several shards, of which each is in order.
struct Names<I> {
    streams: Vec<I>,
    /// The next name of each stream that has one, and which stream it came from.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
}

impl<I: Iterator<Item = Name>> Names<I> {
    fn open(streams: impl Iterator<Item = Result<I, Error>>) -> Result<Self, Error> {
        let mut streams = streams.collect::<Result<Vec<_>, _>>()?;
        let first = |(n, stream): (usize, &mut I)| Some(stream.next()?.map(|name| Reverse((name, n))));
        let heads = streams.iter_mut().enumerate().filter_map(first).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { streams, heads: heads.into() })
    }

    fn next(&mut self) -> Result<Option<Repository>, Error> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((name, stream)) = &mut *head;
        let name = match self.streams.get_mut(*stream).and_then(Iterator::next) {
            Some(following) => std::mem::replace(name, following?),
            None => PeekMut::pop(head).0.0,
        };
        keys::repository(Table::Repositories, &[], &name).map(Some)
    }
}
