use super::*;

fn encoded(bytes: &'static [u8]) -> Description<u8> {
    let decode =
        |bytes: &[u8]| bytes.first().copied().ok_or_else(|| Error::Internal("nothing to read".to_owned()));
    Description::Encoded { bytes: Bytes::from_static(bytes), decode }
}

#[test]
fn what_came_encoded_is_equal_to_what_is_ready_and_says_the_same() {
    assert_eq!(encoded(&[7]), Description::ready(7));
    assert_ne!(encoded(&[7]), Description::ready(8));
    assert_eq!(encoded(&[7]).open(), Ok(7));
    assert_eq!(*encoded(&[7]).read().unwrap(), 7);
    assert_eq!(Description::ready(7).open(), Ok(7));
}

#[test]
fn what_cannot_be_read_is_an_error_and_equal_to_nothing() {
    assert!(matches!(encoded(&[]).open(), Err(Error::Internal(_))));
    assert_ne!(encoded(&[]), encoded(&[]));
}

#[test]
fn only_what_is_ready_can_be_completed() {
    assert_eq!(Description::ready(7).ready_mut(), Some(&mut 7));
    assert_eq!(encoded(&[7]).ready_mut(), None);
}
