//! Pushes of manifests with the search on, beside the same with it off.

use std::cell::Cell;

use super::pushes::{self, Aim};
use crate::client::Client;
use crate::contest::{self, Contestant};
use crate::error::Error;
use crate::process::Server;
use crate::stage::Stage;
use crate::table::{Line, Target, Unit};
use crate::{images, peers};

pub(crate) fn measure(stage: &Stage) -> Result<Vec<Line>, Error> {
    let on = peers::searching(stage, &stage.folder("search-pushes/on")?)?;
    let off = peers::atoll(stage, &stage.folder("search-pushes/off")?)?;
    let turns = Cell::new(0);
    let contestant = |name, server| {
        let server: &Server = server;
        let (aim, turns) = (Aim { address: server.address, repositories: 1 }, &turns);
        images::push_parts(&mut Client::connect(aim.address)?, &aim.repository(0))?;
        Ok::<_, Error>(Contestant::new(name, move || {
            turns.set(turns.get() + 1);
            let rate = pushes::per_second(aim, turns.get(), stage.scale.turn)?;
            server.come_to_rest()?;
            Ok(1e3 / rate)
        }))
    };
    let contestants = vec![contestant("atoll", &on)?, contestant("search off", &off)?];
    let outcome = contest::hold(Unit::Milliseconds, stage.scale.rounds, contestants)?;
    let what = "manifest PUT with search on, 16 clients, time for each";
    Ok(outcome.line(what, "search off", Some(Target::AtMost(1.15))).into_iter().collect())
}
