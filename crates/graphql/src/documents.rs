//! Queries that are parsed and known to be valid, kept for the next time they are asked.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{ErrorExtensionValues, Name, PathSegment, Request, ServerError, Variables};

use crate::generations::{Bounds, Generations};
use crate::limits::{DOCUMENTS_KEPT, ERRORS_TOLD, KEPT_DOCUMENT_BYTES, LONGEST_ERROR};
use crate::schema::Schemas;
use crate::seen::Seen;
use crate::{merging, skipping, variables, weigh};

/// What makes a query valid or not. Variables belong to it, since their values are checked against the schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct DocumentKey {
    pub(crate) text: String,
    pub(crate) operation: Option<String>,
    pub(crate) variables: Option<String>,
}

impl DocumentKey {
    pub(crate) fn bytes(&self) -> usize {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.text.len() + optional(&self.operation) + optional(&self.variables)
    }
}

/// A valid query.
#[derive(Clone)]
pub(crate) struct Document {
    parsed: ExecutableDocument,
    /// The name of what is to be taken out of the answer, if there is such.
    filler: Option<Name>,
    operation: Option<String>,
    variables: Variables,
    /// The names under which its questions are answered, in their order.
    pub(crate) order: Vec<Name>,
}

/// Why a query is not run.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// Its variables are not JSON.
    Malformed(String),
    /// It is not a query of this schema, or costs too much.
    Invalid(Vec<ServerError>),
}

/// Valid queries.
pub(crate) struct Documents {
    schemas: Schemas,
    kept: Generations<Arc<DocumentKey>, Arc<Document>>,
    seen: Seen,
}

impl Documents {
    pub(crate) fn new() -> Self {
        let bounds = Bounds { entries: DOCUMENTS_KEPT, bytes: KEPT_DOCUMENT_BYTES };
        Self { schemas: Schemas::new(), kept: Generations::new(bounds), seen: Seen::new() }
    }

    /// The query, from the ones that are kept, or parsed and validated now, and kept if it comes back.
    pub(crate) async fn find(&self, key: &Arc<DocumentKey>) -> Result<Arc<Document>, Unfit> {
        if !self.seen.again(key) {
            return Ok(Arc::new(self.read(key).await?));
        }
        if let Some(document) = self.kept.get(key) {
            return Ok(document);
        }
        let document = Arc::new(self.read(key).await?);
        self.kept.put(Arc::clone(key), Arc::clone(&document), key.bytes());
        Ok(document)
    }

    async fn read(&self, key: &DocumentKey) -> Result<Document, Unfit> {
        let mut variables = variables::read(key.variables.as_deref()).map_err(Unfit::Malformed)?;
        let parsed = parse(&key.text)?;
        let operation = chosen(&parsed, key.operation.as_deref());
        if let Some(operation) = operation {
            variables::settle(&mut variables, operation);
            let missing = variables::missing(&variables, operation).map(undefined).collect::<Vec<_>>();
            if !missing.is_empty() {
                return Err(Unfit::Invalid(coded(missing, "GRAPHQL_VALIDATION_FAILED")));
            }
        }
        let mut order = Vec::new();
        let defaulted =
            operation.map_or_else(Variables::default, |one| variables::defaulted(&variables, one));
        if let Some(operation) = operation {
            collect(&operation.selection_set.node, &parsed, &mut order);
        }
        let operation_name = key.operation.clone();
        let mut document = Document { parsed, filler: None, operation: operation_name, variables, order };
        let validated = self.schemas.validate(document.clone().into_request()).await;
        validated.map_err(|errors| Unfit::Invalid(coded(errors, "GRAPHQL_VALIDATION_FAILED")))?;
        document.filler = skipping::skip(&mut document.parsed, &key.text, &defaulted);
        if is_repeated(&document.order) {
            merging::merge(&mut document.parsed);
        }
        Ok(document)
    }

    /// Runs a query with what its resolvers share.
    pub(crate) async fn run(
        &self,
        document: Arc<Document>,
        asking: crate::asking::Asking,
    ) -> async_graphql::Response {
        // One that is not kept is not copied.
        let mut document = Arc::unwrap_or_clone(document);
        let filler = document.filler.take();
        let mut response = self.schemas.run(document.into_request().data(asking)).await;
        if let Some(filler) = &filler {
            skipping::clear(&mut response.data, filler);
        }
        response
    }
}

impl Document {
    fn into_request(self) -> Request {
        let mut request = Request::new("").variables(self.variables);
        request.operation_name = self.operation;
        request.set_parsed_query(self.parsed);
        request
    }
}

fn parse(text: &str) -> Result<ExecutableDocument, Unfit> {
    let invalid = |error: ServerError, code| Unfit::Invalid(coded(vec![error], code));
    let costly = |error: crate::error::Error| {
        invalid(ServerError::new(error.to_string(), None), "GRAPHQL_VALIDATION_FAILED")
    };
    weigh::check_text(text).map_err(costly)?;
    if text.trim().is_empty() {
        return Err(invalid(ServerError::new("no operation provided", None), "GRAPHQL_VALIDATION_FAILED"));
    }
    let parsed = parse_query(text).map_err(|error| invalid(error.into(), "GRAPHQL_PARSE_FAILED"))?;
    weigh::check_document(&parsed).map_err(costly)?;
    Ok(parsed)
}

/// The operation that runs; the validation says why if there is none.
fn chosen<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Option<&'a OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(&operation.node),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name).map(|operation| &operation.node),
        (DocumentOperations::Multiple(all), None) => {
            all.values().next().filter(|_| all.len() == 1).map(|operation| &operation.node)
        }
    }
}

/// A variable that must be given and is not, as zot says it.
fn undefined(name: &Name) -> ServerError {
    let field = |name: &str| PathSegment::Field(name.to_owned());
    ServerError::new("must be defined", None).with_path(vec![field("variable"), field(name)])
}

fn collect(set: &SelectionSet, document: &ExecutableDocument, order: &mut Vec<Name>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => order.push(field.node.response_key().node.clone()),
            Selection::InlineFragment(fragment) => {
                collect(&fragment.node.selection_set.node, document, order);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(&fragment.node.selection_set.node, document, order);
                }
            }
        }
    }
}

/// Whether two questions are answered under one name.
fn is_repeated(order: &[Name]) -> bool {
    let mut seen = HashSet::new();
    !order.iter().all(|name| seen.insert(name))
}

/// Errors of validation as they are told: so many, so long, and with zot's code.
fn coded(mut errors: Vec<ServerError>, code: &str) -> Vec<ServerError> {
    errors.truncate(ERRORS_TOLD);
    for error in &mut errors {
        let more = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        more.set("code", code);
        if error.message.len() > LONGEST_ERROR {
            let end = error.message.floor_char_boundary(LONGEST_ERROR);
            error.message.truncate(end);
            error.message.push('…');
        }
    }
    errors
}
