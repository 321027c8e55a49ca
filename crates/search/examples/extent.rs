//! Says what a corpus of a given size costs: `extent REPOSITORIES TAGS_PER_REPOSITORY`. Each image has a config and five layers, three
//! of them shared with other images.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "this program measures and tells")]

use std::time::{Duration, Instant};

use atoll_host::Timestamp;
use atoll_oci::{Algorithm, Digest, MediaType, Platform, Repository, digest_of};
use atoll_placement::Shard;
use atoll_search::{Blob, Corpus, Front, KnownManifest, KnownTag, Told};
use atoll_service::{
    Filter, LeafImages, LeafRepositories, Marks, Match, MatchImages, Sort, Stretch, Visibility, Want,
};

fn digest(kind: &str, number: usize) -> Digest {
    digest_of(Algorithm::Blake3, format!("{kind}{number}").as_bytes())
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn front(number: usize) -> Front {
    let blob = |digest| Blob { digest, size: 1_000_000 };
    let shared = |at: usize| blob(digest("shared", number % 1_000 * 3 + at));
    let told = Told::at(1_600_000_000_000_000_000 + (number as u64) * 1_000_000_007);
    Front {
        size: 1_000,
        is_index: false,
        config: Some(blob(digest("config", number))),
        layers: vec![
            shared(0),
            shared(1),
            shared(2),
            blob(digest("own", number)),
            blob(digest("top", number)),
        ],
        children: Vec::new(),
        signs: None,
        artifact_type: MediaType::OCI_MANIFEST.to_owned(),
        platform: Platform { os: "linux".into(), architecture: "amd64".into(), variant: String::new() },
        created: Some(told),
        config_created: Some(told),
        vendor: format!("Vendor {}", number % 50),
        has_excess_history: false,
    }
}

fn name(number: usize) -> Option<Repository> {
    format!("team-{}/project-{}/service-{number:06}", number % 97, number % 1_013).parse().ok()
}

/// Puts rows in. Gives the time that the corpus took for them.
fn fill(corpus: &mut Corpus, repositories: usize, tags: usize) -> Duration {
    let mut took = Duration::ZERO;
    for place in 0..repositories {
        let Some(name) = name(place) else { continue };
        corpus.add_repository(&name, Shard(u16::try_from(place % 256).unwrap_or_default()));
        for tag in 0..tags {
            let number = place * tags + tag;
            let digest = digest("manifest", number);
            let at = Timestamp(1_700_000_000_000_000_000 + number as u64);
            let (pushed_by, last_pulled_at) = ("pusher".to_owned(), Timestamp(0));
            let pulls = (number as u64).wrapping_mul(7_919) % 1_000;
            let front = front(number);
            let known = KnownManifest { digest, pushed_at: at, pushed_by, pulls, last_pulled_at, front };
            let Ok(tag) = format!("v1.{tag}.0").parse() else { continue };
            let tag = KnownTag { tag, digest, tagged_at: at, updated_at: at };
            let began = Instant::now();
            corpus.put_manifest(&name, &known);
            corpus.set_tag(&name, &tag);
            took += began.elapsed();
        }
    }
    took
}

fn timed<T>(what: &str, ask: impl Fn() -> T) {
    const TIMES: u32 = 20;
    let began = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(ask());
    }
    println!("{what}: {:?}", began.elapsed() / TIMES);
}

fn ask_repositories(corpus: &Corpus) {
    let shards: Vec<Shard> = (0..256).map(Shard).collect();
    let list = |words: &str, sort, skip, filter: Filter| {
        let request = LeafRepositories {
            find: Match::Words(words.to_owned()),
            filter,
            sort,
            stretch: Stretch { skip, take: 20, described_from: Some(0) },
            want: Want { newest: true, ..Want::default() },
            visibility: Visibility::Everything,
            marks: Marks::default(),
        };
        corpus.list_repositories(&shards, &request)
    };
    let linux = Filter { os: Some(vec!["linux".to_owned()]), ..Filter::default() };
    timed("repositories, updated, first page", || list("", Sort::Updated, 0, Filter::default()));
    timed("repositories, downloads, first page", || list("", Sort::Downloads, 0, Filter::default()));
    timed("repositories, name, offset 50,000", || list("", Sort::NameAscending, 50_000, Filter::default()));
    let asked = Instant::now();
    std::hint::black_box(list("", Sort::Updated, 0, linux.clone()));
    println!("repositories, updated, linux only, first question: {:?}", asked.elapsed());
    timed("repositories, updated, linux only", || list("", Sort::Updated, 0, linux.clone()));
    let signed = Filter { signed: true, ..Filter::default() };
    timed("repositories, updated, signed only", || list("", Sort::Updated, 0, signed.clone()));
    timed("repositories, `serv`, updated, linux only", || list("serv", Sort::Updated, 0, linux.clone()));
    timed("repositories, `service-0012`", || list("service-0012", Sort::Relevance, 0, Filter::default()));
    timed("repositories, `service-00012`", || list("service-00012", Sort::Relevance, 0, Filter::default()));
    timed("repositories, `serv` (all match)", || list("serv", Sort::Relevance, 0, Filter::default()));
}

fn ask_images(corpus: &Corpus) {
    let shards: Vec<Shard> = (0..256).map(Shard).collect();
    let list = |find, sort, skip| {
        let request = LeafImages {
            find,
            filter: Filter::default(),
            sort,
            stretch: Stretch { skip, take: 20, described_from: Some(0) },
            want: Want::default(),
            visibility: Visibility::Everything,
        };
        corpus.list_images(&shards, &request)
    };
    let own = digest("own", 77).to_string();
    let part = own.get(10..26).unwrap_or_default().to_owned();
    timed("images, updated, first page", || list(MatchImages::All, Sort::Updated, 0));
    timed("images, updated, offset 50,000", || list(MatchImages::All, Sort::Updated, 50_000));
    timed("images, whole digest", || list(MatchImages::DigestContains(own.clone()), Sort::Relevance, 0));
    let first = own.get(..16).unwrap_or_default().to_owned();
    let beginning = || list(MatchImages::DigestContains(first.clone()), Sort::Relevance, 0);
    let asked = Instant::now();
    std::hint::black_box(beginning());
    println!("images, beginning of a digest, first question: {:?}", asked.elapsed());
    timed("images, beginning of a digest", beginning);
    timed("images, part of a digest", || list(MatchImages::DigestContains(part.clone()), Sort::Relevance, 0));
    timed("images, tag contains `1.3`", || list(MatchImages::TagContains("1.3".into()), Sort::Relevance, 0));
    let layers = atoll_service::Layers {
        digest: None,
        manifests: vec![(
            digest("x", 0),
            vec![digest("shared", 0), digest("shared", 1), digest("shared", 2)],
        )],
    };
    timed("images, derived", || list(MatchImages::DerivedFrom(layers.clone()), Sort::Updated, 0));
    timed("images, base", || list(MatchImages::BaseOf(layers.clone()), Sort::Updated, 0));
}

fn main() {
    let mut sizes = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let (repositories, tags) = (sizes.next().unwrap_or(10_000), sizes.next().unwrap_or(10));
    let before = resident_kib();
    let mut corpus = Corpus::new();
    corpus.begin_loading();
    println!("rows in after {:?}", fill(&mut corpus, repositories, tags));
    let began = Instant::now();
    corpus.finish_loading();
    println!(
        "in order after {:?}, {} MiB, {:?}",
        began.elapsed(),
        (resident_kib() - before) / 1_024,
        corpus.extent()
    );
    ask_repositories(&corpus);
    ask_images(&corpus);
    for what in ["push", "push of the same"] {
        let took = fill(&mut corpus, repositories.min(100), tags * 2);
        println!("one {what}: {:?}", took / u32::try_from(repositories.min(100) * tags * 2).unwrap_or(1));
    }
    for many in [1_000, 10_000, 100_000] {
        let took = fill(&mut corpus, 1, many);
        println!(
            "one push into a repository, up to {many} tags: {:?}",
            took / u32::try_from(many).unwrap_or(1)
        );
    }
}
