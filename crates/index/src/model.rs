//! Random commands against an obviously right model, comparing every question after every command.

use std::collections::{BTreeMap, BTreeSet};

use atoll_host::{Random as _, SeededRandom};
use atoll_oci::Reference;
use atoll_service::Visibility;

use crate::fixture::*;
use crate::{Change, Command, Error, Mutation, PutManifest, Reads, View};

const NAMES: [&str; 4] = ["a", "a/b", "a-b", "z"];
const NUMBERS: u64 = 8;
const USERS: [&str; 2] = ["bob", "eve"];
const TAGS: [&str; 3] = ["x", "y", "z1"];

#[derive(Default)]
struct Image {
    layers: BTreeSet<u64>,
    children: BTreeSet<u64>,
    subject: Option<u64>,
    first_push: u64,
    pulls: u64,
    facts: Option<u64>,
}

/// One repository in plain collections.
#[derive(Default)]
struct Model {
    blobs: BTreeSet<u64>,
    manifests: BTreeMap<u64, Image>,
    tags: BTreeMap<&'static str, u64>,
    pushes: u64,
    /// Of each user the star and the number of the toggle.
    stars: BTreeMap<&'static str, (bool, u64)>,
}

#[derive(Clone, Debug)]
enum Step {
    Link(u64),
    Unlink(u64),
    Put { number: u64, tag: Option<&'static str> },
    DeleteTag(&'static str),
    Delete(u64),
    Pull(u64),
    SetFacts(u64, u64),
    SetStar(&'static str, (bool, u64)),
}

/// What manifest `number` names is fixed by its number: content decides.
fn content(number: u64) -> PutManifest {
    match number % 4 {
        0 => with_layers(number, &[number, number + 1]),
        1 => with_children(number, &[(number + 3) % NUMBERS, (number + 1) % NUMBERS]),
        2 => referring(number, 0, "sig"),
        _ => manifest(number),
    }
}

impl Model {
    fn is_named(&self, number: u64, tags_count: bool) -> bool {
        let by_manifest = self
            .manifests
            .values()
            .any(|image| image.layers.contains(&number) || image.children.contains(&number));
        by_manifest || (tags_count && self.tags.values().any(|target| *target == number))
    }

    /// Does the step if the rules allow it, and says whether they do.
    fn step(&mut self, step: &Step) -> bool {
        let is_allowed = self.take(step);
        if !self.is_there() {
            self.stars.clear();
        }
        is_allowed
    }

    fn take(&mut self, step: &Step) -> bool {
        match step {
            Step::Link(number) => {
                self.blobs.insert(*number);
                true
            }
            Step::Unlink(number) => {
                let as_child = !self.manifests.contains_key(number);
                let names = |image: &Image| {
                    image.layers.contains(number) || (as_child && image.children.contains(number))
                };
                !self.manifests.values().any(names) && self.blobs.remove(number)
            }
            Step::Put { number, tag } => self.put(*number, *tag),
            Step::DeleteTag(tag) => self.tags.remove(tag).is_some(),
            Step::Delete(number) => self.delete(*number),
            Step::Pull(number) => {
                if let Some(image) = self.manifests.get_mut(number) {
                    image.pulls += 2;
                }
                true
            }
            Step::SetFacts(number, facts) => {
                if let Some(image) = self.manifests.get_mut(number) {
                    image.facts = Some(*facts);
                }
                true
            }
            Step::SetStar(user, (is_on, number)) => {
                let known = self.stars.get(user).map_or(0, |(_, number)| *number);
                if self.is_there() && *number > known {
                    self.stars.insert(user, (*is_on, *number));
                }
                self.is_there()
            }
        }
    }

    fn put(&mut self, number: u64, tag: Option<&'static str>) -> bool {
        let parts = content(number).parts;
        let numbers = |digests: Vec<atoll_oci::Digest>| -> BTreeSet<u64> {
            (0..=2 * NUMBERS).filter(|number| digests.contains(&digest(*number))).collect()
        };
        let layers = numbers(parts.blobs.iter().map(|(digest, _)| *digest).collect());
        let children = numbers(parts.children);
        let is_here = |part: &u64| self.blobs.contains(part) || self.manifests.contains_key(part);
        if !layers.iter().chain(&children).all(is_here) {
            return false;
        }
        self.pushes += 1;
        let (first_push, subject) = (self.pushes, parts.subject.map(|_| 0));
        self.manifests.entry(number).or_insert(Image {
            layers,
            children,
            subject,
            first_push,
            pulls: 0,
            facts: None,
        });
        // Every second manifest is pushed with what is known of it.
        if number.is_multiple_of(2) {
            self.manifests.entry(number).and_modify(|image| image.facts = Some(number));
        }
        tag.map(|tag| self.tags.insert(tag, number));
        true
    }

    fn delete(&mut self, number: u64) -> bool {
        let as_child = self.manifests.values().any(|image| image.children.contains(&number));
        let as_layer = self.manifests.values().any(|image| image.layers.contains(&number));
        if as_child || (as_layer && !self.blobs.contains(&number)) {
            return false;
        }
        let Some(image) = self.manifests.remove(&number) else { return false };
        self.tags.retain(|_, target| *target != number);
        let mut orphans: Vec<u64> = image.children.into_iter().collect();
        while let Some(child) = orphans.pop() {
            let is_referrer = self.manifests.get(&child).is_some_and(|image| image.subject.is_some());
            if !is_referrer
                && !self.is_named(child, true)
                && let Some(image) = self.manifests.remove(&child)
            {
                orphans.extend(image.children);
            }
        }
        true
    }

    fn is_there(&self) -> bool {
        !self.blobs.is_empty() || !self.manifests.is_empty()
    }
}

fn as_command(name: &str, at: u64, step: &Step) -> Command {
    match step {
        Step::Link(number) => link(name, *number),
        Step::Unlink(number) => unlink(name, *number),
        Step::Put { number, tag } => {
            let tags = tag.map(|tag| tagged(*number, &[tag]).tags).unwrap_or_default();
            let facts = if number.is_multiple_of(2) { facts_of(*number) } else { bytes::Bytes::new() };
            put(name, at, PutManifest { tags, facts, ..content(*number) })
        }
        Step::DeleteTag(tag) => delete_tag(name, tag),
        Step::Delete(number) => delete(name, *number),
        Step::Pull(number) => pulls(name, *number, 2),
        Step::SetFacts(number, facts) => {
            command(name, at, Mutation::SetFacts { digest: digest(*number), facts: facts_of(*facts) })
        }
        Step::SetStar(user, (is_on, number)) => {
            let (user, is_on, number) = ((*user).to_owned(), *is_on, *number);
            command(name, at, Mutation::SetStar { user, is_on, number })
        }
    }
}

fn facts_of(number: u64) -> bytes::Bytes {
    format!("facts {number}").into()
}

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }

    fn tag(&self) -> &'static str {
        TAGS[usize::try_from(self.below(3)).unwrap()]
    }

    fn step(&self) -> Step {
        let number = self.below(NUMBERS);
        match self.below(14) {
            0..3 => Step::Link(self.below(NUMBERS + 2)),
            3 => Step::Unlink(self.below(NUMBERS + 2)),
            4..9 => Step::Put { number, tag: (self.below(2) == 0).then(|| self.tag()) },
            9 => Step::DeleteTag(self.tag()),
            10 => Step::Delete(number),
            11 => Step::SetFacts(number, self.below(3)),
            12 => Step::SetStar(USERS[usize::from(self.below(2) == 0)], (self.below(2) == 0, self.below(9))),
            _ => Step::Pull(number),
        }
    }
}

fn check<R: Reads>(view: &View<R>, name: &str, model: &Model) {
    let repository = repository(name);
    assert_eq!(view.repository(&repository).unwrap().is_some(), model.is_there());
    let tags: Vec<_> = model.tags.keys().map(|name| tag(name)).collect();
    assert_eq!(view.tags(&repository, None, 99).unwrap(), (tags, false));
    for (name, target) in &model.tags {
        assert_eq!(view.tag(&repository, &tag(name)).unwrap().unwrap().digest, digest(*target));
    }
    for number in 0..NUMBERS + 2 {
        let one = digest(number);
        assert_eq!(view.blob(&repository, &one).unwrap().is_some(), model.blobs.contains(&number));
        let image = model.manifests.get(&number);
        let found = view.manifest(&repository, &Reference::Digest(one)).unwrap();
        assert_eq!(found.is_some(), image.is_some());
        assert!(found.is_none_or(|(_, body)| body.unwrap().as_ref() == number.to_be_bytes()));
        assert_eq!(view.statistics(&repository, &one).unwrap().pulls, image.map_or(0, |image| image.pulls));
        let facts = image.and_then(|image| image.facts).map(facts_of);
        assert_eq!(view.facts(&repository, &one).unwrap(), facts);
        let names: Vec<_> =
            model.tags.iter().filter(|(_, target)| **target == number).map(|(name, _)| tag(name)).collect();
        assert_eq!(view.tags_of(&repository, &one, 99).unwrap(), names);
        let is_typed =
            image.is_some() || model.manifests.values().any(|image| image.layers.contains(&number));
        assert_eq!(view.media_type_of(&repository, &one).unwrap().is_some(), is_typed);
    }
    let stars = model.stars.values().filter(|(is_on, _)| *is_on).count();
    assert_eq!(view.stars(&repository).unwrap(), u64::try_from(stars).unwrap());
    let mut referrers: Vec<_> = model.manifests.iter().filter(|(_, image)| image.subject.is_some()).collect();
    referrers.sort_by_key(|(_, image)| image.first_push);
    let (page, _) = view.referrers((&repository, &digest(0)), &[], None, 99).unwrap();
    let shown: Vec<_> =
        page.iter().map(|referrer| String::from_utf8(referrer.descriptor.to_vec()).unwrap()).collect();
    assert_eq!(
        shown,
        referrers.iter().map(|(number, _)| format!("{{\"number\":{number}}}")).collect::<Vec<_>>()
    );
}

fn check_all<R: Reads>(view: &View<R>, models: &[Model]) {
    NAMES.iter().zip(models).for_each(|(name, model)| check(view, name, model));
    let shards: Vec<_> = view.shards().collect();
    let names: Vec<_> = NAMES
        .iter()
        .zip(models)
        .filter(|(_, model)| model.is_there())
        .map(|(name, _)| repository(name))
        .collect();
    assert_eq!(view.catalog(&shards, None, 99, &Visibility::Everything).unwrap().0, names);
    assert_eq!(view.repository_count().unwrap(), u64::try_from(names.len()).unwrap());
    for number in 0..NUMBERS + 2 {
        let linked = models.iter().any(|model| model.blobs.contains(&number));
        assert_eq!(view.is_linked_anywhere(&digest(number)).unwrap(), linked);
    }
}

fn assert_agrees(allowed: bool, result: &Result<Change, Error>, step: &Step) {
    match result {
        Ok(_) => assert!(allowed, "{step:?} should have been refused"),
        Err(Error::Refused(_)) => assert!(!allowed, "{step:?} should have been allowed"),
        Err(fault) => panic!("{step:?}: {fault}"),
    }
}

#[tokio::test]
async fn rows_in_memory_and_in_the_database_do_as_the_model_does() {
    for seed in 0..6 {
        let dice = Dice(SeededRandom::new(seed));
        let (host, _files) = simulated(seed);
        let (mut sandbox, index) = (Sandbox::default(), memory_index(&host));
        let mut models: Vec<Model> = NAMES.iter().map(|_| Model::default()).collect();
        for at in 0..250 {
            let place = usize::try_from(dice.below(4)).unwrap();
            let step = dice.step();
            let command = as_command(NAMES[place], at, &step);
            let before = sandbox.0.clone();
            let in_memory = sandbox.run(&command);
            let in_database = index.submit(command).await.map(|change| (*change).clone());
            assert_agrees(models[place].step(&step), &in_memory, &step);
            assert!(in_memory.is_ok() || sandbox.0 == before, "{step:?} was refused and changed something");
            assert_eq!(in_memory.ok(), in_database.ok());
            check_all(&sandbox.view(), &models);
        }
        check_all(&index.snapshot(), &models);
        for shard in sandbox.view().shards() {
            assert_eq!(
                index.snapshot().state_hash(shard).unwrap(),
                sandbox.view().state_hash(shard).unwrap()
            );
        }
    }
}

#[test]
fn replaying_encoded_commands_gives_the_same_state_hash() {
    let dice = Dice(SeededRandom::new(77));
    let (mut first, mut log) = (Sandbox::default(), Vec::new());
    for at in 0..400 {
        let command = as_command(NAMES[usize::try_from(dice.below(4)).unwrap()], at, &dice.step());
        log.push(command.encode().unwrap());
        let _refused_or_not = first.run(&command);
    }
    let mut second = Sandbox::default();
    for bytes in &log {
        let _refused_or_not = second.run(&Command::decode(bytes).unwrap());
    }
    for shard in first.view().shards() {
        assert_eq!(first.view().state_hash(shard).unwrap(), second.view().state_hash(shard).unwrap());
    }
    assert_eq!(first.0, second.0);
}
