//! Rules over several keys, or over a key and the disk. What one value alone can get wrong is found with its kind.

use std::path::Path;
use std::time::Duration;

use crate::merged::Merged;
use crate::problem::{Cause, Problem};
use crate::resolve::Node;

/// The shortest rest after which an upload may be removed; clients pause between chunks.
const UPLOAD_REST_MIN: Duration = Duration::from_mins(1);

/// Everything that breaks a rule over several keys.
pub(crate) fn check(merged: &Merged) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(root_directory(merged));
    problems.extend(tls(merged));
    problems.extend(origin(merged));
    problems.extend(web_interface(merged));
    problems.extend(method_rates(merged));
    problems.extend(upload_rest(merged));
    problems
}

fn root_directory(merged: &Merged) -> Option<Problem> {
    let path = "storage.rootDirectory";
    let missing = Cause::Missing("name the folder that holds this server's data");
    merged.optional_text(path).is_none().then(|| merged.problem(path, missing))
}

/// A stanza that is there must be whole: a part of it must never mean plain HTTP.
fn tls(merged: &Merged) -> Vec<Problem> {
    if merged.node("http.tls").is_none() {
        return Vec::new();
    }
    let check = |path: &'static str, purpose| match merged.optional_text(path) {
        None => Some(merged.problem(path, Cause::Missing(purpose))),
        Some(file) => unreadable(Path::new(&file)).map(|cause| merged.problem(path, cause)),
    };
    let cert = check("http.tls.cert", "http.tls needs a certificate; for plain HTTP remove the whole stanza");
    let key =
        check("http.tls.key", "http.tls needs the certificate's key; for plain HTTP remove the whole stanza");
    cert.into_iter().chain(key).collect()
}

/// It is sent in a header (RFC 9110, 5.5).
fn origin(merged: &Merged) -> Option<Problem> {
    let path = "http.allowOrigin";
    let text = merged.optional_text(path)?;
    let is_legal = text.chars().all(|c| matches!(c, ' '..='~' | '\t'));
    let sentence =
        "it is sent in a header, which holds neither control characters nor letters beyond ASCII".to_owned();
    (!is_legal).then(|| merged.problem(path, Cause::Inconsistent(sentence)))
}

pub(crate) fn unreadable(file: &Path) -> Option<Cause> {
    let sentence = match std::fs::File::open(file).and_then(|file| file.metadata()) {
        Ok(facts) if facts.is_file() => return None,
        Ok(_) => format!("{} is not a file", file.display()),
        Err(error) => format!("{} cannot be read: {error}", file.display()),
    };
    Some(Cause::Inconsistent(sentence))
}

fn web_interface(merged: &Merged) -> Option<Problem> {
    let alone = merged.enabled("extensions.ui") && !merged.enabled("extensions.search");
    let sentence = "the web interface asks the search: turn extensions.search on as well".to_owned();
    alone.then(|| merged.problem("extensions.ui", Cause::Inconsistent(sentence)))
}

fn method_rates(merged: &Merged) -> Vec<Problem> {
    let mut seen = Vec::new();
    let mut problems = Vec::new();
    for element in merged.list("http.ratelimit.methods") {
        let mut problem = |name: &str, cause| {
            let key = format!("{}.{name}", element.path);
            problems.push(Problem { key, origin: element.origin.clone(), cause });
        };
        match element.child("method").and_then(Node::value) {
            Some(method) if seen.contains(&method) => problem("method", Cause::Duplicate),
            Some(method) => seen.push(method),
            None => problem("method", Cause::Missing("say which method the rate is for")),
        }
        if element.child("rate").is_none() {
            problem("rate", Cause::Missing("say how many requests per second are answered"));
        }
    }
    problems
}

fn upload_rest(merged: &Merged) -> Option<Problem> {
    let path = "atoll.uploads.expireAfter";
    let short = merged.duration(path).is_ok_and(|rest| rest < UPLOAD_REST_MIN);
    let sentence = "uploads would be removed while they are sent: give at least 1m".to_owned();
    short.then(|| merged.problem(path, Cause::Inconsistent(sentence)))
}

#[cfg(test)]
mod tests;
