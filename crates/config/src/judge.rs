//! What becomes of the keys that are written and not honoured: a warning, or no start.

use crate::keys::{Case, Verdict};
use crate::kind::Typed;
use crate::problem::{Cause, Problem, Warning};
use crate::resolve::{Node, Shape};

/// Walks what is written and collects one warning or one refusal for each topmost key that is not honoured.
pub(crate) fn judge(root: &Node) -> (Vec<Warning>, Vec<Problem>) {
    let mut found = (Vec::new(), Vec::new());
    walk(root, &mut found);
    found
}

fn walk(node: &Node, found: &mut (Vec<Warning>, Vec<Problem>)) {
    let (key, origin) = (node.path.clone(), node.origin.clone());
    match node.key.map(|key| key.verdict) {
        // What lies below shares the verdict of the whole, so it is listed and not judged again.
        Some(Verdict::Warned { when, because }) => {
            if holds(when, node) {
                found.0.push(Warning { key, written: below(node), origin, because, has_effect: false });
            }
        }
        Some(Verdict::Refused { when, because }) => {
            if holds(when, node) {
                let cause = Cause::Refused { written: below(node), because };
                found.1.push(Problem { key, origin, cause });
            }
        }
        Some(Verdict::Honoured | Verdict::Accepted) | None => {
            children(node).for_each(|child| walk(child, found));
        }
    }
}

fn holds(case: Case, node: &Node) -> bool {
    match (case, &node.shape) {
        (Case::Written, Shape::Stanza(children)) => !children.is_empty(),
        (Case::Written, Shape::List(items)) => !items.is_empty(),
        (Case::Written, Shape::Value(Typed::Texts(texts))) => !texts.is_empty(),
        (Case::Written, Shape::Value(Typed::Text(text))) => !text.is_empty(),
        (Case::Written, Shape::Value(Typed::Free { entries })) => *entries > 0,
        (Case::Written, Shape::Value(_)) => true,
        (Case::NotDisabled, _) => node.enabled(),
        (Case::Is(wanted), Shape::Value(Typed::Boolean(value))) => *value == wanted,
        (Case::Is(_), _) => false,
    }
}

/// The written leaves below a node, relative to it.
fn below(node: &Node) -> Vec<String> {
    let mut leaves = Vec::new();
    children(node).for_each(|child| collect(child, &mut leaves));
    let start = |path: &str| path.strip_prefix(&node.path).unwrap_or(path).trim_start_matches('.').to_owned();
    leaves.into_iter().map(start).collect()
}

fn collect<'a>(node: &'a Node, leaves: &mut Vec<&'a str>) {
    let mut inner = children(node).peekable();
    if inner.peek().is_none() {
        leaves.push(&node.path);
    }
    inner.for_each(|child| collect(child, leaves));
}

fn children(node: &Node) -> Box<dyn Iterator<Item = &Node> + '_> {
    match &node.shape {
        Shape::Stanza(children) => Box::new(children.values()),
        Shape::List(items) => Box::new(items.iter()),
        Shape::Value(_) => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests;
