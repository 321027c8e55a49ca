//! The second step, first half: one layer's raw values become a tree of known keys and typed values.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::keys::{self, Key};
use crate::kind::{Kind, Typed};
use crate::nearest::nearest;
use crate::problem::{Cause, Origin, Problem};
use crate::raw::Value;

/// One place in the tree.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// What the table says of it; none for the root and for elements of lists and named maps.
    pub(crate) key: Option<&'static Key>,
    /// The full path, list elements counted from 0.
    pub(crate) path: String,
    /// Where it was last written.
    pub(crate) origin: Origin,
    pub(crate) shape: Shape,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Value(Typed),
    Stanza(BTreeMap<String, Node>),
    List(Vec<Node>),
}

/// Turns one layer into a tree, with everything that is wrong with single keys and values.
pub(crate) fn resolve(origin: &Origin, value: &Value) -> (Node, Vec<Problem>) {
    let mut resolver = Resolver { origin, problems: Vec::new() };
    let root = Place { key: None, pattern: String::new(), path: String::new() };
    let shape = if let Value::Map(entries) = value {
        resolver.stanza(&root, entries)
    } else {
        resolver.mismatch("(the whole file)", Kind::Stanza, value);
        Shape::Stanza(BTreeMap::new())
    };
    let node = Node { key: None, path: root.path, origin: origin.clone(), shape };
    (node, resolver.problems)
}

/// Where in the table (`pattern`) and in the file (`path`) a value stands.
struct Place {
    key: Option<&'static Key>,
    pattern: String,
    path: String,
}

impl Place {
    fn child(&self, key: &'static Key, name: &str) -> Self {
        Self { key: Some(key), pattern: key.path.to_owned(), path: join(&self.path, name) }
    }

    fn element(&self, index: usize) -> Self {
        Self { key: None, pattern: format!("{}[]", self.pattern), path: format!("{}[{index}]", self.path) }
    }

    fn named(&self, name: &str) -> Self {
        Self { key: None, pattern: format!("{}.*", self.pattern), path: join(&self.path, name) }
    }
}

struct Resolver<'a> {
    origin: &'a Origin,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    /// A map with fixed keys.
    fn stanza(&mut self, place: &Place, entries: &[(String, Value)]) -> Shape {
        let mut children = BTreeMap::new();
        for (name, value) in entries {
            let Some((known, key)) = keys::child(&place.pattern, name) else {
                let nearest = nearest(&place.pattern, &place.path, name);
                self.problem(join(&place.path, name), Cause::Unknown { nearest });
                continue;
            };
            let inner = place.child(key, known);
            match children.entry(known.to_owned()) {
                Entry::Occupied(_) => self.problem(inner.path, Cause::Duplicate),
                Entry::Vacant(free) => {
                    if let Some(node) = self.keyed(inner, key.kind, value) {
                        free.insert(node);
                    }
                }
            }
        }
        Shape::Stanza(children)
    }

    /// The value of a known key; nothing if it is null (which is as good as not written) or wrong.
    fn keyed(&mut self, place: Place, kind: Kind, value: &Value) -> Option<Node> {
        let shape = match (kind, value) {
            // `search:` without anything below it is a stanza that is there and empty.
            (Kind::Stanza | Kind::Switch, Value::Null) => Shape::Stanza(BTreeMap::new()),
            (_, Value::Null) => return None,
            (Kind::Stanza | Kind::Switch, Value::Map(entries)) => self.stanza(&place, entries),
            (Kind::Named, Value::Map(entries)) => self.named(&place, entries),
            (Kind::Stanzas, Value::List(items)) => self.list(&place, items),
            (Kind::Stanzas, Value::Map(_)) => self.list(&place, std::slice::from_ref(value)),
            _ => {
                let typed = kind.convert(value);
                if typed.is_none() {
                    self.mismatch(&place.path, kind, value);
                }
                Shape::Value(typed?)
            }
        };
        Some(Node { key: place.key, path: place.path, origin: self.origin.clone(), shape })
    }

    /// A map from any name to a map with fixed keys.
    fn named(&mut self, place: &Place, entries: &[(String, Value)]) -> Shape {
        let mut children = BTreeMap::new();
        for (name, value) in entries {
            let inner = place.named(name);
            if children.contains_key(name) {
                self.problem(inner.path, Cause::Duplicate);
            } else if let Some(node) = self.keyed(inner, Kind::Stanza, value) {
                children.insert(name.clone(), node);
            }
        }
        Shape::Stanza(children)
    }

    fn list(&mut self, place: &Place, items: &[Value]) -> Shape {
        let items = items.iter().enumerate();
        Shape::List(
            items.filter_map(|(index, item)| self.keyed(place.element(index), Kind::Stanza, item)).collect(),
        )
    }

    fn mismatch(&mut self, path: &str, kind: Kind, value: &Value) {
        self.problem(
            path.to_owned(),
            Cause::Mismatch { found: kind.found(value), expected: kind.expected() },
        );
    }

    fn problem(&mut self, key: String, cause: Cause) {
        self.problems.push(Problem { key, origin: self.origin.clone(), cause });
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests;
