//! A way between two members that a test can cut: bytes are taken and go nowhere, as when a network drops packets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a cut cable looks whether it was mended.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A relay to one port.
pub(crate) struct Cable {
    port: u16,
    is_cut: Arc<AtomicBool>,
}

impl Cable {
    /// Listens on a port of its own and carries what comes there to `port`.
    pub(crate) fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let own = listener.local_addr().unwrap().port();
        let is_cut = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_cut);
        spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (there, back) = (Arc::clone(&flag), Arc::clone(&flag));
                spawn(move || carry(near, far, &there));
                spawn(move || carry(far_too, near_too, &back));
            }
        });
        Self { port: own, is_cut }
    }

    /// Where it begins.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts it, or mends it.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().spawn(work).unwrap();
}

/// Carries bytes until one side ends. While the cable is cut they wait here, and a connection that is given up meanwhile stays open
/// at the other side.
fn carry(mut from: TcpStream, mut to: TcpStream, is_cut: &AtomicBool) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        while is_cut.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK_EVERY);
        }
        if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _gone = to.shutdown(std::net::Shutdown::Both);
}
