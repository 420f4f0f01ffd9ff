//! Every question the API asks.

pub mod leads;
