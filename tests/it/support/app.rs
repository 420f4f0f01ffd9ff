//! The program without its sockets: a data file, and both routers.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use leadtrail::clock;
use leadtrail::http::{self, App};
use leadtrail::settings::{Settings, Values};
use leadtrail::store::{NewSource, SourceRow, Store, sources};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::fast_folder;

/// A data file and the routers on it.
pub struct TestApp {
    pub app: App,
    hooks: Router,
    api: Router,
    _folder: TempDir,
}

/// An answer of a router.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl TestApp {
    pub fn new() -> TestApp {
        TestApp::with(Values::default())
    }

    pub fn with(values: Values) -> TestApp {
        TestApp::at(fast_folder(), values)
    }

    /// The same in a folder that somebody looks into as well.
    pub fn at(folder: TempDir, values: Values) -> TestApp {
        let settings = Settings::default();
        settings.replace(values);
        let app = App::new(Store::open(folder.path()).unwrap(), settings, "loopback");
        TestApp { hooks: http::hooks(app.clone()), api: http::api(app.clone()), app, _folder: folder }
    }

    /// Connects a service that signs nothing.
    pub async fn add(&self, provider: &str) -> Arc<SourceRow> {
        self.add_with(provider, false, &[], &[]).await
    }

    /// Connects a service with signing keys and headers.
    pub async fn add_with(
        &self,
        provider: &str,
        strict: bool,
        keys: &[&str],
        headers: &[(&str, &str)],
    ) -> Arc<SourceRow> {
        let new = NewSource {
            provider: provider.into(),
            name: format!("Our {provider}"),
            region: "US".into(),
            strict,
            key: sources::new_key().unwrap(),
        };
        let keys: Vec<String> = keys.iter().map(|key| key.to_string()).collect();
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let id = self
            .app
            .store
            .write(move |batch| {
                let now = clock::now();
                let id = batch.add_source(&new, now)?;
                keys.iter().try_for_each(|key| batch.add_source_key(id, None, key, now).map(drop))?;
                headers.iter().try_for_each(|(n, v)| batch.add_source_key(id, Some(n), v, now).map(drop))?;
                Ok(id)
            })
            .await
            .unwrap();
        Arc::new(self.app.store.read_blocking(|c| sources::by_id(c, id)).unwrap())
    }

    /// Asks the public router.
    pub async fn hook(&self, request: Request<Body>) -> Answer {
        answer(self.hooks.clone().oneshot(request).await.unwrap()).await
    }

    /// Posts JSON to an address of a source; `part` is what follows its key, such as `/post_call`.
    pub async fn post_hook(&self, source: &SourceRow, part: &str, body: impl Into<Body>) -> Answer {
        self.post_hook_with(source, part, &[("content-type", "application/json")], body).await
    }

    pub async fn post_hook_with(
        &self,
        source: &SourceRow,
        part: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post(format!("/hooks/{}{part}", source.key));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.hook(request.body(body.into()).unwrap()).await
    }

    /// Asks the private router, without its door.
    pub async fn get_json(&self, path: &str) -> Value {
        let answer =
            answer(self.api.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// As [`TestApp::get_json`], whatever the answer is.
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.api.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: Value) -> Answer {
        self.send_json("POST", path, body).await
    }

    pub async fn send_json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send_json_with(method, path, &[], body).await
    }

    /// The same with these headers.
    pub async fn send_json_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(self.api.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap()).await
    }

    /// Sends a file to be brought in.
    pub async fn upload(&self, name: &str, bytes: impl Into<Body>) -> Answer {
        let request = Request::post(format!("/api/imports?name={name}"));
        answer(self.api.clone().oneshot(request.body(bytes.into()).unwrap()).await.unwrap()).await
    }

    /// Requests that left nothing behind but a count.
    pub async fn refused(&self) -> i64 {
        self.app.ingest.refusals().flush().await.unwrap();
        self.get_json("/api/status").await["counts"]["rejected"].as_i64().unwrap()
    }

    pub async fn deliveries(&self) -> Vec<Value> {
        self.get_json("/api/deliveries?limit=500").await["items"].as_array().unwrap().clone()
    }

    pub async fn leads(&self) -> Vec<Value> {
        self.get_json("/api/leads?limit=500").await["items"].as_array().unwrap().clone()
    }

    pub async fn timeline(&self, lead: &Value) -> Vec<Value> {
        let path = format!("/api/leads/{}/timeline", lead["id"]);
        self.get_json(&path).await["entries"].as_array().unwrap().clone()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.store.close();
    }
}

async fn answer(response: axum::response::Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Bytes as `Content-Encoding: gzip`.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
