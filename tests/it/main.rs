//! The one integration binary: what the program promises, through its doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cli;
mod dictionary;
mod hooks;
mod kill;
mod law_two;
mod sample_data;
mod samples;
mod signatures;
mod sockets;
mod support;
mod walls;
