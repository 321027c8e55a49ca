//! Servers as child processes.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

use crate::client::Client;
use crate::error::Error;
use crate::stopwatch::Stopwatch;

/// Longest wait for a server to come up, and to go.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks; the precision of the measured start.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// A server that uses no more of a processor than [`AT_REST`] in this time has nothing left to do: what can wait begins within it.
const LOOK_AT_REST: Duration = Duration::from_secs(4);
const AT_REST: Duration = Duration::from_millis(100);
/// Of such looks, before one that never comes to rest is let be.
const MOST_LOOKS_AT_REST: usize = 15;

/// A running server; ends with this value.
pub(crate) struct Server {
    name: &'static str,
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first good answer.
    pub(crate) took: Duration,
}

/// How to start a server and how to see that it is up.
pub(crate) struct Start<'a> {
    pub(crate) name: &'static str,
    pub(crate) command: Command,
    pub(crate) port: u16,
    /// A path that answers 200 as soon as the server is ready; without one, an open port is enough.
    pub(crate) ready: Option<&'a str>,
    /// The folder for its output.
    pub(crate) folder: &'a Path,
}

impl Server {
    /// Starts a process and waits until it answers.
    pub(crate) fn start(mut start: Start<'_>) -> Result<Self, Error> {
        let name = start.name;
        let log = start.folder.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log);
        let output = output.map_err(Error::io(format!("opening {}", log.display())))?;
        let errors = output.try_clone().map_err(Error::io("sharing an open file"))?;
        start.command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let watch = Stopwatch::started();
        let child = start.command.spawn().map_err(|source| not_started(name, source))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, start.port));
        let mut server = Self { name, child, address, took: Duration::ZERO };
        while !is_ready(address, start.ready) {
            let is_gone = !matches!(server.child.try_wait(), Ok(None));
            if is_gone || watch.elapsed() > PATIENCE {
                return Err(Error::NotReady {
                    name: name.to_owned(),
                    seconds: watch.elapsed().as_secs(),
                    log,
                });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        server.took = watch.elapsed();
        Ok(server)
    }

    /// Waits until a path answers 200.
    pub(crate) fn answers(&self, path: &str) -> Result<(), Error> {
        let watch = Stopwatch::started();
        while !is_ready(self.address, Some(path)) {
            if watch.elapsed() > PATIENCE {
                let found = format!("no 200 for {path} from {}", self.name);
                return Err(Error::Unexpected { what: "a server that becomes ready", found });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Processor time that the process has used so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, Error> {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(&path).map_err(Error::io(format!("reading {path}")))?;
        // Behind the name in brackets, the twelfth and thirteenth fields are ticks in user and kernel mode (proc(5)).
        let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_millis(ticks * 1_000 / ticks_per_second.max(1)))
    }

    /// Waits until the server has nothing left to do of what it was asked for, so that whoever has the next turn has the machine alone.
    pub(crate) fn come_to_rest(&self) -> Result<(), Error> {
        for _ in 0..MOST_LOOKS_AT_REST {
            let before = self.processor_time()?;
            std::thread::sleep(LOOK_AT_REST);
            if self.processor_time()?.saturating_sub(before) < AT_REST {
                break;
            }
        }
        Ok(())
    }

    /// Memory of the process that is resident now.
    pub(crate) fn resident_bytes(&self) -> Result<u64, Error> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).map_err(Error::io(format!("reading {path}")))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kibibytes: Option<u64> = line.trim().trim_end_matches(" kB").parse().ok();
        kibibytes
            .map(|kibibytes| kibibytes << 10)
            .ok_or_else(|| Error::Unexpected { what: "the memory of a process", found: line.to_owned() })
    }
}

impl Drop for Server {
    /// Asks the process to end, so that those it started itself end too, and makes it end if it does not.
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may be gone already.
            let _gone = kill_process(pid, Signal::TERM);
        }
        let watch = Stopwatch::started();
        while matches!(self.child.try_wait(), Ok(None)) {
            if watch.elapsed() > PATIENCE {
                eprintln!("atoll-bench: {} did not end when asked to and is killed", self.name);
                let _gone = self.child.kill();
                let _status = self.child.wait();
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(Error::io("looking for a free port"))
}

/// Lets this process and those it starts open as many files as the system allows: a thousand connections need it.
pub(crate) fn allow_many_files() -> Result<(), Error> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised)
        .map_err(|errno| Error::io("raising the limit of open files")(errno.into()))
}

fn is_ready(address: SocketAddr, path: Option<&str>) -> bool {
    match path {
        Some(path) => {
            Client::connect(address).and_then(|mut client| client.ask(("GET", path), None, 200)).is_ok()
        }
        None => TcpStream::connect(address).is_ok(),
    }
}

fn not_started(name: &str, source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::NotFound {
        return Error::Missing { program: name.to_owned(), remedy: "`make tools` brings it" };
    }
    Error::Io { what: format!("starting {name}"), source }
}
