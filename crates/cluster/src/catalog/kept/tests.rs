use atoll_placement::Shard;
use atoll_service::{Coverage, Missing, Visibility};

use super::*;

fn question(after: &str) -> ListCatalog {
    ListCatalog { after: Some(after.to_owned()), limit: 100, visibility: Visibility::Everything }
}

fn page(names: usize) -> Gathered<CatalogPage> {
    let repositories = (0..names).map(|n| format!("name-{n}").parse().unwrap()).collect();
    let coverage = Coverage { answered: vec![Shard(0)], missing: Vec::new() };
    Gathered { answer: CatalogPage { repositories, more: true }, coverage }
}

#[test]
fn a_page_is_found_under_its_own_question_and_number_alone() {
    let pages = Pages::default();
    pages.keep(question("a"), 7, &page(3));
    assert_eq!(pages.find(&question("a"), 7), Some(page(3)));
    assert_eq!(pages.find(&question("b"), 7), None);
    let others = [
        ListCatalog { after: None, ..question("a") },
        ListCatalog { limit: 99, ..question("a") },
        ListCatalog { visibility: Visibility::Nothing, ..question("a") },
    ];
    for other in others {
        assert_eq!(pages.find(&other, 7), None, "{other:?}");
    }
    assert_eq!(pages.find(&question("a"), 8), None, "something has changed");
    assert_eq!(pages.find(&question("a"), 7), None, "an old page is of no use to anybody");
}

#[test]
fn a_page_that_lacks_shards_is_not_kept() {
    let pages = Pages::default();
    let mut partial = page(3);
    partial.coverage.missing.push(Missing { shards: vec![Shard(1)], member: None, is_retryable: true });
    pages.keep(question("a"), 7, &partial);
    assert_eq!(pages.find(&question("a"), 7), None);
}

#[test]
fn neither_pages_nor_names_nor_questions_grow_without_end() {
    let pages = Pages::default();
    for n in 0..10 * MAX_QUESTIONS {
        assert!(!pages.is_repeated(&question(&n.to_string())));
        pages.keep(question(&n.to_string()), 7, &page(1));
    }
    let held = |pages: &Pages| {
        let state = pages.0.lock().unwrap();
        let names: usize = state.pages.iter().map(|kept| kept.page.answer.repositories.len()).sum();
        assert_eq!(names, state.names);
        (state.asked.len(), state.pages.len(), state.names)
    };
    assert_eq!(held(&pages), (MAX_QUESTIONS, MAX_PAGES, MAX_PAGES));
    for n in 0..5 {
        pages.keep(question(&n.to_string()), 7, &page(MAX_NAMES / 2));
    }
    assert_eq!(held(&pages), (MAX_QUESTIONS, 2, MAX_NAMES));
    pages.keep(question("too many"), 7, &page(MAX_NAMES + 1));
    pages.keep(question(&"x".repeat(MAX_AFTER_BYTES + 1)), 7, &page(1));
    assert_eq!(held(&pages), (MAX_QUESTIONS, 2, MAX_NAMES));
}

#[test]
fn what_is_used_stays_and_what_is_not_goes() {
    let pages = Pages::default();
    for n in 0..2 * MAX_PAGES {
        pages.keep(question("used"), 7, &page(1));
        pages.keep(question(&n.to_string()), 7, &page(1));
        assert!(pages.find(&question("used"), 7).is_some());
    }
    assert_eq!(pages.find(&question("0"), 7), None);
}

#[test]
fn a_question_is_repeated_if_it_was_asked_lately() {
    let pages = Pages::default();
    assert!(!pages.is_repeated(&question("a")));
    assert!(pages.is_repeated(&question("a")));
    for n in 0..MAX_QUESTIONS {
        pages.is_repeated(&question(&n.to_string()));
    }
    assert!(!pages.is_repeated(&question("a")));
}
