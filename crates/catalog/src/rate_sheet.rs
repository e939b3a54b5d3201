//! Rate sheets: rows by the thousand or million as lines of comma-separated values.
//!
//! The first line names the columns, `destination` first. What stands after the destination is read once for all lines that say
//! the same there, so a sheet costs a few octets a line beside its text. A value may be quoted, but not broken over lines.

use crate::{EffectiveDate, OffPeakPrice, Rate};
use money::{Percent, Price};
use serde::Deserialize;
use std::collections::HashMap;

/// Columns a sheet may have; `destination` and `first_price` are needed.
pub const SHEET_COLUMNS: &[&str] = &[
    "destination",
    "name",
    "effective_from",
    "effective_until",
    "first_interval",
    "first_price",
    "next_interval",
    "next_price",
    "per",
    "connect_fee",
    "surcharge",
    "minimum",
    "maximum",
    "off_peak_price",
    "second_off_peak_price",
    "forbidden",
    "discontinued",
];

/// The lines of one sheet.
#[derive(Debug, Default)]
pub(crate) struct SheetRows<'a> {
    /// Rates without their destination, each once.
    pub rates: Vec<Rate>,
    /// Destination and position in `rates`.
    pub rows: Vec<(&'a str, u32)>,
    /// Line number and what is wrong with it.
    pub problems: Vec<(usize, String)>,
}

/// After so many bad lines a sheet is not read on: they have one cause.
const PROBLEMS_MOST: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetLine {
    #[serde(rename = "destination")]
    _destination: String,
    #[serde(default)]
    name: String,
    effective_from: Option<EffectiveDate>,
    effective_until: Option<EffectiveDate>,
    first_interval: Option<u64>,
    first_price: Price,
    next_interval: Option<u64>,
    next_price: Option<Price>,
    per: Option<u64>,
    connect_fee: Option<Price>,
    surcharge: Option<Percent>,
    minimum: Option<Price>,
    maximum: Option<Price>,
    off_peak_price: Option<Price>,
    second_off_peak_price: Option<Price>,
    forbidden: Option<bool>,
    discontinued: Option<bool>,
}

impl SheetLine {
    fn rate(self) -> Result<Rate, String> {
        let off_peak = |first_price| OffPeakPrice {
            first_price,
            next_price: None,
            first_interval: None,
            next_interval: None,
            connect_fee: None,
        };
        if self.off_peak_price.is_none() && self.second_off_peak_price.is_some() {
            return Err("second_off_peak_price stands without off_peak_price".to_owned());
        }
        let prices = [self.off_peak_price, self.second_off_peak_price];
        Ok(Rate {
            destination: String::new(),
            group: None,
            name: self.name,
            effective_from: self.effective_from,
            effective_until: self.effective_until,
            first_interval: self.first_interval.unwrap_or(1),
            first_price: self.first_price,
            next_interval: self.next_interval,
            next_price: self.next_price,
            per: self.per.unwrap_or(1),
            connect_fee: self.connect_fee,
            surcharge: self.surcharge.unwrap_or_default(),
            minimum: self.minimum.unwrap_or_default(),
            maximum: self.maximum,
            off_peak: prices.into_iter().flatten().map(off_peak).collect(),
            formula: Vec::new(),
            forbidden: self.forbidden.unwrap_or_default(),
            discontinued: self.discontinued.unwrap_or_default(),
        })
    }
}

/// Reads a sheet; an empty text is an empty sheet.
pub(crate) fn read(sheet: &str) -> SheetRows<'_> {
    let mut read = SheetRows::default();
    let mut lines = sheet.lines().enumerate().map(|(i, line)| (i + 1, line.trim()));
    let Some((number, header)) = lines.find(|(_, line)| !line.is_empty()) else { return read };
    if header.split(',').next().map(str::trim) != Some("destination") {
        read.problems.push((number, "the first column is named destination".to_owned()));
        return read;
    }
    let mut known: HashMap<&str, u32> = HashMap::new();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        let (destination, rest) = line.split_once(',').unwrap_or((line, ""));
        let rate = match known.get(rest) {
            Some(rate) => Ok(*rate),
            None => read_line(header, line).map(|rate| {
                read.rates.push(rate);
                let position = (read.rates.len() - 1) as u32;
                known.insert(rest, position);
                position
            }),
        };
        let destination = destination.trim();
        match rate {
            Ok(_) if destination.is_empty() => {
                read.problems.push((number, "the destination is empty; use * for everything".to_owned()));
            }
            Ok(rate) => read.rows.push((destination, rate)),
            Err(reason) => read.problems.push((number, reason)),
        }
        if read.problems.len() >= PROBLEMS_MOST {
            return read;
        }
    }
    read
}

fn read_line(header: &str, line: &str) -> Result<Rate, String> {
    let text = format!("{header}\n{line}\n");
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let line = reader.deserialize::<SheetLine>().next().unwrap_or_else(|| Err(empty_line()));
    line.map_err(|error| reason(&error)).and_then(SheetLine::rate)
}

fn empty_line() -> csv::Error {
    std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()
}

/// The library names its own line and octet of the two-line text; only its reason helps.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} values for {expected_len} columns")
        }
        _ => error.to_string(),
    }
}
