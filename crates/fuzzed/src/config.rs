//! Configuration texts.

use std::path::Path;
use std::str;

use atoll_config::{ByteSize, Error, Settings, parse, parse_duration};

/// The input is the text of a file. As JSON and as YAML it gives valid settings or says what is wrong; where it is both, it must
/// mean the same; a size that can be read can be written and read again.
pub fn config(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let json = checked("c.json", text);
    let yaml = checked("c.yaml", text);
    let unnamed = checked("c", text);
    if let (Some(json), Some(yaml)) = (&json, &yaml) {
        assert_eq!(meaning(json), meaning(yaml), "JSON and YAML tell the same text apart");
    }
    if let Some(json) = &json {
        let unnamed = unnamed.as_ref().map(meaning);
        assert_eq!(unnamed, Some(meaning(json)), "JSON is JSON, whatever the file is called");
    }
    scalars(text);
}

fn checked(name: &str, text: &str) -> Option<Settings> {
    match parse(Path::new(name), text) {
        Ok(settings) => {
            assert!((1..=4096).contains(&settings.shards), "{} shards", settings.shards);
            assert!(!settings.http.address.is_empty(), "an address to listen on is never empty");
            assert!(
                settings.warnings.iter().all(|warning| !warning.because.is_empty()),
                "a warning says what happens instead"
            );
            Some(settings)
        }
        Err(error) => {
            assert!(!error.to_string().is_empty(), "an error says what is wrong");
            if matches!(error, Error::Invalid { .. }) {
                assert!(!error.problems().is_empty(), "what is invalid has at least one problem");
            }
            None
        }
    }
}

/// Settings without the place where each key was written.
fn meaning(settings: &Settings) -> (Settings, Vec<String>) {
    let keys = settings.warnings.iter().map(|warning| warning.key.clone()).collect();
    (Settings { warnings: Vec::new(), ..settings.clone() }, keys)
}

fn scalars(text: &str) {
    if let Ok(size) = text.parse::<ByteSize>() {
        assert_eq!(size.to_string().parse::<ByteSize>().ok(), Some(size), "a size survives being written");
    }
    if let Ok(nanoseconds) = parse_duration(text) {
        let written = format!("{nanoseconds}ns");
        assert_eq!(parse_duration(&written).ok(), Some(nanoseconds), "{written}");
    }
}
