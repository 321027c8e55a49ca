//! A batch of commands as it is applied, logged and replayed.

use std::sync::Arc;

use atoll_placement::Shard;

use crate::command::VERSION;
use crate::legacy::CommandOfVersion1;
use crate::{Change, Command, Error, Rows, apply, codec};

const NAME: &str = "log";

/// A command and its shard.
pub(crate) type Placed = (Shard, Command);

/// What became of one command.
pub(crate) type Answer = Result<Arc<Change>, Error>;

/// Applies commands in order: an answer for each, or the fault for which everything that was written has to be thrown away.
pub(super) fn apply_all(rows: &mut impl Rows, commands: &[Placed]) -> Result<Vec<Answer>, Error> {
    let apply_one = |(shard, command): &Placed| match apply(rows, *shard, command) {
        Err(fault) if !matches!(fault, Error::Refused(_)) => Err(fault),
        answer => Ok(answer.map(Arc::new)),
    };
    commands.iter().map(apply_one).collect()
}

/// The record of a batch: the commands that changed something.
pub(super) fn encode(commands: &[Placed], answers: &[Answer]) -> Result<Vec<u8>, Error> {
    let has_effects = |answer: &Answer| answer.as_ref().is_ok_and(|change| !change.effects.is_empty());
    let effective: Vec<&Placed> = commands
        .iter()
        .zip(answers)
        .filter(|(_, answer)| has_effects(answer))
        .map(|(placed, _)| placed)
        .collect();
    codec::encode_as(NAME, VERSION, &effective)
}

/// Reads what [`encode`] wrote, now or in an earlier version.
pub(super) fn decode(record: &[u8]) -> Result<Vec<Placed>, Error> {
    let (version, rest) = codec::versioned(NAME, VERSION, record)?;
    if version == 1 {
        let old: Vec<(Shard, CommandOfVersion1)> = codec::take(NAME, rest)?.0;
        return Ok(old.into_iter().map(|(shard, command)| (shard, command.into())).collect());
    }
    Ok(codec::take(NAME, rest)?.0)
}
