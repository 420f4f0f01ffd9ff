//! How a sheet shows its numbers: by formats whose shown text is what people read of the same value everywhere else. The
//! cell stays a number that can be summed and sorted.
//!
//! One thing no format can: days beyond the first. Where others read `3 days 4 h`, a sheet shows `76 h 0 min`.

use crate::domain::money;
use crate::figures::model::Unit;
use crate::figures::words;

pub(super) const COUNT: &str = "#,##0";
const PER_CENT: [&str; 2] = ["0%", "0.0%"];
const SECONDS: &str = "[s]\" s\"";
const MINUTES: &str = "[m]\" min\"";
const HOURS: &str = "[h]\" h\"";
const HOURS_AND_MINUTES: &str = "[h]\" h \"m\" min\"";
/// Of recordings: `4:05` and `1:02:09`.
const CLOCK: [&str; 2] = ["m:ss", "[h]:mm:ss"];

/// The formats of a workbook.
pub(super) struct NumberFormats {
    currency: String,
    /// Whole units, and with their parts.
    money: [String; 2],
}

impl NumberFormats {
    pub(super) fn new(currency: &str) -> NumberFormats {
        let symbol = money::symbol(currency).replace('"', "");
        let money = [COUNT, "#,##0.00"].map(|digits| format!("\"{symbol}\"{digits};\"−{symbol}\"{digits}"));
        NumberFormats { currency: currency.to_string(), money }
    }

    /// The format for a value.
    pub(super) fn of(&self, value: f64, unit: Unit) -> &str {
        match unit {
            Unit::Count => COUNT,
            Unit::Cents => {
                let parts = money::places(&self.currency) > 0 && value.round() % 100.0 != 0.0;
                &self.money[usize::from(parts)]
            }
            Unit::Percent => PER_CENT[usize::from(words::percent(value).contains('.'))],
            Unit::Seconds => match value as i64 {
                ..60 => SECONDS,
                60..3_600 => MINUTES,
                seconds if seconds < 86_400 && seconds % 3_600 < 60 => HOURS,
                _ => HOURS_AND_MINUTES,
            },
        }
    }

    /// The format for the length of a recording.
    pub(super) fn clock(seconds: i64) -> &'static str {
        CLOCK[usize::from(seconds >= 3_600)]
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<&str> {
        let fixed = [COUNT, SECONDS, MINUTES, HOURS, HOURS_AND_MINUTES];
        fixed.into_iter().chain(PER_CENT).chain(CLOCK).chain(self.money.iter().map(String::as_str)).collect()
    }
}
