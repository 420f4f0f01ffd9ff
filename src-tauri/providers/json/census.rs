//! How much a body holds, counted before anything is built of it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{MAX_DEPTH, NotJson, TOO_DEEP};

/// What stands in a body, counted without building anything of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Values, and names of fields. At least as many as a strict parser comes upon before it ends.
    pub nodes: usize,
}

impl Census {
    /// Counts.
    ///
    /// # Errors
    /// [`NotJson`] where it nests too deep.
    pub fn of(bytes: &[u8]) -> Result<Census, NotJson> {
        let (mut depth, mut nodes) = (0usize, 0usize);
        let (mut inside, mut escaped, mut bare) = (false, false, false);
        for (offset, b) in bytes.iter().enumerate() {
            if inside {
                match b {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => inside = false,
                    _ => {}
                }
                continue;
            }
            let was_bare = std::mem::replace(&mut bare, false);
            match b {
                b'"' => {
                    inside = true;
                    nodes += 1;
                }
                b'{' | b'[' => {
                    nodes += 1;
                    depth += 1;
                    if depth > MAX_DEPTH {
                        return Err(NotJson { reason: TOO_DEEP.into(), offset: Some(offset) });
                    }
                }
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => {
                    bare = true;
                    nodes += usize::from(!was_bare);
                }
            }
        }
        Ok(Census { nodes })
    }

    /// At least as many values as whoever reads these bytes may build of them, in whatever way: the quotes, comments,
    /// escapes and percents that stand around something are taken for nothing, for what is in them may be read as well.
    pub fn at_most(bytes: &[u8]) -> usize {
        let (mut begun, mut quotes, mut before) = (0usize, 0usize, b' ');
        for b in bytes {
            match b {
                b'[' | b'{' => begun += 1,
                // A field of a form, and its value.
                b'&' => begun += 2,
                b'"' | b'\'' => quotes += 1,
                // A number; also the code of an escape, which may stand for any of these.
                b'0'..=b'9' => begun += usize::from(!before.is_ascii_digit() && before != b'.'),
                b't' | b'f' | b'n' => begun += usize::from(!before.is_ascii_alphanumeric()),
                _ => {}
            }
            before = *b;
        }
        begun + quotes.div_ceil(2)
    }

    /// How many values may be built of the texts in strict JSON that hold JSON themselves: such are read once more.
    /// Nothing where it is no strict JSON.
    pub fn within_texts(bytes: &[u8]) -> Option<usize> {
        let mut found = 0;
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        Within(&mut found).deserialize(&mut reader).and_then(|()| reader.end()).ok()?;
        Some(found)
    }
}

/// Counts while it is read, and keeps nothing.
struct Within<'a>(&'a mut usize);

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let begins = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
        if begins.starts_with(['{', '[']) {
            *self.0 += Census::at_most(text.as_bytes());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Within(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_key_seed(Within(self.0))?.is_some() {
            fields.next_value_seed(Within(self.0))?;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::providers::Json;
    use crate::providers::body::parse_body;

    /// Values, and names of fields.
    fn values(json: &Json) -> usize {
        let inner = json.items().iter().map(values).sum::<usize>();
        1 + inner + json.pairs().iter().map(|(_, value)| 1 + values(value)).sum::<usize>()
    }

    #[test]
    fn at_most_is_never_less_than_what_is_built() {
        for piece in [
            "[1] ",
            "[]",
            "[],",
            "1 ",
            "1,",
            "-1 ",
            "1.5e3,",
            "null ",
            "true,",
            "\"\"",
            "\"a\" ",
            "'a' ",
            "'' ",
            "{\"a\":1} ",
            "{\"a\":1},",
            "{'a':1}",
            "/**/1",
            "1// \"\n",
            "\"\\u0041\",",
            "0x1F ",
            "\u{a0}1",
            "[true]",
            "[-1]",
            "{\"\":\"\"},",
        ] {
            let many = piece.repeat(200);
            let list = format!("[{many}1]");
            let text = serde_json::to_string(&list).unwrap();
            let escaped: String = list.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
            let percents: String = list.bytes().map(|b| format!("%{b:02X}")).collect();
            for body in [
                list.clone(),
                format!("// \"\n{list}"),
                format!("/* ' */{list}"),
                text.clone(),
                format!("\"{escaped}\""),
                format!("{{\"method\":\"POST\",\"body\":{text}}}"),
                format!("{{\"method\":\"POST\",\"b\\u006fdy\":{text}}}"),
                format!("payload={percents}"),
                percents.clone(),
                "a=b&".repeat(200),
            ] {
                let most = Census::at_most(body.as_bytes());
                for kind in [None, Some("application/x-www-form-urlencoded")] {
                    let Ok(read) = parse_body(body.as_bytes(), kind) else { continue };
                    assert!(values(&read.json) <= most + 2, "{} of {most}: {body}", values(&read.json));
                    if let Some(within) = Census::within_texts(body.as_bytes()) {
                        let strict = Census::of(body.as_bytes()).unwrap().nodes;
                        assert!(values(&read.json) <= strict + within, "{strict} + {within}: {body}");
                    }
                }
            }
        }
    }

    #[test]
    fn only_texts_that_hold_json_count_twice() {
        let within = |text: &str| Census::within_texts(text.as_bytes());
        assert_eq!(within(r#"{"a":"we talked about [1] and {2}","b":[1,2,{"c":null}],"d":-1.5,"e":true}"#), Some(0));
        assert_eq!(within(r#"{"a":"[0,1]"}"#), Some(3));
        assert_eq!(within(r#"{"a":[" {\"b\":\"c\"}"]}"#), Some(3));
        assert_eq!(within("[1 2]"), None);
        assert_eq!(within(&"[".repeat(1000)), None);
        assert!(parse(b"[1 2]").is_ok());
    }
}
