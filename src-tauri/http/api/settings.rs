//! The owner's settings.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::ask::Told;
use crate::http::{App, Kind, Problem};
use crate::settings::{NAME, Values};
use crate::store::sources::setting;

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
}

impl SettingsView {
    pub(super) fn of(values: &Values) -> SettingsView {
        SettingsView {
            business_name: values.business_name.clone(),
            close_to_tray: values.close_to_tray,
            public_base_url: values.public_base_url.clone(),
            single_keys: values.single_keys,
            listen_beyond: values.listen_beyond,
        }
    }
}

/// Settings to change; what is missing stays.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsChange {
    business_name: Option<String>,
    close_to_tray: Option<bool>,
    /// `null` or `""` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>, nullable = true)]
    public_base_url: Option<Option<String>>,
    single_keys: Option<bool>,
    /// Counts from the next start.
    listen_beyond: Option<bool>,
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
    let unfit =
        || Problem::new(Kind::Unprocessable, "The public address begins with https:// or http:// and a host name.");
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
    /// Checks and tidies what was said.
    fn checked(mut self) -> Result<SettingsChange, Problem> {
        if let Some(name) = self.business_name.as_mut() {
            *name = name.trim().to_string();
            if name.chars().count() > BUSINESS || name.chars().any(char::is_control) {
                let words = format!("The name of the business has at most {BUSINESS} characters.");
                return Err(Problem::new(Kind::Unprocessable, words));
            }
        }
        if let Some(url) = self.public_base_url.as_mut() {
            *url = base_url(url.as_deref().unwrap_or(""))?;
        }
        Ok(self)
    }

    fn apply(self, values: &mut Values) {
        if let Some(name) = self.business_name {
            values.business_name = name;
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
    }
}

/// Changes settings.
#[utoipa::path(patch, path = "/api/settings", tag = "status", operation_id = "changeSettings", request_body = SettingsChange, responses((status = 200, body = SettingsView)))]
pub(super) async fn change(
    State(app): State<App>,
    Told(change): Told<SettingsChange>,
) -> Result<Json<SettingsView>, Problem> {
    let change = change.checked()?;
    // Read and written in one transaction, so that two changes at once both stand.
    let values = app
        .store
        .write(move |batch| {
            let json = setting(batch.transaction(), NAME)?;
            let mut values: Values = json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
            change.clone().apply(&mut values);
            batch.set(NAME, &serde_json::to_string(&values)?)?;
            Ok(values)
        })
        .await?;
    app.settings.replace(values);
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
