//! The one integration binary: what the program promises, through its doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod as_of;
mod backups;
mod changes;
mod cli;
mod crowd;
mod deliveries_api;
mod dictionary;
mod disk;
mod doctor;
mod erase;
mod fuzz;
mod gaps;
mod heads;
mod hooks;
mod imports;
mod imports_program;
mod kill;
mod law_two;
mod leads;
mod lists;
mod made;
mod openapi;
mod quiet;
mod replays;
mod retention;
mod sample_data;
mod samples;
mod search_api;
mod shapes;
mod signatures;
mod sockets;
mod sources_api;
mod support;
mod timeline;
mod walls;
