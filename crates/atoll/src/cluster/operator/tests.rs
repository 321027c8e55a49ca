use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use atoll_edge::{Extension as _, ExtensionRequest};
use atoll_placement::ClusterKey;
use atoll_service::{Caller, empty_body};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{DRAIN_PATH, Drain, Operator, proof};

const KEY: ClusterKey = ClusterKey(*b"a key of 16 byte");

#[derive(Default)]
struct Member(Mutex<Vec<bool>>);

#[async_trait]
impl Drain for Member {
    async fn drain(&self, is_draining: bool) -> Result<(), String> {
        self.0.lock().unwrap().push(is_draining);
        Ok(())
    }
}

struct Order {
    method: Method,
    path: &'static str,
    query: Option<&'static str>,
    from: &'static str,
    proof: Option<String>,
}

fn order() -> Order {
    Order {
        method: Method::POST,
        path: DRAIN_PATH,
        query: None,
        from: "127.0.0.1:5",
        proof: Some(proof(KEY)),
    }
}

async fn status(member: &Arc<Member>, order: Order) -> StatusCode {
    let operator = Operator::new(Arc::clone(member) as Arc<dyn Drain>, KEY);
    let proof = order.proof.map(|proof| (header::AUTHORIZATION, HeaderValue::from_str(&proof).unwrap()));
    let request = ExtensionRequest {
        method: order.method,
        path: order.path.to_owned(),
        query: order.query.map(str::to_owned),
        headers: HeaderMap::from_iter(proof),
        body: empty_body(),
        caller: Caller { address: order.from.parse().ok(), ..Caller::default() },
    };
    operator.call(request).await.status()
}

#[tokio::test]
async fn an_order_from_the_same_machine_with_the_proof_is_obeyed() {
    let member = Arc::new(Member::default());
    assert_eq!(status(&member, order()).await, StatusCode::NO_CONTENT);
    assert_eq!(status(&member, Order { query: Some("undo"), ..order() }).await, StatusCode::NO_CONTENT);
    assert_eq!(
        status(&member, Order { from: "[::ffff:127.0.0.1]:5", ..order() }).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(*member.0.lock().unwrap(), [true, false, true]);
}

#[tokio::test]
async fn anybody_else_is_refused() {
    let member = Arc::new(Member::default());
    let other_key = proof(ClusterKey(*b"another key of16"));
    for refused in [
        Order { from: "10.0.0.1:5", ..order() },
        Order { from: "nowhere", ..order() },
        Order { proof: None, ..order() },
        Order { proof: Some(other_key), ..order() },
        Order { proof: Some(String::new()), ..order() },
    ] {
        assert_eq!(status(&member, refused).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(
        status(&member, Order { method: Method::GET, ..order() }).await,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(
        status(&member, Order { path: "/v2/_atoll/cluster/drain/x", ..order() }).await,
        StatusCode::NOT_FOUND
    );
    assert_eq!(*member.0.lock().unwrap(), [false; 0]);
}

#[test]
fn the_proof_does_not_show_the_key() {
    let key = String::from_utf8(KEY.0.to_vec()).unwrap();
    assert!(!proof(KEY).contains(&key));
    assert_ne!(proof(KEY), proof(ClusterKey(*b"another key of16")));
}
