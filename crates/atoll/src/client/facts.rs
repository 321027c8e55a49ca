//! One image in full.

use serde_json::{Value, json};

use super::ask::Server;
use super::error::Error;
use super::listing::{self, Listing, MANIFESTS};
use super::paging::IMAGE_FIELDS;

/// Facts that lists show as well, in the order of the output.
const SHARED: &[&str] =
    &["repository", "tag", "digest", "mediaType", "platforms", "size", "updated", "pulls", "signed"];

/// The time at which zot's search says that something has never happened.
const NEVER: &str = "1970-01-01T00:00:00Z";

/// Facts beside those that lists show, as the search and as the output call them.
const FURTHER: &[(&str, &str)] = &[
    ("PushTimestamp", "pushed"),
    ("LastPullTimestamp", "lastPulled"),
    ("ArtifactType", "artifactType"),
    ("Title", "title"),
    ("Description", "description"),
    ("Vendor", "vendor"),
    ("Authors", "authors"),
    ("Licenses", "licenses"),
    ("Source", "source"),
    ("Documentation", "documentation"),
];

/// The image under a tag.
pub(super) async fn image(server: &Server, name: &str) -> Result<Listing, Error> {
    let further: Vec<_> = FURTHER.iter().map(|(told, _)| *told).collect();
    let further = further.join(" ");
    // Two selections of `Manifests` are one.
    let query = format!(
        "query ($image: String!) {{ Image(image: $image) {{ {IMAGE_FIELDS} {further} \
         Manifests {{ Digest ConfigDigest Size Layers {{ Digest Size }} }} }} }}"
    );
    let data = server.query(&query, json!({"image": name})).await?;
    let told = data.pointer("/Image").ok_or(Error::Unexpected)?;
    let mut shared = listing::image(told);
    let mut facts: Vec<_> = SHARED.iter().filter_map(|key| Some((*key, shared.remove(*key)?))).collect();
    facts.extend(FURTHER.iter().filter_map(|(at, key)| {
        let value = told
            .get(at)
            .filter(|value| value.as_str().is_some_and(|text| !text.is_empty() && text != NEVER))?;
        Some((*key, value.clone()))
    }));
    let manifests = told.pointer("/Manifests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rows: Vec<_> = manifests.iter().map(listing::manifest).collect();
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(Listing { facts, name: "manifests", columns: MANIFESTS, rows, total })
}
