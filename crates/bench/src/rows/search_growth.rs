//! Searches in a small and in a large registry, deep pages, and what the search costs starts and memory.

use super::CONNECTIONS;
use super::search::{QUERIES, TAGS_PER_REPOSITORY, fill, fresh, global_text};
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Quantity, Target, Unit};
use crate::{load, peers};

/// How often a full server is started.
const STARTS: usize = 5;
const SMALL: usize = 1_000;

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let folder = stage.folder("growth/middle")?;
    let mut lines = starts(stage, &folder)?;
    lines.extend(growth(stage)?);
    Ok(lines)
}

/// Sorted pages, words and deep pages: the large registry beside the small one.
fn growth(stage: &Stage) -> Result<Vec<Line>, Error> {
    let large_size = stage.scale.repositories * 10;
    let small = peers::searching(stage, &stage.folder("growth/small")?)?;
    let large = peers::searching(stage, &stage.folder("growth/large")?)?;
    fill(&small, SMALL)?;
    fill(&large, large_size)?;
    let page = |nth: usize, offset: usize| {
        fresh(nth, &global_text("", &format!("limit:10 offset:{offset} sortBy: UPDATE_TIME")))
    };
    let first: Vec<String> = (0..QUERIES).map(|nth| page(nth, nth % (SMALL / 2))).collect();
    let deep: Vec<String> = (0..QUERIES).map(|nth| page(nth, large_size / 2 + nth % (SMALL / 2))).collect();
    // Each word is the beginning of ten numbers of either registry, so that the pages are alike.
    let words = |size: usize| -> Vec<String> {
        let word = |nth: usize| format!("-{:04}", nth % (size / 10).max(1));
        (0..QUERIES)
            .map(|nth| fresh(nth, &global_text(&word(nth), "limit:9 offset:0 sortBy:RELEVANCE")))
            .collect()
    };
    let turn = |name, server: &Server, paths: Vec<String>| {
        let url = format!("http://{}/", server.address);
        Contestant::new(name, move || {
            let load = load::get_each(&url, &paths, CONNECTIONS, (stage.scale.turn, stage.path()))?;
            Ok(load.median.as_secs_f64() * 1e3)
        })
    };
    let beside = "1,000 repositories";
    let mut lines = Vec::new();
    let sorted = vec![turn("atoll", &large, first.clone()), turn(beside, &small, first.clone())];
    let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, sorted)?;
    lines.extend(outcome.line(
        &format!("sorted page, {large_size} repositories, p50"),
        beside,
        Some(Target::AtMost(1.3)),
    ));
    let named = vec![turn("atoll", &large, words(large_size)), turn(beside, &small, words(SMALL))];
    let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, named)?;
    lines.extend(outcome.line(
        &format!("part of a name, {large_size} repositories, p50"),
        beside,
        Some(Target::AtMost(3.0)),
    ));
    let depth = vec![turn("atoll", &large, deep), turn("first pages", &large, first)];
    let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, depth)?;
    let what = format!("page at offset {}, p50", large_size / 2);
    lines.extend(outcome.line(&what, "first pages", Some(Target::AtMost(2.0))));
    lines.push(memory(&large, large_size, 1434.0)?);
    Ok(lines)
}

fn memory(server: &Server, repositories: usize, most: f64) -> Result<Line, Error> {
    let kibibytes = u32::try_from(server.resident_bytes()? >> 10).unwrap_or(u32::MAX);
    let value = Quantity { value: f64::from(kibibytes) / 1024.0, unit: Unit::Mebibytes };
    let what = format!(
        "resident memory with search, {repositories} repositories, {} tags",
        repositories * TAGS_PER_REPOSITORY
    );
    Ok(Line::alone(what, value, Target::AtMost(most)))
}

/// From the start of the process to the first answer of a search, and the memory then.
fn starts(stage: &Stage, folder: &std::path::Path) -> Result<Vec<Line>, Error> {
    let repositories = stage.scale.repositories;
    fill(&peers::searching(stage, folder)?, repositories)?;
    let mut times = Vec::new();
    let mut resident = None;
    for _ in 0..STARTS {
        let atoll = peers::searching(stage, folder)?;
        times.push(atoll.took.as_secs_f64() * 1e3);
        resident = Some(memory(&atoll, repositories, 140.0)?);
    }
    let what = format!(
        "start to the first search, {repositories} repositories, {} tags",
        repositories * TAGS_PER_REPOSITORY
    );
    let median = Quantity { value: contest::median(times), unit: Unit::Milliseconds };
    Ok(std::iter::once(Line::alone(what, median, Target::AtMost(300.0))).chain(resident).collect())
}
