//! The files of our own page.

use crate::assets::INDEX;

/// Each by path without a leading slash.
pub(crate) const FILES: &[(&str, &[u8])] = &[
    (INDEX, include_bytes!("../assets/index.html")),
    ("atoll.css", include_bytes!("../assets/atoll.css")),
    ("atoll.js", include_bytes!("../assets/atoll.js")),
    ("atoll.svg", include_bytes!("../assets/atoll.svg")),
];
