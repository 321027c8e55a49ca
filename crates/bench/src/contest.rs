//! Contestants take turns, so that whatever else the machine does falls on all of them alike.

use crate::error::Error;
use crate::table::{Line, Quantity, Target, Unit};

/// One contestant: its name, and one turn of its measurement.
pub(crate) struct Contestant<'a> {
    name: &'static str,
    turn: Box<dyn FnMut() -> Result<f64, Error> + 'a>,
}

/// What came out: for each contestant, a value for each round.
#[derive(Debug)]
pub(crate) struct Outcome {
    unit: Unit,
    series: Vec<(&'static str, Vec<f64>)>,
}

impl<'a> Contestant<'a> {
    pub(crate) fn new(name: &'static str, turn: impl FnMut() -> Result<f64, Error> + 'a) -> Self {
        Self { name, turn: Box::new(turn) }
    }
}

/// Lets all contestants take `rounds` turns, one after another.
pub(crate) fn hold(
    unit: Unit,
    rounds: usize,
    mut contestants: Vec<Contestant<'_>>,
) -> Result<Outcome, Error> {
    let mut series: Vec<(&'static str, Vec<f64>)> =
        contestants.iter().map(|contestant| (contestant.name, Vec::new())).collect();
    for _ in 0..rounds {
        for (contestant, (_, values)) in contestants.iter_mut().zip(&mut series) {
            values.push((contestant.turn)()?);
        }
    }
    Ok(Outcome { unit, series })
}

impl Outcome {
    /// The line that compares the first contestant with another one; nothing if there is no such contestant. The ratio is
    /// the median of the ratios of all rounds, which a disturbance of one round does not move.
    pub(crate) fn line(&self, what: &str, peer: &str, target: Option<Target>) -> Option<Line> {
        let (_, own) = self.series.first()?;
        let (name, others) = self.series.iter().find(|(name, _)| *name == peer)?;
        let ratios = own.iter().zip(others).map(|(own, other)| own / other).collect();
        Some(Line {
            what: what.to_owned(),
            value: Quantity { value: median(own.clone()), unit: self.unit },
            peer: Some(((*name).to_owned(), Quantity { value: median(others.clone()), unit: self.unit })),
            ratio: Some(median(ratios)),
            target,
        })
    }
}

/// The middle value; not a number if there is none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|at| values.get(at)).copied().unwrap_or(f64::NAN);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests;
