//! Counting pulls.

use super::Act;
use crate::records::{Statistics, load, store};
use crate::{Effect, Error, PullCount, Rows};

pub(super) fn count<R: Rows>(act: &mut Act<'_, R>, counts: &[PullCount]) -> Result<(), Error> {
    for count in counts.iter().filter(|count| count.times > 0) {
        if !act.has_manifest(&count.digest)? {
            continue;
        }
        let key = act.keys.digest(&count.digest);
        let before = load::<Statistics>(act.rows, &key)?.unwrap_or_default();
        let after = Statistics {
            pulls: before.pulls.saturating_add(count.times),
            last_pulled_at: before.last_pulled_at.max(count.last_at),
        };
        store(act.rows, &key, &after)?;
        act.effects.push(Effect::PullsCounted {
            digest: count.digest,
            times: count.times,
            pulls: after.pulls,
            last_at: after.last_pulled_at,
        });
    }
    Ok(())
}
