//! A report as PDF: for paper and for whoever listens to it. Vectors and text, tagged (PDF/UA-1, PDF/A-2a), with the rows
//! behind every figure at its end.

pub(in crate::reports) mod fonts;
pub(in crate::reports) mod ink;
pub(in crate::reports) mod sheet;
