//! `leadtrail erase`.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, open_settled, print};
use crate::clock;
use crate::ingest::Ingest;
use crate::ingest::erase::{Erasing, find};
use crate::store::DataLock;

#[derive(Args)]
pub(super) struct EraseArgs {
    /// Who: the number of the lead, a phone number or an e-mail
    #[arg(value_name = "LEAD|PHONE|EMAIL", allow_hyphen_values = true)]
    who: String,
    /// Only say what would be erased
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl EraseArgs {
    pub(super) fn run(self, folder: &Path) -> Result<ExitCode, CliError> {
        // Beside a running program, sweeping a large file would keep its senders waiting: left to that program.
        let lock = DataLock::take(folder).ok();
        // What waits may be of them.
        let store = open_settled(folder, lock.as_ref())?;
        let ingest = Ingest::new(store.clone());
        let lead = find(&store, &self.who)?;
        let would = ingest.erase(lead, true, clock::now())?;
        if !self.dry_run && !self.yes && !self.confirmed(&would)? {
            store.close();
            return Err(CliError::Said("Nothing was erased.".into()));
        }
        let done = if self.dry_run { would } else { ingest.erase(lead, false, clock::now())? };
        let swept = if self.dry_run || done.swept || lock.is_none() { done.swept } else { ingest.sweep(true)? };
        store.close();
        let value = json!({
            "lead": lead, "dry_run": self.dry_run, "events": done.events, "deliveries": done.deliveries,
            "calls": done.calls, "messages": done.messages, "notes": done.notes, "quarantined": done.quarantined,
            "uploads": done.uploads, "imports": done.imports, "exports_deleted": done.exports_deleted,
            "exports": done.exports, "named_elsewhere": done.named_in.len(), "swept": swept,
        });
        print(self.json, &value, || {
            let end = match (self.dry_run, swept) {
                (true, _) => "Nothing was changed.",
                (false, true) => "Nothing of it is left in the data file.",
                (false, false) => "What is left in free space of the data file is swept out at the next start.",
            };
            format!("{} {} {end}", if self.dry_run { "This would erase" } else { "Erased:" }, counted(&done))
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn confirmed(&self, would: &Erasing) -> Result<bool, CliError> {
        if !std::io::stdin().is_terminal() {
            return Err(CliError::Said(
                "Erasing cannot be undone. Say --yes to do it, or --dry-run to look first.".into(),
            ));
        }
        eprint!("This erases {} It cannot be undone. Type “erase” to go on: ", counted(would));
        std::io::stderr().flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        Ok(line.trim().eq_ignore_ascii_case("erase"))
    }
}

fn counted(of: &Erasing) -> String {
    let n = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let waiting = match of.uploads {
        0 => String::new(),
        count => format!(" {} that waited to be brought in and named them.", n(count, "file", "files")),
    };
    let held = match of.imports.as_slice() {
        [] => String::new(),
        ids => {
            let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
            format!(" A file of import {} still names them: finish it or take it back.", ids.join(", "))
        }
    };
    let files = match of.exports_deleted {
        0 => String::new(),
        count => format!(" {} that may name them.", n(count, "export", "exports")),
    };
    let elsewhere = match of.exports.as_slice() {
        [] => String::new(),
        paths => format!(" These files may name them, and stay: {}.", paths.join(", ")),
    };
    format!(
        "{}: {}, {}, {}; out of {} and {} in quarantine.{waiting}{held}{files}{elsewhere}",
        n(of.events, "event", "events"),
        n(of.calls, "call", "calls"),
        n(of.messages, "message", "messages"),
        n(of.notes, "note", "notes"),
        n(of.deliveries, "delivery", "deliveries"),
        of.quarantined,
    )
}
