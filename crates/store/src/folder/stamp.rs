//! The stamp `atoll.json`: written once, durably, and read at every start.

use std::io;
use std::path::{Path, PathBuf};

use atoll_host::{Files, Host, Random};
use atoll_placement::{ClusterId, ClusterKey, MAX_SHARDS, MemberId};
use serde::{Deserialize, Serialize};

use super::FolderError;

const NAME: &str = "atoll.json";
const UNFINISHED_NAME: &str = "atoll.json.new";

/// The format this version reads and writes.
const FORMAT: u64 = 1;

/// Largest stamp that is read, in bytes; one of ours has a few hundred.
const MAX_BYTES: usize = 64 << 10;

/// The identity of a data folder.
#[derive(Clone)]
pub(super) struct Stamp {
    pub(super) cluster_id: ClusterId,
    pub(super) cluster_key: ClusterKey,
    pub(super) member: MemberId,
    pub(super) shards: u16,
    pub(super) incarnation: u64,
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
}

impl Stamp {
    /// The stamp of a new cluster of one member.
    pub(super) fn random(random: &dyn Random, shards: u16) -> Self {
        let draw = || {
            let mut bytes = [0; 16];
            random.fill(&mut bytes);
            bytes
        };
        let (cluster_id, cluster_key) = (ClusterId(draw()), ClusterKey(draw()));
        Self { cluster_id, cluster_key, member: MemberId(0), shards, incarnation: 1 }
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
        cluster_id: stamp.cluster_id.to_string(),
        cluster_key: hex(stamp.cluster_key.0),
        member: stamp.member.0,
        shards: stamp.shards,
        incarnation: stamp.incarnation,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn parse(document: &Document) -> Result<Stamp, &'static str> {
    let cluster_id = unhex(&document.cluster_id).ok_or("`clusterId` is not 32 hex digits")?;
    let cluster_key = unhex(&document.cluster_key).ok_or("`clusterKey` is not 32 hex digits")?;
    if document.format == 0 {
        return Err("`format` is zero");
    }
    if !(1..=MAX_SHARDS).contains(&document.shards) {
        return Err("`shards` is out of range");
    }
    Ok(Stamp {
        cluster_id: ClusterId(cluster_id),
        cluster_key: ClusterKey(cluster_key),
        member: MemberId(document.member),
        shards: document.shards,
        incarnation: document.incarnation,
    })
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}
