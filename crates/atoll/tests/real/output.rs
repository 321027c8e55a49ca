//! What a command does whose output is closed or full.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use atoll_testkit::Server;
use serde_json::json;

use crate::registry::program;

/// A place where nothing can be written, since it is always full.
fn full() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A pipe whose reader is gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Runs a command; gives its status and what it says on the standard error.
fn run(arguments: &[&str], output: Stdio) -> (Option<i32>, String) {
    let ended = Command::new(program()).args(arguments).stdout(output).stderr(Stdio::piped()).output();
    let ended = ended.unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn a_reader_that_hangs_up_ends_a_command_without_a_word() {
    let server = Server::prepare(program(), json!({}));
    let config = server.config();
    for arguments in [&["schema"][..], &["verify", config.to_str().unwrap()], &["--help"], &["--version"]] {
        assert_eq!(run(arguments, closed()), (Some(1), String::new()), "{arguments:?}");
    }
}

#[test]
fn an_output_that_is_full_is_a_failure_with_a_sentence() {
    let server = Server::prepare(program(), json!({}));
    let config = server.config();
    for arguments in [&["schema"][..], &["verify", config.to_str().unwrap()], &["--help"], &["--version"]] {
        let (status, said) = run(arguments, full());
        assert_eq!(status, Some(1), "{arguments:?}");
        assert!(said.starts_with("atoll: cannot write the output: No space left"), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn nobody_who_listens_to_warnings_is_no_failure() {
    let server = Server::prepare(program(), json!({ "storage": { "gc": true } }));
    let config = server.config();
    let verify = || {
        let mut command = Command::new(program());
        command.args(["verify", config.to_str().unwrap()]).stdout(Stdio::piped());
        command
    };
    let heard = verify().stderr(Stdio::piped()).output().unwrap();
    assert!(String::from_utf8(heard.stderr).unwrap().starts_with("warning: "));
    for errors in [full(), closed()] {
        let ended = verify().stderr(errors).output().unwrap();
        assert_eq!(ended.status.code(), Some(0));
        assert_eq!(ended.stdout, b"the configuration is valid\n");
    }
}

#[test]
fn a_line_that_is_no_command_has_its_own_status() {
    for output in [full(), closed(), Stdio::piped()] {
        let (status, said) = run(&["nonsense"], output);
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains("nonsense"), "{said}");
    }
}
