//! From a request to the query it carries: in the address, or as JSON in the body.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::form::Form;
use crate::persisted::Named;

/// A query as it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) text: String,
    /// Which of several operations.
    pub(crate) operation: Option<String>,
    /// As JSON; a text of JSON, not yet known to be an object.
    pub(crate) variables: Option<String>,
    /// Its name, if it is registered or to be registered.
    pub(crate) named: Option<Named>,
}

/// Members of a request; others are ignored.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(default, borrow)]
    query: Option<Cow<'a, str>>,
    #[serde(default, borrow, rename = "operationName")]
    operation_name: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    variables: Option<&'a RawValue>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(default, rename = "persistedQuery")]
    persisted: Option<Named>,
}

/// Reads the query of an address.
pub(crate) fn from_address(query: Option<&str>) -> Result<Asked, String> {
    let mut form =
        Form::read(query.unwrap_or_default()).ok_or("the address could not be decoded: it is not UTF-8")?;
    let extensions = form.take("extensions").filter(|text| !text.is_empty());
    let extensions: Option<Extensions> = match extensions {
        Some(text) => serde_json::from_str(&text).map_err(|_| "extensions could not be decoded")?,
        None => None,
    };
    Ok(Asked {
        text: form.take("query").unwrap_or_default(),
        operation: form.take("operationName").filter(|name| !name.is_empty()),
        variables: form.take("variables").filter(|text| !text.is_empty()),
        named: extensions.and_then(|extensions| extensions.persisted),
    })
}

/// Reads the query of a body.
pub(crate) fn from_body(body: &[u8]) -> Result<Asked, String> {
    // A list would be taken for the members in their order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let members: Members<'_> = match serde_json::from_slice(body) {
        Ok(members) if is_object => members,
        Ok(_) => return Err("json request body could not be decoded: it is not an object".to_owned()),
        Err(error) => return Err(format!("json request body could not be decoded: {error}")),
    };
    Ok(Asked {
        text: members.query.map(Cow::into_owned).unwrap_or_default(),
        operation: members.operation_name.map(Cow::into_owned).filter(|name| !name.is_empty()),
        variables: members.variables.map(|raw| raw.get().to_owned()),
        named: members.extensions.and_then(|extensions| extensions.persisted),
    })
}

/// Whether a body of this type is JSON.
pub(crate) fn is_json(content_type: Option<&str>) -> bool {
    let bare = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case("application/json"))
}

/// Whether the client asks for the newer media type: the first known one that it names decides.
pub(crate) fn wants_newer(accept: Option<&str>) -> bool {
    let known = |part: &str| {
        let bare = part.split(';').next().unwrap_or_default().trim();
        match bare.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Some(true),
            "application/json" | "application/*" | "*/*" => Some(false),
            _ => None,
        }
    };
    accept.and_then(|accept| accept.split(',').find_map(known)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
