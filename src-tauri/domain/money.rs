//! Amounts of money in words and in. Nothing else knows how an amount is written; the window's `money.ts` says the
//! same, and both are held to `tests/fixtures/money.json`.
//!
//! **Cents** are hundredths of the currency's unit, whatever the currency: ¥5,000 are 500,000 cents. So an amount keeps
//! its meaning when the owner sets another currency, and the sums of reports need not know which it is. A currency
//! without a smaller part is shown in whole units. One with thousandths (KWD and six more) is kept and shown to
//! hundredths: no digit is shown that is not known.

use unicode_normalization::char::is_combining_mark;

/// Currencies that have no smaller part (ISO 4217, exponent 0).
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";

/// Those not written by their three letters.
const SYMBOLS: [(&str, &str); 18] = [
    ("USD", "$"),
    ("EUR", "€"),
    ("GBP", "£"),
    ("CAD", "CA$"),
    ("AUD", "A$"),
    ("NZD", "NZ$"),
    ("MXN", "MX$"),
    ("BRL", "R$"),
    ("HKD", "HK$"),
    ("TWD", "NT$"),
    ("JPY", "¥"),
    ("CNY", "CN¥"),
    ("KRW", "₩"),
    ("INR", "₹"),
    ("ILS", "₪"),
    ("VND", "₫"),
    ("PHP", "₱"),
    ("UAH", "₴"),
];

/// Decimals an amount is shown with where it has any: 2, or 0 where the currency has no smaller part.
pub fn places(currency: &str) -> u8 {
    if WHOLE.split(' ').any(|code| code == currency) { 0 } else { 2 }
}

/// What stands in front of an amount: `$`, or the currency's own three letters and a space.
pub fn symbol(currency: &str) -> String {
    match SYMBOLS.iter().find(|(code, _)| *code == currency) {
        Some((_, symbol)) => (*symbol).to_owned(),
        None => format!("{currency} "),
    }
}

/// `$2,500`, `€12.50`, `CHF 12`, `¥5,000`: cents only when they are not zero.
pub fn money(cents: i64, currency: &str) -> String {
    let (sign, all) = (symbol(currency), cents.unsigned_abs());
    let (units, rest) = match places(currency) {
        0 => (all / 100 + u64::from(all % 100 >= 50), 0),
        _ => (all / 100, all % 100),
    };
    let minus = if cents < 0 && (units > 0 || rest > 0) { "−" } else { "" };
    let units = grouped(units);
    if rest == 0 { format!("{minus}{sign}{units}") } else { format!("{minus}{sign}{units}.{rest:02}") }
}

/// `1,284`: digits in threes.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Cents of an amount as people write it: `1,250.50`, `$1,250`, `1.250,50 €`, `12,50`, `¥5,000`, `CHF 1'250.-`. Where
/// one mark stands before three digits, a comma groups and a point divides, as in English.
pub fn cents_of(text: &str) -> Option<i64> {
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let minus = text[..first].contains(['-', '−']) || text.trim_start().starts_with('(');
    // `.50`, `$.50`: a point that ends a word, as in `Rs.500`, is none of the number.
    let divides = |before: &str| {
        before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !is_combining_mark(c) && c != '.')
    };
    let first = if text[..first].strip_suffix('.').is_some_and(divides) { first - 1 } else { first };
    let number = text[first..].trim_end_matches(|c: char| !c.is_ascii_digit());
    let marks: Vec<(usize, char)> = number.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let stray = |c: char| !(c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ',' | '\'' | '’' | '_'));
    if number.contains(stray) {
        return None;
    }
    let divides = match marks.as_slice() {
        [] => None,
        [(at, ',')] if number.len() - at - 1 == 3 => None,
        [(at, _)] => Some(*at),
        [.., (_, before), (at, last)] if before != last => Some(*at),
        _ => None,
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (units, part) = match divides {
        Some(at) => (digits(&number[..at]), digits(&number[at + 1..])),
        None => (digits(number), String::new()),
    };
    let units =
        if units.is_empty() { 0 } else { units.parse::<i64>().ok().filter(|units| *units < 1_000_000_000_000)? };
    let mut thousandths = part.bytes().chain(*b"000").take(3).map(|digit| i64::from(digit - b'0'));
    let (tens, ones, next) = (thousandths.next()?, thousandths.next()?, thousandths.next()?);
    let cents = units * 100 + tens * 10 + ones + i64::from(next >= 5);
    Some(if minus { -cents } else { cents })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn amounts_are_written_as_in_the_window() {
        let cases: Vec<(String, i64, String)> =
            serde_json::from_str(include_str!("../../tests/fixtures/money.json")).unwrap();
        assert!(cases.len() > 20);
        for (currency, cents, text) in cases {
            assert_eq!(money(cents, &currency), text, "{cents} {currency}");
        }
    }

    #[test]
    fn no_amount_is_too_large() {
        assert_eq!(money(i64::MIN, "USD"), "−$92,233,720,368,547,758.08");
        assert_eq!(money(i64::MAX, "JPY"), "¥92,233,720,368,547,758");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, cents) in [
            ("5000", 500_000),
            ("$1,250.50", 125_050),
            ("1,250", 125_000),
            ("1.250,50 €", 125_050),
            ("12,50", 1_250),
            ("12,5", 1_250),
            ("¥5,000", 500_000),
            ("5000円", 500_000),
            ("CHF 1'250.-", 125_000),
            ("1 250,00 kr", 125_000),
            ("1.250.000", 125_000_000),
            ("1,250,000", 125_000_000),
            ("12.345", 1_235),
            (".50", 50),
            ("-3.10", -310),
            ("−3.10", -310),
            ("($3.10)", -310),
            ("0", 0),
            ("$.50", 50),
            ("$ .50", 50),
            ("-.50", -50),
            ("-$.50", -50),
            ("(.50)", -50),
            ("CA$.50", 50),
            // A point that ends a word is none of the number.
            ("Rs.500", 50_000),
            ("Rs. 500", 50_000),
            ("rs.1,250.50", 125_050),
            ("Fr.1500", 150_000),
            ("SFr.12.50", 1_250),
            ("kr.5", 500),
            ("approx.500", 50_000),
            ("-Rs.500", -50_000),
            ("Rs.-500", -50_000),
            ("د.إ.500", 50_000),
        ] {
            assert_eq!(cents_of(text), Some(cents), "{text}");
        }
        for text in ["", "free", "$", "12 to 15", "2026-03-25", "99999999999999", "1/2"] {
            assert_eq!(cents_of(text), None, "{text}");
        }
    }
}
