//! `atoll cluster status`: the cluster as one member sees it.

use std::fmt::Write as _;
use std::process::ExitCode;

use atoll_placement::MemberId;
use atoll_service::{ClusterReport, MemberReport, MemberState, MoveState};
use http::Method;

use super::ask::{Unanswered, ask};
use super::table::{Align, runs, size, table};
use super::{Form, Reach};
use crate::failure::Failure;
use crate::output::say;

/// Moves that a table shows; the rest is counted.
const MOVES_SHOWN: usize = 20;

/// Digits of a digest that tell layouts apart.
const DIGEST_SHOWN: usize = 12;

/// Prints the report of a member.
pub(super) fn run(reach: &Reach, form: Form) -> Result<ExitCode, Failure> {
    let body = ask(reach, (Method::GET, "/v2/_atoll/cluster"), None)?;
    let report: ClusterReport = serde_json::from_slice(&body)
        .map_err(|_other| Unanswered::Odd { url: reach.url.clone(), status: 200 })?;
    match form {
        Form::Table => say(&text(&report))?,
        Form::Json => {
            let report = serde_json::to_string_pretty(&report);
            say(&report.map_err(|error| Failure::Usage(error.to_string()))?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The report for people.
fn text(report: &ClusterReport) -> String {
    let mut parts = vec![headline(report), members(report)];
    if !report.missing.is_empty() {
        let shards = runs(report.missing.iter().map(|shard| shard.0));
        parts.push(format!("missing shards, whose repositories are not available now: {shards}\n"));
    }
    parts.extend(troubles(report));
    if !report.moves.is_empty() {
        parts.push(moves(report));
    }
    parts.join("\n")
}

fn headline(report: &ClusterReport) -> String {
    let address = |id: MemberId| {
        let member = report.members.iter().find(|member| member.id == id);
        member.and_then(|member| member.public_address.clone()).unwrap_or_else(|| format!("member {id}"))
    };
    format!(
        "{} shards, {} missing, {} moving; layout {} ({}), as {} sees it\n",
        report.shards,
        report.missing.len(),
        report.moves.len(),
        report.layout_version,
        shortened(&report.layout_digest),
        address(report.answered_by)
    )
}

fn members(report: &ClusterReport) -> String {
    const COLUMNS: [(&str, Align); 10] = [
        ("MEMBER", Align::Right),
        ("ADDRESS", Align::Left),
        ("STATE", Align::Left),
        ("RELEASE", Align::Left),
        ("LAYOUT", Align::Left),
        ("SHARDS", Align::Right),
        ("REPOSITORIES", Align::Right),
        ("CONTENT", Align::Right),
        ("FREE", Align::Right),
        ("HEARD", Align::Right),
    ];
    let rows: Vec<_> = report.members.iter().map(|member| row(report, member)).collect();
    table(&COLUMNS, &rows)
}

fn row(report: &ClusterReport, member: &MemberReport) -> Vec<String> {
    let was_heard = member.last_heard_millis.is_some();
    let told = |text: String| if was_heard { text } else { "-".to_owned() };
    let is_same = member.layout_digest == report.layout_digest;
    let layout = if is_same { "same" } else { shortened(&member.layout_digest) }.to_owned();
    vec![
        member.id.to_string(),
        member.public_address.clone().unwrap_or_else(|| "-".to_owned()),
        state(member.state).to_owned(),
        told(member.release.clone()),
        told(layout),
        told(member.shards_held.to_string()),
        told(member.repositories.to_string()),
        told(member.content_bytes.map_or_else(|| "?".to_owned(), size)),
        told(size(member.free_bytes)),
        member.last_heard_millis.map_or_else(|| "never".to_owned(), heard),
    ]
}

/// Why members do not answer, one in a line.
fn troubles(report: &ClusterReport) -> Option<String> {
    let told = report.members.iter().filter_map(|member| {
        let (id, trouble) = (member.id, member.trouble.as_ref()?);
        // What the link tells begins with the member.
        let is_told = trouble.starts_with(&format!("member {id} "));
        Some(if is_told {
            format!("{trouble}\n")
        } else {
            format!("member {id} does not answer: {trouble}\n")
        })
    });
    Some(told.collect::<String>()).filter(|lines| !lines.is_empty())
}

fn state(state: MemberState) -> &'static str {
    match state {
        MemberState::Up => "up",
        MemberState::Draining => "draining",
        MemberState::Diverged => "other layout",
        MemberState::Down => "down",
        MemberState::Unknown => "unknown",
        MemberState::GivenUp => "given up",
    }
}

fn heard(millis: u64) -> String {
    match millis / 1000 {
        0 => "now".to_owned(),
        seconds @ 1..=119 => format!("{seconds} s ago"),
        seconds => format!("{} min ago", seconds / 60),
    }
}

fn moves(report: &ClusterReport) -> String {
    const COLUMNS: [(&str, Align); 4] =
        [("SHARD", Align::Right), ("FROM", Align::Right), ("TO", Align::Right), ("STATE", Align::Left)];
    let rows: Vec<Vec<String>> = report
        .moves
        .iter()
        .take(MOVES_SHOWN)
        .map(|one| {
            let state = match one.state {
                MoveState::Waiting => "waiting",
                MoveState::Copying => "copying",
                MoveState::HandingOver => "handing over",
                MoveState::Cleaning => "cleaning",
            };
            vec![one.shard.0.to_string(), one.from.to_string(), one.to.to_string(), state.to_owned()]
        })
        .collect();
    let mut text = table(&COLUMNS, &rows);
    let more = report.moves.len().saturating_sub(MOVES_SHOWN);
    if more > 0 {
        // A String takes whatever is written to it.
        let _infallible = writeln!(text, "and {more} more");
    }
    text
}

fn shortened(digest: &str) -> &str {
    digest.get(..DIGEST_SHOWN).unwrap_or(digest)
}

#[cfg(test)]
mod tests;
