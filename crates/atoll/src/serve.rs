//! `atoll serve`: the server from start to end.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use atoll_config::{Settings, Sources};
use atoll_edge::{Edge, Services};
use atoll_host::{Host, ShutdownHandle};
use atoll_net::Server;
use atoll_telemetry::audit::Audit;
use atoll_telemetry::{logs, metrics};

use crate::assemble::{Assembly, assemble, block_on};
use crate::failure::Failure;
use crate::observe::Observed;
use crate::reload::Reloader;
use crate::signals::{Signals, Wish};
use crate::{banner, build};

/// Serves until a signal.
pub(crate) fn run(sources: &Sources) -> Result<ExitCode, Failure> {
    let settings = atoll_config::load(sources)?;
    Host::raise_open_files();
    block_on(&settings.clone(), async |host: Host| serve(sources, settings, host).await)
}

async fn serve(sources: &Sources, settings: Settings, host: Host) -> Result<ExitCode, Failure> {
    let recorder = metrics::Recorder::new(metrics_options(&settings));
    let log = logs::install(&log_options(&settings), &host.tasks, &recorder)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let mut signals = Signals::take()?;
    let observed = Observed::new(recorder.clone());
    let Assembly { folder: _lock, local, routed } = assemble(&settings, &host, Arc::new(observed.clone()))?;
    let services = Services {
        manifests: routed.clone(),
        blobs: routed.clone(),
        queries: routed.clone(),
        admin: local.clone(),
    };
    let mut edge = Edge::new(edge_options(&settings), services, host.clone(), recorder.clone())?;
    if let Some(path) = &settings.log.audit {
        edge = edge.with_audit(Audit::open(path, &host.tasks, &recorder)?);
    }
    let readiness = edge.readiness();
    let server = Server::bind(net_options(&settings), Arc::new(edge.clone()), host.clone()).await?;
    let addresses = server.addresses().to_vec();
    tracing::info!(version = build::VERSION, commit = build::COMMIT, addresses = ?addresses, "atoll is listening");
    banner::print(&addresses, settings.tls.is_some());
    readiness.begin();
    tell_supervisor(&[sd_notify::NotifyState::Ready]);

    let (stop, stopping) = ShutdownHandle::new();
    host.tasks.spawn(observed.clone().watch(local.clone(), host.clone(), stopping.clone()));
    let upkeep = run_upkeep(&host, (local.clone(), observed), stopping.clone());
    let serving = server.run(stopping);
    let mut reloader = Reloader::new(sources, settings, (local, edge, log));
    let directing = async {
        loop {
            tokio::select! {
                wish = signals.next() => match wish {
                    Wish::Stop => break,
                    Wish::Reload => reloader.reload(),
                },
                () = reloader.changed(&host) => reloader.reload(),
            }
        }
        tracing::info!("stopping: transfers may finish");
        readiness.end();
        tell_supervisor(&[sd_notify::NotifyState::Stopping]);
        stop.signal();
    };
    tokio::join!(serving, directing);
    // The server is gone, so nothing is counted any more: what is left to write is written now.
    let _ended = upkeep.await;
    tracing::info!("stopped");
    // The log is flushed when the last part that holds it is dropped.
    drop(reloader);
    Ok(ExitCode::SUCCESS)
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

fn log_options(settings: &Settings) -> logs::Options {
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
        ..atoll_edge::Options::default()
    }
}

/// The rates of `http.ratelimit`.
pub(crate) fn rate_limit(settings: &Settings) -> atoll_edge::RateLimit {
    let Some(limit) = &settings.http.rate_limit else { return atoll_edge::RateLimit::default() };
    let methods = limit.methods.iter().filter_map(|one| Some((one.method.parse().ok()?, one.rate))).collect();
    atoll_edge::RateLimit { all: limit.rate, methods }
}

fn net_options(settings: &Settings) -> atoll_net::Options {
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
