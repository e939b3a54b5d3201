//! What the address says about a table: sort, cursor, hidden columns, filters. The address holds the whole state, so a view
//! can be bookmarked, shared and saved. Query strings in and out. Must not know: HTML, SQL, which columns exist.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Query parameters a table understands beside its filters.
const SORT: &str = "sort";
const AFTER: &str = "after";
const BEFORE: &str = "before";
const HIDE: &str = "hide";
/// Longest query string that is read; the rest of a longer one is ignored.
const QUERY_LIMIT: usize = 4096;

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
/// `sort=name` or `sort=-name`, `after=<cursor>` or `before=<cursor>`, `hide=a,b`; every other parameter is a filter.
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

    /// Cursor of the row before which the page ends.
    pub fn before(&self) -> Option<&str> {
        self.filter(BEFORE)
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
            .any(|(key, value)| ![SORT, AFTER, BEFORE, HIDE].contains(&key.as_str()) && !value.is_empty())
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Every parameter but those named: the hidden fields of a filter form.
    pub fn others(&self, names: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let keep = |key: &str| !names.contains(&key) && key != AFTER && key != BEFORE;
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

    /// The page after a cursor.
    pub fn page_after(&self, cursor: &str) -> String {
        self.with(AFTER, cursor)
    }

    /// The page before a cursor.
    pub fn page_before(&self, cursor: &str) -> String {
        self.with(BEFORE, cursor)
    }

    /// The view at another path (its CSV: `state.at("/customers.csv")`).
    pub fn at(&self, path: &str) -> String {
        Self { path: path.to_owned(), pairs: self.pairs.clone() }.address(self.others(&[]))
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
