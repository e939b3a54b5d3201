//! Lists as CSV files for spreadsheets. Text that a spreadsheet would run as a formula is made harmless.
//!
//! Must not know: which list.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::fault::Fault;

/// Rows of one file at most; a longer list is cut and says so in its last line.
pub(crate) const ROWS_MOST: usize = 100_000;

/// A CSV file being written.
pub(crate) struct CsvFile {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvFile {
    pub(crate) fn new(headings: &[&str]) -> Result<Self, Fault> {
        let mut file = Self { writer: csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()) };
        file.write(headings.iter().map(|heading| (*heading).to_owned()))?;
        Ok(file)
    }

    fn write(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), Fault> {
        self.writer
            .write_record(cells.into_iter().map(String::into_bytes))
            .map_err(|error| Fault::Inner(error.to_string()))
    }

    /// Adds a row of words and numbers.
    pub(crate) fn row(&mut self, cells: &[&str]) -> Result<(), Fault> {
        self.write(cells.iter().map(|cell| harmless(cell)))
    }

    /// Says that the list goes on.
    pub(crate) fn cut(&mut self) -> Result<(), Fault> {
        self.write([format!("(cut after {ROWS_MOST} rows; narrow the filters)")])
    }

    /// The file as a download.
    pub(crate) fn download(self, name: &str) -> Result<Response, Fault> {
        let content = self.writer.into_inner().map_err(|error| Fault::Inner(error.to_string()))?;
        let named = format!("attachment; filename=\"{name}\"");
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, named),
        ];
        Ok((headers, content).into_response())
    }
}

/// A cell that begins like a formula gets an apostrophe, unless it is a plain number.
fn harmless(cell: &str) -> String {
    let number = cell.strip_prefix('-').unwrap_or(cell);
    let numeric = !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !numeric {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
