//! Who is let in at the private port: whoever holds the token that `serve` prints, a session that a page was given for
//! it, or, once, a ticket for one address.
//!
//! The token opens everything for as long as it stands, so a page lets go of it at once and keeps a session instead,
//! which is of use at this port only and can be traded for nothing. All of it is kept in a file of its own beside the
//! data: it belongs to this machine, not to what a backup holds, and it is there while the data cannot be opened.

use std::collections::VecDeque;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

/// Beside the data.
const FILE: &str = crate::fs::ACCESS;
/// Pages that stay let in; above, the one that was longest away has to come by the link again.
const SESSIONS: usize = 64;
/// Tickets that wait to be used; above, the oldest is void.
const TICKETS: usize = 256;
/// How long a ticket waits to be used.
pub(super) const TICKET_LIFE: Duration = Duration::from_secs(60);
/// Random bytes of a token, a session and a ticket.
const SECRET: usize = 32;

/// What the file says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredAccess {
    /// The token itself, for it is printed at every start.
    token: String,
    /// SHA-256 of each session, in hex; the one used last at the end.
    #[serde(default)]
    sessions: Vec<String>,
}

struct Ticket {
    hash: [u8; 32],
    /// Path and query of what it opens.
    address: String,
    until: Instant,
}

/// Everything that lets somebody in at the private port.
pub struct Access {
    path: Option<PathBuf>,
    kept: Mutex<StoredAccess>,
    tickets: Mutex<VecDeque<Ticket>>,
}

/// What a caller holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Token,
    Session,
    Nothing,
}

impl Access {
    /// That of a data folder: as it was kept, or with a new token where nothing was, or where `renew` says so. A new
    /// token ends every session.
    ///
    /// # Errors
    /// When no random numbers are to be had, or a renewed token cannot be kept. One that is merely new is used for
    /// this run.
    pub fn open(folder: &Path, renew: bool) -> std::io::Result<Access> {
        let path = folder.join(FILE);
        let known = if renew { None } else { read(&path)? };
        let is_new = known.is_none();
        let kept = match known {
            Some(kept) => kept,
            None => StoredAccess { token: secret()?, sessions: Vec::new() },
        };
        if is_new && let Err(error) = write(&path, &kept) {
            if renew {
                return Err(error);
            }
            tracing::warn!("the link to the app is good until the end of this run: it could not be kept ({error})");
        }
        Ok(Access { path: Some(path), kept: Mutex::new(kept), tickets: Mutex::default() })
    }

    /// With this token, kept nowhere.
    #[cfg(test)]
    pub(super) fn with_token(token: &str) -> Access {
        let kept = StoredAccess { token: token.into(), sessions: Vec::new() };
        Access { path: None, kept: Mutex::new(kept), tickets: Mutex::default() }
    }

    /// The token of the link.
    pub fn token(&self) -> String {
        self.kept().token.clone()
    }

    fn kept(&self) -> MutexGuard<'_, StoredAccess> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tickets(&self) -> MutexGuard<'_, VecDeque<Ticket>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `given` is. Takes as long whatever it is.
    pub(super) fn holds(&self, given: &str) -> Holds {
        let hash = hashed(given);
        let mut kept = self.kept();
        let is_token = bool::from(hash.ct_eq(&hashed(&kept.token)));
        let hash = hex::encode(hash);
        let mut found = None;
        for (index, session) in kept.sessions.iter().enumerate() {
            if bool::from(session.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(index);
            }
        }
        match found {
            _ if is_token => Holds::Token,
            Some(index) => {
                let session = kept.sessions.remove(index);
                kept.sessions.push(session);
                Holds::Session
            }
            None => Holds::Nothing,
        }
    }

    /// A new session, for whoever came with the token. Waits for the disk.
    ///
    /// # Errors
    /// When no random numbers are to be had.
    pub(super) fn new_session(&self) -> std::io::Result<String> {
        let session = secret()?;
        let mut kept = self.kept();
        kept.sessions.push(hex::encode(hashed(&session)));
        let above = kept.sessions.len().saturating_sub(SESSIONS);
        kept.sessions.drain(..above);
        if let Some(path) = &self.path
            && let Err(error) = write(path, &kept)
        {
            tracing::warn!("a page is let in until the end of this run only: it could not be kept ({error})");
        }
        Ok(session)
    }

    /// A ticket that reads `address`, a path with its query, once.
    ///
    /// # Errors
    /// When no random numbers are to be had.
    pub(super) fn new_ticket(&self, address: &str) -> std::io::Result<String> {
        let ticket = secret()?;
        let mut tickets = self.tickets();
        let now = Instant::now();
        tickets.retain(|ticket| ticket.until > now);
        if tickets.len() >= TICKETS {
            tickets.pop_front();
        }
        tickets.push_back(Ticket { hash: hashed(&ticket), address: address.into(), until: now + TICKET_LIFE });
        Ok(ticket)
    }

    /// Whether `ticket` opens `address`. It is void from then on, also where it does not.
    pub(super) fn redeem(&self, ticket: &str, address: &str) -> bool {
        let hash = hashed(ticket);
        let mut tickets = self.tickets();
        let mut found = None;
        for (index, ticket) in tickets.iter().enumerate() {
            if bool::from(hash.ct_eq(&ticket.hash)) {
                found = Some(index);
            }
        }
        let found = found.and_then(|index| tickets.remove(index));
        found.is_some_and(|ticket| ticket.until > Instant::now() && ticket.address == address)
    }
}

fn hashed(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

fn secret() -> std::io::Result<String> {
    let mut bytes = [0; SECRET];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}

/// `None` where nothing is kept, or nothing that can be read: a new link is better than none.
fn read(path: &Path) -> std::io::Result<Option<StoredAccess>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) if path.is_dir() => {
            tracing::warn!("{} is a folder and no file: move it away to keep the link to the app", path.display());
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let kept = serde_json::from_slice::<StoredAccess>(&text).ok().filter(|kept| kept.token.len() >= SECRET);
    if kept.is_none() {
        tracing::warn!("{} cannot be read: the app has a new link", path.display());
    }
    Ok(kept)
}

/// Whole or not at all, for its owner alone; what stood there is replaced, never followed.
fn write(path: &Path, kept: &StoredAccess) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".leadtrail-access").tempfile_in(folder)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_and_its_sessions_outlast_the_program_and_end_with_a_new_token() {
        let folder = tempfile::tempdir().unwrap();
        let first = Access::open(folder.path(), false).unwrap();
        let (token, session) = (first.token(), first.new_session().unwrap());
        drop(first);
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!text.contains(&session), "only its hash is kept");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }

        let again = Access::open(folder.path(), false).unwrap();
        assert_eq!(again.token(), token);
        assert_eq!(again.holds(&token), Holds::Token);
        assert_eq!(again.holds(&session), Holds::Session);

        let renewed = Access::open(folder.path(), true).unwrap();
        assert_ne!(renewed.token(), token);
        for old in [&token, &session] {
            assert_eq!(renewed.holds(old), Holds::Nothing);
        }
        let token = renewed.token();
        assert_eq!(Access::open(folder.path(), false).unwrap().token(), token, "the new one stays");
    }

    #[test]
    fn the_session_that_was_longest_away_makes_room() {
        let access = Access::with_token("token");
        let first = access.new_session().unwrap();
        let second = access.new_session().unwrap();
        for _ in 2..SESSIONS {
            access.new_session().unwrap();
        }
        assert_eq!(access.holds(&first), Holds::Session);
        access.new_session().unwrap();
        assert_eq!(access.holds(&first), Holds::Session, "it was here a moment ago");
        assert_eq!(access.holds(&second), Holds::Nothing);
    }

    #[test]
    fn a_ticket_opens_one_address_once() {
        let access = Access::with_token("token");
        let file = "/api/exports/1/file";
        let ticket = access.new_ticket(file).unwrap();
        assert_eq!(access.holds(&ticket), Holds::Nothing, "it is no token");
        assert!(access.redeem(&ticket, file));
        assert!(!access.redeem(&ticket, file), "once");
        let ticket = access.new_ticket(file).unwrap();
        assert!(!access.redeem(&ticket, "/api/exports/2/file"));
        assert!(!access.redeem(&ticket, file), "a ticket that was shown elsewhere is void");
        let first = access.new_ticket(file).unwrap();
        for _ in 0..TICKETS {
            access.new_ticket(file).unwrap();
        }
        assert!(!access.redeem(&first, file), "too many wait");
    }

    #[test]
    fn what_cannot_be_read_becomes_a_new_link() {
        for text in ["", "{", "{}", r#"{"token":""}"#, r#"{"token":"short","sessions":[]}"#] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(FILE), text).unwrap();
            let access = Access::open(folder.path(), false).unwrap();
            assert_eq!(access.token().len(), 2 * SECRET);
            assert_eq!(Access::open(folder.path(), false).unwrap().token(), access.token(), "{text}");
        }
    }
}
