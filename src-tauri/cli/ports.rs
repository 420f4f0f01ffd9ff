//! Where `leadtrail serve` listens.

use tokio::net::TcpListener;

use crate::doors::access::Access;

/// The two sockets.
pub(super) struct Ports {
    pub public: TcpListener,
    pub private: TcpListener,
}

impl Ports {
    /// The two lines that say where they are.
    pub(super) fn link(&self, access: &Access) -> std::io::Result<String> {
        let (hooks, ui) = (self.public.local_addr()?, self.private.local_addr()?);
        Ok(format!("hooks http://{hooks}\nui http://{ui}/?token={}", access.token()))
    }
}
