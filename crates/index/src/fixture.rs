//! Short ways to write commands and open indexes in tests.

use std::path::Path;
use std::sync::Arc;

use atoll_host::{Host, SeededRandom, SimulatedClock, SimulatedFiles, Tasks, Timestamp};
use atoll_oci::{Algorithm, Digest, MediaType, Repository, Tag, digest_of};
use atoll_placement::{ClusterKey, MemberId, Shard, shard_of};
use atoll_service::Grant;
use bytes::Bytes;

use crate::{
    Body, Command, Error, Index, LinkBlob, Location, MemoryRows, Mutation, Options, Parts, PullCount,
    PutManifest, View, Writer, apply,
};

pub(crate) const KEY: ClusterKey = ClusterKey([7; 16]);
pub(crate) const SHARDS: u16 = 4;
/// Small, so that simulated disks are quick and rounds of the log are short.
pub(crate) const LOG_BYTES: u64 = 16 * 1024;
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub(crate) fn digest(number: u64) -> Digest {
    digest_of(Algorithm::Sha256, &number.to_be_bytes())
}

pub(crate) fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

pub(crate) fn tag(name: &str) -> Tag {
    name.parse().unwrap()
}

pub(crate) fn media_type() -> MediaType {
    MediaType::OCI_MANIFEST.parse().unwrap()
}

pub(crate) fn home(name: &str) -> Shard {
    shard_of(KEY, name, SHARDS)
}

pub(crate) fn command(name: &str, at: u64, mutation: Mutation) -> Command {
    Command {
        about: repository(name).into(),
        at: Timestamp(at),
        by: "alice".to_owned(),
        grant: Grant::ALL,
        mutation,
    }
}

pub(crate) fn link(name: &str, number: u64) -> Command {
    let (digest, holders) = (digest(number), vec![MemberId(1)]);
    command(name, number, Mutation::LinkBlob(LinkBlob { digest, size: number, holders }))
}

pub(crate) fn unlink(name: &str, number: u64) -> Command {
    command(name, 1, Mutation::UnlinkBlob { digest: digest(number) })
}

/// A manifest that names nothing.
pub(crate) fn manifest(number: u64) -> PutManifest {
    PutManifest {
        digest: digest(number),
        media_type: media_type(),
        size: 8,
        body: Body::Inline(Bytes::copy_from_slice(&number.to_be_bytes())),
        tags: Vec::new(),
        parts: Parts::default(),
        is_sparse: false,
        facts: Bytes::new(),
    }
}

pub(crate) fn tagged(number: u64, tags: &[&str]) -> PutManifest {
    let tags = tags.iter().map(|name| (tag(name), Grant::ALL)).collect();
    PutManifest { tags, ..manifest(number) }
}

pub(crate) fn with_layers(number: u64, layers: &[u64]) -> PutManifest {
    let blobs = layers.iter().map(|layer| (digest(*layer), LAYER.to_owned())).collect();
    PutManifest { parts: Parts { blobs, ..Parts::default() }, ..manifest(number) }
}

pub(crate) fn with_children(number: u64, children: &[u64]) -> PutManifest {
    let children = children.iter().map(|child| digest(*child)).collect();
    PutManifest { parts: Parts { children, ..Parts::default() }, ..manifest(number) }
}

pub(crate) fn referring(number: u64, subject: u64, artifact_type: &str) -> PutManifest {
    let parts = Parts {
        subject: Some(digest(subject)),
        referrer: Some(Bytes::from(format!("{{\"number\":{number}}}"))),
        artifact_type: Some(artifact_type.to_owned()),
        ..Parts::default()
    };
    PutManifest { parts, ..manifest(number) }
}

pub(crate) fn put(name: &str, at: u64, manifest: PutManifest) -> Command {
    command(name, at, Mutation::PutManifest(Box::new(manifest)))
}

pub(crate) fn delete(name: &str, number: u64) -> Command {
    command(name, 1, Mutation::DeleteManifest { digest: digest(number) })
}

pub(crate) fn delete_tag(name: &str, text: &str) -> Command {
    command(name, 1, Mutation::DeleteTag { tag: tag(text) })
}

pub(crate) fn pulls(name: &str, number: u64, times: u64) -> Command {
    let counts = vec![PullCount { digest: digest(number), times, last_at: Timestamp(times) }];
    command(name, 1, Mutation::CountPulls { counts })
}

/// Rows in memory with a short way to apply.
#[derive(Default)]
pub(crate) struct Sandbox(pub(crate) MemoryRows);

impl Sandbox {
    /// Writes facts of a manifest where earlier versions of this program put them.
    pub(crate) fn keep_facts_apart(&mut self, name: &str, number: u64, facts: &[u8]) {
        let key = crate::keys::RepositoryKeys::new(home(name), &repository(name)).digest(&digest(number));
        crate::Rows::put(&mut self.0, crate::Table::Facts, &key, facts).unwrap();
    }

    pub(crate) fn with(commands: &[Command]) -> Self {
        let mut sandbox = Self::default();
        for command in commands {
            sandbox.run(command).unwrap();
        }
        sandbox
    }

    pub(crate) fn run(&mut self, command: &Command) -> Result<crate::Change, Error> {
        apply(&mut self.0, home(&command.about.home()), command)
    }

    /// The refusal of a command, after a look that it changed nothing.
    pub(crate) fn refusal(&mut self, command: &Command) -> atoll_service::Error {
        let before = self.0.clone();
        let Err(Error::Refused(refusal)) = self.run(command) else { panic!("not refused: {command:?}") };
        assert_eq!(self.0, before, "a refused command changed something");
        *refusal
    }

    pub(crate) fn view(&self) -> View<&MemoryRows> {
        View::new(&self.0, KEY, SHARDS)
    }
}

pub(crate) fn simulated(seed: u64) -> (Host, SimulatedFiles) {
    let random = Arc::new(SeededRandom::new(seed));
    let clock = Arc::new(SimulatedClock::new(Timestamp(1)));
    let files = SimulatedFiles::new(random.clone(), clock.clone());
    files_host(&files, random, clock)
}

fn files_host(
    files: &SimulatedFiles,
    random: Arc<SeededRandom>,
    clock: Arc<SimulatedClock>,
) -> (Host, SimulatedFiles) {
    use atoll_host::Files as _;
    files.create_dir_all(Path::new("/data")).unwrap();
    files.sync_dir(Path::new("/")).unwrap();
    (Host { clock, random, tasks: Tasks::inline(), files: Arc::new(files.clone()) }, files.clone())
}

/// Options for a simulated disk, without a thread.
pub(crate) fn simulated_options() -> Options {
    let mut options = Options::new(Location::File("/data/index".into()), KEY, SHARDS);
    options.writer = Writer::Caller;
    options.log_bytes = LOG_BYTES;
    options
}

pub(crate) fn memory_index(host: &Host) -> Index {
    let options = Options { location: Location::Memory, ..simulated_options() };
    Index::open(&options, host).unwrap()
}
