//! Answers as they came.

/// An answer, read to its end.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The fields in the order in which they came.
    pub fields: Vec<(String, String)>,
    /// The body, without its transfer encoding.
    pub body: Vec<u8>,
    /// Informational answers that came before it, such as 100.
    pub interim: Vec<u16>,
}

impl Response {
    /// The value of a field, of the first one where there are several.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of all fields of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics with the body if it is none.
    pub fn json(&self) -> serde_json::Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("status {}: the body is no JSON ({error}): {}", self.status, self.text()),
        }
    }

    /// The first error code of the body (distribution-spec, "Error Codes"); empty if there is none.
    pub fn code(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        value["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// `Location`; panics if there is none.
    pub fn location(&self) -> String {
        self.field("location").unwrap_or_else(|| panic!("no Location in {self:?}")).to_owned()
    }

    /// Status and code in one word each: short enough for a table of expectations.
    pub fn told(&self) -> String {
        format!("{} {}", self.status, self.code()).trim_end().to_owned()
    }
}
