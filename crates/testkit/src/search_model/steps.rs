//! Changes of the rows, the same for the model and for a corpus.

use atoll_host::Timestamp;
use atoll_oci::{Digest, Platform, Repository, Tag};
use atoll_placement::Shard;
use atoll_search::{Blob, Child, Corpus, Front, KnownManifest, KnownTag, Signs, Told, Tool};

use super::Dice;
use super::world::{Place, SHARDS, World, digest};

/// One change.
#[derive(Debug, Clone)]
pub enum Step {
    /// A repository comes into being.
    Add(Repository, Shard),
    /// It goes.
    Remove(Repository),
    /// A manifest is pushed.
    Put(Repository, Box<KnownManifest>),
    /// A manifest goes, whatever points at it.
    Drop(Repository, Digest),
    /// A tag is set.
    Tag(Repository, KnownTag),
    /// A tag goes.
    Untag(Repository, Tag),
    /// A manifest is pulled.
    Pull(Repository, Digest, u64, Timestamp),
    /// A repository has so many stars.
    Star(Repository, u64),
    /// A whole shard goes.
    Leave(Shard),
}

const NAMES: [&str; 14] = [
    "a",
    "b",
    "ab",
    "aba",
    "a/b",
    "a/ba",
    "ab/a",
    "a/b/c",
    "b/a/ab",
    "abc/d",
    "d/abc/a",
    "alpine",
    "org/alpine",
    "org/x/alpine",
];
const TAGS: [&str; 9] = ["latest", "v1", "v2", "V1", "1.0", "1.0-alpine", "Latest", "a", "z"];
const MANIFESTS: u64 = 14;

pub(crate) fn any_name(dice: &mut Dice) -> Repository {
    dice.pick(&NAMES).parse().unwrap()
}

pub(crate) fn any_digest(dice: &mut Dice) -> Digest {
    digest("manifest", dice.below(MANIFESTS))
}

pub(crate) fn any_layer(dice: &mut Dice) -> Digest {
    digest("layer", dice.below(5))
}

pub(crate) fn any_tag(dice: &mut Dice) -> Tag {
    if dice.once_in(8) {
        let signed = any_digest(dice).encoded();
        let suffix = dice.pick(&[".sig", ".sig", "", ".att"]);
        return format!("sha256-{signed}{suffix}").parse().unwrap();
    }
    dice.pick(&TAGS).parse().unwrap()
}

fn any_time(dice: &mut Dice) -> Option<Told> {
    let offset_minutes = *dice.pick(&[0, 0, 0, 120, -90]);
    let nanos = *dice.pick(&[0, 0, 500_000_000, 7]);
    let seconds = *dice.pick(&[-5_000_000_000, 0, 1_500_000_000, 1_600_000_000, 1_700_000_000]);
    (!dice.once_in(4)).then_some(Told { seconds, nanos, offset_minutes })
}

fn any_platform(dice: &mut Dice) -> Platform {
    let (os, architecture, variant) = *dice.pick(&[
        ("", "", ""),
        ("linux", "amd64", ""),
        ("linux", "amd64", ""),
        ("linux", "arm", "v7"),
        ("Windows", "amd64", ""),
        ("", "arm", ""),
    ]);
    Platform { os: os.into(), architecture: architecture.into(), variant: variant.into() }
}

fn any_front(dice: &mut Dice, number: u64) -> Front {
    let is_index = number >= MANIFESTS - 4;
    let length = if is_index { dice.below(4) } else { 0 };
    let child = |_| Child {
        // Only those before it, so that no index is below itself.
        digest: digest("manifest", dice.below(number.max(1))),
        platform: any_platform(dice),
    };
    let children = (0..length).map(child).collect();
    let blob = |digest: Digest, size: u64| Blob { digest, size };
    // Layer lists that begin alike are the rule.
    let (start, length) = (dice.below(2), if is_index { 0 } else { dice.below(4) });
    let layer = |at| match dice.below(5) {
        0 => blob(any_layer(dice), 40),
        _ => blob(digest("layer", (start + at) % 5), 10 + at),
    };
    let layers = (0..length).map(layer).collect();
    let tool = *dice.pick(&[Tool::Cosign, Tool::Notation]);
    let signs = (number % 5 == 4 && !is_index).then(|| Signs { subject: any_digest(dice), tool });
    Front {
        size: 100 + number,
        is_index,
        config: (!is_index).then(|| blob(digest("config", dice.below(4)), 5)),
        layers,
        children,
        signs,
        artifact_type: (*dice.pick(&["", "application/x", "application/y"])).to_owned(),
        platform: if is_index { Platform::default() } else { any_platform(dice) },
        created: if is_index && !dice.once_in(3) { None } else { any_time(dice) },
        config_created: if is_index { None } else { any_time(dice).map(Told::in_utc) },
        vendor: (*dice.pick(&["", "One", "Two"])).to_owned(),
        has_excess_history: !is_index && dice.once_in(6),
    }
}

/// A change that may come next.
pub fn any_step(dice: &mut Dice, now: u64) -> Step {
    let name = any_name(dice);
    let at =
        Timestamp(1_600_000_000_000_000_000 + (now / 3) * 50_000_000_000_000_000 % 400_000_000_000_000_000);
    match dice.below(24) {
        0..=2 => {
            // A name has one shard for ever.
            let shard = name.as_str().bytes().map(u16::from).sum::<u16>() % SHARDS;
            Step::Add(name, Shard(shard))
        }
        3..=9 => {
            let number = dice.below(MANIFESTS);
            let front = any_front(dice, number);
            let pushed_by = (*dice.pick(&["", "alice"])).to_owned();
            let (pulls, last_pulled_at) = (0, Timestamp(0));
            let digest = digest("manifest", number);
            Step::Put(
                name,
                Box::new(KnownManifest { digest, pushed_at: at, pushed_by, pulls, last_pulled_at, front }),
            )
        }
        10..=17 => {
            let (tag, digest) = (any_tag(dice), any_digest(dice));
            let tagged_at = if dice.once_in(3) { Timestamp(at.0 / 2) } else { at };
            Step::Tag(name, KnownTag { tag, digest, tagged_at, updated_at: at })
        }
        18 => Step::Untag(name, any_tag(dice)),
        19 => Step::Drop(name, any_digest(dice)),
        20 | 21 => Step::Pull(name, any_digest(dice), 1 + dice.below(3), at),
        22 => Step::Star(name, dice.below(5)),
        _ if dice.once_in(3) => Step::Remove(name),
        _ if dice.once_in(6) => Step::Leave(Shard(u16::try_from(dice.below(u64::from(SHARDS))).unwrap())),
        _ => Step::Untag(name, any_tag(dice)),
    }
}

impl World {
    /// Changes the rows.
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::Add(name, shard) => {
                self.0.entry(name.clone()).or_insert_with(|| Place::new(*shard));
            }
            Step::Remove(name) => {
                self.0.remove(name);
            }
            Step::Leave(shard) => self.0.retain(|_, place| place.shard != *shard),
            Step::Put(name, known) => self.within(name, |place| {
                let before = place.manifests.get(&known.digest);
                let pulled = before.map_or((0, Timestamp(0)), |known| (known.pulls, known.last_pulled_at));
                let mut known = (**known).clone();
                (known.pulls, known.last_pulled_at) = pulled;
                place.manifests.insert(known.digest, known);
            }),
            Step::Drop(name, digest) => self.within(name, |place| {
                place.manifests.remove(digest);
            }),
            Step::Tag(name, tag) => self.within(name, |place| {
                place.tags.insert(tag.tag.clone(), tag.clone());
            }),
            Step::Untag(name, tag) => self.within(name, |place| {
                place.tags.remove(tag);
            }),
            Step::Pull(name, digest, times, at) => self.within(name, |place| {
                if let Some(known) = place.manifests.get_mut(digest) {
                    known.pulls += times;
                    known.last_pulled_at = known.last_pulled_at.max(*at);
                }
            }),
            Step::Star(name, stars) => self.within(name, |place| place.stars = *stars),
        }
    }

    fn within(&mut self, name: &Repository, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.0.get_mut(name) {
            change(place);
        }
    }
}

/// Changes a corpus in the same way.
pub fn apply_to_corpus(corpus: &mut Corpus, step: &Step) {
    match step {
        Step::Add(name, shard) => corpus.add_repository(name, *shard),
        Step::Remove(name) => corpus.remove_repository(name),
        Step::Leave(shard) => corpus.drop_shard(*shard),
        Step::Put(name, known) => corpus.put_manifest(name, known),
        Step::Drop(name, digest) => corpus.remove_manifest(name, digest),
        Step::Tag(name, tag) => corpus.set_tag(name, tag),
        Step::Untag(name, tag) => corpus.remove_tag(name, tag),
        Step::Pull(name, digest, times, at) => corpus.count_pulls(name, digest, (*times, *at)),
        Step::Star(name, stars) => corpus.set_stars(name, *stars),
    }
}
