use clap::{CommandFactory as _, Parser as _};

use super::Cli;

#[test]
fn the_command_line_contradicts_itself_nowhere() {
    Cli::command().debug_assert();
}

#[test]
fn questions_to_a_server_are_understood() {
    for line in [
        "search alpine 3",
        "search :latest --sort downloads --limit 3 -o json",
        "repo list --url http://h:1 --user a:b -o yaml",
        "image list a/b",
        "image show a/b:1 --cacert x.pem",
        "image digest sha256:00",
        "image base a:1",
        "image derived a:1 --limit 1",
    ] {
        let words = std::iter::once("atoll").chain(line.split(' '));
        assert!(Cli::try_parse_from(words).is_ok(), "{line}");
    }
    for line in [
        "search",
        "repo",
        "image show",
        "image list a -o xml",
        "repo list --limit x",
        "repo list --limit 0",
        "image list a b",
    ] {
        let words = std::iter::once("atoll").chain(line.split(' '));
        assert!(Cli::try_parse_from(words).is_err(), "{line}");
    }
}
