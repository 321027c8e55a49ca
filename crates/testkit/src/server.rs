//! The real server as a child process, in a folder of its own.

mod process;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::wire::{Connection, Request, Response};
use process::Process;
pub use process::{Outcome, run_program};

/// Below the ports that the system gives to outgoing connections: none of those may sit on ours while the server is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How long a server may take to get ready, and to stop.
const SERVER_PATIENCE: Duration = Duration::from_mins(1);

/// Lines of a log that are shown when something failed.
const LOG_LINES_SHOWN: usize = 40;

/// A server program with its folder, configuration and log. Starting, killing and starting again keep the data.
///
/// When it is dropped the process is killed, and the test fails if the log tells of a panic.
pub struct Server {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Process>,
}

impl Server {
    /// Starts `program serve` with default settings and waits until it is ready.
    pub fn start(program: &Path) -> Self {
        Self::start_with(program, json!({}))
    }

    /// The same with `settings` laid over the defaults.
    pub fn start_with(program: &Path, settings: Value) -> Self {
        let mut server = Self::prepare(program, settings);
        server.start_again();
        server
    }

    /// Writes folder and configuration and starts nothing.
    pub fn prepare(program: &Path, settings: Value) -> Self {
        let folder = TempDir::with_prefix("atoll-test-").expect("a temporary folder can be made");
        let server = Self { program: program.to_owned(), folder, port: free_port(), process: None };
        server.configure(settings);
        server
    }

    /// Writes the configuration anew; a running server goes on with the old one.
    pub fn configure(&self, settings: Value) {
        let mut whole = json!({
            "storage": { "rootDirectory": self.data() },
            "http": { "address": "127.0.0.1", "port": self.port.to_string() },
            "log": { "level": "info" },
        });
        merge(&mut whole, settings);
        fs::write(self.config(), whole.to_string()).expect("the configuration can be written");
    }

    /// Starts the process without waiting for anything.
    pub fn launch(&mut self) {
        assert!(self.process.is_none(), "the server runs already");
        let log = self.folder.path().join("server.log");
        let process = Process::start(&self.program, &["serve".as_ref(), self.config().as_os_str()], &log);
        self.process = Some(process.expect("the server program can be started"));
    }

    /// Starts the process, over whatever data is there, and waits until it is ready.
    pub fn start_again(&mut self) {
        self.launch();
        if let Err(why) = self.wait_until_ready() {
            panic!("{why}; the end of its log:\n{}", self.log_end());
        }
    }

    /// Waits until the launched server answers that it is ready.
    pub fn wait_until_ready(&mut self) -> Result<(), String> {
        let asked = Request::new("GET", "/readyz").field("Connection", "close");
        let is_ready = process::wait_for(SERVER_PATIENCE, || {
            if let Some(status) = self.process.as_mut().and_then(Process::ended) {
                return Some(Err(format!("the server ended with {status}")));
            }
            let answer = Connection::open(self.address()).and_then(|mut connection| connection.ask(&asked));
            answer.is_ok_and(|answer| answer.status == 200).then_some(Ok(()))
        });
        is_ready
            .unwrap_or_else(|| Err(format!("the server was not ready after {} s", SERVER_PATIENCE.as_secs())))
    }

    /// Asks the server to stop and waits for it; gives how it ended.
    pub fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the server runs");
        process.terminate();
        let ended = process.wait(SERVER_PATIENCE);
        ended.unwrap_or_else(|| panic!("the server did not stop; the end of its log:\n{}", self.log_end()))
    }

    /// Ends the process as a power switch would, as far as the process is concerned.
    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    /// Asks the server to read its configuration again.
    pub fn reload(&self) {
        self.process.as_ref().expect("the server runs").hang_up();
    }

    /// Sends the process a signal by its name, such as `STOP` or `CONT`.
    pub fn signal(&self, name: &str) {
        let sent =
            std::process::Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal {name} was not sent");
    }

    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// A connection to it.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address()).expect("the server takes connections")
    }

    /// Asks on a connection of its own.
    pub fn ask(&self, request: &Request) -> Response {
        match self.connect().ask(request) {
            Ok(response) => response,
            Err(error) => {
                panic!("no answer to {request:?}: {error}; the end of the log:\n{}", self.log_end())
            }
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").pid()
    }

    /// The folder that holds everything of this server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.json")
    }

    /// Runs another command of the same program to its end: `server.run(&["gc", …])`.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        run_program(&self.program, arguments, self.folder())
    }

    /// Runs another command and kills it after this long, wherever it is then.
    pub fn interrupt(&self, arguments: &[&str], after: Duration) {
        process::interrupt_program((&self.program, self.folder()), arguments, after);
    }

    /// Waits until the process has ended by itself.
    pub fn wait_until_ended(&mut self) -> ExitStatus {
        let ended = self.process.as_mut().and_then(|process| process.wait(SERVER_PATIENCE));
        self.process = None;
        ended.unwrap_or_else(|| panic!("the server goes on; the end of its log:\n{}", self.log_end()))
    }

    /// Everything it wrote.
    pub fn log(&self) -> String {
        let written = fs::read(self.folder.path().join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&written).into_owned()
    }

    /// The last lines it wrote.
    pub fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }

    /// The first line of the log that tells of a panic.
    pub fn panic_in_log(&self) -> Option<String> {
        self.log().lines().find(|line| line.contains("panicked at")).map(str::to_owned)
    }

    /// Leaves the folder on the disk when this is dropped; gives its path.
    pub fn keep_folder(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// Memory of the process that is in use, in bytes (`VmRSS`).
    pub fn resident_bytes(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process is there");
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells VmRSS");
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse().expect("VmRSS is a number of kB");
        kib * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if let Some(line) = self.panic_in_log()
            && !std::thread::panicking()
        {
            panic!("the server panicked: {line}\n{}", self.log_end());
        }
    }
}

/// Lays `over` over `base`, key by key.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

/// A port that nobody listens on, and that no other call in this process gets.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Test programs that run at the same time begin at different places.
    let begin = u16::try_from(std::process::id() % u32::from(count)).unwrap_or_default();
    let candidates = (0..count).map(|_| {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % count;
        PORTS.start + (begin + step) % count
    });
    let is_free = |port: &u16| -> bool {
        let bound: io::Result<TcpListener> = TcpListener::bind((Ipv4Addr::LOCALHOST, *port));
        bound.is_ok()
    };
    candidates.into_iter().find(is_free).expect("a port is free")
}
