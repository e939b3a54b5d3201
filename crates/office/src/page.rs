//! Pages of lists: rows and where the next page begins.

use crate::OfficeError;

/// Rows of a page when nothing else is asked.
pub const PAGE_ROWS: usize = 50;
/// Rows of a page at most.
pub const PAGE_ROWS_MOST: usize = 500;

/// Some rows, and the cursor of those after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Rows in order.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` = these were the last.
    pub next: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows: the surplus one only tells that there is a next page.
    pub fn from_surplus(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }

    /// The same page with other rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// The number of rows to read: 0 means the default, more than the most is cut.
pub fn page_limit(asked: usize) -> usize {
    if asked == 0 { PAGE_ROWS } else { asked.min(PAGE_ROWS_MOST) }
}

/// The parts of a cursor of ours; a cursor that is not one is a field error, not an empty page.
pub(crate) fn cursor_numbers<const N: usize>(cursor: &str) -> Result<[i64; N], OfficeError> {
    let parts: Option<Vec<i64>> = cursor.split('.').map(|part| part.parse().ok()).collect();
    parts
        .and_then(|parts| parts.try_into().ok())
        .ok_or_else(|| OfficeError::field("cursor", "is not a cursor of this list"))
}
