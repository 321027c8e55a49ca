//! Looking at lists. What surely is there must be listed, and nothing that surely is not.

use crate::crash::client::Client;
use crate::crash::universe::{REPOSITORIES, TAGS};
use crate::crash::world::Place;
use crate::wire::{Request, Response};

impl Client<'_> {
    pub(super) fn look_at_tag_list(&mut self, repository: usize) {
        let name = REPOSITORIES[repository];
        let begun = self.world.tick();
        let Some(answer) = self.ask(&Request::new("GET", format!("/v2/{name}/tags/list"))) else { return };
        if !matches!(answer.status, 200 | 404) {
            self.world.find(format!("the tags of {name} were answered {}", answer.text()));
            return;
        }
        let listed = texts(&answer, "/tags");
        if let Some(stranger) = listed.iter().find(|entry| !TAGS.contains(&entry.as_str())) {
            self.world.find(format!("{name} lists the tag `{stranger}`, which nobody pushed"));
        }
        for (tag, text) in TAGS.iter().enumerate() {
            let is_listed = listed.iter().any(|entry| entry == text);
            self.world.saw_listed(Place::Tag(repository, tag), is_listed, begun);
        }
    }

    pub(super) fn look_at_catalog(&mut self) {
        let begun = self.world.tick();
        let Some(answer) = self.ask(&Request::new("GET", "/v2/_catalog")) else { return };
        if answer.status != 200 {
            self.world.find(format!("the catalog was answered {}", answer.told()));
            return;
        }
        let listed = texts(&answer, "/repositories");
        for (repository, name) in REPOSITORIES.iter().enumerate() {
            if listed.iter().any(|entry| entry == name) {
                continue;
            }
            // It may have other tags, or none: what the catalog must not do is to leave out one that has some.
            for tag in 0..TAGS.len() {
                self.world.saw_listed(Place::Tag(repository, tag), false, begun);
            }
        }
    }
}

/// The texts of the list at this place of an answer; none if there is no such list.
pub(in crate::crash) fn texts(answer: &Response, pointer: &str) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let entries = value.pointer(pointer).and_then(|list| list.as_array().cloned()).unwrap_or_default();
    entries.iter().filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
}
