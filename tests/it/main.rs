//! The one integration binary: what the program promises, through its doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod dictionary;
mod law_two;
mod sample_data;
mod support;
