//! Who has how many uploads open. The bytes and their number are the store's; this is only the accounting.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use atoll_placement::UploadId;
use atoll_service::{Caller, Error, Principal};

#[derive(Clone, PartialEq, Eq, Hash)]
enum Client {
    User(std::sync::Arc<str>),
    Address(Option<IpAddr>),
}

/// Open uploads by client. A named user is one client wherever they come from; nobody in particular counts by address.
pub(crate) struct Sessions(Mutex<Open>);

#[derive(Default)]
struct Open {
    clients: HashMap<Client, usize>,
    owners: HashMap<UploadId, Client>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Open::default()))
    }

    /// Notes a new upload, or refuses it when its client has `limit` already.
    pub(crate) fn open(&self, caller: &Caller, id: UploadId, limit: usize) -> Result<(), Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = client_of(caller);
        let count = open.clients.entry(client.clone()).or_default();
        if *count >= limit {
            return Err(Error::UploadsExhausted { open: *count, limit });
        }
        *count += 1;
        open.owners.insert(id, client);
        Ok(())
    }

    /// Forgets an upload that came to its end. One that was opened before a restart is not known, and that is fine.
    pub(crate) fn close(&self, id: UploadId) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(client) = open.owners.remove(&id) else { return };
        if let Some(count) = open.clients.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.clients.remove(&client);
            }
        }
    }
}

fn client_of(caller: &Caller) -> Client {
    match &caller.principal {
        Principal::User(name) => Client::User(std::sync::Arc::clone(name)),
        Principal::Anonymous => Client::Address(caller.address.map(|address| address.ip())),
    }
}

#[cfg(test)]
mod tests;
