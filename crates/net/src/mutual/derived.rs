//! An authority derived from a secret, and certificates of it.
//!
//! HKDF-SHA256 (RFC 5869) makes the seed of an Ed25519 key (RFC 8032) from the secret; the certificate of the authority holds nothing but
//! that key and a fixed name. So everybody with the secret has the same authority, without having exchanged anything.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Clock, Timestamp};
use aws_lc_rs::hkdf;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, date_time_ymd,
};
use rustls::RootCertStore;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{Material, MutualOptions, Pair, Secret};
use crate::Error;

/// How far the clocks of two sides may be apart: a certificate counts from this long before it was issued.
const BACKDATING: Duration = Duration::from_hours(7 * 24);
/// How long a certificate counts.
const VALIDITY: Duration = Duration::from_hours(30 * 24);
/// How often a new one is issued.
pub(super) const RENEWAL: Duration = Duration::from_hours(24);
/// Says what the derived bytes are for (the `info` of RFC 5869).
const PURPOSE: &[&[u8]] = &[b"atoll member link authority, version 1"];
/// Length of an Ed25519 seed.
const SEED_BYTES: usize = 32;
/// What stands before a seed in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

pub(super) fn pair(options: &MutualOptions, clock: &Arc<dyn Clock>) -> Result<Pair, Error> {
    let MutualOptions::Derived { secrets, group, name } = options else {
        return Err(Error::NoSecret);
    };
    let derive = |source: rcgen::Error| Error::Derive { source };
    let (first, _) = secrets.split_first().ok_or(Error::NoSecret)?;
    let mut roots = RootCertStore::empty();
    for secret in secrets {
        let key = key(secret, group)?;
        let authority = authority().self_signed(&key).map_err(derive)?;
        roots.add(authority.der().clone()).map_err(|source| Error::Mutual { source })?;
    }
    let issuer = Issuer::new(authority(), key(first, group)?);
    let own = KeyPair::generate_for(&PKCS_ED25519).map_err(derive)?;
    let leaf = leaf(name, clock.now()).and_then(|leaf| leaf.signed_by(&own, &issuer)).map_err(derive)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let material = Material { chain: vec![leaf.der().clone()], key, roots };
    material.pair(clock).map_err(|source| Error::Mutual { source })
}

/// The authority's key.
fn key(secret: &Secret, group: &[u8]) -> Result<KeyPair, Error> {
    let mut encoded = PKCS8_PREFIX.to_vec();
    let mut seed = [0; SEED_BYTES];
    let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, group).extract(secret.bytes());
    let filled = derived.expand(PURPOSE, hkdf::HKDF_SHA256).and_then(|material| material.fill(&mut seed));
    filled.map_err(|_too_long| Error::Derive { source: rcgen::Error::RingUnspecified })?;
    encoded.extend_from_slice(&seed);
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(encoded), &PKCS_ED25519);
    key.map_err(|source| Error::Derive { source })
}

/// The authority but for its key. All of it is fixed.
fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Atoll members");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// A certificate for both sides of a connection.
fn leaf(name: &str, now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_nanos(now.minus(BACKDATING).0);
    params.not_after = epoch + Duration::from_nanos(now.0).saturating_add(VALIDITY);
    Ok(params)
}
