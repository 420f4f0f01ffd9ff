//! Bodies of every sender, broken in every way we can think of. A number makes the same body again.

use std::path::Path;

use fastrand::Rng;
use leadtrail::providers::{Provider, json};
use serde_json::{Map, Value, json};

/// A body as some sender sends it.
pub struct Fixture {
    pub provider: Provider,
    pub event: Option<&'static str>,
    value: Value,
    raw: Vec<u8>,
}

/// All that bodies are made from.
pub struct Stock {
    fixtures: Vec<Fixture>,
    /// Values of all fixtures, to put where they do not belong.
    parts: Vec<Value>,
}

/// A body and how it is said to be written.
pub struct Broken {
    pub provider: Provider,
    pub event: Option<&'static str>,
    pub content_type: Option<&'static str>,
    pub body: Vec<u8>,
}

const ODD_TEXTS: [&str; 40] = [
    "",
    " ",
    "0",
    "-1",
    "null",
    "true",
    "NaN",
    "undefined",
    "[]",
    "{}",
    "{\"a\":",
    "9e999",
    "0x1F",
    "1,234.50",
    "$12.3.4",
    "2024-13-45",
    "2024-02-30T25:61:61Z",
    "0000-00-00 00:00:00",
    "9999-12-31T23:59:59.999999999+14:00",
    "1970-01-01T00:00:00Z",
    "31/12/2024 12:00 AM",
    "Dec 32 2024",
    "2024-03-10T02:30:00 America/Denver",
    "10:99 PM MST",
    "1700000000",
    "-99999999999999",
    "+266696687",
    "+1 (202) 555-0142",
    "anonymous",
    "Restricted",
    "000-000-0000",
    "٠١٢٣٤٥٦٧٨٩",
    "\u{202e}txet sdrawkcab",
    "\u{0}\u{1}\u{7f}",
    "👩‍👩‍👧‍👦é\u{301}",
    "a@b",
    "MAILTO:x@y.z@w",
    "javascript:alert(1)",
    "%00%ff%",
    "agent: hello\ncaller: agent: caller:",
];

const ODD_NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "-1",
    "1e308",
    "-1e308",
    "1e-400",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "9007199254740993",
    "0.1",
    "2147483648",
    "253402300800",
    "-62135596801",
];

impl Stock {
    /// Every fixture of the tests, and the sample of every event of every provider.
    pub fn gather() -> Stock {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let mut fixtures = Vec::new();
        for &provider in Provider::ALL {
            let reader = provider.reader();
            let mut files: Vec<_> =
                std::fs::read_dir(folder.join(provider.slug())).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.sort();
            for file in files {
                let name = file.file_name().unwrap().to_string_lossy().to_lowercase();
                if ![".json", ".jsonish", ".form"].iter().any(|end| name.ends_with(end)) {
                    continue;
                }
                let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
                let event =
                    reader.events().iter().map(|event| event.key).filter(|key| plain.contains(&key.replace('_', "")));
                fixtures.push(Fixture::new(provider, event.max_by_key(|key| key.len()), std::fs::read(&file).unwrap()));
            }
            let now = chrono::DateTime::from_timestamp(1_774_000_000, 0).unwrap();
            for event in reader.events().iter().map(|event| Some(event.key)).chain([None]) {
                let (event, body) = reader.sample(event, now);
                fixtures.push(Fixture::new(provider, event, body.into_bytes()));
            }
        }
        let mut parts = Vec::new();
        fixtures.iter().for_each(|fixture| gather(&fixture.value, &mut parts));
        Stock { fixtures, parts }
    }

    pub fn fixtures(&self) -> usize {
        self.fixtures.len()
    }

    /// One body.
    pub fn broken(&self, rng: &mut Rng) -> Broken {
        let fixture = &self.fixtures[rng.usize(..self.fixtures.len())];
        let mut value = fixture.value.clone();
        if rng.u8(..10) > 0 {
            others(&mut value, rng);
        }
        // Every fifth stays as its sender means it.
        for _ in 0..rng.usize(..7).saturating_sub(1) {
            let mut at = rng.usize(..count(&value));
            self.edit(&mut value, &mut at, rng);
        }
        let (mut content_type, mut body) = (Some("application/json"), Vec::new());
        match rng.u8(..40) {
            0 => body = fixture.raw.clone(),
            1..4 => {
                content_type = Some("application/x-www-form-urlencoded");
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in value.as_object().into_iter().flatten() {
                    form.append_pair(name, &value.as_str().map_or_else(|| value.to_string(), str::to_string));
                }
                body = form.finish().into_bytes();
            }
            4 => {
                content_type = Some("application/x-www-form-urlencoded; charset=utf-8");
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                body = form.append_pair("payload", &value.to_string()).finish().into_bytes();
            }
            5 => body = Value::String(value.to_string()).to_string().into_bytes(),
            6 => {
                let inner = if rng.bool() { value.clone() } else { Value::String(value.to_string()) };
                let event = fixture.event.unwrap_or("x");
                body = json!({ "method": "POST", "url": format!("https://x.example/hooks/k/{event}?a=b"),
                    "headers": { "Signature": "logged", "Content-Type": ["application/json"] }, "body": inner })
                .to_string()
                .into_bytes();
            }
            7 => {
                let text = value.to_string();
                let slip = ["// why\n", "/* \" */ ", "\u{a0}", "\u{feff}", ",", "[", "\u{200b}\t"][rng.usize(..7)];
                let at =
                    text.char_indices().map(|(at, _)| at).nth(rng.usize(..text.chars().count().max(1))).unwrap_or(0);
                body = format!("{}{slip}{}", &text[..at], &text[at..]).into_bytes();
            }
            8 => body = Value::Array((0..rng.usize(..40)).map(|_| value.clone()).collect()).to_string().into_bytes(),
            _ => write(&value, rng, &mut body),
        }
        if rng.u8(..10) < 3 {
            (0..rng.usize(1..8)).for_each(|_| bend(&mut body, rng));
        }
        if rng.u8(..20) == 0 {
            let types = [
                None,
                Some("text/plain"),
                Some("application/x-www-form-urlencoded"),
                Some("APPLICATION/JSON; charset=\"x"),
                Some("multipart/form-data; boundary=x"),
                Some(""),
            ];
            content_type = types[rng.usize(..types.len())];
        }
        Broken { provider: fixture.provider, event: fixture.event, content_type, body }
    }

    /// Changes the value number `at`.
    fn edit(&self, value: &mut Value, at: &mut usize, rng: &mut Rng) {
        if *at == 0 {
            *at = usize::MAX;
            return self.change(value, rng);
        }
        *at -= 1;
        match value {
            Value::Object(map) => {
                for inner in map.values_mut() {
                    if *at == usize::MAX {
                        return;
                    }
                    self.edit(inner, at, rng);
                }
            }
            Value::Array(items) => {
                for inner in items {
                    if *at == usize::MAX {
                        return;
                    }
                    self.edit(inner, at, rng);
                }
            }
            _ => {}
        }
    }

    fn change(&self, value: &mut Value, rng: &mut Rng) {
        match (rng.u8(..20), &mut *value) {
            (0 | 1, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(rng.usize(..map.len())).unwrap().clone();
                map.shift_remove(&key);
            }
            (2, Value::Object(map)) if !map.is_empty() => {
                // Said again, in another way of writing its name.
                let key = map.keys().nth(rng.usize(..map.len())).unwrap().clone();
                let again = map[&key].clone();
                map.insert(key.to_uppercase(), again);
                map.insert(key.replace('_', "-"), Value::Null);
            }
            (3, Value::Object(map)) => drop(map.insert(text(rng), self.part(rng))),
            (0 | 1, Value::Array(items)) if !items.is_empty() => drop(items.remove(rng.usize(..items.len()))),
            (2 | 3, Value::Array(items)) => items.push(self.part(rng)),
            (4, _) => *value = Value::Null,
            (5, _) => *value = Value::Bool(rng.bool()),
            (6, _) => *value = json!([]),
            (7, _) => *value = json!({}),
            (8, _) => *value = json!([value.clone(), null, value.clone()]),
            (9, _) => *value = json!({ text(rng): value.clone() }),
            (10, _) => {
                let depth = rng.usize(1..90);
                *value = (0..depth).fold(value.take(), |inner, _| json!([inner]));
            }
            (11 | 12, _) => {
                *value = serde_json::from_str(ODD_NUMBERS[rng.usize(..ODD_NUMBERS.len())]).unwrap_or(Value::Null)
            }
            (13, _) => {
                *value =
                    Value::String(value.as_str().map_or_else(|| value.to_string(), |text| text.repeat(rng.usize(..30))))
            }
            (14, Value::String(text)) => *value = text.parse::<i64>().map_or(Value::Null, Value::from),
            (15 | 16, _) => *value = self.part(rng),
            _ => *value = Value::String(text(rng)),
        }
    }

    fn part(&self, rng: &mut Rng) -> Value {
        self.parts[rng.usize(..self.parts.len())].clone()
    }
}

impl Fixture {
    fn new(provider: Provider, event: Option<&'static str>, raw: Vec<u8>) -> Fixture {
        let value = json::parse(&raw).map_or_else(|_| json::from_form(&raw), |parsed| parsed.json).to_value();
        Fixture { provider, event, value, raw }
    }
}

fn text(rng: &mut Rng) -> String {
    match rng.u8(..8) {
        0 => (0..rng.usize(..40)).map(|_| rng.char(..)).collect(),
        1 => (0..rng.usize(..12)).map(|_| rng.digit(10)).collect(),
        2 => format!(
            "20{:02}-{:02}-{:02} {:02}:{:02}",
            rng.u8(..99),
            rng.u8(..14),
            rng.u8(..33),
            rng.u8(..26),
            rng.u8(..62)
        ),
        3 => format!("+1{}", rng.u64(2_000_000_000..9_999_999_999)),
        _ => ODD_TEXTS[rng.usize(..ODD_TEXTS.len())].to_string(),
    }
}

fn gather(value: &Value, parts: &mut Vec<Value>) {
    // Whole bodies inside others would only make everything long.
    if value.to_string().len() < 500 {
        parts.push(value.clone());
    }
    match value {
        Value::Object(map) => map.values().for_each(|inner| gather(inner, parts)),
        Value::Array(items) => items.iter().for_each(|inner| gather(inner, parts)),
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// Other people and other events: ends of numbers and ids are changed, so that not everything is about one person.
fn others(value: &mut Value, rng: &mut Rng) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                let key = key.to_lowercase();
                let names = ["id", "number", "phone", "mobile", "email", "tel", "caller", "from", "to"];
                if names.iter().any(|name| key.contains(name)) {
                    other(inner, rng);
                }
                others(inner, rng);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| others(inner, rng)),
        _ => {}
    }
}

fn other(value: &mut Value, rng: &mut Rng) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = number.as_i64().filter(|n| n.abs() > 9) {
                *value = Value::from(whole - whole % 1000 + rng.i64(..1000));
            }
        }
        // Not what begins like a time.
        Value::String(text) if !text.contains(':') && !text.starts_with("20") => {
            let kept = text.chars().count().saturating_sub(4);
            let changed = text.chars().enumerate().map(|(n, c)| match c {
                '0'..='9' if n >= kept => rng.digit(10),
                'a'..='f' if n >= kept => rng.lowercase(),
                c => c,
            });
            *text = changed.collect();
        }
        _ => {}
    }
}

/// JSON with the odd slip: keys said twice, escapes, white space.
fn write(value: &Value, rng: &mut Rng, out: &mut Vec<u8>) {
    if rng.u8(..60) == 0 {
        out.extend_from_slice(["\r\n", "\t", "   "][rng.usize(..3)].as_bytes());
    }
    match value {
        Value::Object(map) => write_object(map, rng, out),
        Value::Array(items) => {
            out.push(b'[');
            for (n, inner) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(inner, rng, out);
            }
            out.push(b']');
        }
        Value::String(text) if rng.u8(..40) == 0 => {
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            out.extend_from_slice(format!("\"{escaped}\"").as_bytes());
        }
        Value::Number(_) if rng.u8(..60) == 0 => {
            out.extend_from_slice(ODD_NUMBERS[rng.usize(..ODD_NUMBERS.len())].as_bytes());
        }
        plain => out.extend_from_slice(plain.to_string().as_bytes()),
    }
}

fn write_object(map: &Map<String, Value>, rng: &mut Rng, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for (key, inner) in map {
        let again = if rng.u8(..50) == 0 { rng.usize(1..3) } else { 0 };
        for n in 0..=again {
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(Value::String(key.clone()).to_string().as_bytes());
            out.push(b':');
            if n == 0 {
                write(inner, rng, out)
            } else {
                out.extend_from_slice(["null", "\"\"", "[]"][rng.usize(..3)].as_bytes())
            }
        }
    }
    out.push(b'}');
}

/// Bends the bytes themselves.
pub fn bend(body: &mut Vec<u8>, rng: &mut Rng) {
    let at = rng.usize(..body.len().max(1));
    match rng.u8(..9) {
        0 | 1 => {
            if let Some(byte) = body.get_mut(at) {
                *byte ^= 1 << rng.u8(..8);
            }
        }
        2 => body.truncate(at),
        3 => {
            let end = (at + rng.usize(..50)).min(body.len());
            drop(body.drain(at.min(end)..end));
        }
        4 => {
            let part = body[at.min(body.len())..(at + rng.usize(..200)).min(body.len())].to_vec();
            let to = rng.usize(..=body.len());
            drop(body.splice(to..to, part));
        }
        5 => {
            let tokens: [&[u8]; 16] = [
                b"{", b"}", b"[", b"]", b"\"", b"\\", b",", b":", b"null", b"\xff", b"\0", b"&", b"%", b"=", b"\\u",
                b"//",
            ];
            let token = tokens[rng.usize(..tokens.len())];
            let to = at.min(body.len());
            drop(body.splice(to..to, token.iter().copied()));
        }
        6 => {
            if let Some(byte) = body.get_mut(at) {
                *byte = rng.u8(..);
            }
        }
        7 => body.reverse(),
        _ => {
            let odd = ODD_TEXTS[rng.usize(..ODD_TEXTS.len())].as_bytes();
            let to = at.min(body.len());
            drop(body.splice(to..to, odd.iter().copied()));
        }
    }
}
