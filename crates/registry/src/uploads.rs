//! Who has how many uploads open. The bytes and their number are the store's; this is only the accounting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atoll_placement::UploadId;
use atoll_service::{Caller, Error, Principal};

/// An upload to which nothing was added for so long no longer counts: a client that went away in the middle of many pushes, or all the
/// clients behind one address, must not be locked out until the uploads expire.
const IDLE_AFTER: Duration = Duration::from_mins(10);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Client {
    User(Arc<str>),
    Address(Option<IpAddr>),
}

/// Open uploads by client. A named user is one client wherever they come from; nobody in particular counts by address.
pub(crate) struct Sessions(Mutex<Open>);

#[derive(Default)]
struct Open {
    /// When something was last added to each upload of a client.
    clients: HashMap<Client, HashMap<UploadId, Duration>>,
    owners: HashMap<UploadId, Client>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Open::default()))
    }

    /// Notes a new upload, or refuses it when its client has `limit` under way already. `now` is time since the start.
    pub(crate) fn open(
        &self,
        caller: &Caller,
        id: UploadId,
        (limit, now): (usize, Duration),
    ) -> Result<(), Error> {
        let mut open = self.lock();
        let client = client_of(caller);
        if open.clients.get(&client).is_some_and(|uploads| uploads.len() >= limit) {
            open.forget_idle(&client, now);
        }
        let uploads = open.clients.entry(client.clone()).or_default();
        if uploads.len() >= limit {
            return Err(Error::UploadsExhausted { open: uploads.len(), limit });
        }
        uploads.insert(id, now);
        open.owners.insert(id, client);
        Ok(())
    }

    /// Notes that something is being added to an upload. One that is no longer counted stays so.
    pub(crate) fn touch(&self, id: UploadId, now: Duration) {
        let mut open = self.lock();
        let Open { clients, owners } = &mut *open;
        let uploads = owners.get(&id).and_then(|client| clients.get_mut(client));
        if let Some(touched) = uploads.and_then(|uploads| uploads.get_mut(&id)) {
            *touched = now;
        }
    }

    /// Forgets an upload that came to its end. One that was opened before a restart is not known, and that is fine.
    pub(crate) fn close(&self, id: UploadId) {
        let mut open = self.lock();
        let Some(client) = open.owners.remove(&id) else { return };
        if let Some(uploads) = open.clients.get_mut(&client) {
            uploads.remove(&id);
            if uploads.is_empty() {
                open.clients.remove(&client);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn forget_idle(&mut self, client: &Client, now: Duration) {
        let Self { clients, owners } = self;
        let Some(uploads) = clients.get_mut(client) else { return };
        uploads.retain(|id, touched| {
            let is_under_way = now.saturating_sub(*touched) < IDLE_AFTER;
            if !is_under_way {
                owners.remove(id);
            }
            is_under_way
        });
    }
}

fn client_of(caller: &Caller) -> Client {
    match &caller.principal {
        Principal::User(name) => Client::User(Arc::clone(name)),
        Principal::Anonymous => Client::Address(caller.address.map(|address| address.ip())),
    }
}

#[cfg(test)]
mod tests;
