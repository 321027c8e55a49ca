//! Requests as tests want to say them.

/// A request. Whatever it is given goes out as it is: nothing is encoded, checked or completed, but for the fields that
/// [`Request::encode`] names.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    None,
    Whole(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
}

impl Request {
    /// A request without fields and content.
    pub fn new(method: &str, target: impl Into<String>) -> Self {
        Self { method: method.to_owned(), target: target.into(), fields: Vec::new(), content: Content::None }
    }

    /// Adds a field; one of the same name that is there already stays.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Sends content whose length the head tells.
    #[must_use]
    pub fn content(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.content = Content::Whole(content.into());
        self
    }

    /// Sends content with chunked transfer encoding, one chunk for each piece. Empty pieces are left out: they would end it.
    #[must_use]
    pub fn chunks<P: AsRef<[u8]>>(mut self, pieces: impl IntoIterator<Item = P>) -> Self {
        let pieces = pieces.into_iter().map(|piece| piece.as_ref().to_vec());
        self.content = Content::Chunks(pieces.filter(|piece| !piece.is_empty()).collect());
        self
    }

    /// Whether the answer to it has no body whatever its head says.
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// The bytes on the wire. `Host` is added where it was not given, and so is what tells the length of the content.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.head();
        match &self.content {
            Content::None => {}
            Content::Whole(content) => bytes.extend_from_slice(content),
            Content::Chunks(pieces) => {
                for piece in pieces {
                    bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                    bytes.extend_from_slice(piece);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        }
        bytes
    }

    /// The head alone, with the empty line behind it.
    pub fn head(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.has("host") {
            text.push_str("Host: registry.test\r\n");
        }
        for (name, value) in &self.fields {
            text.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
        if !self.has("content-length") && !self.has("transfer-encoding") {
            match &self.content {
                Content::None if matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") => {
                    text.push_str("Content-Length: 0\r\n");
                }
                Content::None => {}
                Content::Whole(content) => {
                    text.extend(["Content-Length: ", &content.len().to_string(), "\r\n"]);
                }
                Content::Chunks(_) => text.push_str("Transfer-Encoding: chunked\r\n"),
            }
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }
}
