//! The owner's settings.

mod business;

use std::collections::BTreeMap;
use std::path::Path;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use utoipa::ToSchema;

use self::business::{BusinessChange, BusinessView};
use super::extract::JsonBody;
use crate::fs::OwnFiles;
use crate::http::{App, Problem, ProblemKind};
use crate::settings::{BackupPolicy, NAME, Values};
use crate::store::StoreError;
use crate::store::backup::make_folder;
use crate::store::sources::{self, setting};

/// Characters of the name of a business.
const BUSINESS: usize = 120;

/// The owner's settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsView {
    /// What the business is called.
    pub business_name: String,
    /// Closing the window keeps listening.
    pub close_to_tray: bool,
    /// Where services reach the public door, when something stands in front of it.
    pub public_base_url: Option<String>,
    /// Keys of one letter work without a modifier.
    pub single_keys: bool,
    /// Other machines may reach the public door where it listens beyond this machine's own addresses.
    pub listen_beyond: bool,
    /// Copies of the data file.
    pub backups: BackupSettings,
    /// After how many days what a source told is erased, by the source's id; what is not named is kept.
    pub retention: BTreeMap<String, u32>,
    /// What figures need to know of the business.
    pub business: BusinessView,
}

/// Copies of the data file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct BackupSettings {
    /// They are made by themselves.
    pub on: bool,
    /// The folder that was picked; `null` for the one in the data folder.
    pub folder: Option<String>,
    /// How many of the regular ones are kept.
    pub keep: KeepView,
}

/// How many backups of each kind are kept.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepView {
    /// Of each day.
    pub daily: usize,
    /// Of each week.
    pub weekly: usize,
    /// Of each month.
    pub monthly: usize,
}

impl KeepView {
    pub(super) fn of(set: &BackupPolicy) -> KeepView {
        KeepView { daily: set.daily, weekly: set.weekly, monthly: set.monthly }
    }
}

/// What to change about backups; what is missing stays.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupSettingsChange {
    on: Option<bool>,
    /// A folder on this machine; `null` or `""` for the one in the data folder.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, nullable = true)]
    folder: Option<Option<String>>,
    keep: Option<KeepView>,
}

/// The most backups of a kind that can be asked for.
const KEPT: usize = 1000;

impl BackupSettingsChange {
    fn checked(mut self, own: &OwnFiles) -> Result<BackupSettingsChange, Problem> {
        if let Some(folder) = self.folder.as_mut() {
            *folder = folder.as_deref().map(str::trim).filter(|folder| !folder.is_empty()).map(str::to_string);
            if let Some(folder) = folder {
                let folder = Path::new(folder.as_str());
                if !folder.is_absolute() {
                    let words = "Give the whole path of the folder for backups, from its beginning.";
                    return Err(Problem::new(ProblemKind::Unprocessable, words));
                }
                own.takes_backups(folder)
                    .map_err(|refused| Problem::new(ProblemKind::Unprocessable, refused.to_string()))?;
                make_folder(folder).map_err(|error| Problem::new(ProblemKind::Unprocessable, error.to_string()))?;
            }
        }
        let fits = |n: usize| (1..=KEPT).contains(&n);
        match self.keep {
            Some(keep) if !(fits(keep.daily) && fits(keep.weekly) && fits(keep.monthly)) => Err(Problem::new(
                ProblemKind::Unprocessable,
                format!("Keep between 1 and {KEPT} backups of each kind."),
            )),
            _ => Ok(self),
        }
    }

    fn apply(self, set: &mut BackupPolicy) {
        if let Some(on) = self.on {
            set.on = on;
        }
        if let Some(folder) = self.folder {
            set.folder = folder;
        }
        if let Some(keep) = self.keep {
            (set.daily, set.weekly, set.monthly) = (keep.daily, keep.weekly, keep.monthly);
        }
    }
}

/// The longest rule. Days.
const LONGEST: u32 = 36_500;

/// Retention rules by the id of the source, as they are set.
pub(super) fn retention(given: &BTreeMap<String, Option<u32>>) -> Result<BTreeMap<i64, u32>, Problem> {
    let mut rules = BTreeMap::new();
    for (source, days) in given {
        let unfit = |words: &str| Problem::new(ProblemKind::Unprocessable, words);
        let source = source.parse().map_err(|_| unfit("A retention rule is named by the id of a source."))?;
        match days {
            None => {}
            Some(days) if (1..=LONGEST).contains(days) => {
                rules.insert(source, *days);
            }
            Some(_) => return Err(unfit("A retention rule is a number of days, at least one.")),
        }
    }
    Ok(rules)
}

impl SettingsView {
    pub(super) fn of(values: &Values) -> SettingsView {
        SettingsView {
            business_name: values.business_name.clone(),
            close_to_tray: values.close_to_tray,
            public_base_url: values.public_base_url.clone(),
            single_keys: values.single_keys,
            listen_beyond: values.listen_beyond,
            backups: BackupSettings {
                on: values.backups.on,
                folder: values.backups.folder.clone(),
                keep: KeepView::of(&values.backups),
            },
            retention: values.retention.iter().map(|(source, days)| (source.to_string(), *days)).collect(),
            business: BusinessView::of(&values.business),
        }
    }
}

/// Settings to change; what is missing stays.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsChange {
    business_name: Option<String>,
    close_to_tray: Option<bool>,
    /// Takes the place of all rules there were; `null` for a source keeps everything of it.
    retention: Option<BTreeMap<String, Option<u32>>>,
    /// `null` or `""` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, nullable = true)]
    public_base_url: Option<Option<String>>,
    single_keys: Option<bool>,
    /// Counts from the next start.
    listen_beyond: Option<bool>,
    backups: Option<BackupSettingsChange>,
    business: Option<BusinessChange>,
}

/// Tells `null` from missing.
pub(super) fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// An address without path, such as `https://hooks.example.com`; a path in front is kept.
fn base_url(text: &str) -> Result<Option<String>, Problem> {
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    let unfit = || {
        Problem::new(ProblemKind::Unprocessable, "The public address begins with https:// or http:// and a host name.")
    };
    let url = Url::parse(text).map_err(|_| unfit())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain && text.len() <= 500 { Ok(Some(url.as_str().trim_end_matches('/').to_string())) } else { Err(unfit()) }
}

impl SettingsChange {
    /// Checks and tidies what was said, but for the business.
    fn checked(mut self, own: &OwnFiles) -> Result<SettingsChange, Problem> {
        if let Some(rules) = &self.retention {
            retention(rules)?;
        }
        if let Some(name) = self.business_name.as_mut() {
            *name = name.trim().to_string();
            if name.chars().count() > BUSINESS || name.chars().any(char::is_control) {
                let words = format!("The name of the business has at most {BUSINESS} characters.");
                return Err(Problem::new(ProblemKind::Unprocessable, words));
            }
        }
        if let Some(url) = self.public_base_url.as_mut() {
            *url = base_url(url.as_deref().unwrap_or(""))?;
        }
        self.backups = self.backups.map(|backups| backups.checked(own)).transpose()?;
        Ok(self)
    }

    fn apply(self, values: &mut Values) {
        if let Some(name) = self.business_name {
            values.business_name = name;
        }
        if let Some(rules) = self.retention {
            values.retention = retention(&rules).unwrap_or_default();
        }
        if let Some(keep) = self.close_to_tray {
            values.close_to_tray = keep;
        }
        if let Some(url) = self.public_base_url {
            values.public_base_url = url;
        }
        if let Some(keys) = self.single_keys {
            values.single_keys = keys;
        }
        if let Some(beyond) = self.listen_beyond {
            values.listen_beyond = beyond;
        }
        if let Some(backups) = self.backups {
            backups.apply(&mut values.backups);
        }
    }
}

/// Changes settings.
#[utoipa::path(patch, path = "/api/settings", tag = "status", operation_id = "changeSettings", request_body = SettingsChange, responses((status = 200, body = SettingsView)))]
pub(super) async fn change(
    State(app): State<App>,
    JsonBody(mut change): JsonBody<SettingsChange>,
) -> Result<Json<SettingsView>, Problem> {
    let region = app.store.read(|connection| Ok(sources::all(connection)?.into_iter().next())).await?;
    let region = region.map_or_else(|| "US".to_string(), |source| source.region);
    let business = change.business.take().map(|business| business.checked(&region)).transpose()?;
    // Folders are looked at, which a slow disk may take its time for.
    let own = OwnFiles::of(app.store.path().parent().unwrap_or(app.store.path()), None);
    let change = tokio::task::spawn_blocking(move || change.checked(&own)).await.map_err(|_| StoreError::Stopped)??;
    // Read and written in one transaction, so that two changes at once both stand.
    let values = app
        .store
        .write(move |batch| {
            let json = setting(batch.transaction(), NAME)?;
            let mut values: Values = json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
            change.clone().apply(&mut values);
            if let Some(business) = business.clone() {
                business.apply(&mut values.business);
            }
            batch.set(NAME, &serde_json::to_string(&values)?)?;
            Ok(values)
        })
        .await?;
    app.settings.replace(values);
    let (ingest, settings) = (app.ingest.clone(), app.settings.clone());
    tokio::task::spawn_blocking(move || ingest.remember_folder(&settings.get().backups))
        .await
        .map_err(|_| StoreError::Stopped)?;
    Ok(Json(SettingsView::of(&app.settings.get())))
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[test]
    fn a_public_address_is_a_plain_one() {
        assert_eq!(base_url("https://hooks.example.com/").unwrap().as_deref(), Some("https://hooks.example.com"));
        assert_eq!(base_url(" https://a.example/x/ ").unwrap().as_deref(), Some("https://a.example/x"));
        assert_eq!(base_url("").unwrap(), None);
        for bad in ["javascript:alert(1)", "ftp://x", "example.com", "https://u:p@x", "https://x/?q", "https://"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
