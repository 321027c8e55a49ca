//! Random questions.

use std::sync::Arc;

use atoll_placement::Shard;
use atoll_service::{
    Filter, Layers, LeafImages, LeafRepositories, Marks, Match, MatchImages, Pattern, Sort, Stretch,
    Visibility, Want,
};

use super::Dice;
use super::steps::{any_digest, any_layer, any_name};
use super::world::{SHARDS, digest};

const WORDS: [&str; 18] = [
    "", "/", "a", "b", "ab", "alp", "alpine", "pine", "a/b", "a/a", "org/al", "org", "x/al", "b/c", "zz",
    "abc/d", "/a/", "a/b/c/d",
];

fn any_shards(dice: &mut Dice) -> Vec<Shard> {
    let all = (0..SHARDS).map(Shard);
    if dice.once_in(4) { all.filter(|_| !dice.once_in(3)).collect() } else { all.collect() }
}

fn any_sort(dice: &mut Dice) -> Sort {
    *dice.pick(&[Sort::Relevance, Sort::Updated, Sort::NameAscending, Sort::NameDescending, Sort::Downloads])
}

fn any_stretch(dice: &mut Dice) -> Stretch {
    let take = *dice.pick(&[0, 1, 2, 5, 1_000, u64::MAX]);
    Stretch {
        skip: *dice.pick(&[0, 0, 0, 1, 3, 50]),
        take,
        described_from: *dice.pick(&[None, Some(0), Some(0), Some(2)]),
    }
}

fn any_want(dice: &mut Dice) -> Want {
    Want { layers: !dice.once_in(3), newest: !dice.once_in(3), ..Want::default() }
}

fn any_visibility(dice: &mut Dice) -> Visibility {
    let pattern = |glob: &str, admits| Pattern { glob: glob.to_owned(), admits };
    match dice.below(8) {
        0 => Visibility::Nothing,
        1 => Visibility::Patterns(Arc::new([pattern("a/**", true), pattern("a/b", false)])),
        2 => Visibility::Patterns(Arc::new([pattern("**", true), pattern("org/*", false)])),
        _ => Visibility::Everything,
    }
}

fn any_filter(dice: &mut Dice) -> Filter {
    let words = |dice: &mut Dice, from: &[&str]| {
        dice.once_in(4).then(|| (0..dice.below(3)).map(|_| (*dice.pick(from)).to_owned()).collect())
    };
    Filter {
        os: words(dice, &["linux", "windows", "plan9"]),
        arch: words(dice, &["amd64", "arm", "arm/v7"]),
        signed: dice.once_in(8),
        starred: dice.once_in(8).then(|| dice.once_in(2)),
        bookmarked: dice.once_in(8).then(|| dice.once_in(2)),
    }
}

fn any_marks(dice: &mut Dice) -> Marks {
    let mut some = || (0..dice.below(4)).map(|_| any_name(dice)).collect();
    Marks { starred: some(), bookmarked: some() }
}

/// A question about repositories, and of which shards.
pub fn any_repositories(dice: &mut Dice) -> (Vec<Shard>, LeafRepositories) {
    let find = if dice.once_in(5) {
        Match::Names((0..dice.below(6)).map(|_| any_name(dice)).collect())
    } else {
        Match::Words((*dice.pick(&WORDS)).to_owned())
    };
    let request = LeafRepositories {
        find,
        filter: any_filter(dice),
        sort: any_sort(dice),
        stretch: any_stretch(dice),
        want: any_want(dice),
        visibility: any_visibility(dice),
        marks: any_marks(dice),
    };
    (any_shards(dice), request)
}

fn any_layers(dice: &mut Dice) -> Layers {
    let list = |dice: &mut Dice| {
        let (start, length) = (dice.below(2), dice.below(4));
        let one = |at: u64| if dice.once_in(5) { any_layer(dice) } else { digest("layer", (start + at) % 5) };
        (0..length).map(one).collect::<Vec<_>>()
    };
    let manifests = (0..dice.below(3)).map(|_| (any_digest(dice), list(dice))).collect();
    Layers { digest: (!dice.once_in(4)).then(|| any_digest(dice)), manifests }
}

fn any_digest_text(dice: &mut Dice) -> String {
    let kinds = ["manifest", "config", "layer", "nothing"];
    let kind = *dice.pick(&kinds);
    let text = digest(kind, dice.below(8)).to_string();
    match dice.below(5) {
        0 | 1 => text,
        2 => text[..12].to_owned(),
        3 => text[20..24].to_owned(),
        _ => (*dice.pick(&["", "sha256:", "a", "zz", "SHA256", "0"])).to_owned(),
    }
}

/// A question about images, and of which shards.
pub fn any_images(dice: &mut Dice) -> (Vec<Shard>, LeafImages) {
    let find = match dice.below(9) {
        0 => MatchImages::InRepository(any_name(dice)),
        1 => MatchImages::TagBeginsWith {
            repository: any_name(dice),
            prefix: (*dice.pick(&["", "v", "V", "1.", "lat", "Latest", "sha256-"])).to_owned(),
        },
        2 => MatchImages::TagContains((*dice.pick(&["", "1", "v1", "alpine", "test", "a", "."])).to_owned()),
        3 | 4 => MatchImages::DigestContains(any_digest_text(dice)),
        5 => MatchImages::DerivedFrom(any_layers(dice)),
        6 => MatchImages::BaseOf(any_layers(dice)),
        7 => MatchImages::Manifests((0..dice.below(4)).map(|_| any_digest(dice)).collect()),
        _ => MatchImages::All,
    };
    let request = LeafImages {
        find,
        filter: any_filter(dice),
        sort: any_sort(dice),
        stretch: any_stretch(dice),
        want: any_want(dice),
        visibility: any_visibility(dice),
    };
    (any_shards(dice), request)
}
