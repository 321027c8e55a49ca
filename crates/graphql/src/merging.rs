//! A question that stands twice in a query is asked once, for all that is selected of it. The library would ask it twice and put the
//! rows of two answers together by their place, between which something may have been pushed.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Makes one of the questions that are answered under one name, which validation has found to be the same but for what they select.
/// The document has no directives left, and its fragments do not contain themselves.
pub(crate) fn merge(document: &mut ExecutableDocument) {
    let fragments = &document.fragments;
    match &mut document.operations {
        DocumentOperations::Single(operation) => merge_set(&mut operation.node.selection_set.node, fragments),
        DocumentOperations::Multiple(all) => {
            for operation in all.values_mut() {
                merge_set(&mut operation.node.selection_set.node, fragments);
            }
        }
    }
}

fn merge_set(set: &mut SelectionSet, fragments: &Fragments) {
    let mut fields = Vec::new();
    spread(set, fragments, &mut fields);
    let mut places = HashMap::new();
    let mut merged: Vec<Positioned<Field>> = Vec::new();
    for field in fields {
        let place = *places.entry(field.node.response_key().node.clone()).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(first) => {
                let more = field.node.selection_set.node.items;
                first.node.selection_set.node.items.extend(more);
            }
            None => merged.push(field),
        }
    }
    let selection = |field: Positioned<Field>| {
        let place = field.pos;
        Positioned::new(Selection::Field(field), place)
    };
    set.items = merged.into_iter().map(selection).collect();
}

/// The fields of a selection, those of its fragments in their place.
fn spread(set: &SelectionSet, fragments: &Fragments, fields: &mut Vec<Positioned<Field>>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => fields.push(field.clone()),
            Selection::InlineFragment(fragment) => {
                spread(&fragment.node.selection_set.node, fragments, fields);
            }
            Selection::FragmentSpread(spread_out) => {
                if let Some(fragment) = fragments.get(&spread_out.node.fragment_name.node) {
                    spread(&fragment.node.selection_set.node, fragments, fields);
                }
            }
        }
    }
}
