//! Words that say nothing: a name of the field says what a thing is.

use syn::visit::{self, Visit};

use crate::source::Source;
use crate::tree::File;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// No part of a name of ours may be one of these.
const EMPTY_WORDS: &[&str] = &["common", "util", "utils", "helper", "helpers", "manager", "managers", "misc"];
/// No module, file or folder may be called so: it would hold whatever found no better place.
const EMPTY_MODULES: &[&str] = &["core", "types"];

/// Checks the names of a file and of the folders above it.
pub(crate) fn check_path(file: &File) -> Option<Violation> {
    file.path.split('/').find_map(|part| {
        let stem = part.split('.').next().unwrap_or(part);
        let word = empty_word(stem).or_else(|| EMPTY_MODULES.iter().copied().find(|&word| word == stem))?;
        Some(Violation::new(&file.path, format!("has `{word}` in its name; name it after what is in it")))
    })
}

/// Checks what a file defines; names that come from elsewhere are not its choice.
pub(crate) fn check_definitions(source: &Source) -> Vec<Violation> {
    let mut definitions = Definitions { source, found: Vec::new() };
    definitions.visit_file(&source.syntax);
    definitions.found
}

/// The first empty word of a name in snake, kebab or camel case.
fn empty_word(name: &str) -> Option<&'static str> {
    words(name).into_iter().find_map(|word| EMPTY_WORDS.iter().copied().find(|&empty| empty == word))
}

fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let is_break = !letter.is_alphanumeric();
        if is_break || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| !is_break) {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

struct Definitions<'a> {
    source: &'a Source,
    found: Vec<Violation>,
}

impl Definitions<'_> {
    fn define(&mut self, name: &syn::Ident) {
        if let Some(word) = empty_word(&name.to_string()) {
            let sentence = format!("`{name}` has `{word}` in its name; say what it is or does");
            self.found.push(Violation::new(self.source.place(name.span()), sentence));
        }
    }
}

/// One method per kind of definition: call `define`, then look inside.
macro_rules! definitions {
    ($($method:ident($kind:ident) $($field:ident).+;)*) => {
        impl<'ast> Visit<'ast> for Definitions<'_> {
            $(fn $method(&mut self, item: &'ast syn::$kind) {
                self.define(&item.$($field).+);
                visit::$method(self, item);
            })*

            fn visit_field(&mut self, field: &'ast syn::Field) {
                if let Some(name) = &field.ident {
                    self.define(name);
                }
                visit::visit_field(self, field);
            }

            fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
                for inner in &item.items {
                    match inner {
                        // The method's name was chosen by the trait, its inside was not.
                        syn::ImplItem::Fn(method) if item.trait_.is_some() => {
                            visit::visit_signature(self, &method.sig);
                            self.visit_block(&method.block);
                        }
                        other => self.visit_impl_item(other),
                    }
                }
            }
        }
    };
}

definitions! {
    visit_item_mod(ItemMod) ident;
    visit_item_fn(ItemFn) sig.ident;
    visit_item_struct(ItemStruct) ident;
    visit_item_enum(ItemEnum) ident;
    visit_item_trait(ItemTrait) ident;
    visit_item_type(ItemType) ident;
    visit_item_const(ItemConst) ident;
    visit_item_static(ItemStatic) ident;
    visit_impl_item_fn(ImplItemFn) sig.ident;
    visit_impl_item_const(ImplItemConst) ident;
    visit_trait_item_fn(TraitItemFn) sig.ident;
    visit_variant(Variant) ident;
    visit_pat_ident(PatIdent) ident;
    visit_use_rename(UseRename) rename;
}
