//! One client of servers that may die at any moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::luck::Luck;
use super::world::{Pending, World};
use crate::wire::{Connection, Request, Response};

/// How often, and after what time, a client that finds nobody listening tries again before it calls that a finding.
const TRIES: usize = 100;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// Which member is asked next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Route {
    /// Any.
    Any,
    /// Any but this one, unless it is the only one.
    Except(usize),
    /// This one.
    Only(usize),
}

/// A client and its connections, one to each member.
pub(super) struct Client<'a> {
    pub(super) world: &'a World,
    members: &'a [SocketAddr],
    connections: Vec<Option<Connection>>,
    is_over: &'a AtomicBool,
    luck: Luck,
    route: Route,
    asked: usize,
}

impl<'a> Client<'a> {
    /// A client that gives up when `is_over`: from then on nobody has to listen. `luck` chooses among the members.
    pub(super) fn new(
        world: &'a World,
        members: &'a [SocketAddr],
        is_over: &'a AtomicBool,
        luck: Luck,
    ) -> Self {
        let connections = members.iter().map(|_| None).collect();
        Self { world, members, connections, is_over, luck, route: Route::Any, asked: 0 }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// How many members there are.
    pub(super) fn members(&self) -> usize {
        self.members.len()
    }

    /// From now on, asks as `route` says.
    pub(super) fn go(&mut self, route: Route) {
        self.route = route;
    }

    /// From now on, asks another member than the one that acknowledged what is looked for.
    pub(super) fn go_past(&mut self, acknowledged_by: Option<usize>) {
        self.route = acknowledged_by.map_or(Route::Any, Route::Except);
        if acknowledged_by.is_some() && self.members.len() > 1 {
            self.world.count_look_past();
        }
    }

    /// The member that was asked last.
    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// The member that was asked last acknowledged a write.
    pub(super) fn acknowledge(&self, pending: Pending) {
        self.world.acknowledge(pending, self.asked);
    }

    /// Sends a request. `None`: nobody knows what became of it.
    pub(super) fn ask(&mut self, request: &Request) -> Option<Response> {
        let answer = self.connected()?.ask(request);
        let stays = answer.as_ref().is_ok_and(|answer| answer.field("connection") != Some("close"));
        if !stays {
            self.connections[self.asked] = None;
        }
        let answer = answer.ok()?;
        if answer.status == 503 && self.world.is_outage() {
            self.world.count_unavailable();
            return None;
        }
        if answer.status >= 500 {
            let line = String::from_utf8_lossy(&request.head()).lines().next().unwrap_or_default().to_owned();
            let member = self.asked;
            self.world.find(format!(
                "{line} was answered {} by member {member}: {}",
                answer.status,
                answer.text()
            ));
            return None;
        }
        Some(answer)
    }

    /// Sends bytes and goes away.
    pub(super) fn abandon(&mut self, bytes: &[u8]) {
        if let Some(connection) = self.connected() {
            // Whatever arrived, arrived.
            let _ = connection.send(bytes);
            self.connections[self.asked] = None;
        }
    }

    /// A connection to the member that is asked now. While some are down, as behind a front, those are asked that listen.
    fn connected(&mut self) -> Option<&mut Connection> {
        for _ in 0..TRIES {
            self.asked = self.choose();
            if self.connections[self.asked].is_none() {
                self.connections[self.asked] = Connection::open(self.members[self.asked]).ok();
            }
            if self.connections[self.asked].is_some() {
                return self.connections[self.asked].as_mut();
            }
            if self.is_over() {
                return None;
            }
            std::thread::sleep(TRY_AGAIN_AFTER);
        }
        if !self.world.is_outage() {
            self.world.find(format!("server {} stopped listening by itself", self.asked));
        }
        None
    }

    fn choose(&self) -> usize {
        let count = self.members.len();
        match self.route {
            Route::Only(member) => member,
            Route::Except(member) if count > 1 => (member + 1 + self.luck.below(count - 1)) % count,
            Route::Except(_) | Route::Any => self.luck.below(count),
        }
    }
}
