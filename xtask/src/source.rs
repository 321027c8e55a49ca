//! A parsed Rust file.

use proc_macro2::Span;

use crate::tree::File;
use crate::violation::Violation;

/// A Rust file with its syntax tree, whose spans know lines.
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) syntax: syn::File,
}

impl Source {
    /// Fails with a violation when the file is not Rust.
    pub(crate) fn parse(file: &File) -> Result<Self, Violation> {
        match syn::parse_file(&file.text) {
            Ok(syntax) => Ok(Self { file: file.clone(), syntax }),
            Err(error) => {
                let place = format!("{}:{}", file.path, error.span().start().line);
                Err(Violation::new(place, format!("does not parse: {error}")))
            }
        }
    }

    /// `path:line` of something in this file.
    pub(crate) fn place(&self, span: Span) -> String {
        format!("{}:{}", self.file.path, span.start().line)
    }

    /// A file with this text, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn fixture(path: &str, text: &str) -> Self {
        Self::parse(&File { path: path.to_owned(), text: text.to_owned() }).expect("the fixture parses")
    }
}
