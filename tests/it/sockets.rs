//! The public port on a real socket: what only shows on the wire.

use std::net::SocketAddr;

use leadtrail::doors::hooks;
use leadtrail::http;
use tokio::sync::watch;

use super::support::{HANGS, Line, TestApp, on_the_wire, text};

struct Port {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    served: tokio::task::JoinHandle<()>,
}

async fn open(app: &TestApp) -> Port {
    let listener = hooks::bind("127.0.0.1:0".parse().unwrap(), hooks::Exposure::ThisMachine).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let served = tokio::spawn(hooks::serve(listener, http::hooks(app.app.clone()), stopped));
    Port { address, stop, served }
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_100_continue_is_answered_before_the_body_comes() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let port = open(&app).await;
    let (address, key) = (port.address, source.key.clone());
    on_the_wire(move || {
        let mut line = Line::open(address).unwrap();
        let body = text(1);
        let head = |path: &str, length: usize| {
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n")
        };
        let path = format!("/hooks/{key}/text_message_received");
        line.write(head(&path, body.len()).as_bytes()).unwrap();
        assert_eq!(line.answer().unwrap().0, 100);
        line.write(body.as_bytes()).unwrap();
        assert_eq!(line.answer().unwrap().0, 200);
        // Whoever is refused anyway need not send it.
        line.write(head("/hooks/wrong", 1_000_000).as_bytes()).unwrap();
        assert_eq!(line.answer().unwrap().0, 404);
        let mut line = Line::open(address).unwrap();
        line.write(head(&path, 50_000_000).as_bytes()).unwrap();
        assert_eq!(line.answer().unwrap().0, 413);
    })
    .await;
    assert_eq!(app.deliveries().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_request_lines_are_taken() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let port = open(&app).await;
    let (address, key) = (port.address, source.key.clone());
    on_the_wire(move || {
        let mut line = Line::open(address).unwrap();
        for length in [8_000, 16_384, 40_000] {
            let path = format!("/hooks/{key}/text_message_received?callsource={}", "x".repeat(length));
            assert_eq!(line.post(&path, text(length).as_bytes()).unwrap().0, 200, "{length}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_still_hears_why() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let port = open(&app).await;
    let (address, key) = (port.address, source.key.clone());
    on_the_wire(move || {
        let mut line = Line::open(address).unwrap();
        let large = vec![b' '; 12_000_000];
        let (status, body) = line.post(&format!("/hooks/{key}/text_message_received"), &large).unwrap();
        assert_eq!(status, 413, "{}", String::from_utf8_lossy(&body));
        // The line is still good.
        assert_eq!(line.post(&format!("/hooks/{key}/text_message_received"), text(1).as_bytes()).unwrap().0, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_on_the_port_harms_nobody() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let port = open(&app).await;
    let (address, key) = (port.address, source.key.clone());
    on_the_wire(move || {
        for noise in
            [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"GET\r\n\r\n", b"POST /hooks/x HTTP/9.9\r\n\r\n", &[0; 4096]]
        {
            let mut line = Line::open(address).unwrap();
            line.write(noise).unwrap();
            if let Ok((status, _)) = line.answer() {
                assert!((400..600).contains(&status), "{status}");
            }
        }
        let mut line = Line::open(address).unwrap();
        assert_eq!(line.post(&format!("/hooks/{key}/text_message_received"), text(1).as_bytes()).unwrap().0, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_what_is_on_its_way() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let port = open(&app).await;
    let (address, key) = (port.address, source.key.clone());
    let (half, sent_half) = tokio::sync::oneshot::channel();
    let (stops, stopping) = tokio::sync::oneshot::channel();
    let talk = tokio::task::spawn_blocking(move || {
        // One that is idle does not hold up the end.
        let mut idle = Line::open(address).unwrap();
        assert_eq!(idle.get("/healthz", "Host: x\r\n").unwrap().0, 200);
        let body = text(1);
        let (first, second) = body.split_at(20);
        let mut line = Line::open(address).unwrap();
        let head = format!(
            "POST /hooks/{key}/text_message_received HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        line.write(head.as_bytes()).unwrap();
        // Now it is known that the other side reads the body.
        assert_eq!(line.answer().unwrap().0, 100);
        line.write(first.as_bytes()).unwrap();
        half.send(()).unwrap();
        stopping.blocking_recv().unwrap();
        line.write(second.as_bytes()).unwrap();
        line.answer().unwrap().0
    });
    sent_half.await.unwrap();
    port.stop.send_replace(true);
    stops.send(()).unwrap();
    tokio::time::timeout(HANGS, port.served).await.expect("it ends").unwrap();
    assert_eq!(talk.await.unwrap(), 200);
    assert!(Line::open(address).is_err(), "and nobody new is let in");
    assert_eq!(app.deliveries().await.len(), 1);
}
