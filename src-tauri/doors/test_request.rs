//! A request to the public door from outside of it, as a service would send it: for test events.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::http::{HookAnswer, Knock, Sample};

/// The door answers after one commit; this leaves room for a slow disk.
const PATIENCE: Duration = Duration::from_secs(20);
/// The door's answers are short.
const LONGEST: u64 = 64 * 1024;

/// How the router sends test events.
pub fn knock() -> Knock {
    Box::new(|address, sample| {
        Box::pin(
            async move { tokio::task::spawn_blocking(move || send(address, &sample)).await.map_err(Error::other)? },
        )
    })
}

/// Plain HTTP/1.1 over TCP, on a connection of its own.
fn send(address: SocketAddr, sample: &Sample) -> Result<HookAnswer> {
    let mut stream = TcpStream::connect_timeout(&reachable(address), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = format!("POST {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n", sample.path);
    for (name, value) in &sample.headers {
        // Neither holds a line break: both were checked when they were set.
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{}", sample.body.len(), sample.body));
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.take(LONGEST).read_to_end(&mut bytes)?;
    read(&bytes).ok_or_else(|| Error::from(ErrorKind::InvalidData))
}

/// An address that stands for all of this machine is reached at its own loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// Status and body of an answer whose length the door gives.
fn read(bytes: &[u8]) -> Option<HookAnswer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = String::from_utf8_lossy(bytes.get(end + 4..)?).into_owned();
    Some(HookAnswer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read() {
        let answer = read(b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert_eq!(answer, HookAnswer { status: 202, body: "{}".into() });
        assert_eq!(read(b"HTTP/1.1"), None);
        assert_eq!(read(b""), None);
    }
}
