//! What one query may cost. Each limit is far above what the web UI, zli and introspection need, and each has its own sentence.

use std::time::Duration;

/// Largest body of a request that is read.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Longest text of a query; variables count for the body alone.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Most words and signs in the text of a query, which is what parsing it costs.
pub(crate) const MAX_TOKENS: usize = 8_000;
/// Deepest nesting of brackets in the text of a query: the parser goes one step deeper for each.
pub(crate) const MAX_NESTING: usize = 64;
/// Deepest selection, fragments spread out.
pub(crate) const MAX_DEPTH: usize = 24;
/// Most fields and fragments of a query, fragments spread out.
pub(crate) const MAX_FIELDS: usize = 2_000;
/// Most questions in one query, aliases counted apart and fragments spread out.
pub(crate) const MAX_ROOT_FIELDS: usize = 64;
/// Most directives in a query.
pub(crate) const MAX_DIRECTIVES: usize = 128;
/// Most variables of a query.
pub(crate) const MAX_VARIABLES: usize = 128;
/// Most errors of validation that are told at once.
pub(crate) const ERRORS_TOLD: usize = 20;
/// Longest sentence of an error of validation, in bytes: it may quote the query.
pub(crate) const LONGEST_ERROR: usize = 2_048;
/// Deepest nesting of lists of the schema's own description, which refers to itself.
pub(crate) const MAX_SCHEMA_LISTS: usize = 2;
/// A list of more rows than this waits for its turn, so that few long answers are in memory together.
pub(crate) const LARGE_ROWS: u64 = 1_000;
/// So many long answers are put together at a time.
pub(crate) const LARGE_AT_ONCE: usize = 2;
/// Most rows times selected fields of one answer.
pub(crate) const MAX_CELLS: u64 = 4_000_000;
/// Most values of lists within rows in one answer: of layers, histories and referrers.
pub(crate) const MAX_DETAILS: u64 = 500_000;
/// Time for an answer where the caller brings no deadline.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Most parsed queries that are kept.
pub(crate) const DOCUMENTS_KEPT: usize = 1_024;
/// Most bytes of query texts and variables whose parsed form is kept; the parsed form is about ten times as large.
pub(crate) const KEPT_DOCUMENT_BYTES: usize = 2 * 1024 * 1024;
/// Most questions of which it is remembered that they were asked.
pub(crate) const QUESTIONS_REMEMBERED: usize = 4_096;
/// Most answers that are kept.
pub(crate) const ANSWERS_KEPT: usize = 4_096;
/// Most bytes of answers that are kept.
pub(crate) const KEPT_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// An answer larger than this is not kept.
pub(crate) const LARGEST_KEPT_ANSWER: usize = 1024 * 1024;
/// Most registered queries that are known by their hash alone.
pub(crate) const PERSISTED_KEPT: usize = 512;
/// Most bytes of registered queries.
pub(crate) const KEPT_PERSISTED_BYTES: usize = 2 * 1024 * 1024;
/// So many manifests of one question are looked through for vulnerabilities at a time.
pub(crate) const SCANS_AT_ONCE: usize = 4;
