//! Files and functions that a reader can hold in mind.

use proc_macro2::Span;
use syn::visit::{self, Visit};

use crate::source::Source;
use crate::violation::Violation;

#[cfg(test)]
mod tests;

/// Lines of a file of the product.
const FILE_LINES: usize = 500;
/// Lines of a file of tests, which is read one test at a time.
const TEST_FILE_LINES: usize = 800;
/// Lines between the braces of a function.
const FUNCTION_LINES: usize = 70;

/// Files and functions over their limits.
pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    let lines = source.file.text.lines().count();
    let limit = if source.file.is_test() { TEST_FILE_LINES } else { FILE_LINES };
    if lines > limit {
        let sentence = format!("has {lines} lines, the limit is {limit}; split it where the subject changes");
        found.push(Violation::new(&source.file.path, sentence));
    }
    let mut functions = Functions { source, found: Vec::new() };
    functions.visit_file(&source.syntax);
    found.extend(functions.found);
    found
}

struct Functions<'a> {
    source: &'a Source,
    found: Vec<Violation>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, body: Span) {
        let lines = body.end().line.saturating_sub(body.start().line + 1);
        if lines > FUNCTION_LINES {
            let sentence =
                format!("`{name}` has {lines} lines, the limit is {FUNCTION_LINES}; give its steps names");
            self.found.push(Violation::new(self.source.place(name.span()), sentence));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig.ident, item.block.brace_token.span.join());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, item.block.brace_token.span.join());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.measure(&item.sig.ident, block.brace_token.span.join());
        }
        visit::visit_trait_item_fn(self, item);
    }
}
