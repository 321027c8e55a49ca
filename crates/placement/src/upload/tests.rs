use super::*;

const KEY: ClusterKey = ClusterKey([9; 16]);

#[test]
fn an_id_names_its_holder_for_its_repository_only() {
    for holder in [0, 1, 513, u16::MAX] {
        let id = UploadId::issue(KEY, "team/app", MemberId(holder), u64::MAX - 7);
        assert_eq!(id.holder(KEY, "team/app"), Some(MemberId(holder)));
        assert_eq!(id.holder(KEY, "team/other"), None);
        assert_eq!(id.holder(ClusterKey([8; 16]), "team/app"), None);
    }
}

#[test]
fn an_id_is_a_uuid_of_version_eight_and_survives_its_text() {
    let id = UploadId::issue(KEY, "a", MemberId(5), 42);
    let text = id.to_string();
    assert_eq!(
        (text.len(), text.as_bytes()[14], "89ab".contains(char::from(text.as_bytes()[19]))),
        (36, b'8', true)
    );
    assert_eq!(text.parse(), Ok(id));
}

#[test]
fn any_changed_bit_makes_the_id_unknown() {
    let id = UploadId::issue(KEY, "a", MemberId(5), 42);
    for bit in 0..128 {
        assert_eq!(UploadId(id.0 ^ (1 << bit)).holder(KEY, "a"), None, "bit {bit}");
    }
}

#[test]
fn other_texts_are_not_upload_ids() {
    for text in [
        "",
        "x",
        "00000000-0000-4000-8000-00000000000",
        "00000000000080008000000000000000",
        "../../../../../../../../../../etc/pas",
    ] {
        assert_eq!(text.parse::<UploadId>(), Err(NotAnUploadId), "{text}");
    }
}
