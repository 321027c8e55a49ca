use atoll_placement::{ClusterKey, MemberId};

use super::*;

#[test]
fn a_client_at_its_limit_is_refused_until_an_upload_ends() {
    let (sessions, caller) = (Sessions::new(), Caller::default());
    let ids: Vec<UploadId> =
        (0..3).map(|n| UploadId::issue(ClusterKey([0; 16]), "a", MemberId(0), n)).collect();
    sessions.open(&caller, ids[0], 2).unwrap();
    sessions.open(&caller, ids[1], 2).unwrap();
    assert_eq!(sessions.open(&caller, ids[2], 2), Err(Error::UploadsExhausted { open: 2, limit: 2 }));
    let other = Caller { principal: Principal::User("eve".into()), ..Caller::default() };
    sessions.open(&other, ids[2], 2).unwrap();
    sessions.close(ids[0]);
    sessions.open(&caller, ids[0], 2).unwrap();
}
