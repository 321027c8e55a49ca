//! Child processes whose output goes to a file.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use atoll_host::{Clock as _, SystemClock};
use rustix::process::{Pid, Signal, kill_process};

/// How long a command that ends by itself may take.
const COMMAND_PATIENCE: Duration = Duration::from_mins(2);

/// How often it is looked whether something came to pass.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its status.
    pub status: ExitStatus,
    /// What it wrote, to standard output and standard error alike.
    pub output: String,
}

/// Runs a program to its end in `folder`. Panics if it does not come to its end.
pub fn run_program(program: &Path, arguments: &[&str], folder: &Path) -> Outcome {
    let (mut process, log) = start_command((program, folder), arguments);
    let status = process.wait(COMMAND_PATIENCE);
    let output = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
    let status = status.unwrap_or_else(|| panic!("{arguments:?} did not come to its end:\n{output}"));
    Outcome { status, output }
}

/// Runs a program in a folder and kills it after this long, unless it has ended.
pub(super) fn interrupt_program(command: (&Path, &Path), arguments: &[&str], after: Duration) {
    let (process, _) = start_command(command, arguments);
    std::thread::sleep(after);
    process.kill();
}

/// Starts a program in a folder; its output goes to the file that is given beside it.
fn start_command((program, folder): (&Path, &Path), arguments: &[&str]) -> (Process, PathBuf) {
    let log = folder.join(format!("command-{}.log", arguments.first().unwrap_or(&"none")));
    let _ = fs::remove_file(&log);
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    (Process::start(program, &arguments, &log).expect("the program can be started"), log)
}

/// Asks again and again until there is an answer or the time is over.
pub(super) fn wait_for<T>(patience: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let clock = SystemClock::new();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if clock.elapsed() > patience {
            return None;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A running child; it never outlives this value.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(program: &Path, arguments: &[&OsStr], log: &Path) -> io::Result<Self> {
        let log_file = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let folder = log.parent().unwrap_or(Path::new("."));
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        command.stdout(log_file.try_clone()?).stderr(log_file);
        command.spawn().map(Self)
    }

    pub(super) fn pid(&self) -> u32 {
        self.0.id()
    }

    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    pub(super) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        wait_for(patience, || self.ended())
    }

    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Both fail only for a process that has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
