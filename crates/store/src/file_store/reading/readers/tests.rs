use super::*;

#[test]
fn streams_beyond_the_first_ones_are_frugal_until_a_seat_is_free() {
    let readers = Arc::<Readers>::default();
    let mut fast: Vec<Seat> = (0..FAST_STREAMS).map(|_| readers.take_seat()).collect();
    assert!(fast.iter().all(|seat| seat.pace() == FAST));
    let frugal = readers.take_seat();
    assert_eq!(frugal.pace(), FRUGAL);
    drop(frugal);
    fast.pop();
    assert_eq!(readers.take_seat().pace(), FAST);
}
