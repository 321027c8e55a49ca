use serde_json::Value;

use super::*;
use crate::metrics::Options;

fn record(action: &str, status: u16) -> AuditRecord<'_> {
    AuditRecord {
        client: "127.0.0.1:5",
        subject: "eve",
        action,
        object: "/v2/a/manifests/1?x=\"",
        status,
        request_id: "r1",
    }
}

#[test]
fn changes_are_appended_and_reads_and_refusals_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.log");
    std::fs::write(&path, "kept\n").expect("an older line");
    let recorder = Recorder::new(Options::default());
    let audit = Audit::open(&path, &host::Tasks::inline(), &recorder).expect("an audit log");
    audit.record(&record("GET", 200));
    audit.record(&record("PUT", 201));
    audit.record(&record("PUT", 403));
    audit.record(&record("DELETE", 202));
    audit.flush();
    let text = std::fs::read_to_string(&path).expect("the file");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("kept"));
    let records: Vec<Value> = lines.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["action"], "PUT");
    assert_eq!(records[0]["subject"], "eve");
    assert_eq!(records[0]["object"], "/v2/a/manifests/1?x=\"");
    assert_eq!(records[0]["status"], 201);
    assert_eq!(records[0]["message"], "HTTP API Audit");
    assert_eq!(records[0]["requestId"], "r1");
    assert!(records[0]["time"].as_str().is_some_and(|time| time.ends_with('Z') && time.contains('T')));
    assert_eq!(records[1]["action"], "DELETE");
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let recorder = Recorder::new(Options::default());
    let error = Audit::open(Path::new("/nowhere/audit.log"), &host::Tasks::inline(), &recorder)
        .err()
        .expect("an error");
    assert!(error.to_string().starts_with("cannot open /nowhere/audit.log"), "{error}");
}
