//! How bytes get to another member and back. The network is one way; a simulation brings another.

use async_trait::async_trait;

use crate::{Error, Frames, Method};

/// A way to one other member.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends the bytes of a request as they come, and gives the bytes of the answer as they come. Both streams have back-pressure.
    /// Dropping the future, or the answer, cancels the call at the other side. An error in the answer ends it; the answer's own end
    /// mark, not the end of the stream, says that it is whole.
    async fn call(&self, protocol: u16, method: Method, request: Frames) -> Result<Frames, Error>;
}
