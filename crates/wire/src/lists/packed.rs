//! The answers: descriptions stand behind all rows, so that whoever merges lists reads only those that it shows.

use atoll_oci::Repository;
use atoll_service::{
    Description, Error as NodeError, ImageHit, ImageHits, ImageKey, RepositoryHit, RepositoryHits, SortValue,
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, envelope};

/// A list of rows that each have a place and, if they are described, the length of their description in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Packed<R> {
    total: u64,
    rows: Vec<(R, Option<u32>)>,
    faults: Vec<String>,
    /// One behind the other.
    descriptions: Bytes,
}

/// A repository without its description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BareRepository {
    value: SortValue,
    repository: Repository,
    rank: i32,
}

/// An image without its description.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BareImage {
    value: SortValue,
    key: ImageKey,
}

impl Packed<BareRepository> {
    pub(crate) fn repositories(
        RepositoryHits { total, hits, faults }: RepositoryHits,
    ) -> Result<Self, Error> {
        let bare = |RepositoryHit { value, repository, rank, summary }| {
            (BareRepository { value, repository, rank }, summary)
        };
        Self::of((total, faults), hits.into_iter().map(bare))
    }

    pub(crate) fn into_repositories(self) -> Result<RepositoryHits, Error> {
        let whole = |BareRepository { value, repository, rank }, summary| RepositoryHit {
            value,
            repository,
            rank,
            summary,
        };
        let (total, hits, faults) = self.unpacked(whole)?;
        Ok(RepositoryHits { total, hits, faults })
    }
}

impl Packed<BareImage> {
    pub(crate) fn images(ImageHits { total, hits, faults }: ImageHits) -> Result<Self, Error> {
        let bare = |ImageHit { value, key, summary }| (BareImage { value, key }, summary);
        Self::of((total, faults), hits.into_iter().map(bare))
    }

    pub(crate) fn into_images(self) -> Result<ImageHits, Error> {
        let whole = |BareImage { value, key }, summary| ImageHit { value, key, summary };
        let (total, hits, faults) = self.unpacked(whole)?;
        Ok(ImageHits { total, hits, faults })
    }
}

impl<R> Packed<R> {
    fn of<T: Clone + Serialize>(
        (total, faults): (u64, Vec<String>),
        hits: impl ExactSizeIterator<Item = (R, Option<Description<T>>)>,
    ) -> Result<Self, Error> {
        let (mut rows, mut descriptions) = (Vec::with_capacity(hits.len()), Vec::new());
        for (row, described) in hits {
            let Some(described) = described else {
                rows.push((row, None));
                continue;
            };
            let before = descriptions.len();
            descriptions = envelope::extended(&described, descriptions)?;
            let length = u32::try_from(descriptions.len().saturating_sub(before));
            rows.push((
                row,
                Some(length.map_err(|_too_long| Error::Malformed("a description is too long"))?),
            ));
        }
        Ok(Self { total, rows, faults, descriptions: descriptions.into() })
    }

    fn unpacked<T: DeserializeOwned, H>(
        self,
        whole: impl Fn(R, Option<Description<T>>) -> H,
    ) -> Result<(u64, Vec<H>, Vec<String>), Error> {
        let Self { total, rows, faults, mut descriptions } = self;
        let mut taken = |length: u32| {
            let length = usize::try_from(length).ok().filter(|length| *length <= descriptions.len());
            let length = length.ok_or(Error::Malformed("a description is missing"))?;
            Ok::<_, Error>(Description::Encoded { bytes: descriptions.split_to(length), decode })
        };
        let hits = rows.into_iter().map(|(row, length)| Ok(whole(row, length.map(&mut taken).transpose()?)));
        Ok((total, hits.collect::<Result<_, Error>>()?, faults))
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NodeError> {
    let decoded = envelope::decode(bytes).map(|(described, _later_fields)| described);
    decoded.map_err(|error| NodeError::Internal(format!("a description of another member: {error}")))
}

#[cfg(test)]
mod tests;
