//! Follows the `mod` lines from every root of a crate.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta};

use super::is_documented;
use crate::metadata::Crate;
use crate::source::Source;
use crate::tree::{File, Tree, is_rust};
use crate::violation::Violation;

/// Files that no `mod` line leads to, and modules that nothing describes.
pub(crate) fn check_reachable(crates: &[Crate], tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for one in crates {
        let mut walk = Walk { tree, reached: BTreeMap::new() };
        for root in &one.roots {
            walk.file(root, &Standing { folder: parent(root), is_described: false });
        }
        for file in tree.files.iter().filter(|file| belongs(file, one, crates)) {
            match walk.reached.get(&file.path) {
                None => {
                    let sentence = "no `mod` line leads to this file; add one or remove the file";
                    found.push(Violation::new(&file.path, sentence));
                }
                Some(false) if !file.is_test() => {
                    let sentence =
                        "begins without a `//!` head; say what the module is and what it must not know";
                    found.push(Violation::new(&file.path, sentence));
                }
                Some(_) => {}
            }
        }
    }
    found
}

fn belongs(file: &File, one: &Crate, crates: &[Crate]) -> bool {
    let inside = |folder: &str| folder.is_empty() || Path::new(&file.path).starts_with(folder);
    // A crate's folder may lie within another's; the deeper one is the file's own.
    let is_deepest = |other: &Crate| other.folder.len() <= one.folder.len() || !inside(&other.folder);
    is_rust(&file.path) && inside(&one.folder) && crates.iter().all(is_deepest)
}

/// How a file is reached.
struct Standing {
    /// Where the files of its own modules are.
    folder: PathBuf,
    /// Whether the `mod` line has a doc.
    is_described: bool,
}

struct Walk<'a> {
    tree: &'a Tree,
    /// Every file that was reached, and whether anything describes it.
    reached: BTreeMap<String, bool>,
}

impl Walk<'_> {
    fn file(&mut self, path: &str, standing: &Standing) {
        if self.reached.contains_key(path) {
            return;
        }
        let Some(file) = self.tree.find(path) else { return };
        // A file that does not parse has its own violation.
        let Ok(source) = Source::parse(file) else {
            self.reached.insert(path.to_owned(), true);
            return;
        };
        self.reached.insert(path.to_owned(), standing.is_described || is_documented(&source.syntax.attrs));
        self.items(&source.syntax.items, &parent(path), &standing.folder);
    }

    /// `beside` is the folder of the file itself, from which `#[path]` counts; `folder` that of its modules.
    fn items(&mut self, items: &[Item], beside: &Path, folder: &Path) {
        for item in items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            match &module.content {
                Some((_, inner)) => self.items(inner, beside, &folder.join(name)),
                None => self.declared(module, beside, folder),
            }
        }
    }

    fn declared(&mut self, module: &ItemMod, beside: &Path, folder: &Path) {
        let name = module.ident.to_string();
        let is_described = is_documented(&module.attrs);
        if let Some(written) = path_attribute(&module.attrs) {
            let path = plain(&beside.join(written));
            self.file(&path, &Standing { folder: parent(&path), is_described });
            return;
        }
        for path in [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")] {
            self.file(&plain(&path), &Standing { folder: folder.join(&name), is_described });
        }
    }
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

fn parent(path: &str) -> PathBuf {
    Path::new(path).parent().map(Path::to_owned).unwrap_or_default()
}

/// The path without `.` and `..`, as git writes it.
fn plain(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}
