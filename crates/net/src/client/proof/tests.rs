use super::*;

/// As the network's libraries wrap it.
#[derive(Debug, thiserror::Error)]
#[error("the connection failed")]
struct Wrapped(#[source] io::Error);

fn words_of(error: rustls::Error) -> Option<&'static str> {
    let plain = io::Error::new(io::ErrorKind::InvalidData, error.clone());
    let words = in_words(&plain);
    let nested = Wrapped(io::Error::other(io::Error::other(error)));
    assert_eq!(in_words(&nested), words, "wrapped or not");
    words
}

#[test]
fn an_alert_of_which_only_the_text_is_left_is_understood() {
    let alert = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
    let text = Wrapped(io::Error::other(format!("connection error: {alert}")));
    assert_eq!(in_words(&text), words_of(alert));
}

#[test]
fn every_way_not_to_trust_has_words_that_say_what_to_look_at() {
    use CertificateError as Wrong;
    for (wrong, word) in [
        (Wrong::Expired, "expired"),
        (Wrong::NotValidYet, "clock"),
        (Wrong::UnknownIssuer, "authority"),
        (Wrong::BadSignature, "secrets"),
        (Wrong::NotValidForName, "another"),
        (Wrong::InvalidPurpose, "both sides"),
        (Wrong::BadEncoding, "cannot be accepted"),
    ] {
        let words = words_of(rustls::Error::InvalidCertificate(wrong.clone())).unwrap();
        assert!(words.contains(word) && words.starts_with("its certificate"), "{wrong:?}: {words}");
    }
    for (alert, word) in [
        (AlertDescription::CertificateExpired, "clocks"),
        (AlertDescription::UnknownCA, "authority"),
        (AlertDescription::DecryptError, "secrets"),
        (AlertDescription::BadCertificate, "refuses"),
        (AlertDescription::CertificateRequired, "refuses"),
    ] {
        let words = words_of(rustls::Error::AlertReceived(alert)).unwrap();
        assert!(words.contains(word) && words.contains("from here"), "{alert:?}: {words}");
    }
}

#[test]
fn what_is_not_about_trust_has_no_such_words() {
    assert_eq!(words_of(rustls::Error::HandshakeNotComplete), None);
    assert_eq!(words_of(rustls::Error::AlertReceived(AlertDescription::InternalError)), None);
    assert_eq!(in_words(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
    assert_eq!(in_words(&io::Error::other("certificate")), None);
}
