use super::judge;
use crate::problem::{Origin, Problem, Warning};
use crate::raw::json;
use crate::resolve::resolve;

fn judged(text: &str) -> (Vec<Warning>, Vec<Problem>) {
    let value = json(text).ok().expect("the test writes JSON");
    let (root, problems) = resolve(&Origin::File("zot.json".into()), &value);
    assert_eq!(problems, []);
    judge(&root)
}

#[test]
fn a_stanza_gives_one_warning_that_lists_what_is_written_below_it() {
    let (warnings, refusals) = judged(
        r#"{"storage": {"retention": {"dryRun": true, "policies": [{"repositories": ["**"], "keepTags": [{}]}]}}}"#,
    );
    assert_eq!(refusals, []);
    let sentences: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "`storage.retention` (with dryRun, policies[0].keepTags[0], policies[0].repositories) in zot.json has no effect: \
          retention is not built yet: no tag and no manifest is removed by itself"
        ]
    );
}

#[test]
fn what_is_empty_or_turned_off_is_not_judged() {
    for text in [
        r#"{"http": {"auth": {}, "accessControl": null}}"#,
        r#"{"storage": {"storageDriver": {}, "cacheDriver": {}, "subPaths": {}, "retention": {}}}"#,
        r#"{"storage": {"remoteCache": false, "redirectBlobURL": false, "dedupe": true}}"#,
        r#"{"extensions": {"sync": {"enable": false, "registries": [{"urls": ["https://a"]}]}}}"#,
        r#"{"extensions": {"scrub": {"enable": false}, "lint": {"enable": "false"}, "events": {"enable": false}}}"#,
        r#"{"cluster": {"members": ["a:1"]}}"#,
    ] {
        assert_eq!(judged(text), (Vec::new(), Vec::new()), "{text}");
    }
}

#[test]
fn an_empty_switch_is_on_and_therefore_judged() {
    assert_eq!(judged(r#"{"extensions": {"sync": {}}}"#).1.len(), 1);
    assert_eq!(judged(r#"{"extensions": {"trust": {}, "scrub": null}}"#).0.len(), 2);
}
