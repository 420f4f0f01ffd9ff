//! How many files the system lets the program have open: connections are files, and so is the data.

/// Asked for at the start. Some systems give 256 unless they are asked, and allow far more.
const WANTED: u64 = 4096;
/// Kept for the data file, its readers, logs, and the other port.
const KEPT: u64 = 192;
/// A port that takes fewer is of no use.
const FEWEST: u64 = 32;

/// How many of `wanted` connections there are files for.
pub(super) fn room_for(wanted: usize) -> usize {
    let files = rlimit::increase_nofile_limit(WANTED).unwrap_or(256);
    let room = files.saturating_sub(KEPT).max(FEWEST);
    usize::try_from(room).unwrap_or(wanted).min(wanted)
}
