//! Telling every part of the process to come to an end.

use tokio::sync::watch;

/// Held by whoever may end the process.
pub struct ShutdownHandle(watch::Sender<bool>);

/// Held by whoever has to end with it. Cheap to clone.
#[derive(Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl ShutdownHandle {
    /// A handle and the signal it gives.
    pub fn new() -> (Self, Shutdown) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Shutdown(receiver))
    }

    /// Gives the signal. Giving it twice is the same as once.
    pub fn signal(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Whether the signal was given.
    pub fn is_signalled(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends once the signal was given, or its handle is gone.
    pub async fn signalled(&mut self) {
        // An error means that the handle was dropped: nobody is left who could want this part to go on.
        let _gone = self.0.wait_for(|given| *given).await;
    }
}
