use atoll_placement::Shard;
use atoll_service::{
    Filter, Layers, LeafImages, LeafRepositories, Marks, Match, MatchImages, Pattern, Sort, Stretch,
    Visibility, Want,
};

use super::Corpus;
use crate::corpus::tests::{digest, image, known, reads, tag};

const REPOSITORIES: u64 = 300;
const TAGS: u64 = 10;
/// Rows that are read for each that is looked at or shown: itself, what it belongs to, and what it points at.
const READS_FOR_EACH: u64 = 20;
const SHOWN: u64 = 10;

fn corpus() -> Corpus {
    let mut corpus = Corpus::new();
    for number in 0..REPOSITORIES * TAGS {
        let name = format!("team/service-{:04}", number / TAGS).parse().unwrap();
        corpus.add_repository(&name, Shard(0));
        corpus.put_manifest(&name, &known(number, image(number)));
        corpus.set_tag(&name, &tag(&format!("v{}", number % TAGS), number, number));
    }
    corpus
}

fn stretch() -> Stretch {
    Stretch { skip: 0, take: SHOWN, described_from: None }
}

fn images(find: MatchImages, visibility: Visibility) -> LeafImages {
    let (filter, sort, want) = (Filter::default(), Sort::NameAscending, Want::default());
    LeafImages { find, filter, sort, stretch: stretch(), want, visibility }
}

fn repositories(find: Match, visibility: Visibility) -> LeafRepositories {
    let (filter, sort, want) = (Filter::default(), Sort::NameAscending, Want::default());
    LeafRepositories { find, filter, sort, stretch: stretch(), want, visibility, marks: Marks::default() }
}

fn some() -> Visibility {
    Visibility::Patterns([Pattern { glob: "team/**".into(), admits: true }].into())
}

/// Layers as those of the image `number`.
fn layers(number: u64) -> Layers {
    let layers = vec![digest("shared", number % 7), digest("own", number)];
    Layers { digest: None, manifests: vec![(digest("manifest", number), layers)] }
}

#[test]
fn no_question_for_images_looks_at_many_more_rows_than_is_told() {
    let corpus = corpus();
    let all = REPOSITORIES * TAGS;
    let name = || "team/service-0007".parse().unwrap();
    let questions = [
        (MatchImages::All, Visibility::Everything, 0),
        (MatchImages::All, some(), all),
        (MatchImages::TagContains("v1".into()), Visibility::Everything, all),
        (MatchImages::InRepository(name()), Visibility::Everything, TAGS),
        (MatchImages::TagBeginsWith { repository: name(), prefix: "v".into() }, Visibility::Everything, TAGS),
        (MatchImages::DigestContains(digest("own", 9).to_string()), Visibility::Everything, 1),
        (
            MatchImages::DigestContains(digest("shared", 3).to_string()),
            Visibility::Everything,
            all.div_ceil(7),
        ),
        (MatchImages::Manifests([digest("manifest", 5)].into()), Visibility::Everything, 1),
        (MatchImages::DerivedFrom(layers(4)), Visibility::Everything, 1),
        (MatchImages::BaseOf(layers(4)), Visibility::Everything, all.div_ceil(7)),
    ];
    for (find, visibility, most) in questions {
        let request = images(find, visibility);
        let told = u64::try_from(corpus.images_looked_at(&request)).unwrap();
        assert!(told <= most, "{told} rows for {:?}", request.find);
        let read = reads(|| drop(corpus.list_images(&[Shard(0)], &request)));
        assert!(read <= (told + SHOWN) * READS_FOR_EACH, "{read} for {told} rows of {:?}", request.find);
    }
}

#[test]
fn no_question_for_repositories_looks_at_many_more_rows_than_is_told() {
    let corpus = corpus();
    let questions = [
        (Match::Words(String::new()), Visibility::Everything, 0),
        (Match::Words("/".into()), Visibility::Everything, 0),
        (Match::Words(String::new()), some(), REPOSITORIES),
        (Match::Words("serv".into()), Visibility::Everything, REPOSITORIES),
        (Match::Words("0123".into()), Visibility::Everything, 20),
        (Match::Words("team/service-0123".into()), Visibility::Everything, 20),
        (Match::Words("nowhere".into()), Visibility::Everything, 0),
        (Match::Names(["team/service-0001".parse().unwrap()].into()), Visibility::Everything, 1),
    ];
    for (find, visibility, most) in questions {
        let request = repositories(find, visibility);
        let told = u64::try_from(corpus.repositories_looked_at(&request)).unwrap();
        assert!(told <= most, "{told} rows for {:?}", request.find);
        let read = reads(|| drop(corpus.list_repositories(&[Shard(0)], &request)));
        assert!(read <= (told + SHOWN) * READS_FOR_EACH, "{read} for {told} rows of {:?}", request.find);
    }
}
