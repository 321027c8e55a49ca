//! Keys of authorization.

use super::{Key, Verdict, key, refused};
use crate::kind::Kind::{Choices, Named, Stanza, Stanzas, Text, Texts};

const ACCESS: Verdict = refused(
    "access rules are not built yet, so everybody could read and write everything: remove the stanza only if that is \
     what you want",
);
/// What a rule can allow.
const ACTIONS: &[&str] = &["read", "create", "update", "delete", "detectManifestCollision"];

macro_rules! access {
    ($($path:literal, $kind:expr, $meaning:literal;)*) => {
        &[$(key(concat!("http.accessControl", $path), $kind, $meaning).verdict(ACCESS),)*]
    };
}

pub(super) const KEYS: &[Key] = access! {
    "", Stanza, "Who may do what.";
    ".repositories", Named, "Rules for repositories by pattern; the longest pattern that matches decides.";
    ".repositories.*.policies", Stanzas, "Rules for named users and groups.";
    ".repositories.*.policies[].users", Texts, "Users that the rule is for.";
    ".repositories.*.policies[].groups", Texts, "Groups that the rule is for.";
    ".repositories.*.policies[].actions", Choices(ACTIONS), "What they may do.";
    ".repositories.*.policies[].conditions", Stanzas, "Conditions that must hold.";
    ".repositories.*.policies[].conditions[].expression", Text, "CEL expression.";
    ".repositories.*.policies[].conditions[].message", Text, "What is said when it does not hold.";
    ".repositories.*.defaultPolicy", Choices(ACTIONS), "What every user who is logged in may do.";
    ".repositories.*.anonymousPolicy", Choices(ACTIONS), "What everybody may do.";
    ".adminPolicy", Stanza, "Who may do what everywhere.";
    ".adminPolicy.users", Texts, "Users that the rule is for.";
    ".adminPolicy.groups", Texts, "Groups that the rule is for.";
    ".adminPolicy.actions", Choices(ACTIONS), "What they may do.";
    ".adminPolicy.conditions", Stanzas, "Conditions that must hold.";
    ".adminPolicy.conditions[].expression", Text, "CEL expression.";
    ".adminPolicy.conditions[].message", Text, "What is said when it does not hold.";
    ".groups", Named, "Groups by name.";
    ".groups.*.users", Texts, "Users of the group.";
    ".metrics", Stanza, "Who may read the metrics.";
    ".metrics.users", Texts, "Users who may.";
    ".metrics.anonymousPolicy", Choices(ACTIONS), "What everybody may do.";
};
