//! The shape of modules: `lib.rs` is a table of contents, every module says what it is, tests have files of their own,
//! and no file is left outside.

mod reachable;

use syn::{Attribute, Item, Meta};

pub(crate) use reachable::check_reachable;

use crate::source::Source;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// Checks that look at one file alone.
pub(crate) fn check_file(source: &Source) -> Vec<Violation> {
    let mut found = inline_tests(source, &source.syntax.items);
    if source.file.path.ends_with("src/lib.rs") {
        found.extend(contents_only(source));
    }
    found
}

fn contents_only(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in &source.syntax.items {
        let is_contents = match item {
            Item::Use(_) | Item::ExternCrate(_) => true,
            Item::Mod(module) => module.content.is_none(),
            _ => false,
        };
        if !is_contents {
            let sentence = "lib.rs is a table of contents (docs, `mod`, `pub use`); move this into a module";
            found.push(Violation::new(source.place(syn::spanned::Spanned::span(item)), sentence));
        }
    }
    found
}

fn inline_tests(source: &Source, items: &[Item]) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in items {
        let Item::Mod(module) = item else { continue };
        let Some((_, inner)) = &module.content else { continue };
        if module.ident == "tests" || is_test_only(&module.attrs) {
            let sentence =
                "tests stand in a sibling file: write `#[cfg(test)] mod tests;` and move them there";
            found.push(Violation::new(source.place(module.ident.span()), sentence));
        } else {
            found.extend(inline_tests(source, inner));
        }
    }
    found
}

/// Whether an item is compiled for tests only.
fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}
