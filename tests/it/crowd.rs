//! Many connections, slow ones and idle ones: whoever holds a key gets in.
//!
//! `LEADTRAIL_CROWD=5000` holds more idle connections open; the times are printed (`--no-capture`), not asserted.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use leadtrail::doors::{Limits, hooks, serve_router};
use leadtrail::http;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::support::{HANGS, Line, TestApp, on_the_wire, text, until};

const DRIPPING: usize = 50;
const SENT: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn idle_and_dripping_connections_keep_no_sender_out() {
    let wanted: usize = std::env::var("LEADTRAIL_CROWD").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    // Both ends of each connection are files of this process.
    let files = rlimit::increase_nofile_limit(2 * wanted as u64 + 3000).unwrap() as usize;
    let idle = wanted.min(files.saturating_sub(1500) / 2);

    let app = TestApp::new();
    let source = app.add("callrail").await;
    let listener = hooks::bind("127.0.0.1:0".parse().unwrap(), hooks::Exposure::ThisMachine).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let served = tokio::spawn(hooks::serve(listener, http::hooks(app.app.clone()), stopped));
    let path = format!("/hooks/{}/text_message_received", source.key);

    let mut times = on_the_wire(move || {
        let idle: Vec<TcpStream> = (0..idle).map(|_| TcpStream::connect(address).unwrap()).collect();
        // Half of them drip their head, a quarter a body with a key, a quarter one without.
        let heads = [
            "POST /hooks/".to_string(),
            "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_string(),
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"),
            "POST /hooks/guess HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n".to_string(),
        ];
        let dripping: Vec<TcpStream> = (0..DRIPPING)
            .map(|n| {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(heads[n % heads.len()].as_bytes()).unwrap();
                stream
            })
            .collect();
        let over = AtomicBool::new(false);
        let times: Vec<Duration> = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // Those that were let go are gone.
                    dripping.iter().for_each(|mut stream| drop(stream.write(b"x")));
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
            let mut kept = Line::open(address).unwrap();
            let times = (0..SENT).map(|n| {
                let start = Instant::now();
                // In turn on a connection of its own and on one that is kept.
                let status = if n % 2 == 0 {
                    Line::open(address).and_then(|mut line| line.post(&path, text(n).as_bytes()))
                } else {
                    kept.post(&path, text(n).as_bytes())
                };
                assert_eq!(status.unwrap().0, 200, "message {n}");
                start.elapsed()
            });
            let times = times.collect();
            over.store(true, Ordering::Relaxed);
            times
        });
        println!("{} idle and {DRIPPING} dripping connections", idle.len());
        times
    })
    .await;
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1000.0;
    println!("{SENT} messages, all 200: p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms", at(50), at(99), at(100));
    stop.send_replace(true);
    tokio::time::timeout(HANGS, served).await.expect("the door closes").unwrap();
}

const LIMITS: Limits = Limits {
    connections: 8,
    head: Duration::from_secs(30),
    request: None,
    idle: Duration::from_secs(30),
    drain: Duration::from_secs(1),
    hears_out: true,
};

async fn serve(router: Router, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_router(listener, router, std::future::pending(), limits));
    address
}

/// Whether the other side has ended the connection, before long.
fn ends(stream: &mut TcpStream, within: Duration) -> bool {
    stream.set_read_timeout(Some(within)).unwrap();
    let mut rest = [0; 4096];
    loop {
        match stream.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_key_keeps_the_connection_when_it_gets_crowded() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let address = serve(http::hooks(app.app.clone()), Limits { connections: 64, ..LIMITS }).await;
    let path = format!("/hooks/{}/text_message_received", source.key);
    on_the_wire(move || {
        let mut holder = Line::open(address).unwrap();
        assert_eq!(holder.post(&path, text(0).as_bytes()).unwrap().0, 200);
        // It is idle long enough to be one of those who might go.
        std::thread::sleep(Duration::from_millis(1100));
        let mut crowd: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(address).unwrap()).collect();
        assert!(ends(&mut crowd[0], HANGS), "the first of them made room");
        assert_eq!(holder.post(&path, text(1).as_bytes()).unwrap().0, 200);
        for n in 2..40 {
            crowd.extend((0..10).map(|_| TcpStream::connect(address).unwrap()));
            assert_eq!(Line::open(address).unwrap().post(&path, text(n).as_bytes()).unwrap().0, 200, "{n}");
        }
        assert_eq!(holder.post(&path, text(99).as_bytes()).unwrap().0, 200);
    })
    .await;
}

/// Begins a message of 5 MB, and answers once the door reads its body: it has a place, and showed its key.
fn begun(address: SocketAddr, path: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    let head = "Host: x\r\nExpect: 100-continue\r\nContent-Length: 5000000";
    stream.write_all(format!("POST {path} HTTP/1.1\r\n{head}\r\n\r\n").as_bytes())?;
    let mut goes_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut goes_on)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_holds_every_place_keeps_no_other_one_out() {
    let app = TestApp::new();
    let (greedy, other) = (app.add("varda").await, app.add("callrail").await);
    let address = serve(http::hooks(app.app.clone()), LIMITS).await;
    let (drips, asks) = (format!("/hooks/{}", greedy.key), format!("/hooks/{}/text_message_received", other.key));
    on_the_wire(move || {
        let held = std::sync::Mutex::new(Vec::new());
        let again = || held.lock().unwrap().push(begun(address, &drips).unwrap());
        (0..LIMITS.connections).for_each(|_| again());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // More than a body must bring to be heard on, for as long as the test lasts.
                while !over.load(Ordering::Relaxed) {
                    held.lock().unwrap().iter_mut().for_each(|stream| drop(stream.write(&[b' '; 2000])));
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
            let answers = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for n in 0..10 {
                    let status = Line::open(address).and_then(|mut line| line.post(&asks, text(n).as_bytes()));
                    assert_eq!(status.unwrap().0, 200, "message {n}");
                    // It did not have to wait until the time of one of them was over.
                    let told = |stream: &mut TcpStream| matches!(stream.read(&mut [0; 64]), Ok(1..));
                    assert!(!held.lock().unwrap().iter_mut().any(told), "message {n}");
                    // Whoever was sent away comes again.
                    again();
                }
                // Neither a head that is on its way is sent away for those that come again, nor a small body.
                let body = text(10);
                let head = format!("POST {asks} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
                let whole = [head.as_bytes(), body.as_bytes()].concat();
                let mut slow = Line::open(address).unwrap();
                let mut parts = whole.chunks(whole.len().div_ceil(3));
                for part in parts.by_ref() {
                    slow.write(part).unwrap();
                    (0..4).for_each(|_| again());
                }
                assert_eq!(slow.answer().unwrap().0, 200);
            }));
            over.store(true, Ordering::Relaxed);
            answers.unwrap_or_else(|why| std::panic::resume_unwind(why));
        });
    })
    .await;
    assert_eq!(app.deliveries().await.len(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_slow_ends() {
    let short = Duration::from_millis(300);
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/never", get(std::future::pending::<()>))
        .route("/much", get(|| async { vec![b'x'; 64_000_000] }))
        .route("/taken", post(|body: axum::body::Bytes| async move { body.len().to_string() }));
    let limits = Limits { connections: 64, head: short, request: Some(short), idle: short, ..LIMITS };
    let address = serve(router.clone(), limits).await;
    on_the_wire(move || {
        let soon = HANGS;
        let open = |bytes: &[u8]| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            stream
        };
        assert!(ends(&mut open(b""), soon), "nothing at all");
        assert!(ends(&mut open(b"GET / HTTP/1.1\r\nHost"), soon), "half a head");
        assert!(ends(&mut open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), soon), "silent after an answer");
        assert!(ends(&mut open(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n"), soon), "an answer that never comes");
        let body = b"POST /taken HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123";
        assert!(ends(&mut open(body), soon), "half a body");
        let mut dripping = open(b"");
        let start = Instant::now();
        while dripping.write_all(b"x").is_ok() {
            assert!(start.elapsed() < soon, "a head that drips");
            std::thread::sleep(Duration::from_millis(20));
        }
        // Answers that nobody fetches.
        let mut deaf = open(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n");
        std::thread::sleep(Duration::from_secs(1));
        let mut all = Vec::new();
        let _ = deaf.read_to_end(&mut all);
        assert!(all.len() < 64_000_000, "{} bytes were kept ready", all.len());
    })
    .await;
    // Whoever fetches slowly, but fetches, gets all of it: for longer than a pause may last.
    let pause = Duration::from_secs(4);
    let limits = Limits { connections: 64, head: pause, request: Some(pause), idle: pause, ..LIMITS };
    let address = serve(router, limits).await;
    on_the_wire(move || {
        let mut slow = TcpStream::connect(address).unwrap();
        slow.write_all(b"GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let (mut part, mut got) = (vec![0; 1_000_000], 0);
        while let Ok(read @ 1..) = slow.read(&mut part) {
            got += read;
            std::thread::sleep(pause / 50);
        }
        assert!(got > 64_000_000, "{got}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_drips_is_let_go_and_one_that_is_slow_is_not() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let address = serve(http::hooks(app.app.clone()), LIMITS).await;
    let path = format!("/hooks/{}/text_message_received", source.key);
    on_the_wire(move || {
        let head = |length| format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        let mut dripping = Line::open(address).unwrap();
        dripping.write(head(5000).as_bytes()).unwrap();
        let mut slow = Line::open(address).unwrap();
        let body = format!("{}{}", text(1), " ".repeat(15_000));
        slow.write(head(body.len()).as_bytes()).unwrap();
        let start = Instant::now();
        // 1.2 KB a second, by the clock and not by naps: for more than the ten seconds that anybody has.
        let mut sent = 0;
        while sent < body.len() {
            std::thread::sleep(Duration::from_millis(100));
            let due = usize::try_from(start.elapsed().as_millis() * 12 / 10).unwrap().min(body.len());
            slow.write(&body.as_bytes()[sent..due]).unwrap();
            sent = due;
            let _ = dripping.write(b"x");
        }
        assert_eq!(slow.answer().unwrap().0, 200);
        assert!(start.elapsed() > Duration::from_secs(11), "{:?}", start.elapsed());
        assert_eq!(dripping.answer().unwrap().0, 408);
    })
    .await;
    assert_eq!(app.deliveries().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_kept_though_its_sender_does_not_wait() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let address = serve(http::hooks(app.app.clone()), Limits { connections: 64, ..LIMITS }).await;
    let path = format!("/hooks/{}/text_message_received", source.key);
    on_the_wire(move || {
        for n in 0..20 {
            let mut stream = TcpStream::connect(address).unwrap();
            let body = text(n);
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
            if n % 2 == 0 {
                stream.shutdown(Shutdown::Write).unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            }
        }
    })
    .await;
    let app = Arc::new(app);
    until("kept", async || (app.deliveries().await.len() == 20).then_some(())).await;
}
