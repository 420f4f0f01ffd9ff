//! A report as one HTML file: interactive, offline, with nothing from elsewhere.

pub mod page;
