//! The local node passes the contract of nodes, by itself, behind an encoding, and as the only member of a cluster.
#![expect(clippy::unwrap_used, reason = "this is test code: a broken expectation must stop the test at once")]
