//! Does the public address lead here? Asked the way a service would, and only when the owner wants to know.

use std::time::Duration;

use ureq::Agent;
use url::Url;

use crate::ingest::doctor::{HealthCheck, is_loopback};

/// The whole question, with its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The answer is the word that was asked, and nothing else.
const LONGEST: u64 = 4 * 1024;

const NAME: &str = "reach";

/// Asks `{base}/hooks/{key}?echo={word}` and says what came back. Blocks.
pub(super) fn ask(base: &str, key: &str, word: &str, listening: Option<&str>) -> HealthCheck {
    let todo_tunnel = match listening {
        Some(address) => {
            format!("Look at the tunnel: it has to lead to {address}, and the address in Settings has to be its own.")
        }
        None => "Leadtrail is not listening now. Mend that first.".to_string(),
    };
    let bad = |title: &str, text: String| HealthCheck::bad(NAME, title, text, &todo_tunnel);
    let unfit =
        |text: String| HealthCheck::bad(NAME, "The public address cannot be asked", text, "Change it in Settings.");
    let base = base.trim_end_matches('/');
    let Ok(mut url) = Url::parse(&format!("{base}/hooks/{key}")) else {
        return unfit(format!("{base} is no address."));
    };
    if url.scheme() != "https" && !is_loopback(&url) {
        return unfit("It begins with http, and the key of a source is not sent unencrypted.".to_string());
    }
    url.query_pairs_mut().append_pair("echo", word);
    let mut settings = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        // Whoever answers for this address answers itself: the key goes nowhere else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("Leadtrail check-up");
    if is_loopback(&url) {
        settings = settings.proxy(None);
    }
    let agent: Agent = settings.build().into();
    let mut answer = match agent.get(url.as_str()).call() {
        Ok(answer) => answer,
        Err(error) => return bad("The public address does not answer", format!("{base}: {}.", said(&error))),
    };
    let status = answer.status();
    if status.is_redirection() {
        return bad("The public address leads elsewhere", format!("{base} sends those who ask to another address."));
    }
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().unwrap_or_default();
    if status.is_success() && body == word {
        return HealthCheck::ok(
            NAME,
            "The public address leads here",
            format!(
                "{base} was asked from this computer, and this Leadtrail answered. Services ask from elsewhere, on the same way."
            ),
        );
    }
    if status.is_server_error() {
        return bad(
            "The tunnel does not reach Leadtrail",
            format!("Something answers at {base}, and says that it cannot pass it on."),
        );
    }
    bad("Something else answers at the public address", format!("{base} answers, but it is not this Leadtrail."))
}

/// Why there was no answer, in plain words.
fn said(error: &ureq::Error) -> String {
    use std::io::ErrorKind;
    match error {
        ureq::Error::HostNotFound => "there is no such host".into(),
        ureq::Error::Timeout(_) => "no answer came in time".into(),
        ureq::Error::ConnectionFailed => "no connection could be made".into(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "its certificate is not valid".into(),
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "nobody listens there".into(),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer came in time".into(),
            _ => format!("the connection failed ({})", error.kind()),
        },
        // Not said as the library says it: that may name the address whole, with the key.
        _ => "it could not be asked".into(),
    }
}
