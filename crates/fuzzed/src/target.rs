//! The list of targets.

/// One parser under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: that of its corpus folder and of its fuzzing program.
    pub name: &'static str,
    /// What must hold for every input; panics if it does not.
    pub check: fn(&[u8]),
}

/// All targets, in the order of their names.
pub const TARGETS: &[Target] = &[
    Target { name: "config", check: crate::config },
    Target { name: "digest", check: crate::digest },
    Target { name: "manifest", check: crate::manifest },
    Target { name: "path", check: crate::path },
    Target { name: "range", check: crate::range },
    Target { name: "reference", check: crate::reference },
    Target { name: "search", check: crate::search },
];
