//! The public router: it only appends, it can never read.

use axum::Router;

use super::App;
use crate::store::Store;

/// Open sources by the SHA-256 of their key.
#[derive(Clone)]
pub(crate) struct Addresses {
    _store: Store,
}

impl Addresses {
    pub(crate) fn new(store: Store) -> Addresses {
        Addresses { _store: store }
    }
}

/// The router of the public door.
pub fn hooks(app: App) -> Router {
    Router::new().with_state(app)
}
