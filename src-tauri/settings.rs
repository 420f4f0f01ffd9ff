//! The owner's settings and where things lie, passed in to whoever needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::zone::Tz;

/// The name under which [`Values`] stand in the data file, as JSON.
pub const NAME: &str = "owner";

/// The name under which the data file keeps where the public door listened last.
pub const LISTENED: &str = "hooks_address";

/// The public door, unless the owner says otherwise.
pub const HOOKS_ADDRESS: &str = "127.0.0.1:8787";
/// The private door of the headless server, unless the owner says otherwise.
pub const UI_ADDRESS: &str = "127.0.0.1:8788";

/// No body is taken that is larger once unpacked, whatever the owner sets. Bytes.
pub const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Bodies that fail verification are kept up to this many a source, unless the owner says otherwise …
pub const UNVERIFIED_KEPT: i64 = 10_000;
/// … and up to this many bytes a source. Beyond, the oldest make room.
pub const UNVERIFIED_KEPT_BYTES: i64 = 64 * 1024 * 1024;

/// What the owner may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Values {
    /// What the business is called.
    pub business_name: String,
    /// Closing the window keeps listening.
    pub close_to_tray: bool,
    /// Where senders reach the public door, such as `https://hooks.example.com`, when something stands in front.
    pub public_base_url: Option<String>,
    /// Keys of one letter work without a modifier.
    pub single_keys: bool,
    /// The largest body of a webhook, unpacked. Bytes.
    pub body_limit: usize,
    /// Webhooks a minute a source may send; off where `None`.
    pub rate_per_minute: Option<u32>,
    /// The public door may stand where other machines reach it, unencrypted unless something in front encrypts.
    pub listen_beyond: bool,
    /// Copies of the data file.
    pub backups: BackupPolicy,
    /// Bodies that fail verification are kept up to this many a source …
    pub quarantine_kept: i64,
    /// … and up to this many bytes a source.
    pub quarantine_bytes: i64,
    /// After how many days what a source told is erased, by the source's id. What is not named is kept.
    pub retention: BTreeMap<i64, u32>,
    /// What figures need to know of the business.
    pub business: Business,
}

/// What figures need to know of the business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Business {
    /// IANA name; the system's where `None`.
    pub time_zone: Option<String>,
    /// When it is open, from Monday to Sunday: minutes from midnight, in order, not overlapping. The end is at most 1440.
    pub hours: [Vec<(u16, u16)>; 7],
    /// Days on which it is closed.
    pub holidays: BTreeSet<NaiveDate>,
    /// ISO 4217.
    pub currency: String,
    /// Who works there, with the other names services know them by.
    pub reps: Vec<Rep>,
    /// Numbers that people of the business try things out with, E.164.
    pub test_numbers: BTreeSet<String>,
}

/// Somebody of the business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rep {
    /// What they are called here.
    pub name: String,
    /// What services call them: whatever they write as the agent.
    pub also: Vec<String>,
}

impl Business {
    /// The zone figures are told in: the one that was set, else the system's.
    pub fn zone(&self) -> Tz {
        let set = self.time_zone.as_deref().and_then(|name| name.parse().ok());
        set.unwrap_or_else(|| system_time_zone().parse().unwrap_or(Tz::UTC))
    }

    /// What somebody is called here whom a service calls `said`: the rep who has that name, or goes by it; else as
    /// it was said. Capitals and blanks do not matter.
    pub fn rep_of<'a>(&'a self, said: &'a str) -> &'a str {
        let key = name_key(said);
        let theirs = |rep: &&Rep| name_key(&rep.name) == key || rep.also.iter().any(|also| name_key(also) == key);
        self.reps.iter().find(theirs).map_or(said, |rep| rep.name.as_str())
    }
}

/// The same for names that only differ in capitals and blanks.
pub fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The IANA name of the zone this machine is in; UTC where it does not say.
pub fn system_time_zone() -> String {
    let told = iana_time_zone::get_timezone().ok();
    told.filter(|zone| zone.parse::<Tz>().is_ok()).unwrap_or_else(|| "UTC".into())
}

impl Default for Business {
    /// Open on weekdays from 9 to 17.
    fn default() -> Business {
        let day = || vec![(9 * 60, 17 * 60)];
        Business {
            time_zone: None,
            hours: [day(), day(), day(), day(), day(), Vec::new(), Vec::new()],
            holidays: BTreeSet::new(),
            currency: "USD".into(),
            reps: Vec::new(),
            test_numbers: BTreeSet::new(),
        }
    }
}

/// Copies of the data file, made by themselves while the program listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupPolicy {
    /// They are made.
    pub on: bool,
    /// Where; in the data folder where `None`.
    pub folder: Option<String>,
    /// How many stay, of each day, …
    pub daily: usize,
    /// … of each week …
    pub weekly: usize,
    /// … and of each month.
    pub monthly: usize,
}

impl Default for BackupPolicy {
    fn default() -> BackupPolicy {
        BackupPolicy { on: true, folder: None, daily: 7, weekly: 5, monthly: 12 }
    }
}

impl Default for Values {
    fn default() -> Values {
        Values {
            business_name: String::new(),
            close_to_tray: true,
            public_base_url: None,
            single_keys: true,
            body_limit: 5 * 1024 * 1024,
            rate_per_minute: None,
            listen_beyond: false,
            backups: BackupPolicy::default(),
            quarantine_kept: UNVERIFIED_KEPT,
            quarantine_bytes: UNVERIFIED_KEPT_BYTES,
            retention: BTreeMap::new(),
            business: Business::default(),
        }
    }
}

impl Values {
    /// With what another file says of the business and of how its people like to work, and nothing else of it: what guards
    /// the doors, points at paths or erases stays as it is here.
    pub fn with_the_business_of(self, other: Values) -> Values {
        Values {
            business_name: other.business_name,
            business: other.business,
            close_to_tray: other.close_to_tray,
            single_keys: other.single_keys,
            ..self
        }
    }
}

/// A handle on the settings. Cheap to clone; all clones see a change at once.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: Arc<RwLock<Arc<Values>>>,
}

impl Settings {
    /// Settings as they stand in the data file; what cannot be read is as it was at first.
    pub fn of_json(json: Option<&str>) -> Settings {
        let values = json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let settings = Settings::default();
        settings.replace(values);
        settings
    }

    /// The settings now.
    pub fn get(&self) -> Arc<Values> {
        self.values.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes them in memory. Whoever changes them writes `serde_json` of the values under [`NAME`] first.
    pub fn replace(&self, mut values: Values) {
        values.body_limit = values.body_limit.clamp(1024, LARGEST_BODY);
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(values);
    }
}

/// The data folder that the operating system has for programs, where nothing else was asked for.
///
/// On Windows that is the local one: the roaming profile is copied over the network at every sign-in and out, an open data
/// file with it. What an earlier release put there is used where it lies.
pub fn default_folder() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("app", "Leadtrail", "Leadtrail")?;
    Some(folder_of(dirs.data_local_dir(), dirs.data_dir()))
}

/// The folder of today, unless the data lies in that of earlier releases.
fn folder_of(local: &Path, roaming: &Path) -> PathBuf {
    // Whatever of it is there: without its file, too, its backups lie there.
    let is_used = |folder: &Path| folder.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    let earlier = local != roaming && !is_used(local) && is_used(roaming);
    if earlier { roaming.to_path_buf() } else { local.to_path_buf() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_an_earlier_release_put_into_the_roaming_profile_is_found() {
        let home = tempfile::tempdir().unwrap();
        let (local, roaming) = (home.path().join("Local"), home.path().join("Roaming"));
        assert_eq!(folder_of(&local, &roaming), local, "a new one");
        std::fs::create_dir(&roaming).unwrap();
        assert_eq!(folder_of(&local, &roaming), local, "nothing in it");
        std::fs::write(roaming.join("leadtrail.sqlite"), "").unwrap();
        assert_eq!(folder_of(&local, &roaming), roaming);
        std::fs::create_dir(&local).unwrap();
        assert_eq!(folder_of(&local, &roaming), roaming, "an empty folder is none");
        std::fs::write(local.join("leadtrail.sqlite"), "").unwrap();
        assert_eq!(folder_of(&local, &roaming), local, "what was begun there goes on there");
        assert_eq!(folder_of(&roaming, &roaming), roaming, "where a system has one place");
    }
}
