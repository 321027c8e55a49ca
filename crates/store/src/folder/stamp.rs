//! The stamp `atoll.json`: written once, durably, and read at every start.

use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Files, Host, Random};
use atoll_placement::{ClusterId, ClusterKey, MAX_SHARDS, MemberId};
use serde::{Deserialize, Serialize};

use super::{FolderError, FolderOptions, Identity};

const NAME: &str = "atoll.json";
const UNFINISHED_NAME: &str = "atoll.json.new";

/// The format this version reads and writes.
const FORMAT: u64 = 1;

/// Largest stamp that is read, in bytes; one of ours has a few hundred.
const MAX_BYTES: usize = 64 << 10;

/// The identity of a data folder.
#[derive(Clone)]
pub(super) struct Stamp {
    pub(super) identity: Identity,
    pub(super) shards: u16,
    pub(super) incarnation: u64,
    /// Whose the folder is to become: set from the beginning of an adoption to its end.
    pub(super) adopting: Option<Identity>,
}

#[derive(Deserialize)]
struct Format {
    format: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    format: u64,
    cluster_id: String,
    cluster_key: String,
    member: u16,
    shards: u16,
    incarnation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adopting: Option<Adopting>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Adopting {
    cluster_id: String,
    cluster_key: String,
    member: u16,
}

impl Stamp {
    /// The stamp of a member's new folder.
    pub(super) fn of(identity: Identity, shards: u16) -> Self {
        Self { identity, shards, incarnation: 1, adopting: None }
    }

    /// Whether the folder is that of a server that is alone: its identity is random, and a cluster's follows from the key.
    pub(super) fn is_alone(&self) -> bool {
        self.identity.cluster != ClusterId::of_key(self.identity.key)
    }

    /// Refuses the folder if it is not the one that the configuration means.
    pub(super) fn admit(&self, root: &Path, options: &FolderOptions) -> Result<(), FolderError> {
        let (root, found) = (root.to_owned(), self.identity);
        if let Some(Identity { cluster, member, .. }) = self.adopting {
            return Err(FolderError::Adopting { root, cluster, member });
        }
        match options.identity {
            None if self.is_alone() => Ok(()),
            None => Err(FolderError::Member { root, member: found.member }),
            Some(_) if self.is_alone() => Err(FolderError::Alone { root }),
            Some(configured) if configured.key != found.key => {
                let (found, configured) = (found.cluster, configured.cluster);
                Err(FolderError::OtherCluster { root, found, configured })
            }
            Some(Identity { member, .. }) if member != found.member => {
                Err(FolderError::OtherMember { root, found: found.member, configured: member })
            }
            Some(_) if options.shards != self.shards => {
                Err(FolderError::Shards { root, found: self.shards, configured: options.shards })
            }
            Some(_) => Ok(()),
        }
    }

    /// The stamp of a new cluster of one member.
    pub(super) fn random(random: &dyn Random, shards: u16) -> Self {
        let draw = || {
            let mut bytes = [0; 16];
            random.fill(&mut bytes);
            bytes
        };
        let (cluster, key) = (ClusterId(draw()), ClusterKey(draw()));
        Self::of(Identity { cluster, key, member: MemberId(0) }, shards)
    }
}

/// Whether the folder was stamped.
pub(super) fn exists(files: &dyn Files, root: &Path) -> io::Result<bool> {
    match files.entry(&root.join(NAME)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The folder's stamp; `None` if it has none.
pub(super) fn read(files: &dyn Files, root: &Path) -> Result<Option<Stamp>, FolderError> {
    let content = match files.open_read(&root.join(NAME)).and_then(|file| file.read_bytes(0, MAX_BYTES)) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(FolderError::Io { what: "reading the stamp of", root: root.to_owned(), source });
        }
    };
    let damaged = |why: String| FolderError::Damaged { root: root.to_owned(), why };
    let format: Format = serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))?;
    if format.format > FORMAT {
        return Err(FolderError::Newer { root: root.to_owned(), found: format.format, known: FORMAT });
    }
    let document: Document = serde_json::from_slice(&content).map_err(|error| damaged(error.to_string()))?;
    parse(&document).map(Some).map_err(|why| damaged(why.to_owned()))
}

/// Stamps the folder: after this, or a power failure during it, the folder has the whole stamp or none.
pub(super) fn write(host: &Host, root: &Path, stamp: Stamp) -> Result<Stamp, FolderError> {
    let failed = |source| FolderError::Io { what: "stamping", root: root.to_owned(), source };
    let text = render(&stamp).map_err(failed)?;
    write_durably(&*host.files, root, text.as_bytes()).map_err(failed)?;
    Ok(stamp)
}

fn write_durably(files: &dyn Files, root: &Path, content: &[u8]) -> io::Result<()> {
    let (unfinished, place): (PathBuf, PathBuf) = (root.join(UNFINISHED_NAME), root.join(NAME));
    match files.remove(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = files.create(&unfinished)?;
    file.write_at(0, content)?;
    file.sync()?;
    files.rename(&unfinished, &place)?;
    files.sync_dir(root)
}

fn render(stamp: &Stamp) -> io::Result<String> {
    let document = Document {
        format: FORMAT,
        cluster_id: stamp.identity.cluster.to_string(),
        cluster_key: hex(stamp.identity.key.0),
        member: stamp.identity.member.0,
        shards: stamp.shards,
        incarnation: stamp.incarnation,
        adopting: stamp.adopting.map(|to| Adopting {
            cluster_id: to.cluster.to_string(),
            cluster_key: hex(to.key.0),
            member: to.member.0,
        }),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn parse(document: &Document) -> Result<Stamp, &'static str> {
    if document.format == 0 {
        return Err("`format` is zero");
    }
    if !(1..=MAX_SHARDS).contains(&document.shards) {
        return Err("`shards` is out of range");
    }
    let identity = identity((&document.cluster_id, &document.cluster_key), document.member)?;
    let adopting = document.adopting.as_ref();
    let adopting =
        adopting.map(|to| self::identity((&to.cluster_id, &to.cluster_key), to.member)).transpose()?;
    Ok(Stamp { identity, shards: document.shards, incarnation: document.incarnation, adopting })
}

fn identity((cluster, key): (&str, &str), member: u16) -> Result<Identity, &'static str> {
    let cluster = ClusterId(unhex(cluster).ok_or("`clusterId` is not 32 hex digits")?);
    let key = ClusterKey(unhex(key).ok_or("`clusterKey` is not 32 hex digits")?);
    Ok(Identity { cluster, key, member: MemberId(member) })
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}
