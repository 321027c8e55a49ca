//! What members prove themselves with: certificates from files, or a secret from which certificates are derived.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use atoll_oci::{Algorithm, digest_of};
use atoll_placement::ClusterKey;

use super::Findings;
use crate::checks::unreadable;
use crate::merged::Merged;
use crate::problem::{Cause, Origin, Warning};

const FILE: &str = "atoll.cluster.secretFile";
const ACCEPTED: &str = "atoll.cluster.acceptedSecretFiles";

/// The word among the accepted secrets that stands for the one derived from `cluster.hashKey`.
const HASH_KEY_WORD: &str = "hashKey";

const SECRET_BYTES: usize = 32;

/// Most further secrets that are accepted at a time.
const ACCEPTED_MAX: usize = 4;

/// The most that is read of a secret's file; a secret in hex has 65 bytes.
const FILE_BYTES_MAX: u64 = 4 << 10;

/// Permissions of everybody beyond owner and group.
const OTHERS: u32 = 0o007;

/// What members prove themselves with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// PEM files; each could be opened when the settings were read.
    Files {
        /// This member's certificate chain.
        cert: PathBuf,
        /// The certificate's key.
        key: PathBuf,
        /// The authorities that members' certificates are checked against.
        authorities: PathBuf,
    },
    /// Certificates derived from a secret.
    Secret {
        /// The secret that this member's own certificate is derived from.
        own: ClusterSecret,
        /// Further secrets that other members' certificates may be derived from.
        accepted: Vec<ClusterSecret>,
    },
}

/// 32 secret bytes, the same on every member. They have no text.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterSecret([u8; SECRET_BYTES]);

impl ClusterSecret {
    /// The bytes, to derive from.
    pub fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The secret of a cluster that was given nothing better than its key.
    fn of_key(key: ClusterKey) -> Option<Self> {
        let labelled = [b"atoll link secret\0".as_slice(), &key.0].concat();
        digest_of(Algorithm::Sha256, &labelled).bytes().try_into().ok().map(Self)
    }
}

impl fmt::Debug for ClusterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterSecret(hidden)")
    }
}

/// The trust of the settings; none if something is wrong with it. A member alone is not told that it needs a better secret.
pub(super) fn read(
    merged: &Merged,
    key: Option<ClusterKey>,
    has_peers: bool,
    findings: &mut Findings,
) -> Option<Trust> {
    if merged.node("cluster.tls").is_some() {
        for path in [FILE, ACCEPTED] {
            if merged.node(path).is_some() {
                findings.warnings.push(warning(
                    merged,
                    path,
                    "the certificates of cluster.tls are used",
                    false,
                ));
            }
        }
        return files(merged, findings);
    }
    let own = if let Some(file) = merged.optional_text(FILE) {
        secret(merged, FILE, &file, findings)
    } else {
        if has_peers && key.is_some() {
            findings.warnings.push(warning(merged, "cluster.hashKey", FROM_KEY, true));
        }
        key.and_then(ClusterSecret::of_key)
    };
    let accepted = accepted(merged, key, findings);
    Some(Trust::Secret { own: own?, accepted: accepted? })
}

const FROM_KEY: &str = "the link between members trusts whoever knows this key: a secret of 32 random bytes in \
                        atoll.cluster.secretFile is better";

fn files(merged: &Merged, findings: &mut Findings) -> Option<Trust> {
    let mut check = |path: &'static str, purpose: &'static str| {
        let cause = match merged.optional_text(path) {
            None => Cause::Missing(purpose),
            Some(file) => match unreadable(Path::new(&file)) {
                None => return Some(PathBuf::from(file)),
                Some(cause) => cause,
            },
        };
        findings.problems.push(merged.problem(path, cause));
        None
    };
    let cert = check("cluster.tls.cert", "cluster.tls needs this member's certificate");
    let key = check("cluster.tls.key", "cluster.tls needs the certificate's key");
    let authorities =
        check("cluster.tls.cacert", "cluster.tls needs the authorities of the members' certificates");
    Some(Trust::Files { cert: cert?, key: key?, authorities: authorities? })
}

fn accepted(merged: &Merged, key: Option<ClusterKey>, findings: &mut Findings) -> Option<Vec<ClusterSecret>> {
    let files = merged.texts(ACCEPTED).unwrap_or_default();
    if files.len() > ACCEPTED_MAX {
        let sentence = format!("it has {} files, and at most {ACCEPTED_MAX} are accepted", files.len());
        findings.problems.push(merged.problem(ACCEPTED, Cause::Inconsistent(sentence)));
        return None;
    }
    let read = |file: &String| {
        if file == HASH_KEY_WORD {
            key.and_then(ClusterSecret::of_key)
        } else {
            secret(merged, ACCEPTED, file, findings)
        }
    };
    // Every file is looked at, so that all that is wrong is told at once.
    let secrets: Vec<Option<ClusterSecret>> = files.iter().map(read).collect();
    secrets.into_iter().collect()
}

/// The secret of a file; what is wrong with the file is told, what is in it is not.
fn secret(merged: &Merged, path: &str, file: &str, findings: &mut Findings) -> Option<ClusterSecret> {
    let place = Path::new(file);
    let content = match unreadable(place) {
        Some(cause) => Err(cause),
        None => content(place)
            .map_err(|error| Cause::Inconsistent(format!("{} cannot be read: {error}", place.display()))),
    };
    let (content, mode) = match content {
        Ok(read) => read,
        Err(cause) => {
            findings.problems.push(merged.problem(path, cause));
            return None;
        }
    };
    if mode & OTHERS != 0 {
        findings.warnings.push(warning(
            merged,
            path,
            "everybody on this machine may read the secret: chmod 600 its file",
            true,
        ));
    }
    let secret = decode(&content);
    if secret.is_none() {
        let sentence = format!(
            "{} has {} bytes and is no secret: make one with `openssl rand -hex 32`, the same for every member",
            place.display(),
            content.len()
        );
        findings.problems.push(merged.problem(path, Cause::Inconsistent(sentence)));
    }
    secret
}

fn content(file: &Path) -> std::io::Result<(Vec<u8>, u32)> {
    let file = File::open(file)?;
    let mode = file.metadata()?.permissions().mode();
    let mut content = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut content)?;
    Ok((content, mode))
}

/// A secret as 32 bytes, as hex or as base64; the last two may end in white space. Bytes that are all the same are none.
fn decode(content: &[u8]) -> Option<ClusterSecret> {
    let bytes = if let Ok(raw) = <[u8; SECRET_BYTES]>::try_from(content) {
        raw
    } else {
        let text = std::str::from_utf8(content).ok()?.trim();
        hex(text).or_else(|| base64(text))?.try_into().ok()?
    };
    let first = bytes.first().copied();
    bytes.iter().any(|byte| Some(*byte) != first).then_some(ClusterSecret(bytes))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Base64 of RFC 4648, with either alphabet, with or without padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(SECRET_BYTES);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

fn warning(merged: &Merged, path: &str, because: &'static str, has_effect: bool) -> Warning {
    let origin = merged.node(path).map_or(Origin::Defaults, |node| node.origin.clone());
    Warning { key: path.to_owned(), written: Vec::new(), origin, because, has_effect }
}

#[cfg(test)]
mod tests;
