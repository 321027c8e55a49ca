//! From `OpenMetrics` 1.0, which the library writes, to the text format 0.0.4, which zot serves and every scraper reads.
//!
//! The samples are the same; the headings differ: a counter's heading carries the `_total` of its samples, there are no unit
//! lines and no end mark, and a metric without a type is `untyped`.

use std::fmt::Write as _;

/// Rewrites the headings.
pub(super) fn plain(encoded: &str) -> String {
    let mut page = String::with_capacity(encoded.len());
    let mut help = "";
    for line in encoded.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ').map_or("", |(_, text)| text);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "unknown"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", kind),
                "unknown" => ("", "untyped"),
                other => ("", other),
            };
            // Writing into a string cannot fail.
            let _ = writeln!(page, "# HELP {name}{suffix} {help}\n# TYPE {name}{suffix} {kind}");
        } else if !line.starts_with('#') {
            page.push_str(line);
            page.push('\n');
        }
    }
    page
}
