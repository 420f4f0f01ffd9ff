//! From the bytes of a request to the [`Json`] that readers eat: JSON or form encoding, whatever the
//! content type claims, and without the logged request that some people post around the body.

mod places;

use super::json::{self, Json, NotJson};
use super::{Headers, json::Parsed};
pub use places::{line_column, place_of};

/// More fields than any form of any sender has: past that it is not a form.
const MAX_FORM_FIELDS: usize = 10_000;

/// What stands in `repairs` when a logged request was taken off.
pub const UNWRAPPED: &str = "a logged request around the body";

/// A body, read.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyRead {
    /// The body proper.
    pub json: Json,
    /// What was mended, in plain words; empty for a clean body.
    pub repairs: Vec<String>,
    /// The logged request that stood around the body, if one did.
    pub envelope: Option<Envelope>,
}

/// What a logged request said beside its body. Somebody's word, not the wire's: a signature found here
/// proves nothing about the bytes that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The headers as they were logged.
    pub headers: Headers,
    /// The address the logged request went to.
    pub event_url: Option<String>,
}

/// Reads a body. A body that starts like JSON is JSON whatever its content type says; otherwise one
/// typed as a form, or shaped like one, is a form. A form whose only field holds JSON
/// (`payload={…}`) is that JSON.
///
/// # Errors
/// [`NotJson`] in plain words, with the place where it is known.
pub fn parse_body(raw: &[u8], content_type: Option<&str>) -> Result<BodyRead, NotJson> {
    let Some(first) = first_byte(raw) else {
        return Err(NotJson { reason: "The message is empty.".into(), offset: None });
    };
    let parsed = if !starts_json(first) && content_type.is_some_and(is_form_type) {
        read_form(raw)?
    } else {
        match json::parse(raw) {
            Ok(parsed) => parsed,
            Err(_) if !starts_json(first) && looks_like_form(raw) => read_form(raw)?,
            Err(error) => return Err(error),
        }
    };
    let Parsed { json, mut repairs } = unquote(parsed);
    let (json, envelope) = unwrap_envelope(json, &mut repairs);
    Ok(BodyRead { json, repairs, envelope })
}

/// The first byte that is neither white space nor a byte order mark nor a non-breaking space.
fn first_byte(raw: &[u8]) -> Option<u8> {
    let mut rest = raw;
    loop {
        rest = rest.trim_ascii_start();
        match rest {
            [0xef, 0xbb, 0xbf, tail @ ..] | [0xc2, 0xa0, tail @ ..] => rest = tail,
            [first, ..] => return Some(*first),
            [] => return None,
        }
    }
}

fn starts_json(first: u8) -> bool {
    matches!(first, b'{' | b'[')
}

fn is_form_type(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// `name=` or `name=value&…`, the name made of what forms make names of.
fn looks_like_form(raw: &[u8]) -> bool {
    let Some(end) = raw.iter().position(|b| *b == b'=') else { return false };
    end > 0
        && raw[..end].iter().all(|b| b.is_ascii_alphanumeric() || b"_-.[]%+&".contains(b))
        && !raw.iter().any(|b| matches!(b, b'{' | b'<' | b'"'))
}

fn read_form(raw: &[u8]) -> Result<Parsed, NotJson> {
    if url::form_urlencoded::parse(raw).take(MAX_FORM_FIELDS + 1).count() > MAX_FORM_FIELDS {
        return Err(NotJson { reason: "The form has too many fields to be read.".into(), offset: None });
    }
    let form = json::from_form(raw.trim_ascii());
    // `payload={…}`, or the whole JSON percent-encoded as a name without a value.
    if let [(name, Json::Text(value))] = form.pairs() {
        let inside = if value.is_empty() { name } else { value };
        if let Some(parsed) = json_inside(inside) {
            return Ok(parsed);
        }
    }
    Ok(Parsed { json: form, repairs: Vec::new() })
}

/// The object or list that a text holds as JSON.
fn json_inside(text: &str) -> Option<Parsed> {
    first_byte(text.as_bytes()).filter(|first| starts_json(*first))?;
    json::parse(text.as_bytes()).ok()
}

/// A body that is one text holding JSON (encoded twice) is that JSON.
fn unquote(parsed: Parsed) -> Parsed {
    let Json::Text(text) = &parsed.json else { return parsed };
    let Some(inner) = json_inside(text) else { return parsed };
    let mut repairs = parsed.repairs;
    repairs.push("JSON inside a text".to_string());
    repairs.extend(inner.repairs);
    Parsed { json: inner.json, repairs }
}

/// Words that loggers of requests use for the top level, squashed. An object with any other key is a
/// sender's own payload and is left alone.
const LOG_WORDS: [&str; 36] = [
    "body",
    "requestbody",
    "headers",
    "requestheaders",
    "multivalueheaders",
    "httpmethod",
    "method",
    "requestmethod",
    "verb",
    "url",
    "requesturl",
    "requesturi",
    "uri",
    "host",
    "path",
    "rawpath",
    "resource",
    "query",
    "querystring",
    "rawquerystring",
    "querystringparameters",
    "multivaluequerystringparameters",
    "pathparameters",
    "stagevariables",
    "requestcontext",
    "cookies",
    "isbase64encoded",
    "httpversion",
    "protocol",
    "contenttype",
    "contentlength",
    "ip",
    "remoteip",
    "remoteaddr",
    "timestamp",
    "receivedat",
];

/// Takes a logged request off its body. Cautious on purpose: a genuine payload that happens to have a
/// `body` must never lose what stands around it.
fn unwrap_envelope(json: Json, repairs: &mut Vec<String>) -> (Json, Option<Envelope>) {
    let Some((inner, envelope)) = envelope_of(&json) else { return (json, None) };
    repairs.push(UNWRAPPED.to_string());
    match inner {
        EnvelopeBody::Text(inner) => {
            repairs.extend(inner.repairs);
            (inner.json, Some(envelope))
        }
        // Taken out, not copied: it may be large.
        EnvelopeBody::Field(place) => {
            let Json::Object(mut pairs) = json else { return (json, None) };
            (pairs.swap_remove(place).1, Some(envelope))
        }
    }
}

/// Where the body in a logged request is.
enum EnvelopeBody {
    /// In a text, read.
    Text(Parsed),
    /// The value of the field at this place.
    Field(usize),
}

fn envelope_of(json: &Json) -> Option<(EnvelopeBody, Envelope)> {
    let pairs = json.pairs();
    if pairs.len() < 2 || !pairs.iter().all(|(key, _)| LOG_WORDS.contains(&squash(key).as_str())) {
        return None;
    }
    let first = |words: &[&str]| words.iter().find_map(|word| json.get_loose(word).filter(|v| v.says_something()));
    let inner = match first(&["requestbody", "body"])? {
        body @ (Json::Object(_) | Json::List(_)) => {
            EnvelopeBody::Field(pairs.iter().position(|(_, value)| std::ptr::eq(value, body))?)
        }
        Json::Text(text) => EnvelopeBody::Text(json_inside(text)?),
        _ => return None,
    };
    let headers = first(&["headers", "requestheaders", "multivalueheaders"]).and_then(logged_headers);
    let url = first(&["url", "requesturl", "requesturi", "uri", "path", "rawpath"])
        .and_then(Json::as_str)
        .filter(|url| url.starts_with("http://") || url.starts_with("https://") || url.starts_with('/'));
    let method =
        first(&["httpmethod", "method", "requestmethod", "verb"]).and_then(Json::as_str).filter(|m| is_method(m));
    if headers.is_none() && url.is_none() && method.is_none() {
        return None;
    }
    Some((inner, Envelope { headers: headers.unwrap_or_default(), event_url: url.map(str::to_string) }))
}

fn is_method(word: &str) -> bool {
    ["POST", "PUT", "PATCH", "GET", "HEAD", "DELETE"].iter().any(|method| method.eq_ignore_ascii_case(word.trim()))
}

/// Headers logged as an object (values: a text or a list of texts) or as a list of name and value.
fn logged_headers(json: &Json) -> Option<Headers> {
    let mut headers = Vec::new();
    match json {
        Json::Object(pairs) => {
            for (name, value) in pairs {
                let values =
                    if let Json::List(values) = value { values.as_slice() } else { std::slice::from_ref(value) };
                headers.extend(values.iter().filter_map(Json::to_text).map(|value| (name.clone(), value)));
            }
        }
        Json::List(items) => {
            for item in items {
                let name = item.get_loose("name").or_else(|| item.get_loose("key"))?.to_text()?;
                headers.push((name, item.get_loose("value").and_then(Json::to_text).unwrap_or_default()));
            }
        }
        _ => return None,
    }
    Some(Headers(headers))
}

fn squash(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");
    const JSON: Option<&str> = Some("application/json");

    fn read(raw: &str, content_type: Option<&str>) -> BodyRead {
        parse_body(raw.as_bytes(), content_type).unwrap()
    }

    #[test]
    fn json_is_json_whatever_the_content_type_says() {
        for content_type in [JSON, FORM, Some("text/plain"), Some(""), None] {
            for raw in [r#"{"a":"b=c&d"}"#, "\n [1]", "\u{feff}{}", "\u{a0}{}"] {
                let body = read(raw, content_type);
                assert!(matches!(body.json, Json::Object(_) | Json::List(_)), "{raw} {content_type:?}");
            }
        }
        assert!(read(r#"{"a":1}"#, FORM).repairs.is_empty());
    }

    #[test]
    fn a_form_is_an_object_of_texts_repeats_kept() {
        let body = read("id=7&name=Jane+Doe&tag=a&tag=b%26", FORM);
        assert_eq!(body.json.get("name").unwrap().as_str(), Some("Jane Doe"));
        assert_eq!(body.json.pairs().len(), 4);
        assert_eq!(body.json.get("tag").unwrap().as_str(), Some("b&"));
        assert!(body.repairs.is_empty() && body.envelope.is_none());
    }

    #[test]
    fn a_form_without_or_with_a_wrong_content_type_is_known_by_its_shape() {
        for content_type in [None, Some("text/plain"), JSON] {
            assert_eq!(read("id=7&from=%2B12025550142", content_type).json.pairs().len(), 2, "{content_type:?}");
        }
    }

    #[test]
    fn a_form_with_one_field_of_json_is_that_json() {
        let body = read("payload=%7B%22a%22%3A%5B1%2C2%5D%7D", FORM);
        assert_eq!(body.json.get("a").unwrap().items().len(), 2);
        let body = read("%7B%22a%22%3A1%7D=", FORM);
        assert_eq!(body.json.get("a").unwrap().to_i64(), Some(1));
        let body = read("payload={\"a\":1,}", FORM);
        assert_eq!(body.repairs, ["a comma too many"]);
        let two = read("payload=%7B%22a%22%3A1%7D&b=1", FORM);
        assert_eq!(two.json.pairs().len(), 2, "two fields stay two fields");
        let torn = read("payload=%7B%22a%22", FORM);
        assert_eq!(torn.json.get("payload").unwrap().as_str(), Some("{\"a\""));
    }

    #[test]
    fn json_encoded_twice_is_read_once_more() {
        let body = read(r#""{\"a\":1}""#, JSON);
        assert_eq!(body.json.get("a").unwrap().to_i64(), Some(1));
        assert_eq!(body.repairs, ["JSON inside a text"]);
    }

    #[test]
    fn what_is_neither_says_so_in_plain_words() {
        for raw in ["", "  \r\n", "\u{feff}"] {
            assert_eq!(parse_body(raw.as_bytes(), JSON).unwrap_err().reason, "The message is empty.");
        }
        for raw in ["hello", "<xml a=\"b\"/>", "{\"a\"", "{a=b}"] {
            assert!(parse_body(raw.as_bytes(), JSON).is_err(), "{raw}");
        }
        let many = "a&".repeat(MAX_FORM_FIELDS + 1);
        assert!(parse_body(many.as_bytes(), FORM).is_err());
        assert!(parse_body("[".repeat(1000).as_bytes(), FORM).is_err());
    }

    #[test]
    fn a_logged_request_is_taken_off() {
        let logged = r#"{"HttpMethod":"POST","URL":"http://win5ui1:80/receive",
            "Headers":{"ms-signature":"sha256=AB","Accept":["x","y"]},"RequestBody":{"Id":"1"}}"#;
        let body = read(logged, JSON);
        assert_eq!(body.json.get("Id").unwrap().as_str(), Some("1"));
        assert_eq!(body.repairs, [UNWRAPPED]);
        let envelope = body.envelope.unwrap();
        assert_eq!(envelope.headers.get("MS-Signature"), Some("sha256=AB"));
        assert_eq!(envelope.headers.0.len(), 3);
        assert_eq!(envelope.event_url.as_deref(), Some("http://win5ui1:80/receive"));
    }

    #[test]
    fn a_logged_body_may_be_a_text_or_a_list() {
        let body = read(r#"{"method":"post","path":"/hooks/k/post_call","body":"{\"id\":\"CAL\",}"}"#, JSON);
        assert_eq!(body.json.get("id").unwrap().as_str(), Some("CAL"));
        assert_eq!(body.repairs, [UNWRAPPED, "a comma too many"]);
        assert_eq!(body.envelope.unwrap().event_url.as_deref(), Some("/hooks/k/post_call"));
        let body = read(r#"{"headers":[{"name":"Signature","value":"s"}],"request_body":[{"a":1}]}"#, JSON);
        assert_eq!(body.json.items().len(), 1);
        assert_eq!(body.envelope.unwrap().headers.get("signature"), Some("s"));
    }

    #[test]
    fn a_genuine_payload_is_never_taken_for_a_logged_request() {
        for raw in [
            // texts with a body of their own
            r#"{"body":"Hello","url":"https://x.example"}"#,
            r#"{"body":"{see you}","method":"POST"}"#,
            // a sender's own keys beside it
            r#"{"event":"message.created","body":{"a":1},"headers":{"x":"y"}}"#,
            r#"{"id":1,"body":[1],"url":"https://x.example"}"#,
            r#"{"Notifications":[],"RequestBody":{},"Headers":{}}"#,
            // nothing that says it was a request
            r#"{"body":{"a":1}}"#,
            r#"{"body":{"a":1},"timestamp":"2026-01-01T00:00:00Z"}"#,
            r#"{"body":{"a":1},"method":"sms"}"#,
            r#"{"body":{"a":1},"url":"see our site"}"#,
            r#"{"body":null,"headers":{"a":"b"}}"#,
            r#"{"headers":{"a":"b"},"url":"/x"}"#,
            r#"[{"body":{"a":1},"headers":{}}]"#,
        ] {
            let body = read(raw, JSON);
            assert_eq!(body.envelope, None, "{raw}");
            assert_eq!(body.json, json::parse(raw.as_bytes()).unwrap().json, "{raw}");
        }
    }

    #[test]
    fn a_field_is_found_where_it_stands_as_a_key() {
        let raw =
            "{\r\n  \"note\": \"StartTime\", // \"StartTime\": 1\r\n  \"é\": \"\\\"\", \"StartTime\" : \"N\\\\A\"\r\n}";
        assert_eq!(place_of(raw.as_bytes(), "StartTime"), Some((3, 14)));
        assert_eq!(place_of(raw.as_bytes(), "start_time"), Some((3, 14)));
        assert_eq!(place_of(raw.as_bytes(), "call.start_time"), Some((3, 14)));
        assert_eq!(place_of(raw.as_bytes(), "EndTime"), None);
        assert_eq!(place_of(br#"{"LandingPagURL:":1}"#, "LandingPagURL:"), Some((1, 2)));
        assert_eq!(place_of(br#"{"start_time":1,"StartTime":2}"#, "StartTime"), Some((1, 17)));
        assert_eq!(place_of(b"a=1&start_time=x", "start_time"), Some((1, 5)));
        assert_eq!(place_of(b"", "x"), None);
        assert_eq!(place_of(b"\"torn", "torn"), None);
    }

    #[test]
    fn offsets_become_lines_and_columns() {
        let raw = "ab\né\u{1F600}x".as_bytes();
        assert_eq!(line_column(raw, 0), (1, 1));
        assert_eq!(line_column(raw, 2), (1, 3));
        assert_eq!(line_column(raw, 3), (2, 1));
        assert_eq!(line_column(raw, 9), (2, 3));
        assert_eq!(line_column(raw, 999), (2, 4));
        assert_eq!(line_column(b"", 0), (1, 1));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(raw: Vec<u8>, field: String, offset: usize) {
            let _ = parse_body(&raw, None);
            let _ = parse_body(&raw, FORM);
            let _ = place_of(&raw, &field);
            let _ = line_column(&raw, offset);
        }

        #[test]
        fn no_json_like_bytes_make_it_panic(raw in r#"[{}\[\]":,/*\\a\n \u{a0}=&%]{0,60}"#) {
            let _ = parse_body(raw.as_bytes(), None);
            let _ = parse_body(raw.as_bytes(), FORM);
            let _ = place_of(raw.as_bytes(), "a");
        }
    }
}
