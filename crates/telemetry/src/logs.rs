//! The log: JSON lines in zot's field names, or readable text on a terminal.
//!
//! Whoever logs uses the `tracing` macros with the names of [`crate::names::field`]. Secrets must not reach a field:
//! headers go through [`masked_headers`].

mod json;
mod latency;
mod level;
mod mask;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal as _, Write, stdout};
use std::path::PathBuf;

use atoll_host as host;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::{fmt, reload};

use crate::lines::Lines;
use crate::metrics::Recorder;
use crate::{Error, place};

pub use latency::Latency;
pub use level::Level;
pub use mask::{MASK, MaskedHeaders, masked_headers, masked_target};

/// Targets of our own crates begin with this.
const OWN_TARGETS: &str = "atoll";

/// How to log.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The least important level that is written. Libraries say at most warnings, whatever the level.
    pub level: Level,
    /// Where lines go.
    pub output: Output,
    /// What lines look like.
    pub format: Format,
}

/// Where lines go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Output {
    /// The standard output.
    #[default]
    Stdout,
    /// A file, appended to.
    File(PathBuf),
}

/// What lines look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Text on a terminal, JSON everywhere else.
    #[default]
    Auto,
    /// One JSON object in each line.
    Json,
    /// Readable lines.
    Text,
}

/// Keeps the log; dropping it at the end of the process writes what still waits.
#[must_use = "dropping the guard flushes the log: keep it until the end of the process"]
pub struct Guard {
    lines: Lines,
    filter: Handle,
}

/// Changes what is written while the log is in use.
type Handle = reload::Handle<Targets, Registry>;

impl Guard {
    /// Writes lines from this level on; what was logged before stays as it was.
    pub fn set_level(&self, level: Level) {
        // An error says that the log is gone, and with it whoever could miss a line.
        let _gone = self.filter.reload(targets(level));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.lines.flush();
    }
}

/// Puts the log in place for the whole process. Fails if a file cannot be opened or a log is already there.
pub fn install(options: &Options, tasks: &host::Tasks, recorder: &Recorder) -> Result<Guard, Error> {
    let (sink, terminal): (Box<dyn Write + Send>, bool) = match &options.output {
        Output::Stdout => (Box::new(stdout()), stdout().is_terminal()),
        Output::File(path) => (Box::new(place::open(path)?), false),
    };
    let lines = Lines::start(tasks, "log", sink, recorder.log_dropped());
    let lines = lines.map_err(|source| Error::Thread { what: "the log", source: source.into() })?;
    let json = match options.format {
        Format::Auto => !terminal,
        Format::Json => true,
        Format::Text => false,
    };
    let style = if json { Style::Json } else { Style::Text { colours: terminal } };
    let (subscriber, filter) = subscriber(options.level, style, lines.clone());
    tracing::subscriber::set_global_default(subscriber).map_err(|_already| Error::Installed)?;
    Ok(Guard { lines, filter })
}

/// Whether [`install`] could open the log, as far as that shows without creating a file.
pub fn check(options: &Options) -> Result<(), Error> {
    match &options.output {
        Output::Stdout => Ok(()),
        Output::File(path) => place::check(path),
    }
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Json,
    Text { colours: bool },
}

fn subscriber(level: Level, style: Style, lines: Lines) -> (Box<dyn Subscriber + Send + Sync>, Handle) {
    let (filter, handle) = reload::Layer::new(targets(level));
    let writer = move || Line(lines.clone());
    let subscriber: Box<dyn Subscriber + Send + Sync> = match style {
        Style::Json => {
            let layer = fmt::layer().fmt_fields(json::Fields).event_format(json::Lines).with_writer(writer);
            Box::new(Registry::default().with(layer.with_filter(filter)))
        }
        Style::Text { colours } => {
            let layer = fmt::layer().compact().with_ansi(colours).with_target(false).with_writer(writer);
            Box::new(Registry::default().with(layer.with_filter(filter)))
        }
    };
    (subscriber, handle)
}

fn targets(level: Level) -> Targets {
    let own = level.filter();
    Targets::new().with_default(own.min(LevelFilter::WARN)).with_target(OWN_TARGETS, own)
}

/// The formatter makes one of these for every line and writes the whole line with one call.
struct Line(Lines);

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        (&self.0).write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
