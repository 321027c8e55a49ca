//! Taking over what another registry kept: OCI layouts on disk.

use std::fs;
use std::path::Path;

use atoll_testkit::Server;
use serde_json::{Value, json};

use crate::content::{CONFIG, IMAGE, INDEX, LAYER, image, index, part_of, sha256};
use crate::registry::{Registry, program, texts};

/// A repository as zot keeps one: an OCI image layout.
struct Layout<'a> {
    folder: &'a Path,
    entries: Vec<Value>,
}

impl<'a> Layout<'a> {
    fn create(folder: &'a Path) -> Self {
        fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
        fs::create_dir_all(folder.join(".uploads")).unwrap();
        fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { folder, entries: Vec::new() }
    }

    fn blob(&self, content: &str) {
        let digest = sha256(content);
        fs::write(self.folder.join("blobs/sha256").join(&digest[7..]), content).unwrap();
    }

    fn image(&self, layer: &str) -> String {
        let manifest = image(&part_of(CONFIG, "{}"), &[part_of(LAYER, layer)], "");
        for content in ["{}", layer, &manifest] {
            self.blob(content);
        }
        manifest
    }

    fn entry(&mut self, media_type: &str, manifest: &str, tag: Option<&str>) {
        let mut entry =
            json!({ "mediaType": media_type, "digest": sha256(manifest), "size": manifest.len() });
        if let Some(tag) = tag {
            entry["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
        }
        self.entries.push(entry);
        let index = json!({ "schemaVersion": 2, "manifests": self.entries });
        fs::write(self.folder.join("index.json"), index.to_string()).unwrap();
    }
}

/// Fills a folder as zot would, with a few repositories; gives the manifests by place.
fn zot_tree(root: &Path) -> Vec<(String, String)> {
    let folder = root.join("library/app");
    let mut app = Layout::create(&folder);
    let (one, two, untagged) = (app.image("layer one"), app.image("layer two"), app.image("layer three"));
    app.entry(IMAGE, &one, Some("v1"));
    app.entry(IMAGE, &one, Some("latest"));
    app.entry(IMAGE, &two, Some("v2"));
    app.entry(IMAGE, &untagged, None);
    let list = index(&[part_of(IMAGE, &one), part_of(IMAGE, &two)], "");
    app.blob(&list);
    app.entry(INDEX, &list, Some("multi"));
    let folder = root.join("tools");
    let mut tools = Layout::create(&folder);
    let shared = tools.image("layer one");
    tools.entry(IMAGE, &shared, Some("v1"));
    fs::write(root.join("cache.db"), "not ours").unwrap();
    vec![
        ("library/app/manifests/v1".to_owned(), one.clone()),
        ("library/app/manifests/latest".to_owned(), one),
        ("library/app/manifests/v2".to_owned(), two),
        ("library/app/manifests/multi".to_owned(), list),
        (format!("library/app/manifests/{}", sha256(&untagged)), untagged),
        ("tools/manifests/v1".to_owned(), shared),
    ]
}

/// Every file below a folder with its content.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else {
                files.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_folder_of_a_zot_server_is_refused_with_the_command_that_imports_it() {
    let server = Server::prepare(program(), json!({}));
    zot_tree(&server.data());
    let before = snapshot(&server.data());
    let config = server.config();
    let refused = server.run(&["serve", config.to_str().unwrap()]);
    assert!(!refused.status.success());
    let command = format!("atoll import zot {}", server.data().display());
    assert!(refused.output.contains(&command), "{}", refused.output);
    assert!(snapshot(&server.data()) == before, "nothing was touched");
}

#[test]
fn a_zot_tree_is_imported_whole_and_may_be_imported_again() {
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    let manifests = zot_tree(&root);
    let before = snapshot(&root);
    let config = server.config();
    let mut registry = Registry { server };
    for round in 0..2 {
        let arguments = ["import", "zot", root.to_str().unwrap(), "--config", config.to_str().unwrap()];
        let imported = registry.server.run(&arguments);
        assert!(imported.status.success(), "round {round}: {}", imported.output);
        assert!(imported.output.contains("2 repositories"), "{}", imported.output);
        registry.server.start_again();
        for (place, manifest) in &manifests {
            assert_eq!(registry.get(&format!("/v2/{place}")).text(), *manifest, "{place}");
            let digest = sha256(manifest);
            let repository = place.split("/manifests/").next().unwrap();
            assert_eq!(registry.get(&format!("/v2/{repository}/manifests/{digest}")).text(), *manifest);
        }
        let layer = registry.get(&format!("/v2/library/app/blobs/{}", sha256("layer two")));
        assert_eq!(layer.text(), "layer two");
        assert_eq!(registry.tags("library/app"), ["latest", "multi", "v1", "v2"]);
        assert_eq!(texts(&registry.get("/v2/_catalog").json()["repositories"]), ["library/app", "tools"]);
        assert!(registry.server.stop().success());
    }
    assert!(snapshot(&root) == before, "the source is as it was");
}

#[test]
fn a_data_folder_in_the_source_is_refused_and_not_made() {
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    zot_tree(&root);
    let before = snapshot(&root);
    let (config, tools) = (server.config(), root.join("tools"));
    for (own, arguments) in [
        (root.clone(), vec!["zot", root.to_str().unwrap()]),
        (root.join("new/er"), vec!["zot", root.to_str().unwrap()]),
        (tools.join("new"), vec!["layout", tools.to_str().unwrap(), "--repository", "my/app"]),
    ] {
        let set = format!("storage.rootDirectory={}", own.display());
        let rest = ["--config", config.to_str().unwrap(), "--set", &set];
        let refused = server.run(&[&["import"], &arguments[..], &rest].concat());
        assert!(refused.output.contains("is the source, and the data folder"), "{}", refused.output);
        assert!(!refused.status.success() && (own == root || !own.exists()));
    }
    assert!(snapshot(&root) == before, "the source is as it was");
}

#[test]
fn a_damaged_blob_is_named_and_the_rest_is_imported() {
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    zot_tree(&root);
    let damaged = root.join("library/app/blobs/sha256").join(&sha256("layer two")[7..]);
    fs::write(&damaged, "other bytes").unwrap();
    let config = server.config();
    let imported =
        server.run(&["import", "zot", root.to_str().unwrap(), "--config", config.to_str().unwrap()]);
    assert!(!imported.status.success());
    assert!(imported.output.contains(&sha256("layer two")), "{}", imported.output);
    let mut registry = Registry { server };
    registry.server.start_again();
    assert_eq!(registry.get("/v2/library/app/manifests/v1").status, 200);
    assert_eq!(registry.get("/v2/library/app/manifests/v2").status, 404, "nothing half-imported");
    assert_eq!(registry.get("/v2/tools/manifests/v1").status, 200);
}

#[test]
fn one_layout_is_imported_into_a_repository_of_that_name() {
    let server = Server::prepare(program(), json!({}));
    let folder = server.folder().join("layout");
    let mut layout = Layout::create(&folder);
    let manifest = layout.image("layer");
    layout.entry(IMAGE, &manifest, Some("v1"));
    let config = server.config();
    let arguments = [
        "import",
        "layout",
        folder.to_str().unwrap(),
        "--repository",
        "my/app",
        "--config",
        config.to_str().unwrap(),
    ];
    let imported = server.run(&arguments);
    assert!(imported.status.success(), "{}", imported.output);
    let mut registry = Registry { server };
    registry.server.start_again();
    assert_eq!(registry.get("/v2/my/app/manifests/v1").text(), manifest);
}

/// Imports a folder of zot; gives the running registry and what the import said.
fn imported(server: Server, root: &Path) -> (Registry, atoll_testkit::Outcome) {
    let config = server.config();
    let outcome =
        server.run(&["import", "zot", root.to_str().unwrap(), "--config", config.to_str().unwrap()]);
    let mut registry = Registry { server };
    registry.server.start_again();
    (registry, outcome)
}

#[test]
fn one_odd_entry_does_not_cost_the_others() {
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    let folder = root.join("mix");
    let mut mix = Layout::create(&folder);
    let (one, two, odd) = (mix.image("one"), mix.image("two"), mix.image("odd"));
    mix.entry(IMAGE, &one, Some("good1"));
    mix.entry(IMAGE, &odd, Some("-bad"));
    mix.entry("", &one, Some("untyped"));
    mix.entry(LAYER, &one, Some("layer"));
    mix.entries.push(json!({ "mediaType": IMAGE, "digest": "sha256:zz", "size": 3 }));
    mix.entries.push(json!("nonsense"));
    mix.entry(IMAGE, &two, Some("good2"));
    let (registry, outcome) = imported(server, &root);
    assert!(!outcome.status.success() && outcome.output.contains("5 failures"), "{}", outcome.output);
    for told in ["\"-bad\"", "entry 3 of", "entry 4 of", "entry 5 of", "entry 6 of"] {
        assert!(outcome.output.contains(told), "{told}: {}", outcome.output);
    }
    assert_eq!(registry.tags("mix"), ["good1", "good2"]);
    assert_eq!(registry.get(&format!("/v2/mix/manifests/{}", sha256(&odd))).text(), odd, "without its name");
}

#[test]
fn what_an_index_names_beside_manifests_is_imported_as_blobs() {
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    let folder = root.join("cache");
    let mut cache = Layout::create(&folder);
    let parts = [(LAYER, "cached layer"), ("application/vnd.buildkit.cacheconfig.v0", r#"{"layers":[]}"#)];
    let list = index(&parts.map(|(media_type, content)| part_of(media_type, content)), "");
    for content in [parts[0].1, parts[1].1, &list] {
        cache.blob(content);
    }
    cache.entry(INDEX, &list, Some("buildcache"));
    let (registry, outcome) = imported(server, &root);
    assert!(outcome.status.success(), "{}", outcome.output);
    assert_eq!(registry.get("/v2/cache/manifests/buildcache").text(), list);
    for (_, content) in parts {
        assert_eq!(registry.get(&format!("/v2/cache/blobs/{}", sha256(content))).text(), content);
    }
}

#[test]
fn a_layer_that_may_lie_elsewhere_is_imported_if_it_is_there() {
    const FOREIGN: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    let server = Server::prepare(program(), json!({}));
    let root = server.folder().join("zot");
    let folder = root.join("foreign");
    let mut foreign = Layout::create(&folder);
    let manifest =
        image(&part_of(CONFIG, "{}"), &[part_of(FOREIGN, "here"), part_of(FOREIGN, "elsewhere")], "");
    for content in ["{}", "here", &manifest] {
        foreign.blob(content);
    }
    foreign.entry(IMAGE, &manifest, Some("v1"));
    let (registry, outcome) = imported(server, &root);
    assert!(outcome.status.success(), "{}", outcome.output);
    assert_eq!(registry.get("/v2/foreign/manifests/v1").text(), manifest);
    assert_eq!(registry.get(&format!("/v2/foreign/blobs/{}", sha256("here"))).text(), "here");
    assert_eq!(registry.get(&format!("/v2/foreign/blobs/{}", sha256("elsewhere"))).status, 404);
}
