use super::*;

const NONCE: [u8; NONCE_BYTES] = [3; NONCE_BYTES];
const HEADER: [u8; HEADER_BYTES] = [23, 3, 3, 0, 0];

/// Both libraries with each cipher, under one name and key.
fn pairs() -> Vec<(&'static str, [Cipher; 2])> {
    let pair = |name, general, wide, length| {
        let key = &[9; 32][..length];
        let general = aws::LessSafeKey::new(aws::UnboundKey::new(general, key).expect("a key"));
        let wide = ring::LessSafeKey::new(ring::UnboundKey::new(wide, key).expect("a key"));
        (name, [Cipher::General(general), Cipher::Wide(Box::new(wide))])
    };
    vec![
        pair("AES-128", &aws::AES_128_GCM, &ring::AES_128_GCM, 16),
        pair("AES-256", &aws::AES_256_GCM, &ring::AES_256_GCM, 32),
        pair("ChaCha20", &aws::CHACHA20_POLY1305, &ring::CHACHA20_POLY1305, 32),
    ]
}

#[test]
fn what_one_library_encrypts_each_decrypts_wherever_it_lies() {
    for (name, pair) in pairs() {
        for length in [0, 1, 15, 16, 17, 127, 128, 129, 255, 256, 1_000, 16_384, 16_385] {
            let content: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).expect("small")).collect();
            for start in [0, 1, 5, 22, 127, 128, 300, 20_000] {
                for (sealer, opener) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let mut sealed = content.clone();
                    let tag = pair[sealer].seal(NONCE, HEADER, &mut sealed).expect("sealed");
                    let mut bytes = vec![0; start];
                    bytes.extend_from_slice(&sealed);
                    bytes.extend_from_slice(&tag);
                    let told = (name, length, start, sealer, opener);
                    let opened = pair[opener].open(NONCE, HEADER, (&mut bytes, start)).expect("opened");
                    assert_eq!(opened, length, "{told:?}");
                    assert!(bytes[..length] == content, "{told:?}");
                }
            }
        }
    }
}

#[test]
fn what_was_changed_is_refused_wherever_it_lies() {
    for (name, pair) in pairs() {
        for (start, changed) in [(0, 0), (0, 40), (5, 0), (5, 99), (22, 115)] {
            for cipher in &pair {
                let mut sealed = vec![7; 100];
                let tag = cipher.seal(NONCE, HEADER, &mut sealed).expect("sealed");
                let mut bytes = vec![0; start];
                bytes.extend_from_slice(&sealed);
                bytes.extend_from_slice(&tag);
                bytes[start + changed] ^= 1;
                let refused = cipher.open(NONCE, HEADER, (&mut bytes, start)).expect_err("refused");
                assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{name} {start} {changed}");
            }
        }
    }
}
