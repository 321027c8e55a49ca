//! What this member has to do with each shard: the rows of one table, held in memory beside every opened state, since every request
//! asks for them.

use atoll_placement::{LayoutTag, MemberId, Shard};
use atoll_service as service;
use atoll_service::Tenure;

use crate::records::{TenureRow, decode_row, store};
use crate::{Error, Reads, Row, Rows, Span, Table, keys};

/// The tenures of all shards as of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tenures(Vec<TenureRow>);

/// A step in the life of a shard on this member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenureStep {
    /// Begins to serve a shard that nobody has.
    Claim,
    /// Begins to copy it: whatever is left of it here goes.
    BeginTaking {
        /// The holder.
        from: MemberId,
    },
    /// Adds copied rows.
    AddRows(Vec<Row>),
    /// Serves what was copied.
    Take,
    /// Gives up copying: what was copied goes.
    Abandon,
    /// Stops serving it for good.
    Yield {
        /// The new holder.
        to: MemberId,
        /// The layout that says so.
        layout: LayoutTag,
    },
    /// The new holder has everything.
    Release {
        /// The new holder.
        to: MemberId,
    },
    /// Serves again what was given to a member that was given up since.
    Resume,
    /// Removes the rows of a shard that was released.
    DropReleased,
}

/// What a step comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It was done before, or changes no tenure.
    Stay,
    /// The tenure changes and the rows stay.
    Become(TenureRow),
    /// The tenure changes and the rows go.
    Clear(TenureRow),
}

impl Tenures {
    /// Nothing to do with any of `shards` shards.
    pub(crate) fn none(shards: u16) -> Self {
        Self(vec![TenureRow::default(); usize::from(shards)])
    }

    /// Reads the tenures of `shards` shards.
    pub(crate) fn load(rows: &impl Reads, shards: u16) -> Result<Self, Error> {
        let mut found = Self::none(shards).0;
        for entry in rows.scan(Table::Tenures, Span::of(&[]))? {
            let (key, value) = entry?;
            let shard = keys::number_of_shard(Table::Tenures, &key)?;
            if let Some(place) = found.get_mut(usize::from(shard.0)) {
                *place = decode_row(&value)?;
            }
        }
        Ok(Self(found))
    }

    fn row(&self, shard: Shard) -> TenureRow {
        self.0.get(usize::from(shard.0)).copied().unwrap_or_default()
    }

    /// The tenure of a shard.
    pub(crate) fn get(&self, shard: Shard) -> Tenure {
        self.row(shard).tenure
    }

    /// The shards this member has anything to do with, in order.
    pub(crate) fn list(&self) -> Vec<(Shard, Tenure)> {
        let all = (0_u16..).map(Shard).zip(&self.0);
        all.filter(|(_, row)| row.tenure != Tenure::Absent).map(|(shard, row)| (shard, row.tenure)).collect()
    }

    /// Refuses what belongs to a shard that is not served here.
    pub(crate) fn admit(&self, shard: Shard) -> Result<(), service::Error> {
        let row = self.row(shard);
        if row.tenure == Tenure::Held { Ok(()) } else { Err(misdirected(&row)) }
    }

    /// The shards that are served according to `self` and not according to `before`.
    pub(crate) fn held_unlike(&self, before: &Self) -> Vec<Shard> {
        let is_held = |tenures: &Self, shard: Shard| tenures.get(shard) == Tenure::Held;
        let all = (0_u16..).map(Shard).zip(&self.0).map(|(shard, _)| shard);
        all.filter(|shard| is_held(self, *shard) && !is_held(before, *shard)).collect()
    }

    /// What a step comes to for a shard of this tenure.
    pub(crate) fn decide(&self, shard: Shard, step: &TenureStep) -> Result<Decision, service::Error> {
        let row = self.row(shard);
        if let TenureStep::Yield { to, layout } = step {
            return decide_yield(&row, *to, *layout);
        }
        let with = |tenure| TenureRow { tenure, layout: row.layout };
        match (step, row.tenure) {
            (TenureStep::Claim, Tenure::Absent)
            | (TenureStep::Take, Tenure::Taking { .. })
            | (TenureStep::Resume, Tenure::Yielding { .. } | Tenure::Released { .. }) => {
                Ok(Decision::Become(with(Tenure::Held)))
            }
            (TenureStep::Claim | TenureStep::Take | TenureStep::Resume, Tenure::Held)
            | (TenureStep::AddRows(_), Tenure::Taking { .. })
            | (TenureStep::Abandon | TenureStep::Release { .. } | TenureStep::DropReleased, Tenure::Absent) => {
                Ok(Decision::Stay)
            }
            (
                TenureStep::BeginTaking { from },
                Tenure::Absent | Tenure::Taking { .. } | Tenure::Released { .. },
            ) => Ok(Decision::Clear(with(Tenure::Taking { from: *from }))),
            (TenureStep::Abandon, Tenure::Taking { .. })
            | (TenureStep::DropReleased, Tenure::Released { .. }) => {
                Ok(Decision::Clear(with(Tenure::Absent)))
            }
            (TenureStep::Release { to: by }, Tenure::Yielding { to }) if *by == to => {
                Ok(Decision::Become(with(Tenure::Released { to })))
            }
            (TenureStep::Release { to: by }, Tenure::Released { to }) if *by == to => Ok(Decision::Stay),
            (step, tenure) => Err(out_of_turn(shard, step, tenure)),
        }
    }
}

fn decide_yield(row: &TenureRow, to: MemberId, layout: LayoutTag) -> Result<Decision, service::Error> {
    if row.layout.is_some_and(|known| known.version > layout.version) {
        let known = row.layout.map_or(0, |known| known.version);
        let text =
            format!("layout {} is older than {known}, which decided over the shard last", layout.version);
        return Err(service::Error::LayoutMismatch(text));
    }
    match row.tenure {
        Tenure::Held => {
            Ok(Decision::Become(TenureRow { tenure: Tenure::Yielding { to }, layout: Some(layout) }))
        }
        Tenure::Yielding { to: known } | Tenure::Released { to: known } if known == to => Ok(Decision::Stay),
        _ => Err(misdirected(row)),
    }
}

fn misdirected(row: &TenureRow) -> service::Error {
    service::Error::Misdirected { layout_version: row.layout.map_or(0, |layout| layout.version) }
}

fn out_of_turn(shard: Shard, step: &TenureStep, tenure: Tenure) -> service::Error {
    let wish = match step {
        TenureStep::Claim => "claimed",
        TenureStep::BeginTaking { .. } => "copied anew",
        TenureStep::AddRows(_) => "added to",
        TenureStep::Take => "taken",
        TenureStep::Abandon => "abandoned",
        TenureStep::Yield { .. } => "yielded",
        TenureStep::Release { .. } => "released by that member",
        TenureStep::Resume => "resumed",
        TenureStep::DropReleased => "dropped",
    };
    service::Error::LayoutMismatch(format!("shard {} cannot be {wish}: it is {tenure:?} here", shard.0))
}

/// Writes the tenure of a shard.
pub(crate) fn write(rows: &mut impl Rows, shard: Shard, row: TenureRow) -> Result<(), Error> {
    if row == TenureRow::default() {
        rows.remove(Table::Tenures, &keys::shard(shard))
    } else {
        store(rows, &keys::shard(shard), &row)
    }
}

/// Serves every shard.
pub(crate) fn claim_all(rows: &mut impl Rows, shards: u16) -> Result<(), Error> {
    let held = TenureRow { tenure: Tenure::Held, layout: None };
    (0..shards).map(Shard).try_for_each(|shard| write(rows, shard, held))
}

#[cfg(test)]
mod tests;
