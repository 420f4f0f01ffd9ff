//! A timeline as JSON.

use std::cell::RefCell;
use std::io::Write;

use serde::ser::{Error, SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

use super::TimelineView;
use crate::documents::DocumentError;
use crate::domain::entry::Entry;
use crate::store::StoreError;

/// Writes it, with a line's end at the end: a [`TimelineView`] with these entries in place of its own, each as it comes.
///
/// # Errors
/// [`DocumentError`] when the disk does not take it.
pub fn write(
    told: &TimelineView,
    entries: impl Iterator<Item = Result<Entry, StoreError>>,
    to: &mut dyn Write,
) -> Result<(), DocumentError> {
    let told = StreamedView { told, entries: OneByOne(RefCell::new(entries), told.manifest.entries) };
    serde_json::to_writer_pretty(&mut *to, &told).map_err(|error| DocumentError::Made(error.to_string()))?;
    to.write_all(b"\n")?;
    to.flush()?;
    Ok(())
}

struct StreamedView<'a, I> {
    told: &'a TimelineView,
    entries: OneByOne<I>,
}

impl<I: Iterator<Item = Result<Entry, StoreError>>> Serialize for StreamedView<'_, I> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let TimelineView { manifest, sources, lead, journey, entries: _ } = self.told;
        let mut to = to.serialize_struct("TimelineView", 5)?;
        to.serialize_field("manifest", manifest)?;
        to.serialize_field("sources", sources)?;
        to.serialize_field("lead", lead)?;
        to.serialize_field("journey", journey)?;
        to.serialize_field("entries", &self.entries)?;
        to.end()
    }
}

/// What comes one by one, and about how many.
struct OneByOne<I>(RefCell<I>, usize);

impl<I: Iterator<Item = Result<Entry, StoreError>>> Serialize for OneByOne<I> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut to = to.serialize_seq(Some(self.1))?;
        for entry in &mut *self.0.borrow_mut() {
            to.serialize_element(&entry.map_err(S::Error::custom)?)?;
        }
        to.end()
    }
}
