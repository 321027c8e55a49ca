use std::sync::{Arc, Mutex};

use super::*;

const KEY: ClusterKey = ClusterKey(*b"a key of 16 byte");

#[derive(Default)]
struct Member(Mutex<Vec<String>>);

#[async_trait]
impl Obey for Member {
    async fn drain(&self, is_draining: bool) -> Result<(), Error> {
        self.0.lock().unwrap().push(format!("drain {is_draining}"));
        Ok(())
    }

    async fn give_up(&self, order: GiveUp) -> Result<LostMember, Error> {
        self.0.lock().unwrap().push(format!("give up {}", order.member));
        Ok(lost(order.is_certain))
    }
}

fn lost(is_given_up: bool) -> LostMember {
    LostMember { member: MemberId(9), shards: 85, repositories: None, content_bytes: None, is_given_up }
}

async fn obeyed(member: &Arc<Member>, from: &str, proof: Option<&str>) -> bool {
    let orders = Orders::new(Arc::clone(member) as Arc<dyn Obey>, KEY);
    let caller = Caller { address: from.parse().ok(), ..Caller::default() };
    let proof = proof.map(str::as_bytes);
    let order = GiveUp { member: MemberId(9), is_listed_known: false, is_certain: false };
    let both = [
        orders.drain(&caller, proof, true).await.map(|()| true),
        orders.give_up(&caller, proof, order).await.map(|_lost| true),
    ];
    let denied = both.iter().filter(|one| matches!(one, Err(Error::Denied(_)))).count();
    assert!([0, 2].contains(&denied), "{both:?}");
    denied == 0
}

#[tokio::test]
async fn an_order_from_the_same_machine_with_the_proof_is_obeyed() {
    let (member, proof) = (Arc::new(Member::default()), proof(KEY));
    for from in ["127.0.0.1:5", "[::1]:5", "[::ffff:127.0.0.1]:5"] {
        assert!(obeyed(&member, from, Some(&proof)).await, "{from}");
    }
    assert_eq!(member.0.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn anybody_else_is_refused() {
    let (member, own) = (Arc::new(Member::default()), proof(KEY));
    let other_key = proof(ClusterKey(*b"another key of16"));
    for (from, proof) in [
        ("10.0.0.1:5", Some(&*own)),
        ("nowhere", Some(&*own)),
        ("127.0.0.1:5", None),
        ("127.0.0.1:5", Some(&*other_key)),
        ("127.0.0.1:5", Some("")),
    ] {
        assert!(!obeyed(&member, from, proof).await, "{from} {proof:?}");
    }
    assert_eq!(*member.0.lock().unwrap(), [""; 0]);
}

#[test]
fn the_proof_does_not_show_the_key() {
    let key = String::from_utf8(KEY.0.to_vec()).unwrap();
    assert!(!proof(KEY).contains(&key));
    assert_ne!(proof(KEY), proof(ClusterKey(*b"another key of16")));
}

#[test]
fn an_operator_is_told_what_is_lost_and_what_is_not_known_of_it() {
    let told = would_be(&lost(false));
    assert!(told.contains("member 9") && told.contains("85 shards"), "{told}");
    assert!(told.contains("an unknown number of repositories"), "{told}");
    let known = LostMember { repositories: Some(4), content_bytes: Some(3 << 30), ..lost(false) };
    assert!(would_be(&known).contains("4 repositories with 3.0 GiB"), "{}", would_be(&known));
    assert_eq!(parse_member("513"), Ok(MemberId(513)));
    assert!(parse_member("10.0.0.1:8080").unwrap_err().contains("atoll cluster status"));
}
