//! Random questions about what was pushed.

use std::sync::Arc;

use atoll_service::*;

use crate::data::{Dice, Pushed};

const SORTS: [Sort; 5] =
    [Sort::Relevance, Sort::Updated, Sort::NameAscending, Sort::NameDescending, Sort::Downloads];

pub(crate) fn visibility(dice: &mut Dice) -> Visibility {
    let pattern = |glob: &str, admits| Pattern { glob: glob.to_owned(), admits };
    let patterns = |list: Vec<Pattern>| Visibility::Patterns(Arc::from(list));
    dice.some(&[
        Visibility::Everything,
        Visibility::Everything,
        Visibility::Nothing,
        patterns(vec![pattern("**", true), pattern("private/**", false)]),
        patterns(vec![pattern("team/**", true), pattern("app*", true), pattern("team/lib/**", false)]),
    ])
}

fn filter(dice: &mut Dice) -> Filter {
    if dice.roll(2) == 0 {
        return Filter::default();
    }
    let list = |words: &[&str]| Some(words.iter().map(|&word| word.to_owned()).collect::<Vec<String>>());
    let maybe = |dice: &mut Dice| dice.some(&[None, None, None, Some(true), Some(false)]);
    Filter {
        os: dice.some(&[None, None, list(&["linux"]), list(&["linux", "windows"]), list(&[])]),
        arch: dice.some(&[None, None, list(&["amd64"]), list(&["arm64"])]),
        signed: dice.roll(4) == 0,
        starred: maybe(dice),
        bookmarked: maybe(dice),
    }
}

fn page(dice: &mut Dice) -> Page {
    Page { offset: dice.some(&[0, 0, 0, 1, 5, 20, 1_000]), limit: dice.some(&[0, 0, 1, 3, 10, 40, 1_000]) }
}

fn want(dice: &mut Dice) -> Want {
    Want {
        layers: dice.roll(2) == 0,
        history: dice.roll(2) == 0,
        referrers: dice.roll(2) == 0,
        texts: dice.roll(2) == 0,
        newest: dice.roll(2) == 0,
    }
}

pub(crate) fn repositories(dice: &mut Dice) -> ListRepositories {
    let words = |text: &str| Find::Words(text.to_owned());
    ListRepositories {
        find: dice.some(&[
            words(""),
            words("app"),
            words("team/"),
            words("1"),
            Find::Starred,
            Find::Bookmarked,
        ]),
        filter: filter(dice),
        sort: dice.some(&SORTS),
        page: page(dice),
        want: want(dice),
        visibility: visibility(dice),
    }
}

pub(crate) fn images(dice: &mut Dice, pushed: &Pushed) -> ListImages {
    let (name, tag, digest) = dice.some(&pushed.images);
    let repository = if dice.roll(10) == 0 { "not/here".parse().unwrap() } else { name.parse().unwrap() };
    let manifest = dice.some(&[None, None, Some(digest.to_string()), Some("sha256:nonsense".to_owned())]);
    let reference = ImageReference { repository, tag: tag.parse().unwrap(), manifest };
    let repository = reference.repository.clone();
    let layer = dice.some(&pushed.layers).to_string();
    let other = dice.some(&pushed.images).2;
    ListImages {
        find: dice.some(&[
            FindImages::All,
            FindImages::InRepository(repository.clone()),
            FindImages::TagBeginsWith { repository, prefix: "v1".to_owned() },
            FindImages::TagContains(".1".to_owned()),
            FindImages::DigestContains(layer),
            FindImages::DigestContains("sha256:a".to_owned()),
            FindImages::DerivedFrom(reference.clone()),
            FindImages::BaseOf(reference),
            FindImages::Manifests([digest, other].into()),
        ]),
        filter: filter(dice),
        sort: dice.some(&SORTS),
        page: page(dice),
        want: want(dice),
        visibility: visibility(dice),
    }
}

pub(crate) fn image(dice: &mut Dice, pushed: &Pushed) -> GetImage {
    let (name, tag, _) = dice.some(&pushed.images);
    let tag = if dice.roll(8) == 0 { "absent".to_owned() } else { tag };
    GetImage { repository: name.parse().unwrap(), tag: tag.parse().unwrap(), want: want(dice) }
}

pub(crate) fn repository(dice: &mut Dice, pushed: &Pushed) -> GetRepository {
    let name = if dice.roll(8) == 0 { "not/here".to_owned() } else { dice.some(&pushed.images).0 };
    GetRepository { repository: name.parse().unwrap(), want: want(dice) }
}

pub(crate) fn referrers(dice: &mut Dice, pushed: &Pushed) -> GetReferrers {
    let (name, _, digest) = dice.some(&pushed.images);
    let artifact_types = dice.some(&[Vec::new(), vec!["application/spdx+json".to_owned()]]);
    GetReferrers { repository: name.parse().unwrap(), digest, artifact_types }
}
