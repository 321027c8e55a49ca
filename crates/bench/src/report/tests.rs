use super::{BEGIN, END, replaced};

#[test]
fn only_what_stands_between_the_marks_is_replaced() {
    let text = format!("head\n{BEGIN}\nold\n{END}\ntail\n");
    let once = replaced(&text, "new\n").unwrap();
    assert_eq!(once, format!("head\n{BEGIN}\n\nnew\n\n{END}\ntail\n"));
    assert_eq!(replaced(&once, "new").unwrap(), once);
}

#[test]
fn a_document_without_marks_is_left_alone() {
    assert_eq!(replaced("head\n", "new"), None);
    assert_eq!(replaced(&format!("{END} {BEGIN}"), "new"), None);
}
