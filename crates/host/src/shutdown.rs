//! Telling every part of the process to come to an end.

use tokio::sync::watch;

/// How far the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    Ending,
    Hurrying,
}

/// Held by whoever may end the process.
pub struct ShutdownHandle(watch::Sender<Stage>);

/// Held by whoever has to end with it. Cheap to clone.
#[derive(Clone)]
pub struct Shutdown(watch::Receiver<Stage>);

impl ShutdownHandle {
    /// A handle and the signal it gives.
    pub fn new() -> (Self, Shutdown) {
        let (sender, receiver) = watch::channel(Stage::Running);
        (Self(sender), Shutdown(receiver))
    }

    /// Gives the signal. Giving it twice is the same as once.
    pub fn signal(&self) {
        self.reach(Stage::Ending);
    }

    /// The same, and nobody is to be waited for.
    pub fn hurry(&self) {
        self.reach(Stage::Hurrying);
    }

    fn reach(&self, stage: Stage) {
        self.0.send_if_modified(|reached| std::mem::replace(reached, stage.max(*reached)) < stage);
    }
}

impl Shutdown {
    /// Whether the signal was given.
    pub fn is_signalled(&self) -> bool {
        *self.0.borrow() > Stage::Running
    }

    /// Ends once the signal was given, or its handle is gone.
    pub async fn signalled(&mut self) {
        // An error means that the handle was dropped: nobody is left who could want this part to go on.
        let _gone = self.0.wait_for(|reached| *reached > Stage::Running).await;
    }

    /// Ends once nobody is to be waited for any more.
    pub async fn hurried(&mut self) {
        if self.0.wait_for(|reached| *reached == Stage::Hurrying).await.is_err() {
            // Nobody is left who could say so.
            std::future::pending::<()>().await;
        }
    }
}
