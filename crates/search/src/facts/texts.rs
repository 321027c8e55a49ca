//! Texts and times from annotations and labels: the image specification's keys, else those of label-schema.org.

use std::collections::BTreeMap;

use atoll_service::Texts;

use crate::Told;

type Words = BTreeMap<String, String>;

/// The keys of one text, the preferred one first.
struct Keys(&'static str, &'static str);

const DESCRIPTION: Keys = Keys("org.opencontainers.image.description", "org.label-schema.description");
const LICENSES: Keys = Keys("org.opencontainers.image.licenses", "org.label-schema.license");
const LABELS: Keys = Keys("org.label-schema.labels", "org.label-schema.labels");
const TITLE: Keys = Keys("org.opencontainers.image.title", "org.label-schema.name");
const SOURCE: Keys = Keys("org.opencontainers.image.source", "org.label-schema.vcs-url");
const DOCUMENTATION: Keys = Keys("org.opencontainers.image.documentation", "org.label-schema.usage");
const VENDOR: Keys = Keys("org.opencontainers.image.vendor", "org.label-schema.vendor");
const AUTHORS: Keys = Keys("org.opencontainers.image.authors", "org.opencontainers.image.authors");
const CREATED: Keys = Keys("org.opencontainers.image.created", "org.label-schema.build-date");

impl Keys {
    fn find<'a>(&self, words: &'a Words) -> Option<&'a str> {
        let found = |key: &str| words.get(key).map(String::as_str).filter(|text| !text.is_empty());
        found(self.0).or_else(|| found(self.1))
    }

    fn text(&self, sources: [&Words; 2]) -> String {
        sources.into_iter().find_map(|words| self.find(words)).unwrap_or_default().to_owned()
    }
}

/// The texts of an image: from its annotations, else from the labels of its config.
pub(super) fn texts(annotations: &Words, labels: &Words) -> Texts {
    let sources = [annotations, labels];
    Texts {
        description: DESCRIPTION.text(sources),
        licenses: LICENSES.text(sources),
        labels: LABELS.text(sources),
        title: TITLE.text(sources),
        source: SOURCE.text(sources),
        documentation: DOCUMENTATION.text(sources),
        vendor: VENDOR.text(sources),
        authors: AUTHORS.text(sources),
    }
}

/// The vendor that annotations alone tell.
pub(super) fn vendor(annotations: &Words) -> String {
    VENDOR.find(annotations).unwrap_or_default().to_owned()
}

/// When annotations or labels say that the image was made; what cannot be read is passed over.
pub(super) fn created(annotations: &Words, labels: &Words) -> Option<Told> {
    [annotations, labels].into_iter().filter_map(|words| CREATED.find(words)).find_map(Told::parse)
}
