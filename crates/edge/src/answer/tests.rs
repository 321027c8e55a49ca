use http::header;

use super::{Answer, Content};
use crate::header as names;

#[test]
fn the_digest_stands_bare_in_its_header_and_quoted_in_the_entity_tag() {
    let digest = atoll_oci::digest_of(atoll_oci::Algorithm::Sha256, b"x");
    let mut answer = Answer::full(names::TEXT, "x");
    answer.put_digest(&digest);
    assert_eq!(answer.headers[names::CONTENT_DIGEST], digest.to_string());
    assert_eq!(answer.headers[header::ETAG], format!("\"{digest}\""));
}

#[test]
fn an_answer_to_head_keeps_the_length_of_what_it_leaves_out() {
    let mut answer = Answer::full(names::TEXT, "four");
    answer.without_content();
    assert_eq!(answer.headers[header::CONTENT_LENGTH], "4");
    assert!(matches!(answer.content, Content::Empty));
}

#[test]
fn a_warning_is_quoted_and_cannot_break_the_header() {
    let mut answer = Answer::full(names::TEXT, "x");
    answer.warn("a \"b\" \\ c\r\nd");
    assert_eq!(answer.headers[header::WARNING], r#"299 - "a \"b\" \\ cd""#);
}

#[test]
fn a_text_that_cannot_be_a_header_is_left_out() {
    let mut answer = Answer::full(names::TEXT, "x");
    answer.put(header::LINK, "a\nb");
    assert!(!answer.headers.contains_key(header::LINK));
}
