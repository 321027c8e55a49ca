//! Answers that are kept are as good as new ones.

use atoll_service::{Caller, Principal, Search as _, Visibility};
use serde_json::{Value, json};

use crate::fake::{Root, Setup, caller, image, submit};

const QUERY: &str = "{ExpandedRepoInfo(repo:\"redis\"){Images{Tag IsDeletable}}}";

fn fresh() -> Setup {
    Setup::new(Root { freshness: Some(1), ..Root::default() })
}

#[tokio::test]
async fn an_answer_is_given_again_until_something_changes() {
    let setup = fresh();
    let first = setup.ask(QUERY).await;
    assert_eq!(setup.ask(QUERY).await, first);
    assert_eq!(setup.ask(QUERY).await, first);
    assert_eq!(setup.asked().len(), 2, "kept once it has come back");
    {
        let mut root = setup.root.lock().unwrap();
        root.freshness = Some(2);
        root.expanded.as_mut().unwrap().images.push(image("redis", "7.0"));
    }
    assert_ne!(setup.ask(QUERY).await, first);
    assert_eq!(setup.asked().len(), 1);
}

#[tokio::test]
async fn nothing_is_kept_where_changes_cannot_be_told_or_while_there_are_errors() {
    let failing = fresh();
    failing.root.lock().unwrap().expanded = Err(atoll_service::Error::DeadlineExceeded);
    for setup in [Setup::new(Root::default()), failing] {
        for _ in 0..3 {
            setup.ask(QUERY).await;
        }
        assert_eq!(setup.asked().len(), 3);
    }
}

/// How often the others were asked, and the root, so far.
async fn others(setup: &Setup, times: usize) -> (usize, usize) {
    for _ in 0..times {
        setup.ask(QUERY).await;
    }
    let asked = setup.asked().len();
    (setup.root.lock().unwrap().others_asked, asked)
}

#[tokio::test]
async fn others_are_asked_about_questions_that_come_back_and_their_word_keeps_an_answer() {
    let setup = Setup::new(Root { freshness_of_others: Some(1), ..Root::default() });
    assert_eq!(others(&setup, 1).await, (0, 1), "most questions come once");
    assert_eq!(others(&setup, 1).await, (1, 1), "now it is worth keeping");
    assert_eq!(others(&setup, 3).await, (4, 0), "kept");
    setup.root.lock().unwrap().freshness_of_others = Some(2);
    assert_eq!(others(&setup, 2).await, (6, 1), "changed, and kept again");
    setup.root.lock().unwrap().freshness_of_others = None;
    assert_eq!(others(&setup, 2).await, (8, 2), "nobody can say");
    setup.root.lock().unwrap().freshness = Some(2);
    assert_eq!(others(&setup, 2).await, (8, 0), "at hand");
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_not_shown_any_longer() {
    let setup = fresh();
    setup.ask(QUERY).await;
    setup.ask(QUERY).await;
    setup.rights.lock().unwrap().deletes = false;
    let found = setup.data(QUERY).await;
    assert_eq!(found["ExpandedRepoInfo"]["Images"][0]["IsDeletable"], Value::from(false));
}

#[tokio::test]
async fn others_do_not_get_what_was_kept_for_one() {
    let setup = fresh();
    setup.ask(QUERY).await;
    setup.ask(QUERY).await;
    let other = Caller { principal: Principal::User("bob".into()), ..caller() };
    let body = || submit(json!({"query": QUERY, "variables": null}).to_string());
    setup.endpoint.answer(&other, body()).await;
    setup.rights.lock().unwrap().visibility = Visibility::Nothing;
    let hidden = setup.data(QUERY).await;
    assert_eq!(hidden, json!({"ExpandedRepoInfo": {"Images": null}}));
    assert_eq!(setup.asked().len(), 3);
}

#[tokio::test]
async fn variables_and_operations_tell_answers_apart() {
    let setup = fresh();
    let query = "query A($i:String!){Image(image:$i){Tag}} query B($i:String!){Image(image:$i){Digest}}";
    let questions = [("A", "redis:6"), ("A", "redis:7"), ("B", "redis:6")];
    for (name, image) in questions.into_iter().cycle().take(9) {
        let body = json!({"query": query, "operationName": name, "variables": {"i": image}});
        setup.endpoint.answer(&caller(), submit(body.to_string())).await;
    }
    assert_eq!(setup.asked().len(), 6, "each twice, and kept then");
}
