use std::sync::Mutex;

use async_trait::async_trait;
use atoll_service::{Caller, Error as NodeError, LostMember, empty_body};
use http::HeaderMap;

use super::*;

#[derive(Default)]
struct Member {
    told: Mutex<Vec<String>>,
    refusal: Option<NodeError>,
}

impl Member {
    fn hear(&self, order: String, proof: Option<&[u8]>) -> Result<(), NodeError> {
        if proof != Some(b"proof") {
            return Err(NodeError::Denied("give orders".to_owned()));
        }
        self.told.lock().unwrap().push(order);
        self.refusal.clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Operator for Member {
    async fn drain(
        &self,
        _caller: &Caller,
        proof: Option<&[u8]>,
        is_draining: bool,
    ) -> Result<(), NodeError> {
        self.hear(format!("drain {is_draining}"), proof)
    }

    async fn give_up(
        &self,
        _caller: &Caller,
        proof: Option<&[u8]>,
        order: GiveUp,
    ) -> Result<LostMember, NodeError> {
        let GiveUp { member, is_listed_known, is_certain } = order;
        self.hear(format!("give up {member} {is_listed_known} {is_certain}"), proof)?;
        Ok(LostMember {
            member,
            shards: 7,
            repositories: Some(2),
            content_bytes: None,
            is_given_up: is_certain,
        })
    }
}

async fn answered(member: &Arc<Member>, line: &str, proof: Option<&'static str>) -> Response<Body> {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let proof = proof.map(|proof| (header::AUTHORIZATION, HeaderValue::from_static(proof)));
    let request = ExtensionRequest {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: HeaderMap::from_iter(proof),
        body: empty_body(),
        caller: Caller::default(),
    };
    Orders(Arc::clone(member) as Arc<dyn Operator>).call(request).await
}

#[tokio::test]
async fn orders_are_handed_on_as_they_were_meant() {
    let cases = [
        ("POST /v2/_atoll/cluster/drain", 202, "drain true"),
        ("POST /v2/_atoll/cluster/drain?undo", 202, "drain false"),
        ("GET /v2/_atoll/cluster/give-up?member=258", 200, "give up 258 false false"),
        ("POST /v2/_atoll/cluster/give-up?member=258", 200, "give up 258 false true"),
        ("POST /v2/_atoll/cluster/give-up?stillListed&member=1", 200, "give up 1 true true"),
    ];
    for (line, status, told) in cases {
        let member = Arc::new(Member::default());
        assert_eq!(answered(&member, line, Some("proof")).await.status(), status, "{line}");
        assert_eq!(*member.told.lock().unwrap(), [told]);
    }
}

#[tokio::test]
async fn what_is_no_order_and_what_is_refused_has_the_status_that_says_why() {
    let cases = [
        ("GET /v2/_atoll/cluster/drain", 405),
        ("DELETE /v2/_atoll/cluster/give-up?member=1", 405),
        ("POST /v2/_atoll/cluster/drain/x", 404),
        ("POST /v2/_atoll/cluster/give-up", 400),
        ("POST /v2/_atoll/cluster/give-up?member=one", 400),
        ("POST /v2/_atoll/cluster/give-up?member=65536", 400),
        ("POST /v2/_atoll/cluster/give-up?member=%zz", 400),
    ];
    for (line, status) in cases {
        let member = Arc::new(Member::default());
        let answer = answered(&member, line, Some("proof")).await;
        assert_eq!(answer.status(), status, "{line}");
        assert_eq!(answer.headers().contains_key(header::ALLOW), status == 405, "{line}");
        assert!(member.told.lock().unwrap().is_empty(), "{line}");
    }
    for (refusal, status) in [
        (NodeError::OrderRefused("it answers".to_owned()), 409),
        (NodeError::Unavailable("the disk fails".to_owned()), 503),
    ] {
        let member = Arc::new(Member { refusal: Some(refusal), ..Member::default() });
        for line in ["POST /v2/_atoll/cluster/drain", "POST /v2/_atoll/cluster/give-up?member=1"] {
            assert_eq!(answered(&member, line, Some("proof")).await.status(), status, "{line}");
        }
    }
    let member = Arc::new(Member::default());
    for line in ["POST /v2/_atoll/cluster/drain", "GET /v2/_atoll/cluster/give-up?member=1"] {
        assert_eq!(answered(&member, line, None).await.status(), 403, "{line}");
        assert_eq!(answered(&member, line, Some("guess")).await.status(), 403, "{line}");
    }
}
