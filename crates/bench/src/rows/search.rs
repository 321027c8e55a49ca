//! Searches as the web interface sends them, beside the same API whose answers are made already: what HTTP and the query language
//! cost by themselves.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::CONNECTIONS;
use crate::client::{Client, Content};
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Target, Unit};
use crate::{images, load, peers};

/// Clients that fill the server.
const PUSHERS: usize = 32;
pub(super) const TAGS_PER_REPOSITORY: usize = 5;
/// Tags in the one repository that has many.
const MANY_TAGS: usize = 1_000;
const MANY: &str = "bench/many-tags";
/// What searches are compared with.
const PREBUILT: &str = "prebuilt";
/// Queries asked in turns where answers must not be kept: many times more than are kept, each another text.
pub(super) const QUERIES: usize = 20_011;

/// What the web interface selects of a repository (zot's zui).
pub(super) const REPOSITORY_FIELDS: &str = "{Page {TotalCount ItemCount} Repos {Name LastUpdated Size Platforms { Os Arch } IsStarred \
    IsBookmarked NewestImage { Tag Vulnerabilities {MaxSeverity Count} Description IsSigned SignatureInfo { Tool IsTrusted Author } \
    Licenses Vendor Labels } StarCount DownloadCount}}";
const IMAGE_FIELDS: &str = "{Page {TotalCount ItemCount} Results { RepoName Tag Description Manifests {Digest Platform {Os Arch} Size} \
    Vendor DownloadCount LastUpdated IsSigned}}";
const EXPANDED_FIELDS: &str = "{Images {Manifests {Digest Platform {Os Arch} Size} Tag LastUpdated Vendor IsDeletable} \
    Summary {Name LastUpdated Size Platforms {Os Arch} Vendors IsStarred IsBookmarked NewestImage {RepoName IsSigned Tag Title}}}";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let atoll = peers::searching(stage, &stage.folder("search/atoll")?)?;
    let prebuilt = peers::prebuilt(&stage.folder("search/prebuilt")?)?;
    fill(&atoll, stage.scale.repositories)?;
    fill_one(&atoll)?;
    let of = format!("{} repositories", stage.scale.repositories);
    let mut lines = Vec::new();
    for (what, paths, most) in questions(stage.scale.repositories) {
        let turn = |name, server: &Server| {
            let (url, paths) = (format!("http://{}/", server.address), paths.clone());
            Contestant::new(name, move || {
                let load = load::get_each(&url, &paths, CONNECTIONS, (stage.scale.turn, stage.path()))?;
                Ok(load.median.as_secs_f64() * 1e3)
            })
        };
        let contestants = vec![turn("atoll", &atoll), turn(PREBUILT, &prebuilt)];
        let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, contestants)?;
        lines.extend(outcome.line(&format!("{what}, {of}, p50"), PREBUILT, Some(Target::AtMost(most))));
    }
    Ok(lines)
}

/// What is asked, the paths that are asked in turns, and the target. "Each another" means that no answer can have been kept.
fn questions(repositories: usize) -> Vec<(&'static str, Vec<String>, f64)> {
    let words =
        || (0..QUERIES).map(|nth| (nth, format!("repository-{:05}", nth * 7919 % repositories.max(1))));
    let offsets = || (0..QUERIES).map(|nth| (nth, nth * 10 % repositories.max(1)));
    let base = format!("{}:1.0", repository(1));
    vec![
        ("home: popular", vec![global("", "limit:3 offset:0 sortBy: DOWNLOADS")], 1.3),
        ("home: recent", vec![global("", "limit:2 offset:0 sortBy: UPDATE_TIME")], 1.3),
        ("explore", vec![global("", "limit:10 offset:0 sortBy: RELEVANCE")], 1.3),
        (
            "explore, each another page",
            offsets()
                .map(|(nth, offset)| {
                    fresh(nth, &global_text("", &format!("limit:10 offset:{offset} sortBy: UPDATE_TIME")))
                })
                .collect(),
            1.3,
        ),
        (
            "search box, each another word",
            words()
                .map(|(nth, word)| fresh(nth, &global_text(&word, "limit:9 offset:0 sortBy:RELEVANCE")))
                .collect(),
            1.3,
        ),
        (
            "search box for tags, each another word",
            words().map(|(nth, word)| fresh(nth, &images_of(&format!("bench/{word}:1")))).collect(),
            1.3,
        ),
        (
            "repository page with 1,000 tags",
            vec![asked(&format!("{{ExpandedRepoInfo(repo:\"{MANY}\"){EXPANDED_FIELDS}}}"))],
            1.5,
        ),
        (
            "images built upon one",
            vec![asked(&format!(
                "{{DerivedImageList(image:\"{base}\", requestedPage: {{limit:10 offset:0}}){IMAGE_FIELDS}}}"
            ))],
            1.5,
        ),
        (
            "images with a digest, each another",
            (0..QUERIES).map(|nth| fresh(nth, &by_digest(nth * 31 % repositories.max(1)))).collect(),
            1.5,
        ),
    ]
}

fn by_digest(number: usize) -> String {
    let config = images::config(u64::try_from(number).unwrap_or_default());
    let digest = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, &config);
    format!("ImageListForDigest(id:\"{digest}\", requestedPage: {{limit:10 offset:0}}){IMAGE_FIELDS}")
}

/// The path that asks for repositories as the web interface does.
pub(super) fn global(words: &str, page: &str) -> String {
    asked(&format!("{{{}}}", global_text(words, page)))
}

/// The question for repositories as the web interface puts it, without the outer braces.
pub(super) fn global_text(words: &str, page: &str) -> String {
    format!("GlobalSearch(query:\"{words}\", requestedPage: {{{page}}}){REPOSITORY_FIELDS}")
}

fn images_of(words: &str) -> String {
    let fields = "{Images {RepoName Tag}}";
    format!("GlobalSearch(query:\"{words}\", requestedPage: {{limit:9 offset:0 sortBy:RELEVANCE}}) {fields}")
}

/// The path of a question under a name of its own: another text each time, so that neither its answer nor the parsed query is kept.
pub(super) fn fresh(nth: usize, question: &str) -> String {
    asked(&format!("{{q{nth}:{question}}}"))
}

/// The path of a query.
pub(super) fn asked(query: &str) -> String {
    let mut path = String::from("/v2/_zot/ext/search?query=");
    for byte in query.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

pub(super) fn repository(number: usize) -> String {
    format!("bench/repository-{number:05}")
}

/// Pushes images with configs of their own.
pub(super) fn fill(atoll: &Server, repositories: usize) -> Result<(), Error> {
    fill_through(&[atoll.address], repositories)
}

/// The same through several members in turns.
pub(super) fn fill_through(members: &[SocketAddr], repositories: usize) -> Result<(), Error> {
    let each = repositories / members.len().max(1) + 1;
    std::thread::scope(|scope| {
        let workers: Vec<_> = members
            .iter()
            .enumerate()
            .map(|(nth, address)| {
                scope.spawn(move || {
                    images::at_once(*address, (PUSHERS / members.len().max(1), each), |client, number| {
                        let number = number * members.len() + nth;
                        if number >= repositories {
                            return Ok(());
                        }
                        let config = images::config(u64::try_from(number).unwrap_or_default());
                        push(client, &repository(number), &config, TAGS_PER_REPOSITORY)
                    })
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(images::panicked())))
    })
}

fn fill_one(atoll: &Server) -> Result<(), Error> {
    push(&mut Client::connect(atoll.address)?, MANY, &images::config(7), MANY_TAGS)
}

fn push(client: &mut Client, repository: &str, config: &[u8], tags: usize) -> Result<(), Error> {
    push_at_once(client, repository, images::EMPTY)?;
    push_at_once(client, repository, config)?;
    (0..tags).try_for_each(|nth| {
        let image = images::built(config, u64::try_from(nth).unwrap_or_default());
        images::push_manifest(client, (repository, &format!("1.{nth}")), &image)
    })
}

/// Pushes a blob by one request: half of what it costs to open an upload first, where hundreds of thousands are pushed.
fn push_at_once(client: &mut Client, repository: &str, content: &[u8]) -> Result<(), Error> {
    use atoll_oci::{Algorithm, digest_of};
    let digest = digest_of(Algorithm::Sha256, content);
    let body = Content { media_type: images::BYTES, bytes: content };
    client.ask(("POST", &format!("/v2/{repository}/blobs/uploads/?digest={digest}")), Some(body), 201)?;
    Ok(())
}
