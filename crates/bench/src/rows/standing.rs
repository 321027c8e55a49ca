//! A server that stands: its program, its start, and its memory when it is idle, full, or held by slow clients.

use std::path::Path;
use std::time::Duration;

use crate::client::Client;
use crate::contest::median;
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Quantity, Target, Unit};
use crate::{images, peers};

/// Clients that fill the server.
const PUSHERS: usize = 32;
const TAGS_PER_REPOSITORY: usize = 5;
/// How often a full server is started.
const STARTS: usize = 7;
/// What a slow client says that it will send, what it sends at a time, how often, and how long it waits in between.
const ANNOUNCED_BYTES: usize = 16 << 20;
const SENT_BYTES: usize = 64 << 10;
const SENDINGS: usize = 8;
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let size = std::fs::metadata(&stage.atoll).map_err(Error::io("looking at the program"))?.len();
    let folder = stage.folder("standing")?;
    let (idle, full) = {
        let atoll = peers::atoll(stage, &folder)?;
        std::thread::sleep(PAUSE);
        let idle = atoll.resident_bytes()?;
        fill(stage, &atoll)?;
        std::thread::sleep(PAUSE);
        (idle, atoll.resident_bytes()?)
    };
    let (start, after_start) = starts(stage, &folder)?;
    let slow = slow_uploads(stage, &stage.folder("slow-uploads")?)?;
    let of = format!(
        "{} repositories, {} tags",
        stage.scale.repositories,
        stage.scale.repositories * TAGS_PER_REPOSITORY
    );
    Ok(vec![
        Line::alone(format!("start to ready, {of}"), start, Target::AtMost(100.0)),
        Line::alone("resident memory, idle", mebibytes(idle), Target::AtMost(15.0)),
        Line::alone(format!("resident memory, after pushing {of}"), mebibytes(full), Target::AtMost(60.0)),
        Line::alone(
            format!("resident memory, started with {of}"),
            mebibytes(after_start),
            Target::AtMost(60.0),
        ),
        Line::alone(
            format!("resident memory, most with {} slow uploads", stage.scale.uploads),
            mebibytes(slow),
            Target::AtMost(250.0),
        ),
        Line::alone("program on disk", mebibytes(size), Target::AtMost(25.0)),
    ])
}

fn fill(stage: &Stage, atoll: &Server) -> Result<(), Error> {
    images::at_once(atoll.address, (PUSHERS, stage.scale.repositories), |client, number| {
        let repository = format!("bench/group-{}/repository-{number:05}", number % 100);
        images::push_parts(client, &repository)?;
        (0..TAGS_PER_REPOSITORY).try_for_each(|nth| {
            let image = images::image(u64::try_from(number * TAGS_PER_REPOSITORY + nth).unwrap_or_default());
            images::push_manifest(client, (&repository, &format!("1.{nth}")), &image)
        })
    })
}

/// The median time from the start of the process to its first good answer, and the memory after the last start.
fn starts(stage: &Stage, folder: &Path) -> Result<(Quantity, u64), Error> {
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        let atoll = peers::atoll(stage, folder)?;
        times.push(atoll.took.as_secs_f64() * 1e3);
        resident = atoll.resident_bytes()?;
    }
    Ok((Quantity { value: median(times), unit: Unit::Milliseconds }, resident))
}

/// The most memory that is seen while many clients send a little now and then.
fn slow_uploads(stage: &Stage, folder: &Path) -> Result<u64, Error> {
    let atoll = peers::atoll(stage, folder)?;
    let piece = images::noise(1, SENT_BYTES);
    let mut clients = Vec::new();
    for number in 0..stage.scale.uploads {
        let mut client = Client::connect(atoll.address)?;
        let place = images::open_upload(&mut client, &format!("bench/slow-{}", number % 10))?;
        client.begin(("PATCH", &place), ANNOUNCED_BYTES)?;
        clients.push(client);
    }
    let mut most = 0;
    for _ in 0..SENDINGS {
        for client in &mut clients {
            client.push(&piece)?;
        }
        most = most.max(atoll.resident_bytes()?);
        std::thread::sleep(PAUSE);
        most = most.max(atoll.resident_bytes()?);
    }
    Ok(most)
}

fn mebibytes(bytes: u64) -> Quantity {
    let kibibytes = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
    Quantity { value: f64::from(kibibytes) / 1024.0, unit: Unit::Mebibytes }
}
