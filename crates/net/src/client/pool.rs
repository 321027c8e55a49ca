//! Connections to one other server, opened when they are needed and shared by all requests.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use atoll_host::Host;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri};

use super::lane::{Choice, Connections, Load};
use super::{Answer, Error, dial};
use crate::Body;
use crate::mutual::Mutual;

/// Connections that carry small requests: a second one when the first is crowded.
const QUICK_CONNECTIONS: usize = 2;
const QUICK_CROWD: usize = 32;
/// Connections that carry content: one stream each, until there are as many as this.
const BULK_CONNECTIONS: usize = 4;
const BULK_CROWD: usize = 1;
/// How often a request that was not sent, because its connection was just closing, is tried on another one.
const MAX_ATTEMPTS: usize = 3;

/// Where another server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// IP address or name; a name is resolved for each connection.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// What the other side's certificate must name: a DNS name or an IP address.
    pub certificate: String,
}

/// Which connections a request uses: content must not stand in the way of small requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Small requests with small answers.
    Quick,
    /// Content, in one direction or the other.
    Bulk,
}

/// Limits of a pool.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// For resolving, connecting and proving each other.
    pub connect: Duration,
    /// A body of an answer of which no byte arrives although somebody waits for it; `None` waits for ever.
    pub read_idle: Option<Duration>,
    /// Requests under way on each lane.
    pub in_flight: usize,
}

impl Default for PoolOptions {
    /// 3 s, 60 s, as many requests as fit on all connections of content.
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), read_idle: Some(Duration::from_mins(1)), in_flight: 512 }
    }
}

/// Connections to one other server. Cheap to clone.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

struct Inner {
    destination: Destination,
    authority: Authority,
    mutual: Arc<Mutual>,
    options: PoolOptions,
    host: Host,
    quick: Row,
    bulk: Row,
}

struct Row {
    connections: Connections,
    in_flight: Arc<AtomicUsize>,
}

impl Pool {
    /// A pool without connections; nothing is resolved before the first request.
    pub fn new(
        destination: Destination,
        mutual: Arc<Mutual>,
        options: PoolOptions,
        host: Host,
    ) -> Result<Self, Error> {
        let row = |most, crowd| Row {
            connections: Connections::new(most, crowd),
            in_flight: Arc::new(AtomicUsize::new(0)),
        };
        let authority = destination.to_string().parse::<Authority>();
        let authority =
            authority.map_err(|error| Error::Invalid { reason: format!("{destination}: {error}") })?;
        let (quick, bulk) = (row(QUICK_CONNECTIONS, QUICK_CROWD), row(BULK_CONNECTIONS, BULK_CROWD));
        Ok(Self(Arc::new(Inner { destination, authority, mutual, options, host, quick, bulk })))
    }

    /// Sends a `POST` of this path and gives the answer once its head is here. There is no limit on the time of either body; dropping
    /// the future or the answer cancels the request.
    pub async fn post(&self, lane: Lane, path: &str, body: Body) -> Result<Answer, Error> {
        let inner = &self.0;
        let row = inner.row(lane);
        let place = Load::on(&row.in_flight);
        if place.count() > inner.options.in_flight {
            return Err(Error::Busy { limit: inner.options.in_flight });
        }
        let head = inner.head(path)?;
        let (mut body, mut attempt) = (body, 1);
        loop {
            let Choice { mut sender, load, .. } = self.connection(lane).await?;
            match sender.send(head.clone(), body, &inner.host.tasks).await {
                Ok(sent) => {
                    let response = sent.answer().await.map_err(|error| Error::broken(&error))?;
                    let idle = (&inner.host.clock, inner.options.read_idle);
                    return Ok(Answer::new(response, idle, vec![place, load]));
                }
                Err((_, unsent)) if attempt < MAX_ATTEMPTS => body = unsent,
                Err((error, _)) => return Err(Error::unsent(&error)),
            }
            attempt += 1;
        }
    }

    /// A connection to use now. Without any, the first who asks opens one, and the others wait for that attempt and share its outcome.
    async fn connection(&self, lane: Lane) -> Result<Choice, Error> {
        let inner = &self.0;
        let connections = &inner.row(lane).connections;
        if let Some(choice) = connections.choose() {
            if choice.wants_another {
                self.open_another(lane);
            }
            return Ok(choice);
        }
        let asked = inner.host.clock.elapsed();
        let mut turn = connections.turn.lock().await;
        if let Some(choice) = connections.choose() {
            return Ok(choice);
        }
        if let Some((when, error)) = &*turn
            && *when > asked
        {
            return Err(error.clone());
        }
        // Boxed: connecting is rare, and its state large.
        let opened = Box::pin(inner.open(connections)).await;
        *turn = opened.err().map(|error| (inner.host.clock.elapsed(), error));
        match &*turn {
            Some((_, error)) => Err(error.clone()),
            None => connections.choose().ok_or_else(|| Error::Unsent { reason: "closed at once".to_owned() }),
        }
    }

    /// Opens one more connection beside those in use, unless somebody is about to.
    fn open_another(&self, lane: Lane) {
        let pool = self.clone();
        self.0.host.tasks.spawn(async move {
            let connections = &pool.0.row(lane).connections;
            let Ok(_turn) = connections.turn.try_lock() else { return };
            if connections.choose().is_some_and(|choice| choice.wants_another)
                && let Err(error) = pool.0.open(connections).await
            {
                tracing::debug!(%error, "no further connection to another server");
            }
        });
    }

    #[cfg(test)]
    pub(super) fn open_connections(&self, lane: Lane) -> usize {
        self.0.row(lane).connections.count()
    }
}

impl Inner {
    fn row(&self, lane: Lane) -> &Row {
        match lane {
            Lane::Quick => &self.quick,
            Lane::Bulk => &self.bulk,
        }
    }

    async fn open(&self, connections: &Connections) -> Result<(), Error> {
        connections.add(dial::open(&self.destination, &self.mutual, &self.options, &self.host).await?);
        Ok(())
    }

    fn head(&self, path: &str) -> Result<Request<()>, Error> {
        let invalid = |error: http::Error| Error::Invalid { reason: error.to_string() };
        let path = path.parse::<PathAndQuery>().map_err(|error| invalid(error.into()))?;
        let uri = Uri::builder().scheme(Scheme::HTTPS).authority(self.authority.clone()).path_and_query(path);
        Request::builder().method(Method::POST).uri(uri.build().map_err(invalid)?).body(()).map_err(invalid)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') && !self.host.starts_with('[') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}
