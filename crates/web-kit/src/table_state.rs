//! What the address says about a table: sort, cursor, hidden columns, filters. The address holds the whole state, so a view
//! can be bookmarked, shared and saved. Query strings in and out. Must not know: HTML, SQL, which columns exist.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Query parameters a table understands beside its filters.
const SORT: &str = "sort";
const AFTER: &str = "after";
const BACK: &str = "back";
const HIDE: &str = "hide";
/// Longest query string that is read; the rest of a longer one is ignored.
const QUERY_LIMIT: usize = 4096;
/// Octets of the way back that an address keeps; of a longer one the oldest pages are left out, so "Previous" ends at the first.
const BACK_LIMIT: usize = 1_500;

/// Which way a column is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A table's state as its address holds it. An axum extractor: `async fn list(state: TableState)`.
///
/// `sort=name` or `sort=-name`, `after=<cursor>`, `back=<cursor>` for each page that was turned before this one, `hide=a,b`; every
/// other parameter is a filter. Lists go forward only (keyset); the way back is in the address, so "Previous" shows the very
/// rows that were there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    path: String,
    pairs: Vec<(String, String)>,
}

impl TableState {
    /// From a path (`/customers`) and its query string (without `?`).
    pub fn new(path: impl Into<String>, query: &str) -> Self {
        let end = query.char_indices().map(|(at, _)| at).find(|at| *at >= QUERY_LIMIT);
        let query = end.and_then(|at| query.get(..at)).unwrap_or(query);
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Self { path: path.into(), pairs: pairs.filter(|(name, _)| name != "partial").collect() }
    }

    /// The sort column and direction, as asked for. Check the name against your own list before it meets SQL.
    pub fn sort(&self) -> Option<(&str, Direction)> {
        let key = self.filter(SORT)?;
        Some(match key.strip_prefix('-') {
            Some(key) => (key, Direction::Descending),
            None => (key, Direction::Ascending),
        })
    }

    /// Cursor of the row after which the page begins.
    pub fn after(&self) -> Option<&str> {
        self.filter(AFTER)
    }

    /// The value of a filter; `None` where it is absent or empty.
    pub fn filter(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// True where the reader asked to hide this column.
    pub fn hides(&self, column: &str) -> bool {
        self.pairs.iter().any(|(key, value)| key == HIDE && value.split(',').any(|hidden| hidden == column))
    }

    /// True where any filter narrows the list.
    pub fn is_filtered(&self) -> bool {
        self.pairs
            .iter()
            .any(|(key, value)| ![SORT, AFTER, BACK, HIDE].contains(&key.as_str()) && !value.is_empty())
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Every parameter but those named: the hidden fields of a filter form.
    pub fn others(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let keep = |key: &str| !names.contains(&key) && key != AFTER && key != BACK;
        self.pairs
            .iter()
            .filter(move |(key, value)| keep(key) && !value.is_empty())
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The same view with one parameter set (or removed by an empty value), from its first page.
    pub fn with(&self, name: &str, value: &str) -> String {
        let names = [name];
        let kept = self.others(&names);
        self.address(kept.chain((!value.is_empty()).then_some((name, value))))
    }

    /// The same view sorted by a column.
    pub fn sorted_by(&self, column: &str, direction: Direction) -> String {
        match direction {
            Direction::Ascending => self.with(SORT, column),
            Direction::Descending => self.with(SORT, &format!("-{column}")),
        }
    }

    /// The page after a cursor; it knows the way back to this one.
    pub fn page_after(&self, cursor: &str) -> String {
        let mut back: Vec<&str> = self.back().chain(self.after()).collect();
        let mut octets: usize = back.iter().map(|cursor| cursor.len()).sum();
        while octets > BACK_LIMIT && !back.is_empty() {
            octets -= back.remove(0).len();
        }
        self.position(cursor, &back)
    }

    /// The page that was turned before this one; `None` on the first.
    pub fn page_before(&self) -> Option<String> {
        self.after()?;
        let back: Vec<&str> = self.back().collect();
        Some(match back.split_last() {
            Some((cursor, earlier)) => self.position(cursor, earlier),
            None => self.with(AFTER, ""),
        })
    }

    fn back(&self) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .filter(|(key, value)| key == BACK && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn position(&self, after: &str, back: &[&str]) -> String {
        let way = back.iter().map(|cursor| (BACK, *cursor)).chain([(AFTER, after)]);
        self.address(self.others(&[]).chain(way))
    }

    /// The same page of the same view under another path: a part that fetches itself again, and the page it is on.
    #[must_use]
    pub fn moved(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), pairs: self.pairs.clone() }
    }

    /// The whole address, with the place in the list.
    pub fn here(&self) -> String {
        self.address(self.pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }

    /// The view at another path, from its first page (its CSV: `state.at("/customers.csv")`).
    pub fn at(&self, path: &str) -> String {
        self.moved(path).address(self.others(&[]))
    }

    fn address<'a>(&self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TableState {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // A portal mounted under a prefix sees a shortened path; the address in the browser is the original one.
        let uri =
            parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Ok(Self::new(uri.path(), uri.query().unwrap_or_default()))
    }
}
