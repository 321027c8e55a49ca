use serde_json::{Value, json};

use super::{image, manifest, repository};

#[test]
fn a_repository_is_told_in_plain_names() {
    let told = json!({
        "Name": "a/b",
        "Size": "1234",
        "LastUpdated": "2026-01-02T03:04:05Z",
        "DownloadCount": 7,
        "StarCount": 0,
        "Platforms": [{"Os": "linux", "Arch": "amd64"}, {"Os": "linux", "Arch": "amd64"}, {"Os": "", "Arch": ""}],
        "NewestImage": {"Tag": "1"},
    });
    let expected = json!({
        "repository": "a/b",
        "newestTag": "1",
        "platforms": ["linux/amd64"],
        "size": 1234,
        "updated": "2026-01-02T03:04:05Z",
        "pulls": 7,
        "stars": 0,
    });
    assert_eq!(Value::Object(repository(&told)), expected);
}

#[test]
fn what_is_missing_is_null_and_never_an_error() {
    let row = repository(&json!({"Name": "a", "NewestImage": null, "Size": "", "Platforms": null}));
    assert_eq!(
        (&row["repository"], &row["newestTag"], &row["size"]),
        (&json!("a"), &Value::Null, &Value::Null)
    );
    assert_eq!(row["platforms"], json!([]));
    assert_eq!(image(&json!(null))["signed"], Value::Null);
}

#[test]
fn an_image_has_the_platforms_of_its_manifests() {
    let told = json!({
        "RepoName": "a", "Tag": "1", "Digest": "sha256:00", "MediaType": "m", "Size": "5", "IsSigned": true,
        "Manifests": [{"Platform": {"Os": "linux", "Arch": "arm64"}}, {"Platform": {"Os": "windows", "Arch": ""}}],
    });
    let row = image(&told);
    assert_eq!(row["platforms"], json!(["linux/arm64", "windows"]));
    assert_eq!((&row["signed"], &row["size"], &row["pulls"]), (&json!(true), &json!(5), &Value::Null));
}

#[test]
fn a_manifest_counts_its_layers() {
    let told = json!({"Digest": "d", "Size": "9", "Layers": [{"Digest": "l", "Size": "8"}]});
    let row = manifest(&told);
    assert_eq!(row["layerCount"], 1);
    assert_eq!(row["layers"], json!([{"digest": "l", "size": 8}]));
    assert_eq!(manifest(&json!({"Layers": null}))["layerCount"], 0);
}
