//! A way between two members that a test can slow down or cut: then bytes are taken and go nowhere, as when a network drops packets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How often a cut cable looks whether it was mended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A relay to one port.
pub(crate) struct Cable {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    is_cut: AtomicBool,
    /// What each piece that was read waits before it goes on.
    delay_ms: AtomicU64,
}

impl Cable {
    /// Listens on a port of its own and carries what comes there to `port`.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (there, back) = (Arc::clone(&shared), Arc::clone(&shared));
                spawn(move || carry(near, far, &there));
                spawn(move || carry(far_too, near_too, &back));
            }
        });
        Self { port: own, state }
    }

    /// Where it begins.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts it, or mends it.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.state.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// Lets every piece wait on its way, in both directions.
    pub(crate) fn delay(&self, delay: Duration) {
        self.state.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().spawn(work).unwrap();
}

/// Carries bytes until one side ends. While the cable is cut they wait here, and a connection that is given up meanwhile stays open
/// at the other side.
fn carry(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        std::thread::sleep(Duration::from_millis(state.delay_ms.load(Ordering::SeqCst)));
        while state.is_cut.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK_EVERY);
        }
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _gone = to.shutdown(std::net::Shutdown::Both);
}
