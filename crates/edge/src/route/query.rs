//! The parameters of a query.

use std::borrow::Cow;

use super::path::decode;
use crate::error::Error;

/// Most parameters one query may have. The longest legal one pushes a manifest with 46 tags.
const MAX_PARAMETERS: usize = 256;

/// Parameters in the order of the query, decoded. A plus sign stays one: no value of this surface holds a space, but media types
/// hold plus signs, and people write them as they are.
pub(crate) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(crate) fn parse(query: Option<&'a str>) -> Result<Self, Error> {
        let Some(query) = query else { return Ok(Self(Vec::new())) };
        let broken = |_miss| Error::Encoding { part: "query" };
        let mut pairs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() >= MAX_PARAMETERS {
                return Err(Error::ParametersTooMany { limit: MAX_PARAMETERS });
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name).map_err(broken)?, decode(value).map_err(broken)?));
        }
        Ok(Self(pairs))
    }

    /// The first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }
}
