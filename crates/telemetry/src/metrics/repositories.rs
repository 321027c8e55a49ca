//! Numbers by repository, with a bound on how many repositories get a label: every label costs the scraper a series for as
//! long as it keeps history, and clients choose the names.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Request;
use crate::names::metric;

/// The label of all repositories beyond the bound. Not a legal repository name, so it can never be one.
pub const OTHER_REPOSITORIES: &str = "other repositories";
/// The label of requests that name no repository; the word is zot's.
pub const NO_REPOSITORY: &str = "N/A";
/// First status that counts as an error.
const FIRST_ERROR_CODE: u16 = 400;
/// Stands for a gauge that was never set.
const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(super) struct Repositories {
    max: usize,
    by_name: RwLock<HashMap<Box<str>, Arc<Series>>>,
    other: Series,
    none: Series,
}

#[derive(Debug)]
struct Series {
    requests: AtomicU64,
    latency_nanos: AtomicU64,
    uploads: AtomicU64,
    downloads: AtomicU64,
    stored_bytes: AtomicU64,
}

impl Repositories {
    pub(super) fn new(max: usize) -> Self {
        Self { max, by_name: RwLock::default(), other: Series::new(), none: Series::new() }
    }

    pub(super) fn finished(&self, request: &Request<'_>) {
        match request.repository {
            None => self.none.answered(request.latency),
            Some(name) if request.code >= FIRST_ERROR_CODE => match self.known(name) {
                Some(series) => series.answered(request.latency),
                None => self.other.answered(request.latency),
            },
            Some(name) => self.with(name, |series| series.answered(request.latency)),
        }
    }

    pub(super) fn uploaded(&self, name: &str) {
        self.with(name, |series| add(&series.uploads, 1));
    }

    pub(super) fn downloaded(&self, name: &str) {
        self.with(name, |series| add(&series.downloads, 1));
    }

    pub(super) fn stored(&self, name: &str, bytes: u64) {
        if let Some(series) = self.known(name).or_else(|| self.opened(name)) {
            series.stored_bytes.store(bytes, Ordering::Relaxed);
        }
    }

    pub(super) fn names(&self, all: bool) -> Vec<Box<str>> {
        let by_name = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |series: &Series| all || load(&series.stored_bytes) == NEVER;
        by_name.iter().filter(|(_, series)| is_meant(series)).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn removed(&self, name: &str) {
        self.by_name.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Appends the four families in the text format 0.0.4, repositories in byte order of their names.
    pub(super) fn render(&self, page: &mut String) {
        let guard = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        let mut named: Vec<(Box<str>, Arc<Series>)> =
            guard.iter().map(|(name, series)| (name.clone(), Arc::clone(series))).collect();
        drop(guard);
        named.sort_by(|left, right| left.0.cmp(&right.0));
        let shared = [(OTHER_REPOSITORIES, &self.other), (NO_REPOSITORY, &self.none)];
        let all: Vec<(&str, &Series)> =
            named.iter().map(|(name, series)| (&**name, &**series)).chain(shared).collect();

        heading(page, metric::HTTP_REPO_LATENCY, "summary", "Latency of serving HTTP requests");
        for (name, series) in all.iter().filter(|(_, series)| load(&series.requests) > 0) {
            let seconds = Duration::from_nanos(load(&series.latency_nanos)).as_secs_f64();
            sample(page, (metric::HTTP_REPO_LATENCY, "_sum"), name, seconds);
            sample(page, (metric::HTTP_REPO_LATENCY, "_count"), name, load(&series.requests));
        }
        heading(page, metric::REPO_UPLOADS, "counter", "Manifests pushed");
        for (name, series) in all.iter().filter(|(_, series)| load(&series.uploads) > 0) {
            sample(page, (metric::REPO_UPLOADS, ""), name, load(&series.uploads));
        }
        heading(page, metric::REPO_DOWNLOADS, "counter", "Manifests pulled");
        for (name, series) in all.iter().filter(|(_, series)| load(&series.downloads) > 0) {
            sample(page, (metric::REPO_DOWNLOADS, ""), name, load(&series.downloads));
        }
        heading(page, metric::REPO_STORAGE_BYTES, "gauge", "Bytes of the blobs that the repository links");
        for (name, series) in all.iter().filter(|(_, series)| load(&series.stored_bytes) != NEVER) {
            sample(page, (metric::REPO_STORAGE_BYTES, ""), name, load(&series.stored_bytes));
        }
    }

    fn with(&self, name: &str, act: impl Fn(&Series)) {
        match self.known(name).or_else(|| self.opened(name)) {
            Some(series) => act(&series),
            None => act(&self.other),
        }
    }

    fn known(&self, name: &str) -> Option<Arc<Series>> {
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// A new label, unless all are taken. The first look is under the read lock: beyond the bound every request of an
    /// unlabelled repository comes here, and those must not queue for the write lock.
    fn opened(&self, name: &str) -> Option<Arc<Series>> {
        if self.by_name.read().unwrap_or_else(PoisonError::into_inner).len() >= self.max {
            return None;
        }
        let mut by_name = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = by_name.get(name) {
            return Some(Arc::clone(series));
        }
        if by_name.len() >= self.max {
            return None;
        }
        let series = Arc::new(Series::new());
        by_name.insert(name.into(), Arc::clone(&series));
        Some(series)
    }
}

impl Series {
    fn new() -> Self {
        Self {
            requests: AtomicU64::new(0),
            latency_nanos: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            downloads: AtomicU64::new(0),
            stored_bytes: AtomicU64::new(NEVER),
        }
    }

    fn answered(&self, latency: Duration) {
        add(&self.requests, 1);
        add(&self.latency_nanos, u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }
}

fn add(number: &AtomicU64, by: u64) {
    number.fetch_add(by, Ordering::Relaxed);
}

fn load(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

fn heading(page: &mut String, name: &str, kind: &str, help: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn sample(page: &mut String, (name, suffix): (&str, &str), repository: &str, value: impl std::fmt::Display) {
    // Labels are repository names or our own words: none holds a quote, a backslash or a line break.
    let _ = writeln!(page, "{name}{suffix}{{repo=\"{repository}\"}} {value}");
}
