//! Reading a batch file of purchases: CSV (RFC 4180) in UTF-8 with a header line.
//!
//! Columns, in any order: `reference,account,service,item,units,occurred_at,description`. Needed are `reference` (the outside
//! system's purchase number), `account` (an identifier, with its realm in front if it could be mistaken: `user:anna`), `service`
//! and `occurred_at` (RFC 3339). `units` is 1 when empty. Must not know: accounts, prices, the clock.

use calendar::Instant;
use csv::{ByteRecord, ReaderBuilder};

/// Columns a file may have.
pub const COLUMNS: [&str; 7] =
    ["reference", "account", "service", "item", "units", "occurred_at", "description"];
/// Octets of a file at most.
pub const FILE_MOST: usize = 32 * 1024 * 1024;
/// Lines of a file at most.
pub const LINES_MOST: usize = 250_000;
/// Octets of a line at most.
const LINE_MOST: usize = 4_096;
/// Characters of a field at most.
const FIELD_MOST: usize = 200;
/// Characters of a reference at most.
const REFERENCE_MOST: usize = 128;
/// Units of a purchase at most.
const UNITS_MOST: u64 = 1_000_000;
/// Characters kept of a rejected line.
const RAW_KEPT: usize = 1_000;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseLine {
    /// Line number; the header is line 1.
    pub line: u64,
    /// The line as it came, shortened when long.
    pub raw: String,
    /// Purchase number, as far as it could be read.
    pub reference: String,
    /// What is to be charged, or what is wrong.
    pub content: Result<LinePurchase, Rejection>,
}

/// A purchase as a line tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinePurchase {
    /// Identifier of the account, with or without realm.
    pub account: String,
    /// Service code.
    pub service: String,
    /// Item, number or code; empty when none.
    pub item: String,
    /// How many.
    pub units: u64,
    /// When it was bought.
    pub occurred_at: Instant,
    /// Words for people.
    pub description: String,
}

/// Why a line was not charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Column at fault; empty when it is the line as a whole.
    pub field: String,
    /// What is wrong and how to mend it.
    pub reason: String,
}

impl Rejection {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

/// Where each known column stands.
struct Header {
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
}

/// Reads a file. A header that cannot be used is one rejected line and nothing else.
pub(crate) fn read(content: &[u8]) -> Vec<PurchaseLine> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
    let mut record = ByteRecord::new();
    let mut lines = Vec::new();
    let mut header = None;
    let mut counter = LineCounter { content, counted: 0, line: 1, last: 0 };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                lines.push(rejected(counter.last + 1, "", Rejection::new("", error.to_string())));
                break;
            }
        }
        let start = record.position().map_or(0, csv::Position::byte);
        let raw = slice(content, start, reader.position().byte());
        let line = counter.line_of(start);
        let Some(known) = &header else {
            match read_header(&record) {
                Ok(found) => header = Some(found),
                Err(rejection) => return vec![rejected(line, &shown(raw), rejection)],
            }
            continue;
        };
        if lines.len() >= LINES_MOST {
            let reason = format!("the file has more than {LINES_MOST} lines; send the rest in another file");
            lines.push(rejected(line, "", Rejection::new("", reason)));
            break;
        }
        lines.push(read_line(line, raw, &record, known));
    }
    if header.is_none() {
        lines.push(rejected(
            1,
            "",
            Rejection::new("header", format!("the first line must be {}", COLUMNS.join(","))),
        ));
    }
    lines
}

/// Tells lines by counting line feeds: the reader's own count differs where lines end with CR LF or are empty.
struct LineCounter<'a> {
    content: &'a [u8],
    counted: usize,
    line: u64,
    last: u64,
}

impl LineCounter<'_> {
    /// The line on which the record that follows `start` begins. Numbers always grow, even where lines end with CR alone.
    fn line_of(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX).max(self.counted);
        let rest = self.content.get(start..).unwrap_or_default();
        let begin = start + rest.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
        let passed = self.content.get(self.counted..begin).unwrap_or_default();
        self.line += passed.iter().map(|octet| u64::from(*octet == b'\n')).sum::<u64>();
        self.counted = begin;
        self.last = self.line.max(self.last + 1);
        self.last
    }
}

fn rejected(line: u64, raw: &str, rejection: Rejection) -> PurchaseLine {
    PurchaseLine { line, raw: raw.to_owned(), reference: String::new(), content: Err(rejection) }
}

fn slice(content: &[u8], from: u64, to: u64) -> &[u8] {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(content.len());
    content.get(place(from)..place(to)).unwrap_or_default()
}

fn shown(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).trim_matches(['\r', '\n']).chars().take(RAW_KEPT).collect()
}

fn read_header(record: &ByteRecord) -> Result<Header, Rejection> {
    let mut places = [None; COLUMNS.len()];
    for (place, name) in record.iter().enumerate() {
        let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        let column = COLUMNS.iter().position(|known| *known == name);
        let slot = column.and_then(|column| places.get_mut(column)).ok_or_else(|| {
            let reason = format!("\"{name}\" is not a column; known are {}", COLUMNS.join(", "));
            Rejection::new("header", reason.chars().take(FIELD_MOST).collect::<String>())
        })?;
        if slot.replace(place).is_some() {
            return Err(Rejection::new("header", format!("the column {name} is there twice")));
        }
    }
    let header = Header { places, width: record.len() };
    for needed in ["reference", "account", "service", "occurred_at"] {
        if header.place(needed).is_none() {
            return Err(Rejection::new("header", format!("the column {needed} is missing")));
        }
    }
    Ok(header)
}

impl Header {
    fn place(&self, column: &str) -> Option<usize> {
        let position = COLUMNS.iter().position(|known| *known == column)?;
        self.places.get(position).copied().flatten()
    }

    /// A field's text without blanks around it.
    fn field<'a>(&self, record: &'a ByteRecord, column: &str) -> Result<&'a str, Rejection> {
        let octets = self.place(column).and_then(|place| record.get(place)).unwrap_or_default();
        let text = std::str::from_utf8(octets).map_err(|_| Rejection::new(column, "is not UTF-8 text"))?;
        let text = text.trim();
        if text.chars().count() > FIELD_MOST {
            return Err(Rejection::new(column, format!("at most {FIELD_MOST} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(Rejection::new(column, "must not contain line breaks or other control characters"));
        }
        Ok(text)
    }
}

fn read_line(line: u64, raw: &[u8], record: &ByteRecord, header: &Header) -> PurchaseLine {
    let reference = header.field(record, "reference").unwrap_or_default().to_owned();
    let content = if raw.len() > LINE_MOST {
        let reason = format!("the line is longer than {LINE_MOST} octets; is a quotation mark missing?");
        Err(Rejection::new("", reason))
    } else if record.len() != header.width {
        let reason = format!("the line has {} columns, the header has {}", record.len(), header.width);
        Err(Rejection::new("", reason))
    } else {
        read_purchase(record, header)
    };
    PurchaseLine { line, raw: shown(raw), reference, content }
}

fn read_purchase(record: &ByteRecord, header: &Header) -> Result<LinePurchase, Rejection> {
    let needed = |column: &str| {
        let text = header.field(record, column)?;
        if text.is_empty() { Err(Rejection::new(column, "must not be empty")) } else { Ok(text) }
    };
    let reference = needed("reference")?;
    if reference.chars().count() > REFERENCE_MOST {
        return Err(Rejection::new("reference", format!("at most {REFERENCE_MOST} characters")));
    }
    let units = match header.field(record, "units")? {
        "" => 1,
        text => text.parse().ok().filter(|units| (1..=UNITS_MOST).contains(units)).ok_or_else(|| {
            Rejection::new("units", format!("\"{text}\" is not a whole number from 1 to {UNITS_MOST}"))
        })?,
    };
    let occurred_at = needed("occurred_at")?;
    let occurred_at = Instant::parse(occurred_at).ok_or_else(|| {
        let reason = format!("\"{occurred_at}\" is not an instant such as 2026-06-20T20:31:00Z");
        Rejection::new("occurred_at", reason)
    })?;
    Ok(LinePurchase {
        account: needed("account")?.to_owned(),
        service: needed("service")?.to_owned(),
        item: header.field(record, "item")?.to_owned(),
        units,
        occurred_at,
        description: header.field(record, "description")?.to_owned(),
    })
}
