//! Heads and bodies nobody well-meaning sends, on a real socket: each gets an answer or an end, and the port serves on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use leadtrail::doors::hooks;
use leadtrail::http;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::support::{HANGS, TestApp, gzip};

struct Port {
    app: TestApp,
    address: SocketAddr,
    key: String,
    _stop: watch::Sender<bool>,
}

impl Port {
    async fn open() -> Port {
        let app = TestApp::new();
        let key = app.add("callrail").await.key.clone();
        let listener = hooks::bind("127.0.0.1:0".parse().unwrap(), hooks::Exposure::ThisMachine).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(hooks::serve(listener, http::hooks(app.app.clone()), stopped));
        Port { app, address, key, _stop: stop }
    }

    /// Sends bytes on a connection of their own, and answers all statuses that come before it ends.
    async fn talk(&self, bytes: impl Into<Vec<u8>>) -> (Vec<u16>, String) {
        let (address, bytes) = (self.address, bytes.into());
        let all = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(HANGS)).unwrap();
            // The other side may end it before all is sent. That nothing more comes is said, so that it ends.
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let (mut all, mut part) = (Vec::new(), [0; 65536]);
            while let Ok(read @ 1..) = stream.read(&mut part) {
                all.extend_from_slice(&part[..read]);
            }
            String::from_utf8_lossy(&all).into_owned()
        })
        .await
        .unwrap();
        let statuses = all.split("HTTP/1.").skip(1).filter_map(|head| head.get(2..5)?.parse().ok()).collect();
        (statuses, all)
    }

    fn path(&self) -> String {
        format!("/hooks/{}/text_message_received", self.key)
    }

    /// A whole post that closes its connection.
    fn post(&self, headers: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n", self.path());
        [head.as_bytes(), body].concat()
    }

    async fn still_serves(&self) {
        let body = text(1);
        let (statuses, all) =
            self.talk(self.post(&format!("Content-Length: {}\r\n", body.len()), body.as_bytes())).await;
        assert_eq!(statuses, [200], "{all}");
    }
}

fn text(n: usize) -> String {
    json!({
        "resource_id": format!("SCI{n}"), "source_number": "202-555-0142", "destination_number": "770-555-5555",
        "content": format!("Hello {n}"), "timestamp": "2026-03-03T10:00:00.000-05:00",
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_are_taken_up_to_a_bound() {
    let port = Port::open().await;
    let body = text(7);
    let length = format!("Content-Length: {}\r\n", body.len());
    for (query, expected) in [(16 * 1024, &[200][..]), (60 * 1024, &[200]), (66 * 1024, &[431]), (1024 * 1024, &[431])]
    {
        let head = format!(
            "POST {}?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{length}\r\n{body}",
            port.path(),
            "q".repeat(query)
        );
        assert_eq!(port.talk(head).await.0, expected, "a query of {query} bytes");
    }
    for (count, expected) in [(90, &[200][..]), (101, &[431]), (5000, &[431])] {
        let headers: String = (0..count).map(|n| format!("X-{n}: y\r\n")).collect();
        assert_eq!(
            port.talk(port.post(&format!("{length}{headers}"), body.as_bytes())).await.0,
            expected,
            "{count} headers"
        );
    }
    let (statuses, _) = port.talk(port.post(&format!("{length}X: {}\r\n", "y".repeat(40_000)), body.as_bytes())).await;
    assert_eq!(statuses, [200], "one long header");
    port.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_get_an_answer_or_an_end() {
    let port = Port::open().await;
    let (path, body) = (port.path(), text(3));
    let n = body.len();
    let talk = async |head: String| port.talk(head).await.0;
    // Methods.
    assert_eq!(talk(format!("BREW {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await, [405]);
    assert_eq!(talk(format!("post {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await, [405]);
    assert_eq!(
        talk(format!("{} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "M".repeat(5000))).await,
        [405]
    );
    assert_eq!(talk(format!("G\u{1}T {path} HTTP/1.1\r\n\r\n")).await, [400]);
    assert_eq!(talk("CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into()).await, [404]);
    assert_eq!(talk("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into()).await, [404]);
    // HTTP/1.0, with and without a length.
    assert_eq!(talk(format!("POST {path} HTTP/1.0\r\nContent-Length: {n}\r\n\r\n{body}")).await, [200]);
    assert_eq!(
        talk(format!("POST {path} HTTP/1.0\r\n\r\n{body}")).await[0],
        202,
        "nothing that is known to be its body"
    );
    assert_eq!(talk("GET /healthz HTTP/1.0\r\n\r\n".into()).await, [200]);
    // An address as proxies write it.
    assert_eq!(
        talk(format!("GET http://x.example{path} HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")).await,
        [200]
    );
    // Lengths that contradict each other, or are none.
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 1e3\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: gzip\r\n",
    ] {
        assert_eq!(port.talk(port.post(lengths, body.as_bytes())).await.0, [400], "{lengths}");
    }
    assert_eq!(talk(format!("POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).await, [400]);
    // Of a length and chunks, the chunks count (RFC 9112, 6.3), and what follows them is the next request.
    let both = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{n:x}\r\n{body}\r\n0\r\n\r\n\
         GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    let statuses = talk(both).await;
    assert!(statuses == [200, 200] || statuses == [200], "{statuses:?}");
    // An expectation nobody has heard of is no reason to refuse.
    let (statuses, _) =
        port.talk(port.post(&format!("Expect: a miracle\r\nContent-Length: {n}\r\n"), body.as_bytes())).await;
    assert_eq!(statuses, [200]);
    port.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_in_one_breath_are_answered_in_order() {
    let port = Port::open().await;
    let mut all = Vec::new();
    for n in 0..50 {
        let body = text(1000 + n);
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", port.path(), body.len());
        all.extend_from_slice(&[head.as_bytes(), body.as_bytes()].concat());
    }
    let (statuses, said) = port.talk(all).await;
    assert_eq!(statuses, [200; 50], "{said}");
    let numbers: Vec<i64> =
        said.split("\"delivery\":").skip(1).map(|rest| rest.split(',').next().unwrap().parse().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.len() == 50, "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_are_taken_and_their_abuse_ends() {
    let port = Port::open().await;
    let chunked = |body: &str| port.post("Transfer-Encoding: chunked\r\n", body.as_bytes());
    let (body, n) = (text(5), text(5).len());
    assert_eq!(port.talk(chunked(&format!("{n:x};a=b\r\n{body}\r\n0\r\nX-Trailer: y\r\n\r\n"))).await.0, [200]);
    let small: String = body.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
    assert_eq!(port.talk(chunked(&format!("{small}0\r\n\r\n"))).await.0, [200], "a chunk for each byte");
    let before = port.app.deliveries().await.len();
    for (what, abuse) in [
        ("one endless extension", format!("{n:x};{}\r\n{body}\r\n0\r\n\r\n", "x".repeat(1_000_000))),
        ("extensions on every byte", format!("1;{}\r\nx\r\n", "x".repeat(1000)).repeat(1000)),
        ("endless trailers", format!("{n:x}\r\n{body}\r\n0\r\n{}\r\n", "X-T: y\r\n".repeat(200_000))),
        ("a size beyond numbers", format!("FFFFFFFFFFFFFFFFFF\r\n{body}\r\n0\r\n\r\n")),
        ("no size", format!("zz\r\n{body}\r\n0\r\n\r\n")),
        ("a size that is not true", format!("{:x}\r\n{body}\r\n0\r\n\r\n", n - 3)),
    ] {
        let (statuses, all) = port.talk(chunked(&abuse)).await;
        assert!(statuses.iter().all(|status| *status == 400), "{what}: {statuses:?} {all}");
    }
    assert_eq!(port.app.deliveries().await.len(), before, "what broke off is not kept");
    port.still_serves().await;
}

#[tokio::test]
async fn bodies_made_to_hurt_are_kept_and_cost_little() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    // As large as five times as many would be, these take five times as long: it is linear.
    const MEGA: usize = 256 * 1024;
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    let fill = |begin: &str, middle: &str, end: &str, length: usize| {
        format!("{begin}{}{end}", middle.repeat(length / middle.len())).into_bytes()
    };
    let bodies: Vec<(&str, &str, Vec<u8>)> = vec![
        ("nested lists", JSON, fill("", "[", "", 100_000)),
        ("nested lists that end", JSON, [fill("", "[", "1", 100_000), fill("", "]", "", 100_000)].concat()),
        ("nested objects", JSON, fill("", "{\"a\":", "1", 600_000)),
        ("nested lists behind a comment", JSON, fill("// \"\n", "[", "", 4 * MEGA)),
        ("one key a million times", JSON, fill("{", "\"a\":1,", "\"a\":1}", 4 * MEGA)),
        ("one key a million times, and a slip", JSON, fill("{", "\"a\":1,", "}", 4 * MEGA)),
        ("a number of millions of digits", JSON, fill("{\"id\":", "9", "}", 4 * MEGA)),
        ("a number beyond numbers", JSON, b"{\"id\":1e999999999}".to_vec()),
        ("a fraction of millions of digits", JSON, fill("{\"id\":0.", "1", "}", 4 * MEGA)),
        ("a long list", JSON, fill("[", "{},", "{}]", 4 * MEGA)),
        ("a long list of numbers", JSON, fill("[", "1,", "1]", 4 * MEGA)),
        ("a long text", JSON, fill("{\"content\":\"", "x", "\"}", 4 * MEGA)),
        ("a long text of escapes", JSON, fill("{\"content\":\"", "\\u0000", "\"}", 4 * MEGA)),
        ("a text without an end", JSON, fill("{\"content\":\"", "x\\\"", "", 4 * MEGA)),
        ("opened comments", JSON, fill("{", "/*", "", 2 * MEGA)),
        ("comments", JSON, fill("{", "/**/", "}", 2 * MEGA)),
        ("only commas", JSON, fill("[", ",", "]", 2 * MEGA)),
        ("odd spaces", JSON, fill("{", "\u{a0}", "}", 2 * MEGA)),
        ("not text at all", JSON, vec![0xff; 4 * MEGA]),
        ("a form of a million fields", FORM, fill("", "a=b&", "", 4 * MEGA)),
        ("a form of nothing", FORM, fill("", "&", "", 4 * MEGA)),
        ("a form of one field", FORM, fill("payload=", "%7B", "", 4 * MEGA)),
        ("percent signs", FORM, fill("", "%", "", 4 * MEGA)),
    ];
    for (what, kind, body) in bodies {
        let length = body.len();
        let start = std::time::Instant::now();
        let headers = [("content-type", kind)];
        let asked = app.post_hook_with(&source, "/text_message_received", &headers, body);
        let answer = tokio::time::timeout(HANGS, asked).await.unwrap_or_else(|_| panic!("{what}: stuck"));
        println!("{:>7.0} ms  {:>8} bytes  {what}: {}", start.elapsed().as_secs_f64() * 1e3, length, answer.text());
        assert!(matches!(answer.status, 200 | 202), "{what}: {}", answer.text());
        let delivery = answer.json()["delivery"].as_i64().unwrap_or_else(|| panic!("{what} is kept"));
        let kept = app.app.store.read_blocking(|c| leadtrail::store::journal::delivery(c, delivery)).unwrap();
        assert_eq!(kept.body.len(), length, "{what}");
        let reason = answer.json()["reason"].as_str().unwrap_or_default().to_string();
        assert!(!reason.contains("stumbled"), "{what}: {reason}");
    }
}

#[tokio::test]
async fn packed_bodies_made_to_hurt_stop_at_the_limit() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    let packed = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let send = async |what: &str, body: Vec<u8>| -> (u16, Value) {
        let start = std::time::Instant::now();
        let asked = app.post_hook_with(&source, "/text_message_received", &packed, body);
        let answer = tokio::time::timeout(HANGS, asked).await.unwrap_or_else(|_| panic!("{what}: stuck"));
        println!("{:>7.0} ms  {what}: {}", start.elapsed().as_secs_f64() * 1e3, answer.text());
        (answer.status, answer.json())
    };
    let bomb = gzip(&vec![b' '; 40 * 1024 * 1024]);
    assert_eq!(send("a bomb", bomb.clone()).await.0, 413);
    let (status, said) = send("a bomb within a bomb", gzip(&bomb)).await;
    assert_eq!((status, &said["status"]), (202, &json!("quarantined")), "one layer is taken off and no more");
    assert_eq!(send("a bomb of many members", gzip(&[b' '; 16384]).repeat(900)).await.0, 413);
    assert_eq!(send("members of nothing", gzip(b"").repeat(200_000)).await.0, 202);
    assert_eq!(send("nothing at all, packed", gzip(b"")).await.0, 202);
    assert_eq!(send("nothing at all", Vec::new()).await.0, 202);
    let two = [gzip(text(1).split_at(20).0.as_bytes()), gzip(text(1).split_at(20).1.as_bytes())].concat();
    assert_eq!(send("a body in two members", two).await.0, 200);
    assert_eq!(send("a body and rubbish", [gzip(text(2).as_bytes()), vec![7; 100]].concat()).await.0, 202);
}

#[tokio::test]
async fn heads_alone_say_how_long_the_answer_would_be() {
    let app = TestApp::new();
    let source = app.add("callrail").await;
    for path in ["/healthz".to_string(), format!("/hooks/{}/post_call", source.key), "/hooks/guess".into(), "/x".into()]
    {
        let ask = async |method: &str| {
            let request = axum::http::Request::builder().method(method).uri(&path).body(axum::body::Body::empty());
            app.hook(request.unwrap()).await
        };
        let (get, head) = (ask("GET").await, ask("HEAD").await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}
