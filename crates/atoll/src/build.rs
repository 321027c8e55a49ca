//! What this binary is.

/// Version of the product.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The release of the distribution specification it speaks.
pub(crate) const DISTRIBUTION_SPEC: &str = "1.1.1";

/// The commit it was built from, if the build was told (`ATOLL_COMMIT`).
pub(crate) const COMMIT: &str = match option_env!("ATOLL_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// What compiled it: the place of zot's `goVersion`.
pub(crate) const TOOLCHAIN: &str = concat!("rust ", env!("CARGO_PKG_RUST_VERSION"));
