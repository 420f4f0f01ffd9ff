//! Phone numbers in E.164.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// What carriers put in place of a blocked caller's number: the words, and the words typed on a
/// keypad (ANONYMOUS, RESTRICTED, UNAVAILABLE, UNKNOWN).
const BLOCKED: [&str; 11] = [
    "anonymous",
    "restricted",
    "unavailable",
    "unknown",
    "private",
    "blocked",
    "withheld",
    "266696687",
    "7378742833",
    "86282452253",
    "8656696",
];

/// The number of the invented person of test events: one of those the numbering plan keeps for fiction, so nobody's.
pub const TEST_NUMBER: &str = "+12025550142";

/// The E.164 form of `text`, read with a default region such as `US`; `None` for what is no number,
/// for blocked callers, and for short codes. Possible numbers count, not only assigned ones: a real
/// lead must not be lost to an outdated numbering plan.
pub fn e164(text: &str, region: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 64 || text.chars().filter(char::is_ascii_digit).count() < 7 || is_blocked(text) {
        return None;
    }
    let region = region.trim().to_ascii_uppercase().parse::<Region>().ok();
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    // Without an area code it names different people in different towns: no identity.
    if PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) != Ok(NumberLengthType::IsPossible) {
        return None;
    }
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    (!is_filler(&e164)).then_some(e164)
}

/// The E.164 form of digits that begin with a country code but lack the plus (Curious Thing).
pub fn e164_without_plus(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with('+') {
        return e164(text, "");
    }
    e164(&format!("+{text}"), "")
}

/// The digits of an E.164 number as they are dialled at home, without the country code.
pub fn national(e164: &str) -> Option<String> {
    if !e164.starts_with('+') {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
    Some(number.get_national_significant_number())
}

/// A number for people: `(800) 555-1234` in North America, `+61 491 573 087` elsewhere. What is not in E.164, such as a
/// number that is covered, stays as it is.
pub fn shown(number: &str) -> String {
    let digits = number.strip_prefix('+').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(Ok(known)) = digits.map(|_| PHONE_NUMBER_UTIL.parse(number, None)) else { return number.to_owned() };
    let format = match known.country_code {
        1 => PhoneNumberFormat::National,
        _ => PhoneNumberFormat::International,
    };
    PHONE_NUMBER_UTIL.format(&known, format).into_owned()
}

/// A region that numbers can be read with, such as `US`.
pub fn is_region(text: &str) -> bool {
    let region = text.trim().to_ascii_uppercase().parse::<Region>();
    region.is_ok_and(|region| PHONE_NUMBER_UTIL.get_supported_regions().any(|known| known == region))
}

/// Digits somebody's system puts where it has no number: a blocked caller's word with a country code, or one
/// digit over and over. Strangers would become one lead by them.
fn is_filler(e164: &str) -> bool {
    let digits = e164.trim_start_matches('+');
    let national = digits.strip_prefix('1').unwrap_or(digits);
    let mut bytes = national.bytes();
    let first = bytes.next();
    BLOCKED.contains(&national) || BLOCKED.contains(&digits) || bytes.all(|digit| Some(digit) == first)
}

/// A caller who withheld the number.
pub fn is_blocked(text: &str) -> bool {
    let lower = text.trim().trim_start_matches('+').to_ascii_lowercase();
    BLOCKED.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_and_international_forms_meet() {
        for text in ["770-555-5555", "(770) 555-5555", "+1 770 555 5555", "17705555555"] {
            assert_eq!(e164(text, "US").as_deref(), Some("+17705555555"), "{text}");
        }
        assert_eq!(e164("0491 573 087", "AU").as_deref(), Some("+61491573087"));
        assert_eq!(e164_without_plus("61491573087").as_deref(), Some("+61491573087"));
        assert_eq!(e164("+18005551234", "US").as_deref(), Some("+18005551234"));
    }

    #[test]
    fn numbers_are_shown_as_their_country_writes_them() {
        for (number, text) in [
            ("+18005551234", "(800) 555-1234"),
            ("+61491573087", "+61 491 573 087"),
            ("+4930901820", "+49 30 901820"),
            ("+442079460018", "+44 20 7946 0018"),
            ("anonymous", "anonymous"),
            ("+1ü", "+1ü"),
            ("5551234", "5551234"),
            ("", ""),
        ] {
            assert_eq!(shown(number), text, "{number}");
        }
    }

    #[test]
    fn regions_are_real_ones() {
        assert!(is_region("US") && is_region("au"));
        assert!(!is_region("ZZ") && !is_region("") && !is_region("USA") && !is_region("001"));
    }

    #[test]
    fn blocked_callers_and_noise_are_no_numbers() {
        for text in ["Anonymous", "+266696687", "", "12345", "Restricted", "n/a", "not a number 12", "555-0142"] {
            assert_eq!(e164(text, "US"), None, "{text}");
        }
    }

    #[test]
    fn fillers_are_nobody_however_they_are_written() {
        for text in [
            "7378742833",
            "+17378742833",
            "737-874-2833",
            "(737) 874-2833",
            "17378742833",
            "0000000000",
            "+10000000000",
            "1111111111",
            "+19999999999",
            "+86282452253",
        ] {
            assert_eq!(e164(text, "US"), None, "{text}");
        }
    }
}
