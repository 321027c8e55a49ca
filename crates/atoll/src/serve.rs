//! `atoll serve`: the server from start to end.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use atoll_cluster::membership::Membership;
use atoll_cluster::{PeerEvents, RoutedNode};
use atoll_config::{Settings, Sources};
use atoll_edge::{Edge, Services};
use atoll_host::{Host, Shutdown, ShutdownHandle};
use atoll_net::{Mutual, Server};
use atoll_placement::MemberId;
use atoll_registry::LocalNode;
use atoll_service::{Caller, NoScanner, Reporter as _, Search};
use atoll_telemetry::audit::Audit;
use atoll_telemetry::{logs, metrics};
use atoll_ui::Assets;

use crate::assemble::{Assembly, assemble, block_on};
use crate::cluster::Orders;
use crate::failure::Failure;
use crate::members::{Joined, Ready, join};
use crate::observe::Observed;
use crate::open_files::connections;
use crate::reload::Reloader;
use crate::signals::{Signals, Wish};
use crate::{banner, build};

/// How often the metrics learn how the members are.
const MEMBERS_LOOK_EVERY: Duration = Duration::from_secs(5);

/// Serves until a signal.
pub(crate) fn run(sources: &Sources) -> Result<ExitCode, Failure> {
    let settings = atoll_config::load(sources)?;
    let open_files = Host::raise_open_files();
    block_on(&settings.clone(), async |host: Host| serve(sources, (settings, open_files), host).await)
}

async fn serve(
    sources: &Sources,
    (settings, open_files): (Settings, u64),
    host: Host,
) -> Result<ExitCode, Failure> {
    let recorder = metrics::Recorder::new(metrics_options(&settings));
    let log = logs::install(&log_options(&settings), &host.tasks, &recorder)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let mut signals = Signals::take()?;
    let observed = Observed::new(recorder.clone());
    let Assembly { folder, local, .. } = assemble(&settings, &host, Arc::new(observed.clone())).await?;
    if settings.extensions.search.is_some() {
        local.with_search();
    }
    let Joined { membership, routed, link } = join(&settings, (&folder, &local), (&host, &recorder)).await?;
    let services = services(&settings, &host, (&local, &membership, &routed));
    let mut edge = Edge::new(edge_options(&settings), services, host.clone(), recorder.clone())?;
    if let Some(path) = &settings.log.audit {
        edge = edge.with_audit(Audit::open(path, &host.tasks, &recorder)?);
    }
    if settings.extensions.ui {
        edge = edge.with_pages(pages(&settings, &host)?);
    }
    if let Some(cluster) = &settings.cluster {
        edge = edge.with_operator(Arc::new(Orders::new(membership.clone(), cluster.key)));
    }
    let readiness = edge.readiness();
    let server = Server::bind(listening(&settings, open_files), Arc::new(edge.clone()), host.clone()).await?;
    let addresses = server.addresses().to_vec();
    tracing::info!(version = build::VERSION, commit = build::COMMIT, addresses = ?addresses, "atoll is listening");
    banner::print(&addresses, settings.tls.is_some());
    readiness.begin();
    tell_supervisor(&[sd_notify::NotifyState::Ready]);

    let (stop, stopping) = ShutdownHandle::new();
    host.tasks.spawn(observed.clone().watch(local.clone(), host.clone(), stopping.clone()));
    if settings.extensions.metrics.is_some() {
        host.tasks.spawn(local.clone().tell_sizes(stopping.clone(), Arc::new(observed.clone())));
    }
    let upkeep = run_upkeep(&host, (local.clone(), observed), stopping.clone());
    host.tasks.spawn(local.clone().run_search(stopping.clone()));
    host.tasks.spawn(membership.clone().run(stopping.clone()));
    let watched = (membership.clone(), routed);
    host.tasks.spawn(watch_members(recorder, watched, host.clone(), stopping.clone()));
    let linking = run_link(link, host.clone(), stopping.clone());
    let serving = server.run(stopping);
    let mut reloader = Reloader::new(sources, settings, (local, edge, log));
    let directing = async {
        direct(&mut signals, &mut reloader, (&membership, &host)).await;
        readiness.end();
        end(&mut signals, &stop).await
    };
    tokio::select! {
        _served = async { tokio::join!(serving, linking) } => {}
        never = directing => match never {},
    }
    // The server is gone, so nothing is counted any more: what is left to write is written now.
    let _ended = upkeep.await;
    tracing::info!("stopped");
    // The log is flushed when the last part that holds it is dropped.
    drop(reloader);
    if membership.is_given_up() {
        return Err(atoll_cluster::membership::Error::GivenUp.into());
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what signals and changed files ask for, until the server has to end.
async fn direct(
    signals: &mut Signals,
    reloader: &mut Reloader,
    (membership, host): (&Arc<Membership>, &Host),
) {
    loop {
        tokio::select! {
            wish = signals.next() => match wish {
                Wish::Stop => return,
                Wish::Reload => reloader.reload(),
            },
            () = reloader.changed(host) => reloader.reload(),
            () = membership.given_up() => return,
        }
    }
}

/// Lets everything come to its end, at once when it is asked for again. Whoever waits for the end of the server waits beside this.
async fn end(signals: &mut Signals, stop: &ShutdownHandle) -> Infallible {
    tracing::info!("stopping: transfers may finish");
    tell_supervisor(&[sd_notify::NotifyState::Stopping]);
    stop.signal();
    while signals.next().await != Wish::Stop {}
    tracing::info!("stopping at once");
    stop.hurry();
    std::future::pending().await
}

/// Whom the surface asks.
fn services(
    settings: &Settings,
    host: &Host,
    (local, membership, routed): (&Arc<LocalNode>, &Arc<Membership>, &Arc<RoutedNode>),
) -> Services {
    let search = settings.extensions.search.as_ref().map(|_| {
        let parts = atoll_graphql::Parts {
            queries: routed.clone(),
            scanner: Arc::new(NoScanner),
            access: Arc::new(atoll_graphql::OpenAccess),
            clock: Arc::clone(&host.clock),
        };
        Arc::new(atoll_graphql::Endpoint::new(parts)) as Arc<dyn Search>
    });
    Services {
        manifests: routed.clone(),
        blobs: routed.clone(),
        queries: routed.clone(),
        admin: Arc::new(Ready { local: local.clone(), membership: membership.clone() }),
        preferences: routed.clone(),
        search,
        cluster: Some(membership.clone()),
    }
}

/// Serves the other members, and keeps the certificate for them fresh, until the signal.
async fn run_link(link: Option<(Server, Arc<Mutual>)>, host: Host, stopping: Shutdown) {
    let Some((server, mutual)) = link else { return };
    tracing::info!(addresses = ?server.addresses(), "the other members are answered");
    tokio::select! {
        () = server.run(stopping) => {}
        () = mutual.keep_fresh(&host) => {}
    }
}

/// Tells the metrics where the shards are and what went wrong among the members, now and then, until the signal.
async fn watch_members(
    recorder: metrics::Recorder,
    (membership, routed): (Arc<Membership>, Arc<RoutedNode>),
    host: Host,
    mut stopping: Shutdown,
) {
    let (mut refused, mut partial) = (0, 0);
    let mut events = BTreeMap::new();
    loop {
        let report = membership.report(&Caller::internal("metrics")).await;
        let own = report.members.iter().find(|member| member.id == report.answered_by);
        recorder.cluster_shards(metrics::ShardCounts {
            held: own.map_or(0, |member| u64::from(member.shards_held)),
            missing: u64::try_from(report.missing.len()).unwrap_or(u64::MAX),
            moving: u64::try_from(report.moves.len()).unwrap_or(u64::MAX),
        });
        let now = (membership.mismatches(), routed.partial_answers());
        recorder.layout_mismatched(now.0.saturating_sub(refused));
        recorder.answered_partially(now.1.saturating_sub(partial));
        (refused, partial) = now;
        let newer = membership.routes().events();
        count_events(&recorder, &events, &newer);
        events = newer;
        tokio::select! {
            () = host.clock.sleep(MEMBERS_LOOK_EVERY) => {}
            () = stopping.signalled() => return,
        }
    }
}

/// Counts what has become of calls to other members since the last look.
fn count_events(
    recorder: &metrics::Recorder,
    older: &BTreeMap<MemberId, PeerEvents>,
    newer: &BTreeMap<MemberId, PeerEvents>,
) {
    for (member, now) in newer {
        let before = older.get(member).copied().unwrap_or_default();
        recorder.peer_left_alone(member.0, now.left_alone.saturating_sub(before.left_alone));
        recorder.peer_asked_twice(member.0, now.asked_twice.saturating_sub(before.asked_twice));
    }
}

fn run_upkeep(
    host: &Host,
    node: (Arc<atoll_registry::LocalNode>, Observed),
    stopping: atoll_host::Shutdown,
) -> tokio::sync::oneshot::Receiver<()> {
    let ((local, observed), (ended, end)) = (node, tokio::sync::oneshot::channel());
    host.tasks.spawn(async move {
        local.run(stopping, Arc::new(observed)).await;
        // Nobody may be waiting any more: that is fine.
        let _unheard = ended.send(());
    });
    end
}

/// Tells systemd, if it started us.
fn tell_supervisor(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(error = %error, "the supervisor was not told");
    }
}

fn metrics_options(settings: &Settings) -> metrics::Options {
    let page = settings.extensions.metrics.as_ref();
    metrics::Options {
        max_repositories: page.map_or(metrics::DEFAULT_MAX_REPOSITORIES, |page| page.repository_labels),
        build: metrics::Build {
            commit: build::COMMIT.to_owned(),
            binary_type: "atoll".to_owned(),
            toolchain: build::TOOLCHAIN.to_owned(),
            version: build::VERSION.to_owned(),
        },
    }
}

pub(crate) fn log_options(settings: &Settings) -> logs::Options {
    let output = settings
        .log
        .output
        .as_ref()
        .map_or(logs::Output::Stdout, |path| logs::Output::File(PathBuf::from(path)));
    logs::Options { level: log_level(settings), output, format: logs::Format::Auto }
}

/// The level in the words of the log.
pub(crate) fn log_level(settings: &Settings) -> logs::Level {
    settings.log.level.word().parse().unwrap_or_default()
}

fn edge_options(settings: &Settings) -> atoll_edge::Options {
    atoll_edge::Options {
        docker_schema2: settings.http.compat.docker2s2,
        manifest_bytes: usize::try_from(settings.limits.manifest.bytes()).unwrap_or(usize::MAX),
        realm: settings.http.realm.clone(),
        allow_origin: settings.http.allow_origin.clone(),
        metrics_path: settings.extensions.metrics.as_ref().map(|page| page.path.clone()),
        rate_limit: rate_limit(settings),
        in_flight: settings.limits.in_flight,
        partial_catalog: settings.cluster.as_ref().is_some_and(|cluster| cluster.partial_catalog),
        preferences: settings.extensions.ui,
        build: edge_build(settings),
        ..atoll_edge::Options::default()
    }
}

/// What the management page tells about the program, in zot's words for the parts of it.
fn edge_build(settings: &Settings) -> atoll_edge::Build {
    let extensions = &settings.extensions;
    let parts = [
        (extensions.metrics.is_some(), "metrics"),
        (extensions.search.is_some(), "mgmt"),
        (extensions.search.is_some(), "search"),
        (extensions.ui, "ui"),
        (extensions.ui, "userprefs"),
    ];
    let parts: Vec<_> = parts.into_iter().filter_map(|(is_on, name)| is_on.then_some(name)).collect();
    atoll_edge::Build {
        commit: build::COMMIT.to_owned(),
        version: build::VERSION.to_owned(),
        parts: parts.join("-"),
    }
}

/// The web interface: the configured folder's, or our own.
pub(crate) fn pages(settings: &Settings, host: &Host) -> Result<Assets, Failure> {
    let Some(folder) = &settings.extensions.ui_folder else { return Ok(Assets::own()) };
    Ok(Assets::of_folder(host.files.as_ref(), folder)?)
}

/// The rates of `http.ratelimit`.
pub(crate) fn rate_limit(settings: &Settings) -> atoll_edge::RateLimit {
    let Some(limit) = &settings.http.rate_limit else { return atoll_edge::RateLimit::default() };
    let methods = limit.methods.iter().filter_map(|one| Some((one.method.parse().ok()?, one.rate))).collect();
    atoll_edge::RateLimit { all: limit.rate, methods }
}

/// How clients are listened to, as many at a time as may have a file open.
fn listening(settings: &Settings, open_files: u64) -> atoll_net::Options {
    let mut options = net_options(settings);
    options.limits.max_connections = connections(settings.limits.connections, open_files);
    options
}

pub(crate) fn net_options(settings: &Settings) -> atoll_net::Options {
    /// From the first byte of a request's head to its end, as zot has it.
    const HEADER_READ: Duration = Duration::from_secs(5);
    /// A connection on which nothing is asked, as zot has it.
    const KEEP_ALIVE_IDLE: Duration = Duration::from_mins(2);
    atoll_net::Options {
        addresses: vec![settings.http.address.clone()],
        port: settings.http.port,
        tls: settings.tls.as_ref().map(|tls| atoll_net::TlsOptions::new(&tls.cert, &tls.key)),
        limits: atoll_net::Limits {
            header_read: HEADER_READ,
            keep_alive_idle: KEEP_ALIVE_IDLE,
            read_idle: settings.http.read_idle,
            write_idle: settings.http.write_idle,
            grace: settings.shutdown.grace,
            max_connections: settings.limits.connections,
            max_head_bytes: usize::try_from(settings.limits.headers.bytes()).unwrap_or(usize::MAX),
        },
    }
}
