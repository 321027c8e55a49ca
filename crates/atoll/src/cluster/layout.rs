//! `atoll cluster layout` and `atoll cluster owner`: where things should be, by the configuration alone. No member is asked.

use std::process::ExitCode;

use atoll_config::{Cluster, Settings};
use atoll_oci::Repository;
use atoll_placement::{Layout, MemberId};
use serde_json::{Value, json};

use super::Form;
use super::identity::layout_members;
use super::table::{Align, table};
use crate::failure::Failure;
use crate::output::say;

/// Prints how the layout spreads the shards.
pub(super) fn run(settings: &Settings, form: Form) -> Result<ExitCode, Failure> {
    let (cluster, layout) = layout(settings)?;
    say(&match form {
        Form::Table => text(cluster, &layout),
        Form::Json => format!("{:#}", value(cluster, &layout)),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Prints which member should hold a repository.
pub(super) fn owner(settings: &Settings, repository: &Repository, form: Form) -> Result<ExitCode, Failure> {
    let (cluster, layout) = layout(settings)?;
    let shard = layout.shard_of(repository.as_str());
    let Some(member) = layout.owner(shard) else {
        return Err(Failure::Usage(format!("the shard {} has no owner", shard.0)));
    };
    let address = address(cluster, member);
    say(&match form {
        Form::Table => {
            format!("{repository} lies in shard {}, which {address} (member {member}) should hold", shard.0)
        }
        Form::Json => {
            let name = repository.as_str();
            format!(
                "{:#}",
                json!({"repository": name, "shard": shard.0, "member": member.0, "address": address})
            )
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn layout(settings: &Settings) -> Result<(&Cluster, Layout), Failure> {
    let Some(cluster) = &settings.cluster else {
        return Err(Failure::Usage(
            "the configuration has no `cluster`: name the file that has it by `--config`".to_owned(),
        ));
    };
    Ok((cluster, Layout::new(cluster.key, settings.shards, layout_members(cluster)?, 1)))
}

fn address(cluster: &Cluster, member: MemberId) -> String {
    let found = cluster.members.iter().find(|known| known.id == member);
    found.map_or_else(String::new, |known| known.address.to_string())
}

fn text(cluster: &Cluster, layout: &Layout) -> String {
    const COLUMNS: [(&str, Align); 5] = [
        ("MEMBER", Align::Right),
        ("ADDRESS", Align::Left),
        ("LINK", Align::Left),
        ("WEIGHT", Align::Right),
        ("SHARDS", Align::Right),
    ];
    let rows: Vec<Vec<String>> = cluster
        .members
        .iter()
        .map(|member| {
            vec![
                member.id.to_string(),
                member.address.to_string(),
                member.link.to_string(),
                member.weight.to_string(),
                layout.shards_of(member.id).len().to_string(),
            ]
        })
        .collect();
    format!(
        "{} shards over {} members; digest {}\n\n{}",
        layout.shards(),
        cluster.members.len(),
        digest(layout),
        table(&COLUMNS, &rows)
    )
}

fn value(cluster: &Cluster, layout: &Layout) -> Value {
    let members: Vec<Value> = cluster
        .members
        .iter()
        .map(|member| {
            let shards: Vec<u16> = layout.shards_of(member.id).into_iter().map(|shard| shard.0).collect();
            json!({
                "id": member.id.0,
                "publicAddress": member.address.to_string(),
                "linkAddress": member.link.to_string(),
                "weight": member.weight,
                "shards": shards,
            })
        })
        .collect();
    json!({"shards": layout.shards(), "layoutDigest": digest(layout), "members": members})
}

fn digest(layout: &Layout) -> String {
    format!("{:032x}", u128::from_be_bytes(layout.tag().digest))
}

#[cfg(test)]
mod tests;
