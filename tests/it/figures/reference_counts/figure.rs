//! What items come to, and the parts they are counted by.

use chrono::NaiveDate;
use leadtrail::figures::measure::{Makes, Measure};

use super::Item;

/// What a figure comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub rows: i64,
    pub value: Option<f64>,
    /// Sorted.
    pub values: Vec<i64>,
}

/// A weekday and hour, a day or words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Words(String),
    Hour(u32, u32),
    Day(NaiveDate),
}

/// The part a figure's id names.
pub fn part(dimension: &str, value: &str) -> Part {
    match dimension {
        "hour" => {
            let (day, hour) = value.split_once('T').unwrap();
            Part::Hour(day.parse().unwrap(), hour.parse().unwrap())
        }
        "day" => Part::Day(value.parse().unwrap()),
        _ => Part::Words(value.to_string()),
    }
}

/// What some items come to as a measure.
pub fn figure<'a>(items: impl Iterator<Item = &'a Item>, measure: Measure) -> Figure {
    let mut values: Vec<i64> = items.filter_map(|item| item.counts.get(&measure).copied()).collect();
    values.sort_unstable();
    let value = match measure.makes() {
        Makes::Count => Some(values.len() as f64),
        Makes::Sum => Some(values.iter().sum::<i64>() as f64),
        Makes::Median if values.is_empty() => None,
        Makes::Median if values.len() % 2 == 1 => Some(values[values.len() / 2] as f64),
        Makes::Median => {
            let upper = values.len() / 2;
            Some((values[upper - 1] + values[upper]) as f64 / 2.0)
        }
    };
    Figure { rows: values.len() as i64, value, values }
}

/// Nine of ten are not above it.
pub fn ninetieth(values: &[i64]) -> Option<f64> {
    let place = (values.len() * 9).div_ceil(10);
    (place > 0).then(|| values[place - 1] as f64)
}
