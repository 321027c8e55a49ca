//! What can be wrong with a noun. Each variant keeps the text that was refused, for the caller's eyes.

/// Why a text or a document is not what it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a digest by the grammar `algorithm:encoded` (image-spec, descriptor.md#digests).
    #[error("`{0}` is not a digest: expected `algorithm:hex` such as `sha256:` and 64 lower-case hex digits")]
    Digest(String),
    /// A well-formed digest whose algorithm this registry does not verify.
    #[error("the digest algorithm `{0}` is not supported: use sha256, sha384, sha512 or blake3")]
    Algorithm(String),
    /// Not a repository name (distribution-spec, "Pulling manifests").
    #[error(
        "`{0}` is not a repository name: lower-case letters, digits and single separators, components joined by `/`"
    )]
    Repository(String),
    /// Not a tag: at most 128 characters of `[a-zA-Z0-9_.-]`, not starting with `.` or `-`.
    #[error(
        "`{0}` is not a tag: at most 128 characters of [a-zA-Z0-9_.-], the first a letter, a digit or `_`"
    )]
    Tag(String),
    /// Not a media type.
    #[error("`{0}` is not a media type")]
    MediaType(String),
    /// A `Content-Range` that is not `first-last`.
    #[error("`{0}` is not a range of bytes: expected `first-last`")]
    ContentRange(String),
    /// The document is not the manifest it should be.
    #[error("the manifest is invalid: {0}")]
    Manifest(String),
}
