//! Why two servers do not trust one another, in words for the person who looks after them.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

/// Why the other side's certificate is not accepted here, or ours is not accepted there. `None` if it is about something else.
pub(super) fn in_words(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match cause(error) {
        Some(rustls::Error::InvalidCertificate(wrong)) => Some(theirs(wrong)),
        Some(rustls::Error::AlertReceived(alert)) => ours(*alert),
        Some(_) => None,
        None => told(error).and_then(ours),
    }
}

/// The alert that an error's text tells: the HTTP library keeps no more than the text of what breaks a connection.
fn told(error: &(dyn Error + 'static)) -> Option<AlertDescription> {
    const ALERTS: [AlertDescription; 9] = [
        AlertDescription::CertificateExpired,
        AlertDescription::UnknownCA,
        AlertDescription::DecryptError,
        AlertDescription::BadCertificate,
        AlertDescription::UnsupportedCertificate,
        AlertDescription::CertificateRevoked,
        AlertDescription::CertificateUnknown,
        AlertDescription::CertificateRequired,
        AlertDescription::AccessDenied,
    ];
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let is_told =
            |alert: &AlertDescription| text.ends_with(&rustls::Error::AlertReceived(*alert).to_string());
        if let Some(alert) = ALERTS.into_iter().find(is_told) {
            return Some(alert);
        }
        next = error.source();
    }
    None
}

/// The library's own error: the network's errors hold it without naming it as their source.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn theirs(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired, or the clock here is ahead"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet: its clock is ahead, or the clock here is behind"
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is of an authority that is not accepted here: compare the secrets, or the files with the authorities"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is another one's: it does not name whom it should"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not for both sides of a connection"
        }
        _ => "its certificate cannot be accepted",
    }
}

fn ours(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::CertificateExpired => {
            "it refuses the certificate from here as not valid at this time: that has expired, or one of the two clocks is wrong"
        }
        AlertDescription::UnknownCA | AlertDescription::DecryptError => {
            "it refuses the certificate from here as of an authority that it does not accept: compare the secrets, or the files with the authorities"
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::CertificateRequired
        | AlertDescription::AccessDenied => "it refuses the certificate from here",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
