use super::*;

#[test]
fn values_are_decoded_and_the_first_counts() {
    let mut form = Form::read("query=%7Ba+b%7D&x&query=second&%C3%BC=%c3%bc%2B=&&e=").unwrap();
    assert_eq!(form.take("query").as_deref(), Some("{a b}"));
    assert_eq!(form.take("x").as_deref(), Some(""));
    assert_eq!(form.take("ü").as_deref(), Some("ü+="));
    assert_eq!(form.take("none"), None);
    assert_eq!(Form::read(""), Some(Form::default()));
}

#[test]
fn what_is_not_encoded_text_is_refused() {
    for text in ["query=%", "query=%7", "query=%zz", "query=%ff", "%ff=1", "a=1&b=%+1"] {
        assert_eq!(Form::read(text), None, "{text}");
    }
}
