//! `GET /v2/_atoll/cluster`: the cluster for people and programs that look after it.

use crate::answer::Answer;
use crate::edge::Ask;
use crate::error::Error;
use crate::header as names;

impl Ask<'_> {
    pub(crate) async fn cluster(&self) -> Result<Answer, Error> {
        let reporter = self.shared.services.cluster.as_ref().ok_or(Error::PathUnknown)?;
        let report = reporter.report(self.caller).await;
        Ok(Answer::full(names::JSON, serde_json::to_vec(&report)?))
    }
}
