//! `leadtrail replay`: reads deliveries again. Runs beside the window or `serve`.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, open, print, runtime, source};
use crate::clock;
use crate::ingest::{Ingest, ReplayFilter};
use crate::store::DeliveryState;
use crate::store::undo_impact::TakingBack;

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// Only those of this source, its number or its name
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Only those in this state [default: quarantined, where no --id is given]
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only this delivery; may be given more than once
    #[arg(long, value_name = "N")]
    id: Vec<i64>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Take a replay back instead, by the number it was given
    #[arg(long, value_name = "REPLAY", conflicts_with_all = ["source", "state", "id", "dry_run"])]
    undo: Option<i64>,
    /// Take it back though notes, outcomes or tags of yours go with it
    #[arg(long, requires = "undo")]
    take_notes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Whether what would be taken back may be, where people's own entries go with it and nobody said that they may.
pub(super) fn asks(would: &TakingBack) -> Result<(), CliError> {
    if would.hidden == 0 {
        return Ok(());
    }
    let entries = if would.hidden == 1 {
        "1 note, outcome or tag".into()
    } else {
        format!("{} notes, outcomes or tags", would.hidden)
    };
    Err(CliError::Said(format!("{entries} of yours would go with it. Say --take-notes to go on: they are kept.")))
}

impl ReplayArgs {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        let store = open(folder)?;
        let ingest = Ingest::new(store.clone());
        let runtime = runtime()?;
        if let Some(replay) = self.undo {
            if !self.take_notes {
                asks(&runtime.block_on(ingest.would_undo_replay(replay))?)?;
            }
            let undone = runtime.block_on(ingest.undo_replay(replay, clock::now()))?;
            store.close();
            print(self.json, &json!({ "replay": replay, "undone": undone }), || {
                format!("{undone} deliveries wait in quarantine again.")
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let state = match &self.state {
            None => None,
            Some(word) => Some(
                DeliveryState::parse(word)
                    .ok_or_else(|| CliError::Said(format!("“{word}” is no state of a delivery.")))?,
            ),
        };
        let source = self.source.as_deref().map(|wanted| source::find(&store, wanted)).transpose()?;
        let ids = (!self.id.is_empty()).then_some(self.id);
        let filter = ReplayFilter { state, source: source.map(|source| source.id), ids };
        let done = runtime.block_on(ingest.replay(filter, self.dry_run, clock::now()))?;
        store.close();
        let effect = &done.effect;
        let mut value = json!({
            "checked": done.checked, "still_quarantined": done.still_quarantined,
            "leads_added": effect.leads_added, "leads_changed": effect.leads_changed,
            "leads_merged": effect.leads_merged, "entries_added": effect.entries_added,
            "leads": effect.leads, "replay": done.replay,
        });
        let placed = if self.dry_run { "would_place" } else { "placed" };
        if let Some(object) = value.as_object_mut() {
            object.insert(placed.into(), done.placed.into());
        }
        print(self.json, &value, || {
            let (does, go) = if self.dry_run { ("would go", "would be") } else { ("went", "are") };
            let mut words = format!(
                "{} deliveries read again: {} {does} to timelines, {} stay in quarantine.\nLeads: {} {go} new, {} \
                 changed, {} became part of another.",
                done.checked,
                done.placed,
                done.still_quarantined,
                effect.leads_added,
                effect.leads_changed,
                effect.leads_merged
            );
            if let Some(replay) = done.replay {
                words.push_str(&format!("\nTo take it back: leadtrail replay --undo {replay}"));
            }
            words
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
