//! Pushes of a large blob in one piece (POST, then PUT), durable: beside the least that anybody has to do.

use atoll_oci::{Algorithm, digest_of};

use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;
use crate::table::{Line, Target, Unit};
use crate::{images, peers};

const BLOB_BYTES: usize = 100 << 20;

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let atoll = peers::atoll(stage, &stage.folder("blob-put/atoll")?)?;
    let floor = peers::floor(&stage.folder("blob-put/floor")?)?;
    let registry = peers::docker_registry(&stage.folder("blob-put/docker-registry")?)?;
    let contestants = vec![
        contestant("atoll", &atoll)?,
        contestant("the floor", &floor)?,
        contestant("docker-registry (no flush)", &registry)?,
    ];
    let outcome = contest::hold(Unit::Milliseconds, stage.scale.pushes, contestants)?;
    let what = "blob PUT, 100 MiB, one client";
    let targets = [("the floor", Some(Target::AtMost(1.25))), ("docker-registry (no flush)", None)];
    Ok(targets.into_iter().filter_map(|(peer, target)| outcome.line(what, peer, target)).collect())
}

/// Each turn pushes bytes that nobody has yet.
fn contestant(name: &'static str, server: &Server) -> Result<Contestant<'static>, Error> {
    let mut client = Client::connect(server.address)?;
    let mut content = images::noise(7, BLOB_BYTES);
    let mut turn: u64 = 0;
    Ok(Contestant::new(name, move || {
        turn += 1;
        content.iter_mut().zip(turn.to_le_bytes()).for_each(|(slot, byte)| *slot = byte);
        let digest = digest_of(Algorithm::Sha256, &content);
        let watch = Stopwatch::started();
        images::push_blob(&mut client, "bench/pushes", (digest, &content))?;
        Ok(watch.elapsed().as_secs_f64() * 1e3)
    }))
}
