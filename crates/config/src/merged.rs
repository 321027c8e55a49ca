//! The second step, second half: layers laid over one another, and typed reading of what came out.

use std::collections::btree_map::Entry;
use std::time::Duration;

use crate::keys;
use crate::kind::Typed;
use crate::problem::{Cause, Origin, Problem};
use crate::raw::Value;
use crate::resolve::{Node, Shape, resolve};
use crate::size::ByteSize;

/// Everything written anywhere, the strongest layer on top, and what is wrong with single keys and values.
pub(crate) struct Merged {
    pub(crate) root: Node,
    pub(crate) problems: Vec<Problem>,
}

impl Merged {
    /// The configuration in which nothing is written.
    pub(crate) fn empty() -> Self {
        let (root, problems) = resolve(&Origin::Defaults, &Value::Map(Vec::new()));
        Self { root, problems }
    }

    /// Lays one more layer over the others: stanzas are joined key by key, everything else is replaced whole.
    pub(crate) fn lay(&mut self, origin: &Origin, value: &Value) {
        let (layer, problems) = resolve(origin, value);
        overlay(&mut self.root, layer);
        self.problems.extend(problems);
    }

    /// What was written at this path of fixed keys.
    pub(crate) fn node(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(&self.root, |node, name| node.child(name))
    }

    /// Whether the switch at this path is written and not turned off.
    pub(crate) fn enabled(&self, path: &str) -> bool {
        self.node(path).is_some_and(Node::enabled)
    }

    /// A problem with the key at this path, at the place where it was written.
    pub(crate) fn problem(&self, path: &str, cause: Cause) -> Problem {
        let origin = self.node(path).map_or(Origin::Defaults, |node| node.origin.clone());
        Problem { key: path.to_owned(), origin, cause }
    }

    pub(crate) fn text(&self, path: &str) -> Result<String, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Text(text) => Some(text),
            _ => None,
        })
    }

    /// A text that is not written, or written empty, is none.
    pub(crate) fn optional_text(&self, path: &str) -> Option<String> {
        self.text(path).ok().filter(|text| !text.is_empty())
    }

    pub(crate) fn boolean(&self, path: &str) -> Result<bool, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Boolean(value) => Some(value),
            _ => None,
        })
    }

    /// A whole number; its kind bounds it, so that it fits the type it is asked for.
    pub(crate) fn number<N: TryFrom<i64>>(&self, path: &str) -> Result<N, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Integer(number) => N::try_from(number).ok(),
            _ => None,
        })
    }

    pub(crate) fn duration(&self, path: &str) -> Result<Duration, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Duration(time) => Some(time),
            _ => None,
        })
    }

    pub(crate) fn timeout(&self, path: &str) -> Result<Option<Duration>, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Timeout(time) => Some(time),
            _ => None,
        })
    }

    pub(crate) fn size(&self, path: &str) -> Result<ByteSize, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Size(size) => Some(size),
            _ => None,
        })
    }

    pub(crate) fn texts(&self, path: &str) -> Result<Vec<String>, Problem> {
        self.pick(path, |typed| match typed {
            Typed::Texts(texts) => Some(texts),
            _ => None,
        })
    }

    /// The maps of a list, as written.
    pub(crate) fn list(&self, path: &str) -> &[Node] {
        match self.node(path).map(|node| &node.shape) {
            Some(Shape::List(items)) => items,
            _ => &[],
        }
    }

    /// The written value, else the table's default.
    fn pick<T>(&self, path: &str, as_type: impl Fn(Typed) -> Option<T>) -> Result<T, Problem> {
        let written = self.node(path).and_then(Node::value).cloned();
        let typed = written.or_else(|| default(path));
        typed.and_then(as_type).ok_or_else(|| self.problem(path, Cause::Missing("it has no default")))
    }
}

impl Node {
    /// The part below this one with that canonical name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        match &self.shape {
            Shape::Stanza(children) => children.get(name),
            _ => None,
        }
    }

    pub(crate) fn value(&self) -> Option<&Typed> {
        match &self.shape {
            Shape::Value(typed) => Some(typed),
            _ => None,
        }
    }

    /// Whether the key `enable` below this one is absent or true.
    pub(crate) fn enabled(&self) -> bool {
        !matches!(self.child("enable").and_then(Self::value), Some(Typed::Boolean(false)))
    }
}

fn default(path: &str) -> Option<Typed> {
    let key = keys::find(path)?;
    key.kind.convert(&Value::Text(key.default?.to_owned()))
}

fn overlay(base: &mut Node, over: Node) {
    match (&mut base.shape, over.shape) {
        (Shape::Stanza(children), Shape::Stanza(more)) => {
            for (name, node) in more {
                match children.entry(name) {
                    Entry::Occupied(mut below) => overlay(below.get_mut(), node),
                    Entry::Vacant(free) => {
                        free.insert(node);
                    }
                }
            }
        }
        (shape, over) => *shape = over,
    }
    base.origin = over.origin;
}

#[cfg(test)]
mod tests;
