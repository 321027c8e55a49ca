//! F5: the same data over one member and over several; whatever is asked, of whichever member, the answers are equal byte for byte.

use atoll_placement::MemberId;
use atoll_service::*;
use atoll_wire::{NEWEST_PROTOCOL, OLDEST_PROTOCOL};

use crate::data::{Dice, Pushed, load, user};
use crate::linked::of_release;
use crate::questions;
use crate::world::World;

const REPOSITORIES: u64 = 40;
const ROUNDS: u64 = 150;

fn bytes<T: serde::Serialize>(answer: &T) -> Vec<u8> {
    postcard::to_stdvec(answer).unwrap()
}

/// The answer without what it covers, which tells shards alone.
fn of<T>(gathered: Result<Gathered<T>, Error>) -> Result<T, Error> {
    gathered.map(|gathered| {
        assert!(gathered.coverage.is_complete());
        gathered.answer
    })
}

/// How much there was to compare.
#[derive(Default)]
struct Tally {
    rows: usize,
    faults: usize,
    refusals: usize,
}

impl Tally {
    fn add<T>(&mut self, answer: &Result<T, Error>, count: impl Fn(&T) -> (usize, usize)) {
        match answer {
            Ok(answer) => {
                let (rows, faults) = count(answer);
                self.rows += rows;
                self.faults += faults;
            }
            Err(_) => self.refusals += 1,
        }
    }
}

async fn check_round(one: &World, several: &World, pushed: &Pushed, (dice, tally): (&mut Dice, &mut Tally)) {
    let alone = &one.fronts[0];
    let asked = &several.fronts[usize::try_from(dice.roll(several.fronts.len() as u64)).unwrap()];
    let caller = dice.some(&[Caller::internal("test"), user("ann"), user("bob"), user("nobody")]);

    let request = questions::repositories(dice);
    let expected = of(alone.repositories(&caller, request.clone()).await);
    let found = of(asked.repositories(&caller, request.clone()).await);
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}\n{found:#?}\n{expected:#?}");

    tally.add(&found, |page| (page.repositories.len(), page.faults.len()));

    let request = questions::images(dice, pushed);
    let expected = of(alone.images(&caller, request.clone()).await);
    let found = of(asked.images(&caller, request.clone()).await);
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}\n{found:#?}\n{expected:#?}");

    tally.add(&found, |page| (page.images.len(), page.faults.len()));

    let request = questions::image(dice, pushed);
    let expected = alone.image(&caller, request.clone()).await;
    let found = asked.image(&caller, request.clone()).await;
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}");

    tally.add(&found, |(_, faults)| (1, faults.len()));

    let request = questions::repository(dice, pushed);
    let expected = alone.expanded(&caller, request.clone()).await;
    let found = asked.expanded(&caller, request.clone()).await;
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}");

    tally.add(&found, |found| (found.answer.images.len(), found.answer.faults.len()));

    let request = questions::referrers(dice, pushed);
    let expected = alone.image_referrers(&caller, request.clone()).await;
    let found = asked.image_referrers(&caller, request.clone()).await;
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}");

    tally.add(&found, |referrers| (referrers.len(), 0));

    let after = dice.some(&[None, Some("base".to_owned()), Some("team/lib".to_owned())]);
    let request = ListCatalog {
        after,
        limit: usize::try_from(dice.roll(60)).unwrap(),
        visibility: questions::visibility(dice),
    };
    let expected = of(alone.catalog(&caller, request.clone()).await);
    let found = of(asked.catalog(&caller, request.clone()).await);
    assert_eq!(bytes(&found), bytes(&expected), "{request:?}");
}

async fn check(members: u16) {
    compare(&World::new(members).await, u64::from(members)).await;
}

async fn compare(several: &World, seed: u64) {
    let one = World::new(1).await;
    let pushed = load(&one, REPOSITORIES, seed).await;
    load(several, REPOSITORIES, seed).await;
    let mut dice = Dice(seed << 32);
    let mut tally = Tally::default();
    for _ in 0..ROUNDS {
        check_round(&one, several, &pushed, (&mut dice, &mut tally)).await;
    }
    assert!(tally.rows > 1_000, "{} rows", tally.rows);
    assert!(tally.faults > 20, "{} faults", tally.faults);
    assert!(tally.refusals > 10, "{} refusals", tally.refusals);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_one_member_answers_as_another_that_holds_the_same() {
    check(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_two_members_answer_as_one() {
    check(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_three_members_answer_as_one() {
    check(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_five_members_answer_as_one() {
    check(5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_members_of_neighbouring_releases_answer_as_one() {
    let newest = |member: MemberId| if member.0 == 1 { OLDEST_PROTOCOL } else { NEWEST_PROTOCOL };
    let several = World::with(3, |member, node| of_release(newest(member), member, node)).await;
    compare(&several, 7).await;
}
