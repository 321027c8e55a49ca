//! Several members, each a process with a folder of its own, that answer as one.

mod cable;
mod faults;
mod hops;
mod lost;
mod members;
mod moves;
mod one_answer;
mod strangers;
mod transfers;
