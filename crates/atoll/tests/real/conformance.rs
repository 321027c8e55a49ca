//! What the official conformance suite of the distribution specification demands, point by point.

use atoll_oci::Algorithm;
use atoll_testkit::wire::Request;
use serde_json::json;

use crate::content::{
    CONFIG, EMPTY, IMAGE, INDEX, LAYER, NOBODYS, digest, image, index, noise, part, part_of, sha256, subject,
};
use crate::registry::{Registry, texts};

const BOTH: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Sha512];

#[test]
fn a_repository_that_was_never_pushed_to_has_no_tags_and_an_empty_list_of_referrers() {
    let registry = Registry::start();
    assert_eq!(registry.get("/v2/never/pushed/tags/list").told(), "404 NAME_UNKNOWN");
    let referrers = registry.get(&format!("/v2/never/pushed/referrers/{NOBODYS}"));
    assert_eq!((referrers.status, referrers.json()["manifests"].clone()), (200, json!([])));
}

#[test]
fn a_blob_arrives_whole_by_every_way_of_pushing_it() {
    let registry = Registry::start();
    let content = noise(1, 3000);
    for algorithm in BOTH {
        for (way, push) in WAYS {
            // One repository for each way, so that none finds the blob of another.
            let repository = format!("push/{way}-{algorithm}");
            let named = digest(algorithm, &content);
            push(&registry, &repository, &content, &named);
            let pulled = registry.get(&format!("/v2/{repository}/blobs/{named}"));
            assert_eq!(pulled.status, 200, "{way}, {algorithm}");
            assert_eq!(pulled.field("docker-content-digest"), Some(named.as_str()), "{way}, {algorithm}");
            assert!(pulled.body == content, "{way}, {algorithm}: {} bytes", pulled.body.len());
        }
    }
}

type Push = fn(&Registry, &str, &[u8], &str);

const WAYS: [(&str, Push); 6] = [
    ("one-post", one_post),
    ("post-put", |registry, repository, content, named| {
        let ended = registry.finish(&registry.begin(repository), named, content);
        assert_eq!(ended.status, 201, "{}", ended.text());
        let pulled = registry.get(&ended.location());
        assert!(pulled.body == content, "the Location of a blob serves it at once");
    }),
    ("one-chunk", |registry, repository, content, named| {
        let location = registry.begin(repository);
        assert_eq!(registry.patch(&location, 0, content).told(), "202");
        assert_eq!(registry.finish(&location, named, b"").told(), "201");
    }),
    ("streamed", |registry, repository, content, named| {
        let location = registry.begin(repository);
        let streamed = registry.ask(&Request::new("PATCH", location.as_str()).chunks(content.chunks(700)));
        assert_eq!((streamed.status, streamed.field("range")), (202, Some("0-2999")));
        assert_eq!(registry.finish(&location, named, b"").told(), "201");
    }),
    ("three-chunks-by-patch", |registry, repository, content, named| {
        let location = three_chunks(registry, repository, content, 3);
        assert_eq!(registry.finish(&location, named, b"").told(), "201");
    }),
    ("three-chunks-last-by-put", |registry, repository, content, named| {
        let location = three_chunks(registry, repository, content, 2);
        let request = Request::new("PUT", format!("{location}?digest={named}"));
        let ended = registry.ask(&request.field("Content-Range", "2048-2999").content(&content[2048..]));
        assert_eq!(ended.told(), "201");
    }),
];

fn one_post(registry: &Registry, repository: &str, content: &[u8], named: &str) {
    let request = Request::new("POST", format!("/v2/{repository}/blobs/uploads/?digest={named}"));
    let answer = registry.ask(&request.field("Content-Type", "application/octet-stream").content(content));
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.location(), format!("/v2/{repository}/blobs/{named}"));
}

fn three_chunks(registry: &Registry, repository: &str, content: &[u8], count: usize) -> String {
    let location = registry.begin(repository);
    for (number, chunk) in content.chunks(1024).take(count).enumerate() {
        let answer = registry.patch(&location, number * 1024, chunk);
        let end = number * 1024 + chunk.len() - 1;
        assert_eq!((answer.status, answer.field("range")), (202, Some(format!("0-{end}").as_str())));
    }
    location
}

#[test]
fn a_chunk_out_of_order_is_refused_and_the_session_goes_on() {
    let registry = Registry::start();
    let content = noise(2, 3072);
    let location = registry.begin("chunks");
    assert_eq!(registry.patch(&location, 0, &content[..1024]).told(), "202");
    assert_eq!(registry.patch(&location, 2048, &content[2048..]).told(), "416 BLOB_UPLOAD_INVALID");
    let wrong_end = Request::new("PUT", format!("{location}?digest={}", sha256(&content)));
    let wrong_end = wrong_end.field("Content-Range", "2048-3071").content(&content[2048..]);
    assert_eq!(registry.ask(&wrong_end).told(), "416 BLOB_UPLOAD_INVALID");
    let status = registry.get(&location);
    assert_eq!(
        (status.status, status.field("range"), status.location()),
        (204, Some("0-1023"), location.clone())
    );
    assert_eq!(registry.patch(&location, 1024, &content[1024..2048]).told(), "202");
    assert_eq!(registry.finish(&location, &sha256(&content), &content[2048..]).told(), "201");
}

#[test]
fn no_minimal_size_of_chunks_is_demanded() {
    let registry = Registry::start();
    let begun = registry.ask(&Request::new("POST", "/v2/chunks/blobs/uploads/"));
    assert_eq!(begun.field("oci-chunk-min-length"), None);
}

#[test]
fn a_blob_is_mounted_with_and_without_a_source_and_a_missing_one_begins_a_session() {
    let registry = Registry::start();
    let blob = registry.push_blob("source", "shared bytes");
    for (target, query) in [("one", "&from=source"), ("two", "")] {
        let answer =
            registry.ask(&Request::new("POST", format!("/v2/{target}/blobs/uploads/?mount={blob}{query}")));
        assert_eq!((answer.status, answer.location()), (201, format!("/v2/{target}/blobs/{blob}")));
        assert_eq!(registry.get(&answer.location()).body, b"shared bytes");
    }
    let missing =
        registry.ask(&Request::new("POST", format!("/v2/three/blobs/uploads/?mount={NOBODYS}&from=source")));
    assert_eq!(missing.status, 202);
    assert_eq!(registry.finish(&missing.location(), &sha256("late"), b"late").told(), "201");
}

#[test]
fn head_tells_everything_about_a_blob_and_a_deleted_one_is_gone_at_once() {
    let registry = Registry::start();
    let blob = registry.push_blob("heads", noise(3, 1234));
    let target = format!("/v2/heads/blobs/{blob}");
    let head = registry.head(&target);
    assert_eq!((head.status, head.field("content-length"), head.body.len()), (200, Some("1234"), 0));
    assert_eq!(head.field("docker-content-digest"), Some(blob.as_str()));
    assert_eq!(registry.delete(&target).status, 202);
    assert_eq!(registry.head(&target).status, 404);
    assert_eq!(registry.get(&target).told(), "404 BLOB_UNKNOWN");
    assert_eq!(registry.delete(&target).told(), "404 BLOB_UNKNOWN");
}

#[test]
fn an_empty_blob_and_one_of_two_bytes_pass_by_every_way() {
    let registry = Registry::start();
    for content in ["", "{}"] {
        for algorithm in BOTH {
            let named = digest(algorithm, content.as_bytes());
            let name = format!("small/{algorithm}-{}", content.len());
            one_post(&registry, &format!("{name}-post"), content.as_bytes(), &named);
            let ended = registry.finish(&registry.begin(&format!("{name}-put")), &named, content.as_bytes());
            assert_eq!(ended.told(), "201");
            let location = registry.begin(&format!("{name}-stream"));
            let pieces: Vec<&[u8]> = content.as_bytes().chunks(1).collect();
            assert_eq!(registry.ask(&Request::new("PATCH", location.as_str()).chunks(pieces)).told(), "202");
            assert_eq!(registry.finish(&location, &named, b"").told(), "201");
            for way in ["post", "put", "stream"] {
                let pulled = registry.get(&format!("/v2/{name}-{way}/blobs/{named}"));
                assert_eq!((pulled.status, pulled.text().as_str()), (200, content), "{name}-{way}");
            }
        }
    }
}

#[test]
fn a_wrong_digest_is_refused_by_every_way_and_leaves_nothing() {
    let registry = Registry::start();
    let content = noise(4, 2000);
    for algorithm in BOTH {
        let wrong = digest(algorithm, b"something else");
        let post = Request::new("POST", format!("/v2/wrong/blobs/uploads/?digest={wrong}"));
        let post = post.field("Content-Type", "application/octet-stream").content(content.clone());
        assert_eq!(registry.ask(&post).told(), "400 DIGEST_INVALID");
        assert_eq!(registry.finish(&registry.begin("wrong"), &wrong, &content).told(), "400 DIGEST_INVALID");
        let location = registry.begin("wrong");
        assert_eq!(registry.patch(&location, 0, &content).told(), "202");
        assert_eq!(registry.finish(&location, &wrong, b"").told(), "400 DIGEST_INVALID");
        assert_eq!(registry.head(&format!("/v2/wrong/blobs/{wrong}")).status, 404);
    }
    for malformed in ["sha256:abc", "md5:00000000000000000000000000000000", "nonsense"] {
        let answer = registry.finish(&registry.begin("wrong"), malformed, &content);
        assert_eq!(answer.told(), "400 DIGEST_INVALID", "{malformed}");
    }
}

#[test]
fn a_manifest_without_a_length_is_taken_by_digest_and_by_tag_and_comes_back_exactly() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("exact", "layer", r#" , "unknown" : [ 1,  2 ] "#);
    let named = sha256(&manifest);
    for reference in [named.as_str(), "v1"] {
        let request =
            Request::new("PUT", format!("/v2/exact/manifests/{reference}")).field("Content-Type", IMAGE);
        let pushed = registry.ask(&request.chunks(manifest.as_bytes().chunks(50)));
        assert_eq!(pushed.status, 201, "{}", pushed.text());
        assert_eq!(pushed.field("docker-content-digest"), Some(named.as_str()));
        for target in [pushed.location(), format!("/v2/exact/manifests/{reference}")] {
            let accept = Request::new("GET", target.as_str()).field("Accept", INDEX).field("Accept", IMAGE);
            let pulled = registry.ask(&accept);
            assert_eq!((pulled.status, pulled.text()), (200, manifest.clone()));
            let head = registry.head(&target);
            for answer in [&pulled, &head] {
                assert_eq!(answer.field("content-type"), Some(IMAGE));
                assert_eq!(answer.field("content-length"), Some(manifest.len().to_string().as_str()));
                assert_eq!(answer.field("docker-content-digest"), Some(named.as_str()));
                assert_eq!(answer.field("content-encoding"), None);
            }
            assert!(head.body.is_empty());
        }
    }
}

#[test]
fn the_list_of_tags_has_every_tag_and_last_leaves_out_all_up_to_it() {
    let registry = Registry::start();
    for tag in ["b", "a", "B", "a.1", "1"] {
        registry.push_image("tags", tag, "layer");
    }
    assert_eq!(registry.tags("tags"), ["1", "B", "a", "a.1", "b"]);
    let rest = registry.get("/v2/tags/tags/list?last=a").json();
    assert_eq!(texts(&rest["tags"]), ["a.1", "b"]);
}

#[test]
fn a_subject_is_told_back_whether_it_is_there_or_not() {
    let registry = Registry::start();
    let base = registry.push_image("subjects", "base", "layer");
    for (number, target) in [&base.manifest, "nobody has pushed this"].into_iter().enumerate() {
        let refers = subject(IMAGE, target);
        let artifact = registry.prepare_image("subjects", &format!("signature {number}"), &refers);
        let pushed = registry.put(&format!("subjects/manifests/{}", sha256(&artifact)), IMAGE, &artifact);
        assert_eq!((pushed.status, pushed.field("oci-subject")), (201, Some(sha256(target).as_str())));
        let list = index(&[], &refers);
        let pushed = registry.put(&format!("subjects/manifests/{}", sha256(&list)), INDEX, &list);
        assert_eq!((pushed.status, pushed.field("oci-subject")), (201, Some(sha256(target).as_str())));
        assert_eq!(registry.referrers("subjects", &sha256(target)), [sha256(&artifact), sha256(&list)]);
    }
}

#[test]
fn referrers_carry_what_clients_choose_by_and_can_be_filtered() {
    let registry = Registry::start();
    let base = registry.push_image("choose", "base", "layer");
    let refers = subject(IMAGE, &base.manifest);
    let plain =
        registry.prepare_image("choose", "one", &format!(r#"{refers},"annotations":{{"a":"1","b":"2"}}"#));
    let typed =
        image(&part_of(EMPTY, "{}"), &[], &format!(r#"{refers},"artifactType":"application/x-sbom""#));
    for content in [&plain, &typed] {
        assert_eq!(
            registry.put(&format!("choose/manifests/{}", sha256(content)), IMAGE, content).told(),
            "201"
        );
    }
    let all = registry.get(&format!("/v2/choose/referrers/{}", base.digest));
    assert_eq!(
        (all.status, all.field("content-type"), all.field("oci-filters-applied")),
        (200, Some(INDEX), None)
    );
    let expected = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [
            { "mediaType": IMAGE, "digest": sha256(&plain), "size": plain.len(), "artifactType": CONFIG, "annotations": { "a": "1", "b": "2" } },
            { "mediaType": IMAGE, "digest": sha256(&typed), "size": typed.len(), "artifactType": "application/x-sbom" },
        ],
    });
    assert_eq!(all.json(), expected);
    let filtered =
        registry.get(&format!("/v2/choose/referrers/{}?artifactType=application/x-sbom", base.digest));
    assert_eq!(filtered.field("oci-filters-applied"), Some("artifactType"));
    assert_eq!(filtered.json()["manifests"].as_array().map(Vec::len), Some(1));
    assert_eq!(filtered.json()["manifests"][0]["digest"], json!(sha256(&typed)));
}

#[test]
fn whatever_the_image_specification_allows_is_accepted() {
    let registry = Registry::start();
    let image_text = registry.prepare_image("allowed", "layer", "");
    registry.put(&format!("allowed/manifests/{}", sha256(&image_text)), IMAGE, &image_text);
    let child = part_of(IMAGE, &image_text);
    let nested = index(&[child], "");
    registry.put(&format!("allowed/manifests/{}", sha256(&nested)), INDEX, &nested);
    let config = part_of(CONFIG, "{}");
    let foreign = part("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", NOBODYS, 5);
    let foreign = foreign.replace("\"size\":5", "\"size\":5,\"urls\":[\"http://elsewhere.test/layer\"]");
    let data = part_of(CONFIG, "{}").replace("\"size\":2", "\"size\":2,\"data\":\"e30=\"");
    let accepted = [
        (IMAGE, image(&config, &[], "")),
        (IMAGE, image(&data, &[], r#","org.example.custom":{"deep":[null]}"#)),
        (IMAGE, image(&config, &[foreign], "")),
        (IMAGE, image(&part_of("application/x-anything", "{}"), &[part_of("text/x-odd", "layer")], "")),
        (INDEX, index(&[], "")),
        (INDEX, index(&[part_of(INDEX, &nested)], r#","artifactType":"application/x-list""#)),
        (IMAGE, image(&config, &[], &format!(r#","annotations":{{"large":"{}"}}"#, "x".repeat(3_900_000)))),
    ];
    for (number, (media_type, content)) in accepted.iter().enumerate() {
        let pushed = registry.put(&format!("allowed/manifests/t{number}"), media_type, content);
        assert_eq!(pushed.told(), "201", "{}", &content[..content.len().min(300)]);
        let pulled = registry.get(&format!("/v2/allowed/manifests/t{number}"));
        assert!(pulled.text() == *content, "number {number} comes back as it was");
    }
}

#[test]
fn a_manifest_with_missing_parts_is_refused_unless_sparse_ones_are_let_in() {
    let absent_layer = image(&part_of(CONFIG, "{}"), &[part_of(LAYER, "absent")], "");
    let absent_child = index(&[part_of(IMAGE, "absent")], "");
    for (settings, expected) in
        [(json!({}), "400 MANIFEST_BLOB_UNKNOWN"), (json!({ "http": { "compat": ["sparse"] } }), "201")]
    {
        let registry = Registry::start_with(settings);
        registry.push_blob("sparse", "{}");
        assert_eq!(registry.put("sparse/manifests/image", IMAGE, &absent_layer).told(), expected);
        assert_eq!(registry.put("sparse/manifests/index", INDEX, &absent_child).told(), expected);
    }
}

#[test]
fn tag_parameters_of_a_push_by_digest_are_all_set_and_all_told() {
    let registry = Registry::start();
    for algorithm in BOTH {
        let manifest =
            registry.prepare_image("params", "layer", &format!(r#","annotations":{{"by":"{algorithm}"}}"#));
        let named = digest(algorithm, manifest.as_bytes());
        let tags: Vec<String> = (0..10).map(|number| format!("{algorithm}-{number}")).collect();
        let query: Vec<String> = tags.iter().map(|tag| format!("tag={tag}")).collect();
        let pushed = registry.put(&format!("params/manifests/{named}?{}", query.join("&")), IMAGE, &manifest);
        assert_eq!(pushed.status, 201, "{}", pushed.text());
        let told: Vec<String> =
            pushed.all("oci-tag").flat_map(|list| list.split(',')).map(|tag| tag.trim().to_owned()).collect();
        assert_eq!(told, tags);
        for tag in &tags {
            let head = registry.head(&format!("/v2/params/manifests/{tag}"));
            assert_eq!(
                (head.status, head.field("content-length")),
                (200, Some(manifest.len().to_string().as_str()))
            );
        }
        assert_eq!(registry.get(&format!("/v2/params/manifests/{named}")).text(), manifest);
    }
}

#[test]
fn a_manifest_under_a_digest_that_it_does_not_have_is_refused() {
    let registry = Registry::start();
    let manifest = registry.prepare_image("wrong", "layer", "");
    assert_eq!(
        registry.put(&format!("wrong/manifests/{NOBODYS}"), IMAGE, &manifest).told(),
        "400 MANIFEST_INVALID"
    );
    let malformed = "wrong/manifests/sha256:baddigeststring";
    assert_eq!(registry.put(malformed, IMAGE, &manifest).told(), "400 DIGEST_INVALID");
    for reference in ["sha256:baddigeststring", NOBODYS, "missing"] {
        let answer = registry.get(&format!("/v2/wrong/manifests/{reference}"));
        assert_eq!(answer.status, 404, "{reference}");
    }
}

#[test]
fn what_is_deleted_is_gone_with_the_answer() {
    let registry = Registry::start();
    let image = registry.push_image("gone", "v1", "layer");
    registry.put("gone/manifests/v2", IMAGE, &image.manifest);
    let (by_tag, by_digest) = ("/v2/gone/manifests/v1", format!("/v2/gone/manifests/{}", image.digest));
    assert_eq!(registry.delete(by_tag).status, 202);
    assert_eq!(registry.head(by_tag).status, 404);
    assert_eq!(registry.tags("gone"), ["v2"]);
    assert_eq!(registry.head(&by_digest).status, 200, "a tag is not the manifest");
    assert_eq!(registry.delete(&by_digest).status, 202);
    assert_eq!(registry.head(&by_digest).status, 404);
    let blob = format!("/v2/gone/blobs/{}", image.layer);
    assert_eq!(registry.head(&blob).status, 200, "blobs are deleted by themselves");
    assert_eq!(registry.delete(&blob).status, 202);
    assert_eq!(registry.head(&blob).status, 404);
}

#[test]
fn an_upload_can_be_cancelled_once() {
    let registry = Registry::start();
    let location = registry.begin("cancelled");
    registry.patch(&location, 0, b"some bytes");
    assert_eq!(registry.delete(&location).told(), "204");
    assert_eq!(registry.delete(&location).told(), "404 BLOB_UPLOAD_UNKNOWN");
    assert_eq!(registry.get(&location).told(), "404 BLOB_UPLOAD_UNKNOWN");
    assert_eq!(registry.finish(&location, &sha256("some bytes"), b"").told(), "404 BLOB_UPLOAD_UNKNOWN");
}
