//! What an operator has this member do, below `/v2/_atoll/cluster/`. Whether the one who asks is an operator is for the member to
//! say. What is refused is answered by a line of text.

use std::sync::Arc;

use atoll_host::BoxFuture;
use atoll_net::Body;
use atoll_placement::MemberId;
use atoll_service::{Caller, GiveUp, Operator};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};

use crate::error::Error;
use crate::extension::{Extension, ExtensionRequest};
use crate::header as names;
use crate::render::status::status;
use crate::route::query::Query;

/// Has the member give its shards away, or, with the query `undo`, take its share again.
pub const DRAIN_PATH: &str = "/v2/_atoll/cluster/drain";
/// `GET` tells what would be lost with another member, `POST` gives it up. `member` is its id; `stillListed` says that it is known to
/// be in the list.
pub const GIVE_UP_PATH: &str = "/v2/_atoll/cluster/give-up";

/// Takes orders and hands them to the member.
pub(crate) struct Orders(pub(crate) Arc<dyn Operator>);

/// An order, as it was meant.
enum Order {
    Drain { is_draining: bool },
    GiveUp(GiveUp),
}

impl Extension for Orders {
    fn call(&self, request: ExtensionRequest) -> BoxFuture<'static, Response<Body>> {
        let operator = Arc::clone(&self.0);
        let order = order(&request);
        let ExtensionRequest { headers, caller, .. } = request;
        Box::pin(async move {
            let proof = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
            let obeyed = async { obey(&*operator, (&caller, proof), order?).await };
            obeyed.await.unwrap_or_else(|error| refused(&error))
        })
    }
}

fn order(request: &ExtensionRequest) -> Result<Order, Error> {
    let query = Query::parse(request.query.as_deref())?;
    match (request.path.as_str(), &request.method) {
        (DRAIN_PATH, &Method::POST) => Ok(Order::Drain { is_draining: query.first("undo").is_none() }),
        (DRAIN_PATH, _) => Err(Error::MethodNotAllowed { allow: "POST" }),
        (GIVE_UP_PATH, &(Method::GET | Method::POST)) => {
            let member = query.first("member").and_then(|id| id.parse().ok());
            Ok(Order::GiveUp(GiveUp {
                member: MemberId(member.ok_or(Error::MemberNotNamed)?),
                is_listed_known: query.first("stillListed").is_some(),
                is_certain: request.method == Method::POST,
            }))
        }
        (GIVE_UP_PATH, _) => Err(Error::MethodNotAllowed { allow: "GET, POST" }),
        _ => Err(Error::PathUnknown),
    }
}

async fn obey(
    operator: &dyn Operator,
    (caller, proof): (&Caller, Option<&[u8]>),
    order: Order,
) -> Result<Response<Body>, Error> {
    match order {
        Order::Drain { is_draining } => {
            operator.drain(caller, proof, is_draining).await?;
            Ok(answer(StatusCode::ACCEPTED, Bytes::new(), None))
        }
        Order::GiveUp(order) => {
            let lost = operator.give_up(caller, proof, order).await?;
            Ok(answer(StatusCode::OK, serde_json::to_vec(&lost)?.into(), Some(names::JSON)))
        }
    }
}

fn refused(error: &Error) -> Response<Body> {
    let mut response = answer(status(error), format!("{error}\n").into(), Some(names::TEXT));
    if let Error::MethodNotAllowed { allow } = error {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    response
}

fn answer(status: StatusCode, content: Bytes, media_type: Option<&'static str>) -> Response<Body> {
    let mut response = Response::new(Body::full(content));
    *response.status_mut() = status;
    if let Some(media_type) = media_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    response
}

#[cfg(test)]
mod tests;
