//! Figures, and the shapes they are made into.

pub mod measure;
pub mod model;
pub mod shapes;
pub mod timeline;
pub mod words;
