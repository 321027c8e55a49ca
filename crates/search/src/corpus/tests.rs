use atoll_host::Timestamp;
use atoll_oci::{Algorithm, Digest, MediaType, Platform, Repository, Tag, digest_of};
use atoll_placement::Shard;
use atoll_service::{Marks, Visibility, Want};

use super::rows::Keys;
use super::slab::READS;
use super::totals::COUNTED_FROM;
use super::*;
use crate::{Blob, Child, Front, Signs, Told, Tool};

/// More rows than one change may look at, in a repository of [`TAGS`] tags: a few places are searched, each in steps of halves.
const MAX_READS: u64 = 700;
const TAGS: u64 = 20_000;

pub(super) fn digest(kind: &str, number: u64) -> Digest {
    digest_of(Algorithm::Sha256, format!("{kind}{number}").as_bytes())
}

fn blob(kind: &str, number: u64) -> Blob {
    Blob { digest: digest(kind, number), size: 10 + number % 3 }
}

fn platform(number: u64) -> Platform {
    Platform { os: "linux".into(), architecture: format!("arch{}", number % 5), variant: String::new() }
}

pub(super) fn image(number: u64) -> Front {
    Front {
        size: 5,
        is_index: false,
        config: Some(blob("config", number)),
        layers: vec![blob("shared", number % 7), blob("own", number)],
        children: Vec::new(),
        signs: None,
        artifact_type: MediaType::OCI_MANIFEST.to_owned(),
        platform: platform(number),
        created: Some(Told::at(number * 1_000_000_000)),
        config_created: Some(Told::at(number * 1_000_000_000)),
        vendor: format!("vendor{}", number % 3),
        has_excess_history: false,
    }
}

pub(super) fn known(number: u64, front: Front) -> KnownManifest {
    let (digest, pushed_by, last_pulled_at) = (digest("manifest", number), String::new(), Timestamp(0));
    KnownManifest { digest, pushed_at: Timestamp(1), pushed_by, pulls: 0, last_pulled_at, front }
}

pub(super) fn tag(name: &str, manifest: u64, at: u64) -> KnownTag {
    let digest = digest("manifest", manifest);
    KnownTag { tag: name.parse().unwrap(), digest, tagged_at: Timestamp(at), updated_at: Timestamp(at) }
}

fn repository() -> (Corpus, Repository) {
    let (mut corpus, name) = (Corpus::new(), "team/service".parse().unwrap());
    corpus.add_repository(&name, Shard(0));
    (corpus, name)
}

fn row(corpus: &Corpus) -> &RepositoryRow {
    corpus.repositories.get(0).unwrap()
}

/// Rows that a change looks at.
pub(super) fn reads(change: impl FnOnce()) -> u64 {
    let before = READS.get();
    change();
    READS.get() - before
}

fn change(corpus: &mut Corpus, name: &Repository, (what, number): (&str, u64)) {
    let new = TAGS + number;
    match what {
        "push" => corpus.put_manifest(name, &known(new, image(new))),
        "new tag" => corpus.set_tag(name, &tag(&format!("w{number}"), new, TAGS)),
        "moved tag" => corpus.set_tag(name, &tag("v7000", new, TAGS)),
        "pull" => corpus.count_pulls(name, &digest("manifest", number), (1, Timestamp(1))),
        "removed tag" => corpus.remove_tag(name, &format!("v{number}").parse().unwrap()),
        _ => corpus.remove_manifest(name, &digest("manifest", TAGS - 1 - number)),
    }
}

#[test]
fn a_change_does_not_look_at_all_tags_of_its_repository() {
    let (mut corpus, name) = repository();
    let want = Want::default();
    let ask = |corpus: &Corpus| {
        corpus.describe_repositories(
            std::slice::from_ref(&name),
            (want, &Visibility::Everything),
            &Marks::default(),
        )
    };
    for number in 0..TAGS {
        let push = reads(|| {
            corpus.put_manifest(&name, &known(number, image(number)));
            corpus.set_tag(&name, &tag(&format!("v{number}"), number, number));
        });
        assert!(push < MAX_READS, "push {number} looked at {push} rows");
    }
    // Whoever asks first has it counted; from then on it is kept.
    ask(&corpus);
    for number in 0..500 {
        for what in ["push", "new tag", "moved tag", "pull", "removed tag", "removed manifest"] {
            let looked_at = reads(|| change(&mut corpus, &name, (what, number)));
            assert!(looked_at < MAX_READS, "{what} {number} looked at {looked_at} rows");
            let asked = reads(|| drop(ask(&corpus)));
            assert!(asked < MAX_READS, "the question after {what} {number} looked at {asked} rows");
        }
    }
    assert_eq!(*corpus.derived(0), corpus.derive(row(&corpus)));
}

#[test]
fn the_same_manifest_again_changes_nothing() {
    let (mut corpus, name) = repository();
    corpus.put_manifest(&name, &known(1, image(1)));
    for number in 0..TAGS {
        corpus.set_tag(&name, &tag(&format!("v{number}"), 1, number));
    }
    let extent = corpus.extent();
    let again = reads(|| corpus.put_manifest(&name, &known(1, image(1))));
    assert!(again < 10, "looked at {again} rows");
    assert_eq!(corpus.extent(), extent);
    corpus.remove_repository(&name);
    assert_eq!(corpus.extent(), Extent::default());
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn any_front(chance: &mut Chance, number: u64) -> Front {
    let mut front = image(number);
    // Manifests disagree on sizes.
    front.layers.push(Blob { digest: digest("common", chance.below(3)), size: chance.below(100) });
    front.signs = (number % 9 == 8).then(|| Signs { subject: digest("manifest", 1), tool: Tool::Cosign });
    if number % 4 == 3 {
        let child = |chance: &mut Chance| Child {
            digest: digest("manifest", chance.below(number)),
            platform: platform(chance.below(9)),
        };
        front.children = (0..3).map(|_| child(chance)).collect();
        (front.is_index, front.config, front.layers) = (true, None, Vec::new());
    }
    front
}

fn any_change(corpus: &mut Corpus, name: &Repository, chance: &mut Chance, at: u64) {
    let number = chance.below(60);
    let digest = digest("manifest", number);
    let any_tag = format!("v{}", chance.below(2 * COUNTED_FROM as u64));
    match chance.below(10) {
        0 | 1 => corpus.put_manifest(name, &known(number, any_front(chance, number))),
        2 => corpus.remove_manifest(name, &digest),
        3 => corpus.remove_tag(name, &any_tag.parse().unwrap()),
        4 => corpus.count_pulls(name, &digest, (chance.below(5), Timestamp(at))),
        _ => {
            let at = at - chance.below(at + 1) / 2;
            corpus.set_tag(name, &tag(&any_tag, number, at));
        }
    }
}

/// What a look at every image tells.
fn looked_up(corpus: &Corpus) -> (Option<Tag>, Option<u64>, u128) {
    let shown =
        row(corpus).images.iter().filter_map(|image| Some((corpus.images.get(image)?, corpus.shown(image)?)));
    let shown: Vec<_> = shown.collect();
    let made = |slot: u32| {
        let listed = corpus.listed(slot);
        listed.iter().filter_map(|listed| Keys::instant(listed.row.config_created)).max()
    };
    let newest = shown
        .iter()
        .max_by_key(|(image, (slot, _))| (made(*slot), std::cmp::Reverse((image.updated_at, &image.tag))));
    let pulled: std::collections::BTreeMap<u32, u64> =
        shown.iter().map(|(_, (slot, row))| (*slot, row.downloads())).collect();
    (
        newest.map(|(image, _)| image.tag.clone()),
        shown.iter().map(|(image, _)| image.tagged_at.0).max(),
        pulled.values().map(|pulls| u128::from(*pulls)).sum(),
    )
}

#[test]
fn what_is_kept_of_a_repository_is_what_a_look_at_every_image_tells() {
    let mut counted = 0;
    for seed in 0..4 {
        let (mut corpus, name) = repository();
        let mut chance = Chance(seed);
        for at in 0..2_000 {
            any_change(&mut corpus, &name, &mut chance, at);
            if chance.below(8) > 0 {
                continue;
            }
            let tag_of = |image: u32| corpus.images.get(image).unwrap();
            let (newest, tagged, downloads) = looked_up(&corpus);
            let kept = row(&corpus);
            assert_eq!(kept.newest.map(|image| tag_of(image).tag.clone()), newest, "{seed} {at}");
            assert_eq!(kept.by_tagging.first().map(|image| tag_of(image).tagged_at.0), tagged, "{seed} {at}");
            assert_eq!(kept.downloads, downloads, "{seed} {at}");
            assert_eq!(*corpus.derived(0), corpus.derive(kept), "{seed} {at}");
            counted += u64::from(kept.totals.get().is_some());
        }
        corpus.remove_repository(&name);
        assert_eq!(corpus.extent(), Extent::default());
    }
    assert!(counted > 100, "hardly ever counted: {counted}");
}

/// Everything that is put in order, in order.
fn in_order(corpus: &Corpus) -> Vec<Vec<u32>> {
    let orders = &corpus.orders;
    let of_all = [
        &orders.repositories_by_name,
        &orders.repositories_by_update,
        &orders.repositories_by_downloads,
        &orders.images_by_name,
        &orders.images_by_update,
        &orders.images_by_downloads,
    ];
    let rows = corpus.repositories.numbers().filter_map(|number| corpus.repositories.get(number));
    let of_each = rows.flat_map(|row| [&row.images, &row.by_making, &row.by_tagging]);
    let newest = corpus.repositories.numbers().filter_map(|number| corpus.repositories.get(number)?.newest);
    let orders = of_all.into_iter().chain(of_each).map(|order| order.iter().collect());
    orders.chain([newest.collect()]).collect()
}

#[test]
fn changes_that_come_at_once_leave_what_they_leave_one_by_one() {
    let names: Vec<Repository> = ["a", "b/c", "d"].map(|name| name.parse().unwrap()).into();
    let (mut at_once, mut one_by_one, mut most) = (Corpus::new(), Corpus::new(), 0);
    let mut chance = Chance(5);
    for at in 0..2_000 {
        at_once.begin_changes();
        for _ in 0..chance.below(20) {
            let name = &names[usize::try_from(chance.below(3)).unwrap()];
            let state = chance.0;
            for corpus in [&mut at_once, &mut one_by_one] {
                // Both are changed in the same way.
                chance = Chance(state);
                match chance.below(60) {
                    0 => corpus.remove_repository(name),
                    1..4 => corpus.add_repository(name, Shard(0)),
                    _ => any_change(corpus, name, &mut chance, at),
                }
            }
        }
        at_once.finish_changes();
        assert_eq!(in_order(&at_once), in_order(&one_by_one), "{at}");
        most = most.max(at_once.extent().images);
    }
    assert!(most > 60, "hardly anything was ever there: {most}");
}
