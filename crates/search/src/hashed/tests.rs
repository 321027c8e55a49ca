use super::*;

fn text(number: usize) -> Arc<String> {
    Arc::new(number.to_string())
}

#[test]
fn what_is_equal_is_kept_once() {
    let mut shared = Shared::default();
    let kept: Vec<_> = (0..100).map(|number| shared.one(text(number))).collect();
    for (number, kept) in kept.iter().enumerate() {
        assert!(Arc::ptr_eq(&shared.one(text(number)), kept));
    }
    assert_eq!(shared.into_all().count(), 100);
}

#[test]
fn what_nobody_shares_any_more_is_thrown_out() {
    let mut shared = Shared::default();
    let kept: Vec<_> = (0..10).map(|number| shared.one(text(number))).collect();
    (10..10_000).for_each(|number| drop(shared.one(text(number))));
    assert!(shared.known.len() < 100, "{}", shared.known.len());
    assert!(kept.iter().enumerate().all(|(number, kept)| Arc::ptr_eq(&shared.one(text(number)), kept)));
}
