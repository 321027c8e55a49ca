//! How bad a vulnerability is.

use crate::objects::Summary;

/// Severities from the worst to none; unknown words count as `UNKNOWN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Unknown,
    None,
    Untold,
}

impl Severity {
    pub(super) fn read(word: &str) -> Self {
        match word {
            "CRITICAL" => Self::Critical,
            "HIGH" => Self::High,
            "MEDIUM" => Self::Medium,
            "LOW" => Self::Low,
            "NONE" => Self::None,
            "" => Self::Untold,
            _ => Self::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
            Self::Unknown => "UNKNOWN",
            Self::None => "NONE",
            Self::Untold => "",
        }
    }
}

/// Counts by severity.
pub(super) fn summary<'a>(severities: impl Iterator<Item = &'a str>) -> Summary {
    let all: Vec<_> = severities.map(Severity::read).collect();
    let count = |wanted| Some(all.iter().filter(|severity| **severity == wanted).count());
    Summary {
        max_severity: Some(all.iter().min().copied().unwrap_or(Severity::None).name().to_owned()),
        count: Some(all.len()),
        unknown_count: count(Severity::Unknown),
        low_count: count(Severity::Low),
        medium_count: count(Severity::Medium),
        high_count: count(Severity::High),
        critical_count: count(Severity::Critical),
    }
}
