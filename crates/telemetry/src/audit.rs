//! The audit log: one JSON line for every change that a client made, in zot's words, apart from the ordinary log.

#[cfg(test)]
mod tests;

use std::path::Path;

use atoll_host as host;
use serde_json::json;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::lines::Lines;
use crate::metrics::Recorder;
use crate::names::field;
use crate::{Error, place};

/// Methods that change something.
const WRITE_METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];
/// Statuses that say that it was done.
const DONE_CODES: [u16; 3] = [200, 201, 202];

/// Writes audit records. Clones share the file. A record is handed over, never waited for; lost ones are counted.
#[derive(Clone)]
pub struct Audit {
    lines: Lines,
}

/// One change. Nothing here is a secret: the subject is a name, the object a path.
#[derive(Debug, Clone, Copy)]
pub struct AuditRecord<'a> {
    /// Address and port of the client.
    pub client: &'a str,
    /// Who did it; empty for nobody known.
    pub subject: &'a str,
    /// Request method.
    pub action: &'a str,
    /// Path and query of the request.
    pub object: &'a str,
    /// Status of the answer.
    pub status: u16,
    /// The id that the answer carried.
    pub request_id: &'a str,
}

impl Audit {
    /// Opens the file for appending and starts its writer.
    pub fn open(path: &Path, tasks: &host::Tasks, recorder: &Recorder) -> Result<Self, Error> {
        let file = place::open(path)?;
        let lines = Lines::start(tasks, "audit-log", Box::new(file), recorder.audit_dropped());
        let lines = lines.map_err(|source| Error::Thread { what: "the audit log", source: source.into() })?;
        Ok(Self { lines })
    }

    /// Whether [`Audit::open`] would succeed, as far as that shows without creating the file.
    pub fn check(path: &Path) -> Result<(), Error> {
        place::check(path)
    }

    /// Writes the record if it tells of a change that was made: a write method answered 200, 201 or 202.
    pub fn record(&self, record: &AuditRecord<'_>) {
        if !WRITE_METHODS.contains(&record.action) || !DONE_CODES.contains(&record.status) {
            return;
        }
        let mut time = String::new();
        // Writing into a string cannot fail.
        let _ = SystemTime.format_time(&mut Writer::new(&mut time));
        let line = json!({
            field::LEVEL: "info",
            field::CLIENT_IP: record.client,
            field::SUBJECT: record.subject,
            field::ACTION: record.action,
            field::OBJECT: record.object,
            field::STATUS: record.status,
            field::REQUEST_ID: record.request_id,
            field::TIME: time,
            field::MESSAGE: "HTTP API Audit",
        });
        self.lines.push(format!("{line}\n").into_bytes());
    }

    /// Waits until every record handed over before is in the file.
    pub fn flush(&self) {
        self.lines.flush();
    }
}
