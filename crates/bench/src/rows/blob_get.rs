//! Pulls of blobs: beside nginx, which sends a file by sendfile and is the limit, and beside docker-registry.

use atoll_oci::{Algorithm, digest_of};

use super::CONNECTIONS;
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::{self, Stage};
use crate::table::{Line, Target, Unit};
use crate::{images, load, peers};

const MEBIBYTE: usize = 1 << 20;
const REPOSITORY: &str = "bench/blobs";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let files = stage.folder("blob-get/nginx")?;
    let atoll = peers::atoll(stage, &stage.folder("blob-get/atoll")?)?;
    let registry = peers::docker_registry(&stage.folder("blob-get/docker-registry")?)?;
    let nginx = peers::nginx(&files)?;
    let mut lines = Vec::new();
    for mebibytes in [1, 100] {
        let content = images::noise(u64::try_from(mebibytes).unwrap_or_default(), mebibytes * MEBIBYTE);
        let digest = digest_of(Algorithm::Sha256, &content);
        for server in [&atoll, &registry] {
            images::push_blob(&mut Client::connect(server.address)?, REPOSITORY, (digest, &content))?;
        }
        let name = format!("{mebibytes}m");
        stage::write(&files.join(&name), &content)?;
        let blob = format!("v2/{REPOSITORY}/blobs/{digest}");
        let contestants = vec![
            contestant("atoll", (stage, &atoll), &blob),
            contestant("nginx", (stage, &nginx), &name),
            contestant("docker-registry", (stage, &registry), &blob),
        ];
        let outcome = contest::hold(Unit::MebibytesPerSecond, stage.scale.rounds, contestants)?;
        let what = format!("blob GET, {mebibytes} MiB");
        lines.extend(outcome.line(&what, "nginx", Some(Target::AtLeast(0.9))));
        lines.extend(outcome.line(&what, "docker-registry", None));
    }
    Ok(lines)
}

fn contestant<'a>(name: &'static str, (stage, server): (&'a Stage, &Server), path: &str) -> Contestant<'a> {
    let url = format!("http://{}/{path}", server.address);
    Contestant::new(name, move || {
        let load = load::get(&url, CONNECTIONS, (stage.scale.turn, stage.path()))?;
        Ok(load.bytes_per_second / f64::from(1 << 20))
    })
}
