use super::*;

#[test]
fn known_answers_of_every_algorithm() {
    for (algorithm, begins) in [
        (Algorithm::Sha256, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (Algorithm::Sha384, "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"),
        (Algorithm::Sha512, "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"),
        (Algorithm::Blake3, "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
    ] {
        assert!(digest_of(algorithm, b"abc").to_string().starts_with(begins), "{algorithm}");
    }
}

#[test]
fn pieces_and_whole_have_one_digest() {
    let content: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
    for algorithm in Algorithm::ALL {
        let mut hasher = Hasher::new(algorithm);
        content.chunks(777).for_each(|piece| hasher.update(piece));
        assert_eq!(hasher.finish(), digest_of(algorithm, &content));
    }
}
