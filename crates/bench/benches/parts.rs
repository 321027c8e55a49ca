//! Parts of the product by themselves: what one request pays for parsing, hashing and looking up.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot be set up must stop at once"
)]

use std::hint::black_box;

use atoll_edge::{Offered, Target, route};
use atoll_host::{Host, Timestamp};
use atoll_index::{Body, Command, Index, Location, Mutation, Options, Parts, PutManifest, Writer};
use atoll_oci::{Algorithm, Digest, Manifest, MediaType, Reference, Repository, digest_of};
use atoll_placement::ClusterKey;
use atoll_service::Grant;
use criterion::{Criterion, Throughput};
use http::Method;

/// Tags in the repository of the index bench.
const TAGS: usize = 20_000;
const SHARDS: u16 = 256;
const MEBIBYTE: usize = 1 << 20;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    nouns(&mut criterion);
    hashing(&mut criterion);
    routing(&mut criterion);
    index(&mut criterion);
    criterion.final_summary();
}

fn nouns(criterion: &mut Criterion) {
    let content = image(40);
    let digest = digest_of(Algorithm::Sha256, &content).to_string();
    let media_type = media_type();
    let mut group = criterion.benchmark_group("oci");
    group.bench_function("parse a digest", |bencher| bencher.iter(|| black_box(&digest).parse::<Digest>()));
    group.bench_function("render a digest", |bencher| {
        let digest: Digest = digest.parse().unwrap();
        bencher.iter(|| black_box(digest).to_string());
    });
    group.bench_function("parse a reference", |bencher| {
        bencher.iter(|| black_box("v1.2.3-alpine").parse::<Reference>());
    });
    group.bench_function("parse a repository", |bencher| {
        bencher.iter(|| black_box("library/some-group/busybox").parse::<Repository>());
    });
    group.bench_function("parse a manifest of 40 layers", |bencher| {
        bencher.iter(|| Manifest::parse(black_box(&content), &media_type));
    });
    group.finish();
}

fn hashing(criterion: &mut Criterion) {
    let content = vec![7; MEBIBYTE];
    let mut group = criterion.benchmark_group("hash 1 MiB");
    group.throughput(Throughput::Bytes(u64::try_from(MEBIBYTE).unwrap()));
    for algorithm in Algorithm::ALL {
        group.bench_function(algorithm.name(), |bencher| {
            bencher.iter(|| digest_of(algorithm, black_box(&content)));
        });
    }
    group.finish();
}

fn routing(criterion: &mut Criterion) {
    let digest = digest_of(Algorithm::Sha256, b"content");
    let paths = [
        ("a manifest by tag", "/v2/library/some-group/busybox/manifests/v1.2.3-alpine".to_owned(), None),
        ("a blob", format!("/v2/library/some-group/busybox/blobs/{digest}"), None),
        ("a page of tags", "/v2/library/some-group/busybox/tags/list".to_owned(), Some("n=100&last=v1")),
    ];
    let mut group = criterion.benchmark_group("route");
    for (name, path, query) in &paths {
        let target = Target { method: &Method::GET, path, query: *query };
        group.bench_function(*name, |bencher| bencher.iter(|| route(black_box(target), Offered::default())));
    }
    group.finish();
}

fn index(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (index, repository) = runtime.block_on(async { filled(folder.path()).await });
    let middle = format!("v{:07}", TAGS / 2);
    let reference: Reference = middle.parse().unwrap();
    let digest = index.snapshot().resolve(&repository, &reference).unwrap().expect("the tag is there").digest;
    let mut group = criterion.benchmark_group("index of 20,000 tags");
    group.bench_function("take a snapshot", |bencher| bencher.iter(|| index.snapshot()));
    group.bench_function("resolve a tag", |bencher| {
        bencher.iter(|| index.snapshot().resolve(black_box(&repository), black_box(&reference)).unwrap());
    });
    group.bench_function("read a manifest", |bencher| {
        bencher.iter(|| index.snapshot().manifest_body(black_box(&repository), black_box(&digest)).unwrap());
    });
    group.bench_function("a page of 100 tags", |bencher| {
        bencher.iter(|| index.snapshot().tags(black_box(&repository), Some(&middle), 100).unwrap());
    });
    group.finish();
}

async fn filled(folder: &std::path::Path) -> (Index, Repository) {
    let location = Location::File(folder.join("index"));
    let mut options = Options::new(location, ClusterKey([7; 16]), SHARDS);
    (options.is_durable, options.writer) = (false, Writer::Caller);
    let index = Index::open(&options, &Host::system(1)).unwrap();
    let repository: Repository = "library/busybox".parse().unwrap();
    for number in 0..TAGS {
        index.submit(push(&repository, number)).await.unwrap();
    }
    (index, repository)
}

fn push(repository: &Repository, number: usize) -> Command {
    let content = image(number % 100);
    let (digest, size) = (digest_of(Algorithm::Sha256, &content), u64::try_from(content.len()).unwrap());
    let manifest = Manifest::parse(&content, &media_type()).unwrap();
    let put = PutManifest {
        digest,
        media_type: media_type(),
        size,
        body: Body::Inline(content.into()),
        tags: vec![(format!("v{number:07}").parse().unwrap(), Grant::ALL)],
        parts: Parts::of(&manifest, digest, size),
        is_sparse: true,
        facts: Vec::new().into(),
    };
    let mutation = Mutation::PutManifest(Box::new(put));
    Command {
        about: repository.clone().into(),
        at: Timestamp(1),
        by: String::new(),
        grant: Grant::ALL,
        mutation,
    }
}

fn media_type() -> MediaType {
    "application/vnd.oci.image.manifest.v1+json".parse().unwrap()
}

fn image(layers: usize) -> Vec<u8> {
    let descriptor = |number: usize, kind: &str| {
        let digest = digest_of(Algorithm::Sha256, &number.to_le_bytes());
        format!(r#"{{"mediaType":"application/vnd.oci.image.{kind}","digest":"{digest}","size":{number}}}"#)
    };
    let layers: Vec<String> = (0..layers).map(|number| descriptor(number, "layer.v1.tar+gzip")).collect();
    let config = descriptor(7, "config.v1+json");
    format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{}]}}"#, layers.join(",")).into_bytes()
}
