//! A member behind the link passes the contract of nodes.

use std::sync::Arc;
use std::time::Duration;

use atoll_host::{Host, SeededRandom};
use atoll_testkit::link::{Network, Weather};
use atoll_testkit::{Front, leaf_contract, node_contract};
use atoll_wire::{Naming, ServeOptions};

use crate::world::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_over_real_connections_keeps_the_contract() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    node_contract(&front).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leaf_over_real_connections_keeps_the_contract() {
    let pair = over_tls().await;
    let front: Arc<dyn Front> = pair.remote.clone();
    leaf_contract(&front, &*pair.remote).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_behind_delays_keeps_the_contract() {
    let host = Host::system(8);
    let network = Network::new(host.clone(), Arc::new(SeededRandom::new(7)));
    let (serve, _script) = serve(&host, ServeOptions::default(), Naming::Members);
    network.attach(ANSWERER, serve);
    network.set_weather(Weather { delay: Duration::from_micros(200), ..Weather::default() });
    let (remote, _ledger) = remote(network.link(ASKER, ANSWERER), &host);
    let front: Arc<dyn Front> = remote;
    node_contract(&front).await;
}
