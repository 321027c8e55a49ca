use super::*;

fn cache() -> Generations<u32, u32> {
    Generations::new(Bounds { entries: 4, bytes: 100 })
}

#[test]
fn what_is_looked_up_stays_and_what_is_not_is_let_go() {
    let cache = cache();
    cache.put(0, 0, 1);
    for key in 1..20 {
        cache.put(key, key, 1);
        assert_eq!(cache.get(&0), Some(0));
    }
    assert_eq!(cache.get(&1), None);
    let kept = (0..20).filter(|key| cache.get(key).is_some()).count();
    assert!(kept <= 4, "{kept}");
}

#[test]
fn bytes_are_bounded_too() {
    let cache = cache();
    cache.put(1, 1, 51);
    assert_eq!(cache.get(&1), None);
    cache.put(2, 2, 30);
    cache.put(3, 3, 30);
    cache.put(4, 4, 30);
    assert_eq!((cache.get(&2), cache.get(&4)), (None, Some(4)));
}

#[test]
fn a_newer_value_takes_the_place_of_an_older_one_in_either_generation() {
    let cache = cache();
    cache.put(1, 1, 10);
    cache.put(1, 2, 10);
    assert_eq!(cache.get(&1), Some(2));
    cache.put(2, 2, 10);
    cache.put(3, 3, 10);
    cache.put(1, 3, 10);
    assert_eq!(cache.get(&1), Some(3));
}
