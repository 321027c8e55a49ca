//! What a query would cost, before the parser, the validation or a resolver spend anything on it.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::Error;
use crate::limits::{
    MAX_DEPTH, MAX_DIRECTIVES, MAX_FIELDS, MAX_NESTING, MAX_ROOT_FIELDS, MAX_SCHEMA_LISTS, MAX_TEXT_BYTES,
    MAX_TOKENS, MAX_VARIABLES,
};

/// Lists of the schema's own description from which one comes back to where one was.
const SCHEMA_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// Checks the length of a text, its nesting and the number of its words and signs. The parser calls itself for each bracket and is slow
/// for each word, so this comes before it.
pub(crate) fn check_text(text: &str) -> Result<(), Error> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::TextTooLong { length: text.len(), limit: MAX_TEXT_BYTES });
    }
    let mut rest = text;
    let (mut nesting, mut tokens) = (0_usize, 0_usize);
    while let Some(first) = rest.bytes().next() {
        let behind = rest.get(1..).unwrap_or_default();
        tokens += usize::from(!matches!(first, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'#'));
        within("words and signs", tokens, MAX_TOKENS)?;
        rest = match first {
            b'"' => after_string(rest),
            b'#' => rest.split_once(['\n', '\r']).map_or("", |(_, rest)| rest),
            b'{' | b'[' | b'(' => {
                nesting += 1;
                if nesting > MAX_NESTING {
                    return Err(Error::NestedTooDeep { limit: MAX_NESTING });
                }
                behind
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                behind
            }
            first if !first.is_ascii() || is_word(char::from(first)) => rest.trim_start_matches(is_word),
            _ => behind,
        };
    }
    Ok(())
}

/// Whether a character belongs to a name or a number; what is not ASCII is taken together, though the parser refuses it.
fn is_word(character: char) -> bool {
    !character.is_ascii() || character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-' | '+')
}

/// What comes behind a string that begins here. An open string ends with its line, as the parser sees it too.
fn after_string(text: &str) -> &str {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut rest = block;
        while let Some((before, after)) = rest.split_once("\"\"\"") {
            rest = after;
            if !before.ends_with('\\') {
                return rest;
            }
        }
        return "";
    }
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' | b'\n' | b'\r' => return text.get(at + 1..).unwrap_or_default(),
            _ => {}
        }
    }
    ""
}

/// What a selection set costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Weight {
    /// Levels of fields.
    depth: usize,
    /// Fields and fragments.
    fields: usize,
    /// Fields of the first level.
    roots: usize,
    /// Levels of lists of the schema's description.
    lists: usize,
    /// Directives.
    directives: usize,
}

/// Checks a parsed query: fragments that contain themselves, depth, and how much there is of everything, fragments spread out.
pub(crate) fn check_document(document: &ExecutableDocument) -> Result<(), Error> {
    let mut scale = Scale { document, known: HashMap::new() };
    let mut fields = 0_usize;
    // In the order of the names: what is refused is refused for the same reason each time.
    let mut names: Vec<&str> = document.fragments.keys().map(Name::as_str).collect();
    names.sort_unstable();
    for name in names {
        scale.fragment(name, 0)?;
    }
    let mut operations: Vec<_> = document.operations.iter().collect();
    operations.sort_by_key(|(name, _)| *name);
    for (_, operation) in operations {
        let weight = scale.selection(&operation.node.selection_set.node, 0)?;
        fields = fields.saturating_add(weight.fields);
        within("levels", weight.depth, MAX_DEPTH)?;
        within("questions", weight.roots, MAX_ROOT_FIELDS)?;
        within("fields", fields, MAX_FIELDS)?;
        within("variables", operation.node.variable_definitions.len(), MAX_VARIABLES)?;
        within("directives", weight.directives, MAX_DIRECTIVES)?;
        within("levels of lists of the schema", weight.lists, MAX_SCHEMA_LISTS)?;
    }
    Ok(())
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), Error> {
    if found > limit { Err(Error::TooMuch { what, found, limit }) } else { Ok(()) }
}

struct Scale<'a> {
    document: &'a ExecutableDocument,
    /// Weights of fragments; `None` while a fragment is on the scale.
    known: HashMap<&'a str, Option<Weight>>,
}

impl<'a> Scale<'a> {
    /// `steps` counts how often this has called itself.
    fn fragment(&mut self, name: &'a str, steps: usize) -> Result<Weight, Error> {
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(Error::FragmentCycle(name.to_owned())),
            None => {}
        }
        // An unknown fragment weighs nothing; the validation names it.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Weight::default()) };
        self.known.insert(name, None);
        let mut weight = self.selection(&fragment.node.selection_set.node, steps + 1)?;
        weight.directives = weight.directives.saturating_add(fragment.node.directives.len());
        self.known.insert(name, Some(weight));
        Ok(weight)
    }

    fn selection(&mut self, set: &'a SelectionSet, steps: usize) -> Result<Weight, Error> {
        if steps > MAX_NESTING {
            return Err(Error::NestedTooDeep { limit: MAX_NESTING });
        }
        let mut all = Weight::default();
        for item in &set.items {
            let one = self.item(&item.node, steps)?;
            all.depth = all.depth.max(one.depth);
            all.lists = all.lists.max(one.lists);
            all.fields = all.fields.saturating_add(one.fields).saturating_add(1);
            all.roots = all.roots.saturating_add(one.roots);
            let directives = one.directives.saturating_add(item.node.directives().len());
            all.directives = all.directives.saturating_add(directives);
        }
        Ok(all)
    }

    fn item(&mut self, item: &'a Selection, steps: usize) -> Result<Weight, Error> {
        match item {
            Selection::Field(field) => {
                let mut weight = self.selection(&field.node.selection_set.node, steps + 1)?;
                weight.depth += 1;
                weight.roots = 1;
                weight.lists += usize::from(SCHEMA_LISTS.contains(&field.node.name.node.as_str()));
                Ok(weight)
            }
            Selection::FragmentSpread(spread) => {
                self.fragment(spread.node.fragment_name.node.as_str(), steps + 1)
            }
            Selection::InlineFragment(fragment) => {
                self.selection(&fragment.node.selection_set.node, steps + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests;
