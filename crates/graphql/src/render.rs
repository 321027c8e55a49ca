//! From what resolvers made to the bytes of an answer.

use async_graphql::{Name, Response, ServerError, Value};
use bytes::Bytes;

/// An answer of errors alone.
pub(crate) fn errors(errors: Vec<ServerError>) -> Bytes {
    encoded(&Response::from_errors(errors))
}

/// An answer of one sentence.
pub(crate) fn sentence(text: impl Into<String>) -> Bytes {
    errors(vec![ServerError::new(text, None)])
}

/// Takes the data away if a resolver refused: no question may be answered by null, so neither may the whole. Errors beside the data
/// are told from refusals by having no location. Returns whether there is data.
pub(crate) fn settle(response: &mut Response, order: &[Name]) -> bool {
    if response.errors.iter().any(|error| !error.locations.is_empty()) {
        response.data = Value::Null;
        return false;
    }
    // Questions finish in any order, and are shown in theirs.
    if let Value::Object(members) = &mut response.data
        && members.len() > 1
    {
        let place = |name: &Name| order.iter().position(|known| known == name);
        members.sort_by_cached_key(|name, _| place(name));
    }
    true
}

/// Writes an answer.
pub(crate) fn encoded(response: &Response) -> Bytes {
    match serde_json::to_vec(response) {
        Ok(text) => text.into(),
        // A map with keys that are no texts is the only thing that JSON cannot hold, and there is none.
        Err(_) => Bytes::from_static(br#"{"errors":[{"message":"internal system error"}],"data":null}"#),
    }
}
