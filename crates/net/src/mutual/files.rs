//! Certificate, key and authorities from files, kept fresh by their content.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Clock, Files, Host};
use rustls::RootCertStore;

use super::{Material, Mutual, MutualOptions, Pair};
use crate::Error;
use crate::tls::{self, CERTIFICATE, KEY};

const AUTHORITY: &str = "authority";

/// The content of all files.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Content {
    cert: Vec<u8>,
    key: Vec<u8>,
    authorities: Vec<(PathBuf, Vec<u8>)>,
}

/// Reads all files.
pub(super) async fn read(options: &MutualOptions, host: &Host) -> Result<Content, Error> {
    let (files, options) = (Arc::clone(&host.files), options.clone());
    host.tasks.blocking(move || Content::read(&options, &*files)).await?
}

/// Looks at the files for ever and takes over what is new. What cannot be used is reported once.
pub(super) async fn follow(mutual: &Mutual, poll: Duration, host: &Host) {
    let mut seen = mutual.first.clone();
    loop {
        host.clock.sleep(poll).await;
        // Files that are just being replaced may be away for a moment; the old content stays in use.
        let Ok(content) = read(&mutual.options, host).await else { continue };
        if seen.as_ref() != Some(&content) {
            mutual.take_over(content.pair(&mutual.options, &host.clock));
            seen = Some(content);
        }
    }
}

impl Content {
    fn read(options: &MutualOptions, files: &dyn Files) -> Result<Self, Error> {
        let MutualOptions::Files { cert, key, authorities, .. } = options else {
            return Err(Error::NoSecret);
        };
        let authorities =
            authorities.iter().map(|path| Ok((path.clone(), tls::read_file(files, AUTHORITY, path)?)));
        Ok(Self {
            cert: tls::read_file(files, CERTIFICATE, cert)?,
            key: tls::read_file(files, KEY, key)?,
            authorities: authorities.collect::<Result<_, Error>>()?,
        })
    }

    pub(super) fn pair(&self, options: &MutualOptions, clock: &Arc<dyn Clock>) -> Result<Pair, Error> {
        let MutualOptions::Files { cert, key, .. } = options else { return Err(Error::NoSecret) };
        let mut roots = RootCertStore::empty();
        for (path, content) in &self.authorities {
            for authority in tls::chain(content, AUTHORITY, path)? {
                roots.add(authority).map_err(|source| Error::Authority { path: path.clone(), source })?;
            }
        }
        let material = Material {
            chain: tls::chain(&self.cert, CERTIFICATE, cert)?,
            key: tls::key(&self.key, key)?,
            roots,
        };
        material.pair(clock).map_err(|source| Error::TlsPair { cert: cert.clone(), key: key.clone(), source })
    }
}
