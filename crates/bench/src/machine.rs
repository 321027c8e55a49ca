//! The machine, in one sentence.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Processor, memory, kernel, the file system under `folder`, and how busy the machine was before.
pub(crate) fn described(folder: &Path) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let model =
        value_of(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let memory: u64 = value_of(&read("/proc/meminfo"), "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse().ok())
        .unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let (device, kind) = mounted_under(&read("/proc/mounts"), folder);
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{model}, {processors} processors, {} GiB of memory, Linux {}, data on {kind} ({device}), load average before the run {load}",
        memory >> 20,
        kernel.trim()
    )
}

/// The first line that a program prints about its version.
pub(crate) fn version_of(program: &Path, argument: &str) -> String {
    let Ok(output) = Command::new(program).arg(argument).output() else { return "not installed".to_owned() };
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned()
}

fn value_of(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}

/// Device and type of the file system that holds a folder.
fn mounted_under(mounts: &str, folder: &Path) -> (String, String) {
    let entries = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (device, point, kind) = (words.next()?, words.next()?, words.next()?);
        folder.starts_with(point).then_some((point.len(), device, kind))
    });
    let found = entries.max_by_key(|(length, ..)| *length);
    found.map_or_else(Default::default, |(_, device, kind)| (device.to_owned(), kind.to_owned()))
}
