//! What a query skips (`@skip`, `@include`) is taken out once, before it runs. An object of which all fields are skipped is shown
//! without fields; the library would show null, so it gets a field that is taken out of the answer again.

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value, Variables};

/// A field that each object has, and that costs nothing.
const FIELD: &str = "__typename";

/// Takes out what is skipped. Gives the name under which objects without fields are answered, if there are such: it is to be taken
/// out of the answer. `text` is the query's, `variables` have their defaults.
pub(crate) fn skip(document: &mut ExecutableDocument, text: &str, variables: &Variables) -> Option<Name> {
    if !text.contains('@') {
        return None;
    }
    let mut skipping = Skipping { variables, filler: filler(text), hollow: HashSet::new(), is_filled: false };
    for fragment in document.fragments.values_mut() {
        skipping.prune(&mut fragment.node.selection_set.node);
    }
    skipping.find_hollow(document);
    for fragment in document.fragments.values_mut() {
        skipping.fill_below(&mut fragment.node.selection_set.node);
    }
    let operations: Vec<_> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    for operation in operations {
        let set = &mut operation.node.selection_set.node;
        skipping.prune(set);
        skipping.fill(set);
    }
    skipping.is_filled.then_some(skipping.filler)
}

/// Takes the name out of an answer, wherever it is.
pub(crate) fn clear(answer: &mut Value, filler: &Name) {
    match answer {
        Value::List(values) => values.iter_mut().for_each(|value| clear(value, filler)),
        Value::Object(members) => {
            members.shift_remove(filler);
            members.values_mut().for_each(|value| clear(value, filler));
        }
        _ => {}
    }
}

/// A name that stands nowhere in a query.
fn filler(text: &str) -> Name {
    let mut name = "nothing".to_owned();
    while text.contains(&name) {
        name.push('_');
    }
    Name::new(name)
}

struct Skipping<'a> {
    variables: &'a Variables,
    filler: Name,
    /// Fragments of which nothing is left.
    hollow: HashSet<Name>,
    is_filled: bool,
}

impl Skipping<'_> {
    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let shows = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let condition = directive.node.get_argument("if").map(|value| value.node.clone());
            let given = |name: Name| self.variables.get(&name).cloned().ok_or(());
            let condition = condition.and_then(|value| value.into_const_with(given).ok());
            // Whether there is a condition, and of which kind, is the validation's.
            matches!(condition, Some(Value::Boolean(is_true)) if is_true != shows)
        })
    }

    /// Takes out what is skipped, and pieces of fragments with nothing in them.
    fn prune(&mut self, set: &mut SelectionSet) {
        set.items.retain(|item| !self.is_skipped(item.node.directives()));
        for item in &mut set.items {
            item.node.directives_mut().clear();
            match &mut item.node {
                Selection::Field(field) if field.node.selection_set.node.items.is_empty() => {}
                Selection::Field(field) => {
                    let below = &mut field.node.selection_set.node;
                    self.prune(below);
                    if below.items.is_empty() {
                        self.give_field(below);
                    }
                }
                Selection::InlineFragment(fragment) => self.prune(&mut fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
        set.items.retain(|item| match &item.node {
            Selection::InlineFragment(fragment) => !fragment.node.selection_set.node.items.is_empty(),
            _ => true,
        });
    }

    /// Finds the fragments of which nothing is left, and those that have nothing but such fragments.
    fn find_hollow(&mut self, document: &ExecutableDocument) {
        loop {
            let known = self.hollow.len();
            for (name, fragment) in &document.fragments {
                if !self.hollow.contains(name) && self.is_hollow(&fragment.node.selection_set.node) {
                    self.hollow.insert(name.clone());
                }
            }
            if self.hollow.len() == known {
                return;
            }
        }
    }

    fn is_hollow(&self, set: &SelectionSet) -> bool {
        set.items.iter().all(|item| match &item.node {
            Selection::Field(_) => false,
            Selection::InlineFragment(fragment) => self.is_hollow(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => self.hollow.contains(&spread.node.fragment_name.node),
        })
    }

    /// Gives a field to a selection without one, and to those below.
    fn fill(&mut self, set: &mut SelectionSet) {
        if self.is_hollow(set) {
            return self.give_field(set);
        }
        self.fill_below(set);
    }

    fn fill_below(&mut self, set: &mut SelectionSet) {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) if field.node.selection_set.node.items.is_empty() => {}
                Selection::Field(field) => self.fill(&mut field.node.selection_set.node),
                Selection::InlineFragment(fragment) => {
                    self.fill_below(&mut fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn give_field(&mut self, set: &mut SelectionSet) {
        let at = |name: Name| Positioned::new(name, Pos::default());
        let field = Field {
            alias: Some(at(self.filler.clone())),
            name: at(Name::new(FIELD)),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet { items: Vec::new() }, Pos::default()),
        };
        set.items
            .push(Positioned::new(Selection::Field(Positioned::new(field, Pos::default())), Pos::default()));
        self.is_filled = true;
    }
}
