use super::{base64, decode, hex};

#[test]
fn a_secret_is_read_raw_in_hex_and_in_base64() {
    let raw: Vec<u8> = (0..32).collect();
    let expected = decode(&raw).unwrap();
    for text in [
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\r\n",
    ] {
        assert!(decode(text.as_bytes()) == Some(expected.clone()), "{text:?}");
    }
    assert_eq!(format!("{expected:?}"), "ClusterSecret(hidden)");
}

#[test]
fn what_has_not_thirty_two_bytes_or_only_equal_ones_is_no_secret() {
    for content in [
        b"".as_slice(),
        b"short",
        &[0; 32],
        &[b'a'; 32],
        &[1, 2, 3],
        b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
        b"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g",
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gIQ==",
        &[0xff; 64],
    ] {
        assert!(decode(content).is_none(), "{content:?}");
    }
}

#[test]
fn both_alphabets_of_base64_are_known_and_bits_beyond_the_end_are_refused() {
    assert_eq!(base64("-_-_"), Some(vec![0xfb, 0xff, 0xbf]));
    assert_eq!(base64("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    assert_eq!(base64("AB=="), None);
    assert_eq!(base64("A B="), None);
    assert_eq!(hex("0aF0"), Some(vec![0x0a, 0xf0]));
    assert_eq!(hex("0aF"), None);
}
