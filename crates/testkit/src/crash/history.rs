//! What may be seen in one place (a tag, a manifest, a blob) after several clients wrote to it at the same time.
//!
//! The moments are ticks of one logical clock. A write takes effect at some moment between its begin and its end; one without an
//! answer ends never. A value may be seen if some write put it there and no write that surely happened later, and surely before
//! the look, replaced it. This accepts a little more than linearizability does, and never less.

/// A moment.
pub(super) type Tick = u64;

/// The end of what has no end yet.
pub(super) const NEVER: Tick = Tick::MAX;

/// What a write does to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Puts the value there.
    Set(usize),
    /// Empties the place.
    Clear,
    /// Empties the place if this value is there.
    ClearIf(usize),
    /// Empties the place or does not, as other places decide.
    MayClear,
}

/// From when to when something happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) begun: Tick,
    pub(super) ended: Tick,
}

#[derive(Debug, Clone, Copy)]
struct Act {
    /// `None` for one that was refused: it did nothing.
    write: Option<Write>,
    window: Window,
    is_acknowledged: bool,
}

/// The writes to one place since its value was last known for certain.
#[derive(Debug, Default)]
pub(super) struct History {
    base: Option<usize>,
    acts: Vec<Act>,
}

impl History {
    /// Notes a write that is about to be sent; gives its number.
    pub(super) fn begin(&mut self, write: Write, begun: Tick) -> usize {
        let window = Window { begun, ended: NEVER };
        self.acts.push(Act { write: Some(write), window, is_acknowledged: false });
        self.acts.len() - 1
    }

    /// The write was acknowledged.
    pub(super) fn acknowledge(&mut self, number: usize, ended: Tick) {
        let act = &mut self.acts[number];
        act.window.ended = ended;
        act.is_acknowledged = true;
    }

    /// The write was refused and did nothing.
    pub(super) fn refuse(&mut self, number: usize) {
        self.acts[number].write = None;
    }

    /// The value is known for certain, and nothing is under way.
    pub(super) fn settle(&mut self, value: Option<usize>) {
        self.base = value;
        self.acts.clear();
    }

    /// Whether `value` may be seen by a look during `look`.
    pub(super) fn admits(&self, value: Option<usize>, look: Window) -> bool {
        match value {
            Some(value) => self.may_hold(value, look),
            None => self.may_be_empty(look),
        }
    }

    /// Whether any value at all may be seen by a look during `look`.
    pub(super) fn admits_some(&self, look: Window) -> bool {
        let set = self.acts.iter().filter_map(|act| match act.write {
            Some(Write::Set(value)) => Some(value),
            _ => None,
        });
        self.base.into_iter().chain(set).any(|value| self.may_hold(value, look))
    }

    fn may_hold(&self, value: usize, look: Window) -> bool {
        let replaces = |write: Write| match write {
            Write::Set(other) => other != value,
            Write::Clear => true,
            Write::ClearIf(other) => other == value,
            Write::MayClear => false,
        };
        let at_base = self.base == Some(value) && !self.surely_between(0, look, replaces);
        at_base
            || self.acts.iter().any(|act| {
                act.write == Some(Write::Set(value))
                    && act.window.begun < look.ended
                    && !self.surely_between(act.window.ended, look, replaces)
            })
    }

    fn may_be_empty(&self, look: Window) -> bool {
        let fills = |write: Write| matches!(write, Write::Set(_));
        let at_base = self.base.is_none() && !self.surely_between(0, look, fills);
        at_base
            || self.acts.iter().any(|act| {
                let empties = match act.write {
                    Some(Write::Clear | Write::MayClear) => true,
                    Some(Write::ClearIf(value)) => self.may_hold(value, act.window),
                    Some(Write::Set(_)) | None => false,
                };
                empties
                    && act.window.begun < look.ended
                    && !self.surely_between(act.window.ended, look, fills)
            })
    }

    /// Whether an acknowledged write of that kind lies wholly between the moment and the look.
    fn surely_between(&self, after: Tick, look: Window, is_kind: impl Fn(Write) -> bool) -> bool {
        self.acts.iter().any(|act| {
            act.is_acknowledged
                && act.window.begun > after
                && act.window.ended < look.begun
                && act.write.is_some_and(&is_kind)
        })
    }
}

#[cfg(test)]
mod tests;
