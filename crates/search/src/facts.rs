//! What is known of one manifest, computed once from its bytes and its config's, and kept beside it.
//!
//! In front lies what the index in memory needs, behind it what only descriptions need, so that a loader decodes the front alone.

mod compute;
mod config;
mod lent;
mod texts;
mod wording;

use atoll_oci::{Digest, Platform};
use atoll_service::{HistorySummary, LayerSummary, Texts};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Error, Told, Tool, packed};
pub use compute::facts;
pub use config::{Config, MAX_CONFIG_BYTES, is_image_config, is_image_config_type};
pub use lent::LentFront;
pub use wording::Wording;
pub(crate) use wording::kept as kept_wording;

/// Version of the facts that this program writes.
const VERSION: u8 = 1;

/// A blob that a manifest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its digest.
    #[serde(with = "packed")]
    pub digest: Digest,
    /// Its size in bytes, as the manifest tells it.
    pub size: u64,
}

/// A manifest that an index names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// Its digest.
    #[serde(with = "packed")]
    pub digest: Digest,
    /// What it runs on, as the index tells it; counts if its own config does not tell.
    pub platform: Platform,
}

/// What the index in memory needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Front {
    /// Size of the manifest itself in bytes.
    pub size: u64,
    /// Whether it is an index.
    pub is_index: bool,
    /// Its config.
    pub config: Option<Blob>,
    /// Its layers, in order.
    pub layers: Vec<Blob>,
    /// Its children, in order.
    pub children: Vec<Child>,
    /// The manifest that this one signs, and with which tool.
    pub signs: Option<Signs>,
    /// Type of the artifact; of an image without one, the media type of its config.
    pub artifact_type: String,
    /// What it runs on, as its config tells it.
    pub platform: Platform,
    /// When it says it was made; of an index, only what its own annotations say.
    pub created: Option<Told>,
    /// When its config says so, else the last step of its history: by this the newest image of a repository is chosen.
    pub config_created: Option<Told>,
    /// The vendor, from annotations alone.
    pub vendor: String,
    /// Its history tells of more layers than there are.
    pub has_excess_history: bool,
}

/// That a manifest is a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// Of what.
    #[serde(with = "packed")]
    pub subject: Digest,
    /// By which tool.
    pub tool: Tool,
}

/// One step of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub created: Option<Told>,
    /// By which command.
    pub created_by: String,
    /// By whom.
    pub author: String,
    /// Free text.
    pub comment: String,
    /// Whether it made no layer.
    pub is_empty_layer: bool,
}

/// What only descriptions need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Texts from annotations, else from the config's labels.
    pub texts: Texts,
    /// The author that the config tells.
    pub config_author: String,
    /// Its history.
    pub history: Vec<Step>,
}

impl Front {
    /// Size of config, manifest and layers in bytes; of an index nothing, since its children are counted.
    pub fn content_size(&self) -> u64 {
        if self.is_index {
            return 0;
        }
        let blobs = self.config.iter().chain(&self.layers).map(|blob| blob.size);
        blobs.fold(self.size, u64::saturating_add)
    }
}

impl Rest {
    /// Reads encoded facts.
    pub fn decode(bytes: &[u8]) -> Result<(Front, Self), Error> {
        let (front, rest) = decode_front(bytes)?;
        Ok((front, postcard::from_bytes(rest)?))
    }

    /// The history as it is shown beside these layers; cut behind the first step that has no layer left.
    pub fn shown_history(&self, layers: &[Blob]) -> Vec<HistorySummary> {
        let mut left = layers.iter().map(|layer| LayerSummary { digest: layer.digest, size: layer.size });
        if self.history.is_empty() {
            return left.map(|layer| HistorySummary { layer: Some(layer), ..Default::default() }).collect();
        }
        let mut shown = Vec::with_capacity(self.history.len());
        for step in &self.history {
            let layer = if step.is_empty_layer { None } else { left.next() };
            let is_excess = !step.is_empty_layer && layer.is_none();
            shown.push(step.shown(layer));
            if is_excess {
                break;
            }
        }
        shown
    }
}

impl Step {
    /// A step without a time shows the epoch.
    fn shown(&self, layer: Option<LayerSummary>) -> HistorySummary {
        HistorySummary {
            layer,
            created: Some(self.created.unwrap_or_else(|| Told::at(0)).into()),
            created_by: Some(self.created_by.clone()),
            author: Some(self.author.clone()),
            comment: Some(self.comment.clone()),
            is_empty_layer: Some(self.is_empty_layer),
        }
    }
}

fn decode_front<'a, F: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(F, &'a [u8]), Error> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(postcard::take_from_bytes(rest)?),
        found => Err(Error::Newer {
            found: found.map(|(version, _)| *version).unwrap_or_default(),
            known: VERSION,
        }),
    }
}

/// Plain data becomes bytes without fail; if it did not, the facts would be computed anew by the next loader.
pub(crate) fn encode(front: &Front, rest: &Rest) -> Bytes {
    let front = postcard::to_extend(front, vec![VERSION]);
    front.and_then(|front| postcard::to_extend(rest, front)).map(Bytes::from).unwrap_or_default()
}

#[cfg(test)]
mod tests;
