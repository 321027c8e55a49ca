//! One client of a server that may die at any moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::world::World;
use crate::wire::{Connection, Request, Response};

/// How often, and after what time, a client that finds nobody listening tries again before it calls that a finding.
const TRIES: usize = 100;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// A client and its connection.
pub(super) struct Client<'a> {
    pub(super) world: &'a World,
    address: SocketAddr,
    connection: Option<Connection>,
    is_over: &'a AtomicBool,
}

impl<'a> Client<'a> {
    /// A client that gives up when `is_over`: from then on the server is killed.
    pub(super) fn new(world: &'a World, address: SocketAddr, is_over: &'a AtomicBool) -> Self {
        Self { world, address, connection: None, is_over }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Sends a request. `None`: nobody knows what became of it.
    pub(super) fn ask(&mut self, request: &Request) -> Option<Response> {
        let connection = self.connected()?;
        let answer = connection.ask(request);
        let stays = answer.as_ref().is_ok_and(|answer| answer.field("connection") != Some("close"));
        if !stays {
            self.connection = None;
        }
        let answer = answer.ok()?;
        if answer.status >= 500 {
            let line = String::from_utf8_lossy(&request.head()).lines().next().unwrap_or_default().to_owned();
            self.world.find(format!("{line} was answered {}: {}", answer.status, answer.text()));
            return None;
        }
        Some(answer)
    }

    /// Sends bytes and goes away.
    pub(super) fn abandon(&mut self, bytes: &[u8]) {
        if let Some(connection) = self.connected() {
            // Whatever arrived, arrived.
            let _ = connection.send(bytes);
        }
        self.connection = None;
    }

    fn connected(&mut self) -> Option<&mut Connection> {
        if self.connection.is_none() {
            self.connection = self.open();
        }
        self.connection.as_mut()
    }

    fn open(&self) -> Option<Connection> {
        for _ in 0..TRIES {
            match Connection::open(self.address) {
                Ok(connection) => return Some(connection),
                Err(_) if self.is_over() => return None,
                Err(_) => std::thread::sleep(TRY_AGAIN_AFTER),
            }
        }
        self.world.find("the server stopped listening by itself".to_owned());
        None
    }
}
