//! Keys of extensions, without mirroring.

use super::{Case, Key, Verdict, key, warned};
use crate::kind::Kind::{
    Boolean, Choice, Duration, Free, Path, Stanza, Stanzas, Switch, Text, Texts, UrlPath,
};

const CVE: Verdict = warned("images are not scanned for vulnerabilities yet: searches for them find nothing");
const SCRUB: Verdict = off("stored content is not checked in the background yet");
const LINT: Verdict = off("annotations are not checked yet: manifests without the mandatory ones are taken");
const TRUST: Verdict = off("signatures are stored and listed, but not verified yet");
const EVENTS: Verdict = off("events are not sent yet");
const MGMT: Verdict =
    warned("zot dropped this stanza: the management endpoint is there whenever search is on");
const APIKEY: Verdict = warned("zot dropped this stanza: API keys are set by http.auth.apikey");

/// Warned about unless it is turned off.
const fn off(because: &'static str) -> Verdict {
    Verdict::Warned { when: Case::NotDisabled, because }
}

pub(super) const KEYS: &[Key] = &[
    key("extensions", Stanza, "Everything beyond the distribution specification."),
    key("extensions.search", Switch, "The GraphQL search."),
    key("extensions.search.enable", Boolean, "Whether it is on.").or("true"),
    key("extensions.search.cve", Stanza, "Vulnerabilities in search results.").verdict(CVE),
    key("extensions.search.cve.updateInterval", Duration, "How often the database is fetched.").verdict(CVE),
    key("extensions.search.cve.trivy", Stanza, "Where the database comes from.").verdict(CVE),
    key("extensions.search.cve.trivy.dbRepository", Text, "Repository of the database.").verdict(CVE),
    key("extensions.search.cve.trivy.javaDBRepository", Text, "Repository of the Java database.")
        .verdict(CVE),
    key("extensions.search.cve.trivy.vulnSeveritySources", Texts, "Whose severities are taken, in turn.")
        .verdict(CVE),
    key("extensions.search.cve.trivy.sbom", Stanza, "Bills of materials made by scans.").verdict(CVE),
    key("extensions.search.cve.trivy.sbom.enable", Boolean, "Whether they are made.").verdict(CVE),
    key("extensions.search.cve.trivy.sbom.format", Choice(&["spdx-json", "cyclonedx"]), "Their format.")
        .verdict(CVE),
    key("extensions.ui", Switch, "The web interface; needs search."),
    key("extensions.ui.enable", Boolean, "Whether it is on.").or("true"),
    key(
        "extensions.ui.path",
        Path,
        "Folder of a built web interface to serve instead of our own; zot has no such key.",
    ),
    key("extensions.metrics", Switch, "Measurements for Prometheus."),
    key("extensions.metrics.enable", Boolean, "Whether they are served.").or("true"),
    key("extensions.metrics.prometheus", Stanza, "Where they are served."),
    key("extensions.metrics.prometheus.path", UrlPath, "Path of the page.").or("/metrics"),
    key("extensions.scrub", Switch, "Background checks of stored content.").verdict(SCRUB),
    key("extensions.scrub.enable", Boolean, "Whether they run.").verdict(SCRUB),
    key("extensions.scrub.interval", Duration, "How often they run.").verdict(SCRUB),
    key("extensions.lint", Stanza, "Conditions on pushed manifests.").verdict(LINT),
    key("extensions.lint.enable", Boolean, "Whether they are enforced.").verdict(LINT),
    key("extensions.lint.mandatoryAnnotations", Texts, "Annotations that a manifest must have.")
        .verdict(LINT),
    key("extensions.trust", Switch, "Verification of signatures.").verdict(TRUST),
    key("extensions.trust.enable", Boolean, "Whether it is on.").verdict(TRUST),
    key("extensions.trust.cosign", Boolean, "Whether cosign keys can be uploaded.").verdict(TRUST),
    key("extensions.trust.notation", Boolean, "Whether notation certificates can be uploaded.")
        .verdict(TRUST),
    key("extensions.events", Stanza, "CloudEvents about changes.").verdict(EVENTS),
    key("extensions.events.enable", Boolean, "Whether they are sent.").verdict(EVENTS),
    key("extensions.events.sinks", Stanzas, "Where they are sent to.").verdict(EVENTS),
    key("extensions.events.sinks[].type", Choice(&["http", "nats"]), "How.").verdict(EVENTS),
    key("extensions.events.sinks[].address", Text, "Address of the receiver.").verdict(EVENTS),
    key("extensions.events.sinks[].channel", Text, "Subject, or an attribute of the event.").verdict(EVENTS),
    key("extensions.events.sinks[].timeout", Duration, "How long one delivery may take.").verdict(EVENTS),
    key("extensions.events.sinks[].proxy", Text, "Proxy on the way.").verdict(EVENTS),
    key("extensions.events.sinks[].headers", Free, "Headers to send.").verdict(EVENTS),
    key("extensions.events.sinks[].credentials", Free, "How to log in there.").verdict(EVENTS),
    key("extensions.events.sinks[].tlsconfig", Free, "Certificates for the connection.").verdict(EVENTS),
    key("extensions.mgmt", Stanza, "Nothing any more.").verdict(MGMT),
    key("extensions.mgmt.enable", Boolean, "Nothing any more.").verdict(MGMT),
    key("extensions.apikey", Stanza, "Nothing any more.").verdict(APIKEY),
    key("extensions.apikey.enable", Boolean, "Nothing any more.").verdict(APIKEY),
];
