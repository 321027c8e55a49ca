//! JSON values as YAML, in blocks.

use std::fmt::Write as _;

use serde_json::Value;

/// A whole document.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => sequence(&mut text, items, 0),
        Value::Object(fields) if !fields.is_empty() => mapping(&mut text, fields, 0, false),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    text
}

fn sequence(text: &mut String, items: &[Value], depth: usize) {
    for item in items {
        text.push_str(&"  ".repeat(depth));
        text.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => mapping(text, fields, depth + 1, true),
            other => {
                text.push_str(&scalar(other));
                text.push('\n');
            }
        }
    }
}

/// `begun` if the first line has its indentation already.
fn mapping(text: &mut String, fields: &serde_json::Map<String, Value>, depth: usize, begun: bool) {
    for (index, (key, value)) in fields.iter().enumerate() {
        if index > 0 || !begun {
            text.push_str(&"  ".repeat(depth));
        }
        // A String takes whatever is written to it.
        let _infallible = write!(text, "{}:", scalar(&Value::from(key.as_str())));
        match value {
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                sequence(text, items, depth + 1);
            }
            Value::Object(fields) if !fields.is_empty() => {
                text.push('\n');
                mapping(text, fields, depth + 1, false);
            }
            other => {
                let _infallible = writeln!(text, " {}", scalar(other));
            }
        }
    }
}

/// A value on one line. Whatever a reader could take for something other than text is quoted; quoted JSON is quoted YAML.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Words that begin with a letter and hold nothing that means something in YAML, but for those that stand for other values.
fn is_plain(text: &str) -> bool {
    const OTHERS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b'-' | b'+'))
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests;
