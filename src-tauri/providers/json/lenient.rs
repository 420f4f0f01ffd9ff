//! JSON read leniently: comments, trailing and missing commas, odd spaces.

use jsonc_parser::ast;

use super::{Json, MAX_DEPTH, MAX_FIELDS, MAX_LENIENT_NODES, TOO_DEEP, TOO_MANY, TOO_MUCH};

/// What leniency makes of it, or why not, where there is a better reason than the strict parser's.
pub(super) fn lenient(text: &str, repairs: &mut Vec<String>) -> Result<Json, Option<&'static str>> {
    let options = jsonc_parser::ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_missing_commas: true,
        allow_loose_object_property_names: false,
        ..Default::default()
    };
    if is_too_much_leniently(text) {
        return Err(Some(TOO_MUCH));
    }
    // The tree is gone before the next one is built.
    let json = {
        let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &options).map_err(|_| None)?;
        from_ast(parsed.value.as_ref().ok_or(None)?, MAX_DEPTH)?
    };
    let strict = |allow_comments, allow_trailing_commas, allow_missing_commas| jsonc_parser::ParseOptions {
        allow_comments,
        allow_trailing_commas,
        allow_missing_commas,
        ..options.clone()
    };
    let fails = |options| jsonc_parser::parse_to_ast(text, &Default::default(), &options).is_err();
    if fails(strict(false, true, true)) {
        repairs.push("comments".to_string());
    }
    if fails(strict(true, false, true)) {
        repairs.push("a comma too many".to_string());
    }
    if fails(strict(true, true, false)) {
        repairs.push("a missing comma".to_string());
    }
    if repairs.is_empty() {
        repairs.push("small slips in the JSON".to_string());
    }
    Ok(json)
}

/// `depth` levels may follow. Counted here again: what stands in comments misleads the count over the bytes.
pub(super) fn from_ast(value: &ast::Value<'_>, depth: usize) -> Result<Json, Option<&'static str>> {
    let inner = |value| from_ast(value, depth.checked_sub(1).ok_or(Some(TOO_DEEP))?);
    Ok(match value {
        ast::Value::NullKeyword(_) => Json::Null,
        ast::Value::BooleanLit(b) => Json::Bool(b.value),
        ast::Value::NumberLit(n) => Json::Number(n.value.parse().map_err(|_| None)?),
        ast::Value::StringLit(s) => Json::Text(s.value.to_string()),
        ast::Value::Array(a) => Json::List(a.elements.iter().map(inner).collect::<Result<_, _>>()?),
        ast::Value::Object(o) if o.properties.len() > MAX_FIELDS => return Err(Some(TOO_MANY)),
        ast::Value::Object(o) => Json::Object(
            o.properties
                .iter()
                .map(|p| Ok((p.name.as_str().to_string(), inner(&p.value)?)))
                .collect::<Result<_, Option<&'static str>>>()?,
        ),
    })
}

/// Non-breaking and zero-width spaces outside of texts become plain spaces.
pub(super) fn replace_odd_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        if inside {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => inside = false,
                _ => {}
            }
            out.push(c);
        } else {
            inside = c == '"';
            out.push(if matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{200b}' | '\u{feff}') { ' ' } else { c });
        }
    }
    out
}

/// Whether leniency would come upon more than it may build. Counted with its own scanner: what comments and single
/// quotes hide from [`super::Census`] is counted here.
pub(super) fn is_too_much_leniently(text: &str) -> bool {
    use jsonc_parser::tokens::Token;
    let mut scanner = jsonc_parser::Scanner::new(text, &jsonc_parser::ScannerOptions::default());
    let mut nodes = 0;
    while let Ok(Some(token)) = scanner.scan() {
        nodes += usize::from(!matches!(
            token,
            Token::CloseBrace
                | Token::CloseBracket
                | Token::Comma
                | Token::Colon
                | Token::CommentLine(_)
                | Token::CommentBlock(_)
        ));
        if nodes > MAX_LENIENT_NODES {
            return true;
        }
    }
    false
}
