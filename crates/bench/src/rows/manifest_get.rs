//! Pulls of a small manifest by tag: beside the same HTTP stack with a constant behind it, and beside docker-registry.

use super::CONNECTIONS;
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Target, Unit};
use crate::{images, load, peers};

const REPOSITORY: &str = "bench/manifests";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let image = images::image(1);
    let atoll = peers::atoll(stage, &stage.folder("manifest-get/atoll")?)?;
    let registry = peers::docker_registry(&stage.folder("manifest-get/docker-registry")?)?;
    let constant = peers::constant(&stage.folder("manifest-get/constant")?, image.len())?;
    for server in [&atoll, &registry] {
        let mut client = Client::connect(server.address)?;
        images::push_parts(&mut client, REPOSITORY)?;
        images::push_manifest(&mut client, (REPOSITORY, "latest"), &image)?;
    }
    let contestants = vec![
        contestant("atoll", stage, &atoll),
        contestant("a constant, same HTTP stack", stage, &constant),
        contestant("docker-registry", stage, &registry),
    ];
    let outcome = contest::hold(Unit::PerSecond, stage.scale.rounds, contestants)?;
    let what = format!("manifest GET by tag, {} bytes", image.len());
    let targets = [("a constant, same HTTP stack", 0.7), ("docker-registry", 20.0)];
    Ok(targets
        .into_iter()
        .filter_map(|(peer, least)| outcome.line(&what, peer, Some(Target::AtLeast(least))))
        .collect())
}

fn contestant<'a>(name: &'static str, stage: &'a Stage, server: &Server) -> Contestant<'a> {
    let url = format!("http://{}/v2/{REPOSITORY}/manifests/latest", server.address);
    Contestant::new(name, move || {
        Ok(load::get(&url, CONNECTIONS, (stage.scale.turn, stage.path()))?.per_second)
    })
}
