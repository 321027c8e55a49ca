use atoll_placement::{ClusterKey, MemberId};

use super::*;

const START: Duration = Duration::from_hours(1);

fn id(number: u64) -> UploadId {
    UploadId::issue(ClusterKey([0; 16]), "a", MemberId(0), number)
}

#[test]
fn a_client_at_its_limit_is_refused_until_an_upload_ends() {
    let (sessions, caller) = (Sessions::new(), Caller::default());
    let place = (2, START);
    sessions.open(&caller, id(0), place).unwrap();
    sessions.open(&caller, id(1), place).unwrap();
    assert_eq!(sessions.open(&caller, id(2), place), Err(Error::UploadsExhausted { open: 2, limit: 2 }));
    let other = Caller { principal: Principal::User("eve".into()), ..Caller::default() };
    sessions.open(&other, id(2), place).unwrap();
    sessions.close(id(0));
    sessions.open(&caller, id(0), place).unwrap();
}

#[test]
fn abandoned_uploads_lock_nobody_out_and_those_under_way_still_count() {
    let (sessions, caller) = (Sessions::new(), Caller::default());
    for number in 0..3 {
        sessions.open(&caller, id(number), (3, START)).unwrap();
    }
    let almost = START + IDLE_AFTER.saturating_sub(Duration::from_secs(1));
    sessions.touch(id(1), almost);
    assert!(sessions.open(&caller, id(3), (3, almost)).is_err());
    let later = START + IDLE_AFTER;
    sessions.open(&caller, id(3), (3, later)).unwrap();
    sessions.open(&caller, id(4), (3, later)).unwrap();
    assert_eq!(
        sessions.open(&caller, id(5), (3, later)),
        Err(Error::UploadsExhausted { open: 3, limit: 3 }),
        "the one that was added to, and the two new ones"
    );
    // What is no longer counted may go on and end without a trace.
    sessions.touch(id(0), later);
    sessions.close(id(0));
    sessions.close(id(2));
    assert!(sessions.open(&caller, id(5), (3, later)).is_err());
}
