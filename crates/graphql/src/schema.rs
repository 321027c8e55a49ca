//! The schema, built twice from the same types: once to validate by every rule, once to run what is known to be valid.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{
    EmptyMutation, EmptySubscription, Request, Response, Schema, ServerError, ValidationMode,
};

use crate::query::Query;

type Built = Schema<Query, EmptyMutation, EmptySubscription>;

/// The two schemas.
pub(crate) struct Schemas {
    strict: Built,
    fast: Built,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let strict = builder().extension(StopBeforeRunning).finish();
        // Extensions slow down every field, so what runs has none.
        let fast = builder().validation_mode(ValidationMode::Fast).finish();
        Self { strict, fast }
    }

    /// Validates by every rule and runs nothing.
    pub(crate) async fn validate(&self, request: Request) -> Result<(), Vec<ServerError>> {
        let errors = self.strict.execute(request).await.errors;
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Runs what is valid.
    pub(crate) async fn run(&self, request: Request) -> Response {
        self.fast.execute(request).await
    }
}

fn builder() -> async_graphql::SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
}

/// The schema in its own language; `schema.graphql` of this crate is the same text.
pub fn sdl() -> String {
    builder().finish().sdl()
}

struct StopBeforeRunning;

impl ExtensionFactory for StopBeforeRunning {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for StopBeforeRunning {
    async fn execute(
        &self,
        _context: &ExtensionContext<'_>,
        _operation: Option<&str>,
        _next: NextExecute<'_>,
    ) -> Response {
        Response::default()
    }
}
