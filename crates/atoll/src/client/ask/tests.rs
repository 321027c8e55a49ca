use http::StatusCode;
use serde_json::json;

use super::{Error, Reach, Server, base64, messages};

fn server(url: &str, user: Option<&str>) -> Result<Server, Error> {
    Server::new(&Reach { url: url.to_owned(), user: user.map(str::to_owned), cacert: None })
}

#[test]
fn a_password_in_an_address_is_refused_and_not_shown() {
    let refused = server("http://alice:s3cret@host", None).err().unwrap().to_string();
    assert!(refused.contains("`http://******@host`") && refused.contains("--user"), "{refused}");
}

#[test]
fn a_user_has_a_password() {
    let server = |user| server("http://host", Some(user));
    assert_eq!(server("alice:secret").unwrap().authorization.unwrap(), "Basic YWxpY2U6c2VjcmV0");
    assert!(matches!(server("alice"), Err(Error::User)));
}

#[test]
fn base64_is_padded() {
    for (bytes, text) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("~~~?", "fn5+Pw==")]
    {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
}

#[test]
fn statuses_are_told_in_sentences() {
    let server = server("http://host:1", None).unwrap();
    assert!(server.judge(StatusCode::OK).is_ok() && server.judge(StatusCode::UNPROCESSABLE_ENTITY).is_ok());
    for (status, words) in [
        (404, "has no search"),
        (401, "--user"),
        (403, "does not allow"),
        (503, "try again"),
        (429, "try again"),
        (500, "answered with status 500"),
        (302, "answered with status 302"),
    ] {
        let error = server.judge(StatusCode::from_u16(status).unwrap()).unwrap_err().to_string();
        assert!(error.starts_with("http://host:1 ") && error.contains(words), "{error}");
    }
}

#[test]
fn errors_of_an_answer_are_shown_without_control_characters() {
    let told = json!({"errors": [{"message": "a\u{1b}[2Jb"}, {"path": []}, {"message": "c"}], "data": null});
    assert_eq!(messages(&told), ["a [2Jb", "c"]);
    assert_eq!(messages(&json!({"data": {}})), [""; 0]);
}
