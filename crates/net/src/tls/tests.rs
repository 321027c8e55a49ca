use atoll_host::Host;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize, generate_simple_self_signed};

use super::*;

/// Tries to use files with this content.
async fn load(cert: &str, key: &str) -> Result<Identity, Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let options = TlsOptions::new(folder.path().join("tls.crt"), folder.path().join("tls.key"));
    std::fs::write(&options.cert, cert).expect("written");
    std::fs::write(&options.key, key).expect("written");
    Identity::load(options, &Host::system(1)).await
}

async fn complaint(cert: &str, key: &str) -> String {
    load(cert, key).await.err().expect("an error").to_string()
}

fn pair() -> (String, String) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// The older form of a key, which PKCS #8 (RFC 5208) wraps: version, algorithm, then an octet string that holds it.
fn unwrapped(pkcs8: &[u8]) -> Vec<u8> {
    let (sequence, _) = content(pkcs8);
    let (_version, rest) = content(sequence);
    let (_algorithm, rest) = content(rest);
    content(rest).0.to_vec()
}

/// The content of the first DER element, and what follows the element.
fn content(der: &[u8]) -> (&[u8], &[u8]) {
    let (length, start) = match der[1] {
        long if long > 0x80 => {
            let count = usize::from(long - 0x80);
            (der[2..2 + count].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), 2 + count)
        }
        short => (usize::from(short), 2),
    };
    (&der[start..start + length], &der[start + length..])
}

#[tokio::test]
async fn every_usual_form_of_key_is_read() {
    let (cert, key) = pair();
    assert!(load(&cert, &key).await.is_ok());
    let sec1 = ::pem::Pem::new("EC PRIVATE KEY", unwrapped(::pem::parse(&key).expect("a key").contents()));
    assert!(load(&cert, &::pem::encode(&sec1)).await.is_ok());

    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let cert = params.self_signed(&rsa).expect("a certificate").pem();
    assert!(load(&cert, &rsa.serialize_pem()).await.is_ok());
    let pkcs1 = ::pem::Pem::new("RSA PRIVATE KEY", unwrapped(&rsa.serialize_der()));
    assert!(load(&cert, &::pem::encode(&pkcs1)).await.is_ok());
}

#[tokio::test]
async fn what_is_wrong_is_told_with_the_file() {
    let (cert, key) = pair();
    let (_, other_key) = pair();
    for (cert, key, sentence) in [
        ("", key.as_str(), "tls.crt holds no certificate"),
        (key.as_str(), &key, "tls.crt holds no certificate"),
        (&cert, "", "tls.key holds no private key"),
        (&cert, &cert, "tls.key holds no private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n", &key, "tls.crt is not valid PEM"),
        (&cert, "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n", "tls.key is not valid PEM"),
        (&cert, &other_key, "tls.key cannot be used together"),
    ] {
        let told = complaint(cert, key).await;
        assert!(told.contains(sentence), "{told}");
    }
    let options = TlsOptions::new("/nowhere/tls.crt", "/nowhere/tls.key");
    let error = Identity::load(options, &Host::system(1)).await.err().expect("an error");
    assert!(
        error.to_string().starts_with("cannot read the TLS certificate file /nowhere/tls.crt"),
        "{error}"
    );
}
