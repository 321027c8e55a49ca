//! A cluster on one machine: what passes through a member that does not have it, beside the same from the member that does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atoll_oci::{Algorithm, digest_of};
use atoll_placement::{ClusterKey, DEFAULT_WEIGHT, Layout, Member, MemberId, Members};

use super::CONNECTIONS;
use super::search::{QUERIES, fill_through, fresh, global, global_text, repository};
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::stopwatch::Stopwatch;
use crate::table::{Line, Quantity, Target, Unit};
use crate::{images, load, peers};

const MEMBERS: usize = 3;
const LARGE_BYTES: usize = 100 << 20;
/// Downloads that stand still while memory is looked at.
const STANDING: usize = 64;
/// What a client of a good network takes.
const PACE_BYTES_PER_SECOND: f64 = 200e6;
const PUSHING_CLIENTS: usize = 8;
const PUSHED_REPOSITORIES: usize = 48;
const DIRECT: &str = "from the member that has it";

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let members = peers::cluster(stage, &stage.folder("cluster/members")?, MEMBERS)?;
    let place = Placement::of(&members)?;
    let content = images::noise(11, LARGE_BYTES);
    let blob = (digest_of(Algorithm::Sha256, &content), content.as_slice());
    let repository = (0..1_000)
        .map(|number| format!("bench/far-{number}"))
        .find(|name| place.owner(name) == 1)
        .unwrap_or_default();
    let (near, far) = (server(&members, 1)?, server(&members, 0)?);
    let image = images::image(1);
    let mut client = Client::connect(near.address)?;
    images::push_blob(&mut client, &repository, blob)?;
    images::push_parts(&mut client, &repository)?;
    images::push_manifest(&mut client, (&repository, "latest"), &image)?;
    let path = format!("/v2/{repository}/blobs/{}", blob.0);
    let mut lines = throughput(stage, &members, (near.address, far.address), &path)?;
    lines.extend(paced(stage, (near.address, far.address), &path)?);
    lines.push(standing(far, &path)?);
    lines.push(latency(stage, (near.address, far.address), &format!("/v2/{repository}/manifests/latest"))?);
    lines.extend(pushes(stage, &members, &place)?);
    lines.extend(questions(stage, &members)?);
    Ok(lines)
}

fn server(members: &[Server], nth: usize) -> Result<&Server, Error> {
    members.get(nth).ok_or_else(|| Error::Unexpected { what: "a member", found: "none".to_owned() })
}

/// Which member has which repository.
struct Placement {
    layout: Layout,
    ids: Vec<MemberId>,
}

impl Placement {
    fn of(members: &[Server]) -> Result<Self, Error> {
        let ids: Vec<MemberId> =
            members.iter().map(|member| MemberId::of_address(&member.address.to_string())).collect();
        let listed = Members::new(ids.iter().map(|id| Member { id: *id, weight: DEFAULT_WEIGHT }));
        let listed =
            listed.map_err(|error| Error::Unexpected { what: "a layout", found: error.to_string() })?;
        let layout = Layout::new(ClusterKey(peers::CLUSTER_KEY), atoll_placement::DEFAULT_SHARDS, listed, 1);
        Ok(Self { layout, ids })
    }

    fn owner(&self, repository: &str) -> usize {
        let owner = self.layout.owner(self.layout.shard_of(repository));
        self.ids.iter().position(|id| Some(*id) == owner).unwrap_or_default()
    }
}

/// Bytes a second, and the processor time of all members for each byte.
fn throughput(
    stage: &Stage,
    members: &[Server],
    (near, far): (SocketAddr, SocketAddr),
    path: &str,
) -> Result<Vec<Line>, Error> {
    let used = || members.iter().map(Server::processor_time).sum::<Result<Duration, Error>>();
    let cost = |address: SocketAddr| {
        let before = used()?;
        let load =
            load::get(&format!("http://{address}{path}"), CONNECTIONS, (stage.scale.turn, stage.path()))?;
        let spent = used()?.saturating_sub(before).as_secs_f64();
        Ok((
            load.bytes_per_second / f64::from(1 << 20),
            spent * 1e3 / (load.bytes_per_second * stage.scale.turn.as_secs_f64() / f64::from(1 << 30)),
        ))
    };
    let rate = |name, address| Contestant::new(name, move || cost(address).map(|(rate, _)| rate));
    let outcome = contest::hold(
        Unit::MebibytesPerSecond,
        stage.scale.rounds,
        vec![rate("atoll", far), rate(DIRECT, near)],
    )?;
    let mut lines = Vec::new();
    lines.extend(outcome.line(
        "blob GET, 100 MiB, through another member, TLS between them",
        DIRECT,
        Some(Target::AtLeast(0.25)),
    ));
    let spent = |name, address| Contestant::new(name, move || cost(address).map(|(_, spent)| spent));
    let outcome = contest::hold(
        Unit::Milliseconds,
        stage.scale.rounds,
        vec![spent("atoll", far), spent(DIRECT, near)],
    )?;
    lines.extend(outcome.line(
        "the same, processor time of all members for 1 GiB",
        DIRECT,
        Some(Target::AtMost(4.0)),
    ));
    Ok(lines)
}

/// One client that takes no more than its network carries.
fn paced(stage: &Stage, (near, far): (SocketAddr, SocketAddr), path: &str) -> Result<Vec<Line>, Error> {
    let turn = |name, address: SocketAddr| {
        Contestant::new(name, move || {
            let mut client = Client::connect(address)?;
            let watch = Stopwatch::started();
            let bytes = client.take(path, |taken| {
                let due = Duration::from_secs_f64(bytes_as_f64(taken) / PACE_BYTES_PER_SECOND);
                std::thread::sleep(due.saturating_sub(watch.elapsed()));
            })?;
            Ok(bytes_as_f64(bytes) / f64::from(1 << 20) / watch.elapsed().as_secs_f64())
        })
    };
    let outcome = contest::hold(
        Unit::MebibytesPerSecond,
        stage.scale.rounds,
        vec![turn("atoll", far), turn(DIRECT, near)],
    )?;
    let what = "blob GET, 100 MiB, through another member, client held to 200 MB/s";
    Ok(outcome.line(what, DIRECT, Some(Target::AtLeast(0.95))).into_iter().collect())
}

fn bytes_as_f64(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// Memory of the passing member for each download whose client takes nothing.
fn standing(far: &Server, path: &str) -> Result<Line, Error> {
    let before = far.resident_bytes()?;
    let mut clients = Vec::new();
    for _ in 0..STANDING {
        let mut client = Client::connect(far.address)?;
        client.request(path)?;
        clients.push(client);
    }
    std::thread::sleep(Duration::from_secs(3));
    let grown = far.resident_bytes()?.saturating_sub(before);
    let kibibytes = u32::try_from(grown >> 10).unwrap_or(u32::MAX);
    let each = f64::from(kibibytes) / 1024.0 / bytes_as_f64(STANDING);
    let value = Quantity { value: each, unit: Unit::Mebibytes };
    Ok(Line::alone(
        format!("memory for each of {STANDING} forwarded downloads that stand still"),
        value,
        Target::AtMost(1.0),
    ))
}

/// What the way through another member adds to a small answer.
fn latency(stage: &Stage, (near, far): (SocketAddr, SocketAddr), path: &str) -> Result<Line, Error> {
    let median = |address: SocketAddr| {
        let load = load::get(&format!("http://{address}{path}"), 1, (stage.scale.turn, stage.path()))?;
        Ok::<_, Error>(load.median.as_secs_f64() * 1e3)
    };
    let rounds = (0..stage.scale.rounds).map(|_| Ok(median(far)? - median(near)?));
    let value = contest::median(rounds.collect::<Result<_, Error>>()?);
    let value = Quantity { value, unit: Unit::Milliseconds };
    Ok(Line::alone("manifest GET through another member, p50 more than direct", value, Target::AtMost(0.4)))
}

/// Small images pushed through whichever member is next, beside the same pushed to the member that gets them.
fn pushes(stage: &Stage, members: &[Server], place: &Placement) -> Result<Vec<Line>, Error> {
    let turns = AtomicUsize::new(0);
    let rate = |is_direct: bool| {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        let next = AtomicUsize::new(0);
        let watch = Stopwatch::started();
        let push = || {
            let mut clients = members
                .iter()
                .map(|member| Client::connect(member.address))
                .collect::<Result<Vec<_>, _>>()?;
            while watch.elapsed() < stage.scale.turn {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let repository = format!("bench/pushed-{}", number % PUSHED_REPOSITORIES);
                let nth = if is_direct { place.owner(&repository) } else { number % members.len().max(1) };
                let Some(client) = clients.get_mut(nth) else { continue };
                images::push_parts(client, &repository)?;
                let image = images::image(u64::try_from(turn << 32 | number).unwrap_or_default());
                images::push_manifest(client, (&repository, &format!("t{turn}-{number}")), &image)?;
            }
            Ok::<_, Error>(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..PUSHING_CLIENTS).map(|_| scope.spawn(push)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err(images::panicked())))
        })?;
        Ok(bytes_as_f64(next.load(Ordering::Relaxed)) / watch.elapsed().as_secs_f64())
    };
    let rate = &rate;
    let beside = "through the member that gets it";
    let contestants =
        vec![Contestant::new("atoll", move || rate(false)), Contestant::new(beside, move || rate(true))];
    let outcome = contest::hold(Unit::PerSecond, stage.scale.rounds, contestants)?;
    let what = format!("push of a small image through any member, {PUSHING_CLIENTS} clients");
    Ok(outcome.line(&what, beside, Some(Target::AtLeast(0.6))).into_iter().collect())
}

/// The page of the catalog behind a repository.
fn behind(number: usize) -> String {
    format!("/v2/_catalog?n=100&last={}", repository(number))
}

/// Searches and the catalog over three members, beside a single one with the same repositories.
fn questions(stage: &Stage, members: &[Server]) -> Result<Vec<Line>, Error> {
    let alone = peers::searching(stage, &stage.folder("cluster/alone")?)?;
    let repositories = stage.scale.repositories;
    let addresses: Vec<SocketAddr> = members.iter().map(|member| member.address).collect();
    fill_through(&addresses, repositories)?;
    fill_through(&[alone.address], repositories)?;
    let first = server(members, 0)?.address;
    let page = |offset: usize| format!("limit:10 offset:{offset} sortBy: UPDATE_TIME");
    let another = |nth| fresh(nth, &global_text("", &page(nth % 10 * 10)));
    let asked = [
        ("GlobalSearch", vec![global("", &page(0))]),
        ("GlobalSearch, never kept", (0..QUERIES).map(another).collect()),
        ("catalog page", vec!["/v2/_catalog?n=100".to_owned()]),
        (
            "catalog page, each another",
            (0..QUERIES).map(|nth| behind(nth * 7 % repositories.max(1))).collect(),
        ),
    ];
    let mut lines = Vec::new();
    for (what, paths) in asked {
        let turn = |name, address: SocketAddr| {
            let (url, paths) = (format!("http://{address}/"), paths.clone());
            Contestant::new(name, move || {
                let load = load::get_each(&url, &paths, 1, (stage.scale.turn, stage.path()))?;
                Ok(load.median.as_secs_f64() * 1e3)
            })
        };
        let beside = "a single server";
        let contestants = vec![turn("atoll", first), turn(beside, alone.address)];
        let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, contestants)?;
        let what = format!("{what}, three members with {repositories} repositories, p50");
        lines.extend(outcome.line(&what, beside, Some(Target::AtMost(2.0))));
    }
    Ok(lines)
}
