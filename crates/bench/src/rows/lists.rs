//! Pages of long lists: beside a small manifest on the same server. A page has to cost the page.

use atoll_oci::{Algorithm, digest_of};

use super::CONNECTIONS;
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Target, Unit};
use crate::{images, load, peers};

const TAGS: &str = "bench/tags";
const REFERRERS: &str = "bench/referrers";
/// Clients that fill the lists.
const PUSHERS: usize = 32;
/// What the pages are compared with.
const MANIFEST: &str = "its own manifest GET";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let atoll = peers::atoll(stage, &stage.folder("lists")?)?;
    let subject = images::image(0);
    fill(stage, &atoll, &subject)?;
    let digest = digest_of(Algorithm::Sha256, &subject);
    let (tags, referrers) = (stage.scale.tags, stage.scale.referrers);
    let middle = tag(tags / 2);
    let pages = [
        (format!("tags page, n=100 of {tags}"), format!("{TAGS}/tags/list?n=100&last={middle}")),
        (format!("referrers page, n=100 of {referrers}"), format!("{REFERRERS}/referrers/{digest}?n=100")),
    ];
    let mut lines = Vec::new();
    for connections in [1, CONNECTIONS] {
        for (what, path) in &pages {
            let contestants = vec![
                contestant("atoll", (stage, &atoll), (connections, path.clone())),
                contestant(MANIFEST, (stage, &atoll), (connections, format!("{TAGS}/manifests/{middle}"))),
            ];
            let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, contestants)?;
            let what = format!("{what}, p50, connections: {connections}");
            lines.extend(outcome.line(&what, MANIFEST, Some(Target::AtMost(3.0))));
        }
    }
    Ok(lines)
}

fn tag(number: usize) -> String {
    format!("v{number:07}")
}

fn fill(stage: &Stage, atoll: &Server, subject: &[u8]) -> Result<(), Error> {
    let mut client = Client::connect(atoll.address)?;
    images::push_parts(&mut client, TAGS)?;
    images::push_parts(&mut client, REFERRERS)?;
    images::push_manifest(&mut client, (REFERRERS, "subject"), subject)?;
    images::at_once(atoll.address, (PUSHERS, stage.scale.tags), |client, number| {
        images::push_manifest(client, (TAGS, &tag(number)), subject)
    })?;
    images::at_once(atoll.address, (PUSHERS, stage.scale.referrers), |client, number| {
        let content = images::referrer(u64::try_from(number).unwrap_or_default(), subject);
        let digest = digest_of(Algorithm::Sha256, &content).to_string();
        images::push_manifest(client, (REFERRERS, &digest), &content)
    })
}

fn contestant<'a>(
    name: &'static str,
    (stage, server): (&'a Stage, &Server),
    (connections, path): (usize, String),
) -> Contestant<'a> {
    let url = format!("http://{}/v2/{path}", server.address);
    Contestant::new(name, move || {
        let load = load::get(&url, connections, (stage.scale.turn, stage.path()))?;
        Ok(load.median.as_secs_f64() * 1e3)
    })
}
