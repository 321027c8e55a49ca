use super::*;

#[test]
fn tags_are_told_apart_by_their_names() {
    let hex = "ab".repeat(32);
    let digest = format!("sha256:{hex}").parse().unwrap();
    for (tag, expected) in [
        ("latest".to_owned(), TagKind::Image),
        (format!("sha256-{hex}"), TagKind::Referrers),
        ("sha256-".to_owned(), TagKind::Referrers),
        (format!("sha256-{hex}.sig"), TagKind::Signatures(digest)),
        (format!("sha256-{hex}.att"), TagKind::Image),
        ("sha256-short.sig".to_owned(), TagKind::Image),
        (format!("sha512-{hex}"), TagKind::Image),
    ] {
        assert_eq!(TagKind::of(&tag), expected, "{tag}");
    }
}
