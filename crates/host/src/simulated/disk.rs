//! The state of a simulated file system: names and contents, as they are and as they are durable.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::torn::{below, survivor};
use crate::{Entry, EntryKind, Random, Timestamp};

/// Names as programs see them, and names as a power failure would leave them for certain.
#[derive(Default)]
pub(super) struct Disk {
    seen: Names,
    durable: Names,
    pub(super) locked: BTreeSet<String>,
}

/// Nodes by path; a directory sorts before what lies in it.
type Names = BTreeMap<String, Node>;

#[derive(Clone)]
enum Node {
    Directory(Timestamp),
    File(Arc<Inode>),
}

/// A file apart from its names.
pub(super) struct Inode(Mutex<Content>);

pub(super) struct Content {
    pub(super) written: Vec<u8>,
    pub(super) synced: Vec<u8>,
    pub(super) modified: Timestamp,
}

impl Inode {
    fn new(content: Vec<u8>, modified: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Content { written: content.clone(), synced: content, modified })))
    }

    pub(super) fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    pub(super) fn sync(&mut self) {
        self.synced.clone_from(&self.written);
    }
}

impl Disk {
    pub(super) fn create(&mut self, path: &str, now: Timestamp) -> io::Result<Arc<Inode>> {
        if self.seen.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.demand_parent(path)?;
        let inode = Inode::new(Vec::new(), now);
        self.seen.insert(path.to_owned(), Node::File(Arc::clone(&inode)));
        Ok(inode)
    }

    pub(super) fn file(&self, path: &str) -> io::Result<Arc<Inode>> {
        match self.seen.get(path) {
            Some(Node::File(inode)) => Ok(Arc::clone(inode)),
            Some(Node::Directory(_)) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn create_dir_all(&mut self, path: &str, now: Timestamp) -> io::Result<()> {
        match self.seen.get(path) {
            Some(Node::Directory(_)) => return Ok(()),
            Some(Node::File(_)) => return Err(io::ErrorKind::NotADirectory.into()),
            None => {}
        }
        if let Some(parent) = parent(path) {
            self.create_dir_all(parent, now)?;
        }
        if is_below_root(path) {
            self.seen.insert(path.to_owned(), Node::Directory(now));
        }
        Ok(())
    }

    pub(super) fn link(&mut self, from: &str, to: &str, may_replace: bool) -> io::Result<()> {
        let inode = self.file(from)?;
        self.demand_parent(to)?;
        match self.seen.get(to) {
            Some(Node::Directory(_)) => return Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::File(_)) if !may_replace => return Err(io::ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        self.seen.insert(to.to_owned(), Node::File(inode));
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        self.file(path)?;
        self.seen.remove(path);
        Ok(())
    }

    pub(super) fn list(&self, path: &str) -> io::Result<Vec<Entry>> {
        self.demand_directory(path)?;
        Ok(children(&self.seen, path).map(|(path, node)| describe(path, node)).collect())
    }

    pub(super) fn entry(&self, path: &str) -> io::Result<Entry> {
        self.seen.get(path).map(|node| describe(path, node)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn sync_dir(&mut self, path: &str) -> io::Result<()> {
        self.demand_directory(path)?;
        let gone: Vec<String> = children(&self.durable, path).map(|(path, _)| path.clone()).collect();
        for name in gone {
            self.durable.remove(&name);
        }
        let kept: Vec<_> =
            children(&self.seen, path).map(|(path, node)| (path.clone(), node.clone())).collect();
        self.durable.extend(kept);
        Ok(())
    }

    /// Bytes of all files that have a name, each file once.
    pub(super) fn used_bytes(&self) -> u64 {
        let mut counted = BTreeSet::new();
        let files = self.seen.values().filter_map(|node| match node {
            Node::File(inode) => Some(inode),
            Node::Directory(_) => None,
        });
        files
            .filter(|inode| counted.insert(Arc::as_ptr(inode)))
            .map(|inode| u64::try_from(inode.content().written.len()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add)
    }

    /// The disk as it is found after a power failure: of each name that was not made durable, the old or the new state.
    pub(super) fn after_power_failure(&self, random: &dyn Random) -> Self {
        let mut found = Names::new();
        let mut survivors: BTreeMap<*const Inode, Arc<Inode>> = BTreeMap::new();
        let paths: BTreeSet<&String> = self.seen.keys().chain(self.durable.keys()).collect();
        // Parents sort before their children, so that whatever lies in a lost directory is lost with it.
        for path in paths {
            let (seen, durable) = (self.seen.get(path), self.durable.get(path));
            let is_certain = is_same(seen, durable);
            let chosen = if is_certain || below(random, 2) == 0 { durable } else { seen };
            let Some(node) = chosen.filter(|_| has_parent(&found, path)) else { continue };
            let node = match node {
                Node::Directory(modified) => Node::Directory(*modified),
                Node::File(inode) => {
                    let survivor =
                        survivors.entry(Arc::as_ptr(inode)).or_insert_with(|| revive(inode, random));
                    Node::File(Arc::clone(survivor))
                }
            };
            found.insert(path.clone(), node);
        }
        Self { durable: found.clone(), seen: found, locked: BTreeSet::new() }
    }

    fn demand_parent(&self, path: &str) -> io::Result<()> {
        parent(path).map_or(Ok(()), |parent| self.demand_directory(parent))
    }

    fn demand_directory(&self, path: &str) -> io::Result<()> {
        match self.seen.get(path) {
            Some(Node::Directory(_)) => Ok(()),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None if !is_below_root(path) => Ok(()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn revive(inode: &Inode, random: &dyn Random) -> Arc<Inode> {
    let content = inode.content();
    Inode::new(survivor(&content.written, &content.synced, random), content.modified)
}

/// A path as a key. All of ours are text.
pub(super) fn key(path: &Path) -> io::Result<&str> {
    path.to_str().map(|path| path.trim_end_matches('/')).ok_or_else(|| io::ErrorKind::InvalidFilename.into())
}

/// The root, and the folder that relative paths begin in, exist from the start.
fn is_below_root(path: &str) -> bool {
    !path.is_empty()
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

fn has_parent(names: &Names, path: &str) -> bool {
    parent(path)
        .is_none_or(|parent| !is_below_root(parent) || matches!(names.get(parent), Some(Node::Directory(_))))
}

fn is_same(one: Option<&Node>, other: Option<&Node>) -> bool {
    match (one, other) {
        (None, None) | (Some(Node::Directory(_)), Some(Node::Directory(_))) => true,
        (Some(Node::File(one)), Some(Node::File(other))) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

fn children<'a>(names: &'a Names, directory: &str) -> impl Iterator<Item = (&'a String, &'a Node)> + use<'a> {
    let prefix = format!("{directory}/");
    let length = prefix.len();
    let below = names.range(prefix.clone()..).take_while(move |(path, _)| path.starts_with(&prefix));
    below.filter(move |(path, _)| path.get(length..).is_some_and(|name| !name.contains('/')))
}

fn describe(path: &str, node: &Node) -> Entry {
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    match node {
        Node::Directory(modified) => {
            Entry { name, kind: EntryKind::Directory, length_bytes: 0, modified: *modified }
        }
        Node::File(inode) => {
            let content = inode.content();
            let length_bytes = u64::try_from(content.written.len()).unwrap_or(u64::MAX);
            Entry { name, kind: EntryKind::File, length_bytes, modified: content.modified }
        }
    }
}
