//! Pushes of manifests by many clients, durable: beside docker-registry, which does not flush, and beside the number of
//! times a second that the machine can flush.

use std::cell::Cell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use super::pushes::{self, Aim, CLIENTS};
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;
use crate::table::{Line, Target, Unit};
use crate::{images, peers};

/// What is written before each flush.
const PAGE: [u8; 4096] = [7; 4096];
/// Pages of the file that is written over and over.
const PAGES: u64 = 256;
const FLUSHES: &str = "fdatasync, one thread";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let flushed = stage.folder("manifest-put/flushes")?;
    let mut lines = Vec::new();
    for repositories in [1, 64] {
        // Both rows begin with an empty registry.
        let folder = |name| stage.folder(&format!("manifest-put/{repositories}/{name}"));
        let atoll = peers::atoll(stage, &folder("atoll")?)?;
        let registry = peers::docker_registry(&folder("docker-registry")?)?;
        let turns = Cell::new(0);
        let pushes = |name, server| {
            let server: &Server = server;
            let (turns, aim) = (&turns, Aim { address: server.address, repositories });
            for number in 0..repositories {
                images::push_parts(&mut Client::connect(aim.address)?, &aim.repository(number))?;
            }
            Ok::<_, Error>(Contestant::new(name, move || {
                turns.set(turns.get() + 1);
                let rate = pushes::per_second(aim, turns.get(), stage.scale.turn)?;
                server.come_to_rest()?;
                Ok(rate)
            }))
        };
        let contestants = vec![
            pushes("atoll", &atoll)?,
            pushes("docker-registry (no flush)", &registry)?,
            Contestant::new(FLUSHES, || flushes_per_second(&flushed, stage.scale.turn)),
        ];
        let outcome = contest::hold(Unit::PerSecond, stage.scale.rounds, contestants)?;
        let word = if repositories == 1 { "one repository" } else { "64 repositories" };
        let what = format!("manifest PUT, {CLIENTS} clients, {word}");
        let targets = [("docker-registry (no flush)", 10.0), (FLUSHES, 2.0)];
        lines.extend(
            targets
                .iter()
                .filter_map(|(peer, least)| outcome.line(&what, peer, Some(Target::AtLeast(*least)))),
        );
    }
    Ok(lines)
}

/// Flushes of one page written in place: a file that does not grow is flushed without a change of metadata, which is the
/// quickest a flush can be.
fn flushes_per_second(folder: &Path, time: Duration) -> Result<f64, Error> {
    let failed = || Error::io("writing to a file and flushing it");
    let file = File::create(folder.join("flushed")).map_err(failed())?;
    let write = |page: u64| file.write_all_at(&PAGE, page * u64::try_from(PAGE.len()).unwrap_or_default());
    (0..PAGES).try_for_each(write).and_then(|()| file.sync_all()).map_err(failed())?;
    let (mut page, mut flushes) = (0, 0.0);
    let watch = Stopwatch::started();
    while watch.elapsed() < time {
        write(page % PAGES).and_then(|()| file.sync_data()).map_err(failed())?;
        page += 1;
        flushes += 1.0;
    }
    Ok(flushes / watch.elapsed().as_secs_f64())
}
