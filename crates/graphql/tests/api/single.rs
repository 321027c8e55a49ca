//! Questions about one image or one repository, field by field.

use atoll_oci::Platform;
use atoll_service::{
    GetImage, GetReferrers, GetRepository, HistorySummary, LayerSummary, ReferrerSummary, SignatureSummary,
    Want,
};
use serde_json::json;

use crate::fake::{Question, Root, Setup, digest, image, time};

fn full() -> Root {
    let mut one = image("redis", "6");
    let signature = SignatureSummary { tool: "cosign".into(), is_trusted: false, author: String::new() };
    let referrer = ReferrerSummary {
        media_type: "application/vnd.oci.image.manifest.v1+json".into(),
        artifact_type: "application/spdx+json".into(),
        size: 5_000_000_000,
        digest: digest(9),
        annotations: vec![("k".into(), "v".into())],
    };
    let layer = LayerSummary { digest: digest(8), size: 3 };
    one.is_signed = true;
    one.signatures = vec![signature.clone()];
    one.referrers = vec![referrer.clone()];
    let manifest = &mut one.manifests[0];
    manifest.signatures = vec![signature];
    manifest.referrers = vec![referrer];
    manifest.platform = Platform { os: "linux".into(), architecture: "arm".into(), variant: "v7".into() };
    manifest.layers = vec![layer.clone()];
    manifest.history = vec![
        HistorySummary {
            layer: Some(layer),
            created: time(0, "1970-01-01T00:00:00Z"),
            created_by: Some("COPY".into()),
            author: Some(String::new()),
            comment: Some("first".into()),
            is_empty_layer: Some(false),
        },
        HistorySummary::default(),
    ];
    Root { image: Ok((one, vec!["error generating history on tag 6".into()])), ..Root::default() }
}

#[tokio::test]
async fn an_image_shows_all_its_fields_and_its_faults_beside_them() {
    let setup = Setup::new(full());
    let referrer = "Referrers{MediaType ArtifactType Size Digest Annotations{Key Value}}";
    let answer = setup.ask(&format!("{{i:Image(image:\"redis:6\"){{RepoName Tag Digest MediaType
        Manifests{{Digest ConfigDigest LastUpdated Size IsSigned SignatureInfo{{Tool}} Platform{{Os Arch}} DownloadCount
            Layers{{Size Digest}} History{{Layer{{Size Digest}} HistoryDescription{{Created CreatedBy Author Comment EmptyLayer}}}}
            Vulnerabilities{{Count}} {referrer} ArtifactType}}
        Size DownloadCount LastPullTimestamp PushTimestamp PushedBy TaggedTimestamp LastUpdated Description IsSigned
        SignatureInfo{{Tool IsTrusted Author}} Licenses Labels Title Source Documentation Vendor Authors
        Vulnerabilities{{MaxSeverity Count UnknownCount LowCount MediumCount HighCount CriticalCount}}
        {referrer} IsDeletable ArtifactType}}}}")).await;
    let (of, layer) = (digest(1).to_string(), json!({"Size": "3", "Digest": digest(8).to_string()}));
    let referrer = json!({
        "MediaType": "application/vnd.oci.image.manifest.v1+json", "ArtifactType": "application/spdx+json",
        "Size": 5_000_000_000_u64, "Digest": digest(9).to_string(), "Annotations": [{"Key": "k", "Value": "v"}],
    });
    let step = json!({
        "Created": "1970-01-01T00:00:00Z", "CreatedBy": "COPY", "Author": "", "Comment": "first", "EmptyLayer": false,
    });
    let nothing =
        json!({"Created": null, "CreatedBy": null, "Author": null, "Comment": null, "EmptyLayer": null});
    let manifest = json!({
        "Digest": of, "ConfigDigest": digest(200).to_string(), "LastUpdated": "1970-01-01T00:00:01Z", "Size": "10",
        "IsSigned": true, "SignatureInfo": [{"Tool": "cosign"}], "Platform": {"Os": "linux", "Arch": "arm/v7"},
        "DownloadCount": 1, "Layers": [layer],
        "History": [{"Layer": layer, "HistoryDescription": step}, {"Layer": null, "HistoryDescription": nothing}],
        "Vulnerabilities": null, "Referrers": [referrer],
        "ArtifactType": "application/vnd.oci.image.config.v1+json",
    });
    let expected = json!({
        "RepoName": "redis", "Tag": "6", "Digest": of, "MediaType": "application/vnd.oci.image.manifest.v1+json",
        "Manifests": [manifest], "Size": "12345678901", "DownloadCount": 7,
        "LastPullTimestamp": "1970-01-01T00:00:00Z", "PushTimestamp": "2023-11-14T22:13:20.12Z", "PushedBy": "ann",
        "TaggedTimestamp": null, "LastUpdated": "1970-01-01T02:00:01+02:00", "Description": "a store",
        "IsSigned": true, "SignatureInfo": [{"Tool": "cosign", "IsTrusted": false, "Author": ""}], "Licenses": "",
        "Labels": "", "Title": "", "Source": "", "Documentation": "", "Vendor": "", "Authors": "",
        "Vulnerabilities": {"MaxSeverity": "", "Count": 0, "UnknownCount": 0, "LowCount": 0, "MediumCount": 0,
            "HighCount": 0, "CriticalCount": 0},
        "Referrers": [referrer], "IsDeletable": null, "ArtifactType": "application/vnd.oci.image.config.v1+json",
    });
    let fault = json!({"message": "error generating history on tag 6", "path": ["i"]});
    assert_eq!(answer, json!({"data": {"i": expected}, "errors": [fault]}));
    let want = Want { newest: false, ..Want::ALL };
    let request = GetImage { repository: "redis".parse().unwrap(), tag: "6".parse().unwrap(), want };
    assert_eq!(setup.asked(), [Question::Image(request)]);
}

#[tokio::test]
async fn a_repository_shows_its_images_and_whether_they_may_be_deleted() {
    let setup = Setup::new(Root::default());
    let query = "{ExpandedRepoInfo(repo:\"redis\"){Images{Tag IsDeletable Vendor} Summary{Name NewestImage{Tag IsDeletable}}}}";
    for deletes in [true, false] {
        setup.rights.lock().unwrap().deletes = deletes;
        let found = setup.data(query).await;
        let images = json!([{"Tag": "6", "IsDeletable": deletes, "Vendor": ""}]);
        let summary = json!({"Name": "redis", "NewestImage": {"Tag": "6", "IsDeletable": null}});
        assert_eq!(found, json!({"ExpandedRepoInfo": {"Images": images, "Summary": summary}}));
        let want = Want { texts: true, newest: true, ..Want::default() };
        let request = GetRepository { repository: "redis".parse().unwrap(), want };
        assert_eq!(setup.asked(), [Question::Expanded(request)]);
    }
}

#[tokio::test]
async fn referrers_are_asked_for_by_type() {
    let setup = Setup::new(Root::default());
    let digest = digest(1);
    for (types, expected) in [
        ("", vec![]),
        (",type:null", vec![]),
        (",type:[]", vec![]),
        (",type:\"a\"", vec!["a".to_owned()]),
        (",type:[\"a\",\"\"]", vec!["a".to_owned(), String::new()]),
    ] {
        let found =
            setup.data(&format!("{{Referrers(repo:\"redis\",digest:\"{digest}\"{types}){{Digest}}}}")).await;
        assert_eq!(found, json!({"Referrers": []}));
        let request = GetReferrers { repository: "redis".parse().unwrap(), digest, artifact_types: expected };
        assert_eq!(setup.asked(), [Question::Referrers(request)], "{types}");
    }
}
