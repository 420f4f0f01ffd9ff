//! The UI's files, and the headers that keep a page from doing anything but its work.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use super::problem::{Problem, ProblemKind, not_modified};

/// What `npm run build` made. Empty in a build without npm.
#[derive(RustEmbed)]
#[folder = "ui/dist"]
struct Files;

/// Nothing from elsewhere, nothing inline, nowhere to send a form, no frame around it. Styles set by script go
/// through the object model, which this allows.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `api` with the UI's files beside it.
pub fn beside(api: Router) -> Router {
    api.fallback(file)
}

/// The page's headers on everything `router` answers.
pub fn with_headers(router: Router) -> Router {
    router.layer(from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// A file of the UI; its one page for every other path, for the page knows its rooms itself.
async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found("There is nothing at this address.").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::new(ProblemKind::Method, "This address can only be read.").into_response();
    }
    let (name, found) = match Files::get(path) {
        Some(found) if !path.is_empty() => (path, found),
        // A missing asset must not be answered with a page: the browser would take it for a script.
        _ if path.starts_with("assets/") => return Problem::not_found("There is no such file.").into_response(),
        _ => match Files::get("index.html") {
            Some(found) => ("index.html", found),
            None => return Html(NOT_BUILT).into_response(),
        },
    };
    let tag = format!("\"{}\"", hex::encode(&found.metadata.sha256_hash()[..12]));
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes()) {
        not_modified()
    } else {
        ([(header::CONTENT_TYPE, media_type(name))], found.data.into_owned()).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// What a browser is told a file is: of the kinds the UI is built of.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("css") => "text/css",
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

const NOT_BUILT: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Leadtrail</title>
<h1>Leadtrail is running</h1><p>This build has no pages in it: run <code>npm ci &amp;&amp; npm run build</code> in
<code>ui/</code>, build again, and reload. Webhooks are taken in all the same.</p></html>";

#[cfg(test)]
mod tests {
    use super::*;

    /// With `nosniff` a browser runs no script and takes no style that it is told is something else.
    #[test]
    fn every_file_of_the_ui_is_of_a_kind_browsers_know() {
        let public =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/ui/public")).into_iter().flatten().flatten();
        let copied = public.map(|entry| entry.file_name().to_string_lossy().into_owned());
        // What is built need not be there: the headless program is made without npm.
        let built = Files::iter().map(std::borrow::Cow::into_owned);
        for name in ["index.html", "assets/a.js", "assets/a.css", "a.woff2"]
            .map(String::from)
            .into_iter()
            .chain(copied)
            .chain(built)
        {
            assert_ne!(media_type(&name), "application/octet-stream", "{name}");
        }
    }
}
