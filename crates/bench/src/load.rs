//! Load by GET, made by `wrk`.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::images::MANIFEST;

/// The last line that `wrk` prints here: exact numbers instead of rounded ones.
const SUMMARY: &str = r#"
done = function(summary, latency, requests)
   local e = summary.errors
   io.write(string.format("summary %d %d %d %d %d %d\n", summary.duration, summary.requests, summary.bytes,
      e.connect + e.read + e.write + e.timeout, e.status, latency:percentile(50)))
end
"#;

/// Takes paths in turns. The two threads begin half a circle from each other, and each run at another place: else one thread would be
/// given what was kept for the other, and a run what was kept for the one before.
const IN_TURNS: &str = r#"
local threads, turn = 0, 0
setup = function(thread)
   thread:set("number", threads)
   threads = threads + 1
end
init = function()
   turn = (os.time() * 4999 + number * math.floor(#paths / 2)) % #paths
end
request = function()
   turn = turn % #paths + 1
   return wrk.format("GET", paths[turn])
end
"#;

/// What a turn of load came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Load {
    /// Answers for each second.
    pub(crate) per_second: f64,
    /// Bytes for each second, those of unfinished answers included.
    pub(crate) bytes_per_second: f64,
    /// The time within which half of the answers came.
    pub(crate) median: Duration,
}

/// Asks for one address over and over on `connections` connections. A wrong answer or a broken connection is an error.
pub(crate) fn get(url: &str, connections: usize, place: (Duration, &Path)) -> Result<Load, Error> {
    run(url, SUMMARY, connections, place)
}

/// Asks for several paths of one server in turns, so that no answer that was kept can be given again at once.
pub(crate) fn get_each(
    url: &str,
    paths: &[String],
    connections: usize,
    place: (Duration, &Path),
) -> Result<Load, Error> {
    let listed = paths.iter().map(|path| format!("{path:?}")).collect::<Vec<_>>().join(",\n");
    let script = format!("local paths = {{{listed}}}\n{IN_TURNS}{SUMMARY}");
    run(url, &script, connections, place)
}

fn run(
    url: &str,
    script_text: &str,
    connections: usize,
    (turn, folder): (Duration, &Path),
) -> Result<Load, Error> {
    let script = folder.join("load.lua");
    std::fs::write(&script, script_text).map_err(Error::io(format!("writing {}", script.display())))?;
    let output = Command::new("wrk")
        .arg(format!("-t{}", connections.min(2)))
        .arg(format!("-c{connections}"))
        .arg(format!("-d{}s", turn.as_secs().max(1)))
        .args(["--timeout", "60s", "-H"])
        .arg(format!("Accept: {MANIFEST}, */*"))
        .arg("-s")
        .arg(&script)
        .arg(url)
        .output()
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => {
                Error::Missing { program: "wrk".to_owned(), remedy: "`make tools` brings it" }
            }
            _ => Error::Io { what: "starting wrk".to_owned(), source },
        })?;
    let text = String::from_utf8_lossy(&output.stdout);
    parsed(&text).ok_or_else(|| Error::Unexpected {
        what: "a run of wrk without errors",
        found: format!("{url}: {text}"),
    })
}

/// Reads the summary; `None` if there is none, or if it tells of errors.
fn parsed(text: &str) -> Option<Load> {
    let line = text.lines().find_map(|line| line.strip_prefix("summary "))?;
    let numbers: Vec<u32> = line.split(' ').map(small).collect::<Option<_>>()?;
    let exact: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    let ([_, _, _, broken, refused, median], [duration, requests, bytes, ..]) =
        (numbers.as_slice(), exact.as_slice())
    else {
        return None;
    };
    let seconds = duration / 1e6;
    (*broken == 0 && *refused == 0 && seconds > 0.0).then(|| Load {
        per_second: requests / seconds,
        bytes_per_second: bytes / seconds,
        median: Duration::from_micros(u64::from(*median)),
    })
}

/// A number, or the largest one if it is larger.
fn small(word: &str) -> Option<u32> {
    word.parse::<u64>().ok().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
