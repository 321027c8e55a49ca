//! A disk that is full.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use atoll_testkit::Server;
use serde_json::json;

use crate::content::{IMAGE, noise, sha256};
use crate::registry::{Registry, program};

/// A small file system of its own. Mounting one needs root.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    pub(crate) fn mount(at: &Path, mebibytes: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!(
            "SKIPPED: a small file system cannot be mounted (this needs root): the full disk was not tested"
        );
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).output();
        assert!(unmounted.is_ok_and(|output| output.status.success()), "{} stays mounted", self.0.display());
        // The server's folder could not be removed while something was mounted in it.
        let _ = self.0.parent().map(std::fs::remove_dir_all);
    }
}

/// Pushes blobs until one is refused; gives the digests that were taken and the answer to the one that was not.
fn fill(registry: &Registry) -> (Vec<String>, atoll_testkit::wire::Response) {
    let mut taken = Vec::new();
    for number in 0..60 {
        let content = noise(number, 4 << 20);
        let digest = sha256(&content);
        let begun = registry.ask(&atoll_testkit::wire::Request::new("POST", "/v2/full/blobs/uploads/"));
        if begun.status != 202 {
            return (taken, begun);
        }
        let answer = registry.finish(&begun.location(), &digest, &content);
        if answer.status != 201 {
            return (taken, answer);
        }
        taken.push(digest);
    }
    panic!("the disk is never full");
}

#[test]
fn below_the_low_water_mark_writes_are_refused_and_everything_else_goes_on_until_it_is_cured() {
    let settings = json!({ "atoll": { "storage": { "lowWaterMark": "24MiB" } } });
    let mut server = Server::prepare(program(), settings);
    let Some(_disk) = SmallDisk::mount(&server.data(), 96) else { return };
    server.start_again();
    let mut registry = Registry { server };
    let image = registry.push_image("full", "kept", "layer");
    let (taken, refused) = fill(&registry);
    assert!(taken.len() >= 4, "{}", taken.len());
    assert_eq!(refused.status, 507, "{}", refused.text());
    let sentence =
        refused.json()["errors"][0]["detail"]["description"].as_str().unwrap_or_default().to_owned();
    assert!(sentence.contains("disk") && sentence.contains("delete"), "{sentence}");

    assert_eq!(registry.put("full/manifests/more", IMAGE, &image.manifest).status, 507);
    assert_eq!(registry.get("/v2/full/manifests/kept").text(), image.manifest);
    assert_eq!(registry.get(&format!("/v2/full/blobs/{}", taken[0])).status, 200);
    assert_eq!(registry.get("/readyz").status, 200, "a full disk still serves pulls");
    for digest in &taken[1..] {
        assert_eq!(registry.delete(&format!("/v2/full/blobs/{digest}")).status, 202);
    }

    assert!(registry.server.stop().success());
    let config = registry.server.config();
    let swept = registry.server.run(&["gc", "--config", config.to_str().unwrap()]);
    assert!(swept.status.success(), "{}", swept.output);
    assert!(swept.output.contains(&format!("removed {} blobs", taken.len() - 1)), "{}", swept.output);
    registry.server.start_again();
    registry.push_blob("full", noise(200, 4 << 20));
    assert_eq!(registry.get("/v2/full/manifests/kept").text(), image.manifest);
}

#[test]
fn a_disk_that_fills_up_under_a_write_fails_that_write_alone() {
    let settings = json!({ "atoll": { "storage": { "lowWaterMark": 0 } } });
    let mut server = Server::prepare(program(), settings);
    let Some(_disk) = SmallDisk::mount(&server.data(), 48) else { return };
    server.start_again();
    let registry = Registry { server };
    let image = registry.push_image("full", "kept", "layer");
    let (taken, refused) = fill(&registry);
    assert_eq!(refused.status, 507, "{}", refused.text());
    for digest in &taken {
        assert_eq!(registry.head(&format!("/v2/full/blobs/{digest}")).status, 200);
    }
    assert_eq!(registry.get("/v2/full/manifests/kept").text(), image.manifest);
    for number in 0..60 {
        let digest = sha256(noise(number, 4 << 20));
        let pulled = registry.get(&format!("/v2/full/blobs/{digest}"));
        assert!(pulled.status == 404 || sha256(&pulled.body) == digest, "nothing torn is visible");
    }
}

#[test]
fn on_a_disk_that_is_full_to_the_last_byte_a_start_says_what_to_do() {
    let mut server = Server::prepare(program(), json!({}));
    let Some(_disk) = SmallDisk::mount(&server.data(), 48) else { return };
    server.configure(json!({ "atoll": { "storage": { "lowWaterMark": 0 } } }));
    server.start_again();
    let mut registry = Registry { server };
    let image = registry.push_image("full", "kept", "layer");
    // So that the log of the index has something to bring into its file.
    registry.server.kill();
    let filler = registry.server.data().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let config = registry.server.config();
    let swept = registry.server.run(&["gc", "--config", config.to_str().unwrap()]);
    assert!(!swept.status.success() && swept.output.contains("make room"), "{}", swept.output);
    std::fs::remove_file(&filler).unwrap();
    registry.server.start_again();
    assert_eq!(registry.get("/v2/full/manifests/kept").text(), image.manifest);
}
