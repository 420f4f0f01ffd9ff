//! Rows of files: logs of calls, texts, forms and leads as services export them. One reader for all of them; which
//! column holds what is said by a mapping, which stands in each row's body, so that reading stays a function of the
//! journal alone.

mod columns;
mod read;
mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{EnumString, IntoStaticStr, VariantArray};
use utoipa::ToSchema;

pub use columns::{FIELDS, Recognised, RowField, missing, recognise};
pub use read::read;

/// The content type of a row in the journal.
pub const CONTENT_TYPE: &str = "application/vnd.leadtrail.row+json";

/// What the rows of a file are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the words explain themselves
pub enum RowKind {
    Calls,
    Texts,
    Forms,
    Leads,
}

impl RowKind {
    /// Every kind.
    pub const ALL: &'static [RowKind] = <RowKind as VariantArray>::VARIANTS;

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The kind of a word, if it is one.
    pub fn parse(word: &str) -> Option<RowKind> {
        word.parse().ok()
    }
}

/// One row, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// What it is.
    pub kind: RowKind,
    /// The zone of times that name none, an IANA name.
    pub zone: String,
    /// Our field, and the column that holds it.
    pub map: BTreeMap<String, String>,
    /// The cells that are not empty, by their columns.
    pub cells: Map<String, Value>,
}

impl ImportedRow {
    /// The cell of one of our fields, unless it says nothing.
    fn get(&self, field: &str) -> Option<&str> {
        let cell = self.cells.get(self.map.get(field)?)?.as_str()?.trim();
        (!crate::domain::event::is_placeholder(cell) || cell == "0").then_some(cell)
    }

    /// Cells that no field of ours stands for.
    fn others(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.cells.iter().filter(|(column, _)| !self.map.values().any(|mapped| mapped == *column))
    }
}
