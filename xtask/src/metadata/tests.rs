use super::Workspace;

const METADATA: &str = r#"{
  "workspace_root": "/clone",
  "packages": [
    {
      "name": "atoll-index",
      "manifest_path": "/clone/crates/index/Cargo.toml",
      "dependencies": [
        { "name": "redb", "kind": null },
        { "name": "proptest", "kind": "dev" }
      ],
      "targets": [{ "src_path": "/clone/crates/index/src/lib.rs" }],
      "metadata": { "atoll": { "rank": 2, "owns": ["redb"] } }
    },
    {
      "name": "bare",
      "manifest_path": "/clone/bare/Cargo.toml",
      "dependencies": [],
      "targets": [],
      "metadata": null
    }
  ]
}"#;

#[test]
fn a_crate_is_read_with_its_rank_its_owned_crates_and_its_roots() {
    let workspace = Workspace::parse(METADATA.as_bytes()).expect("metadata");
    let index = &workspace.crates[0];
    assert_eq!(index.rank, Some(2));
    assert_eq!(index.owns, ["redb"]);
    assert_eq!(index.folder, "crates/index");
    assert_eq!(index.roots, ["crates/index/src/lib.rs"]);
    let kinds: Vec<_> = index.dependencies.iter().map(|d| (d.name.as_str(), d.is_dev)).collect();
    assert_eq!(kinds, [("redb", false), ("proptest", true)]);
}

#[test]
fn a_crate_without_metadata_has_no_rank() {
    let workspace = Workspace::parse(METADATA.as_bytes()).expect("metadata");
    assert_eq!(workspace.crates[1].rank, None);
    assert!(workspace.crates[1].owns.is_empty());
}

#[test]
fn an_answer_of_another_shape_is_an_error_that_says_so() {
    let error = Workspace::parse(b"{}").expect_err("no workspace root");
    assert!(error.to_string().contains("workspace_root"), "{error}");
}
