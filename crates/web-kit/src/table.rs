//! The one table of both portals: aligned columns, server-side sort links, sticky header, row links, totals, CSV, filters,
//! column picker, keyset pages, empty state. Plain HTML first; scripts add row keys. Must not know: what the rows are.

use crate::icon::Icon;
use crate::markup::{Element, Markup, components, el};
use crate::panel::EmptyState;
use crate::table_state::{Direction, TableState};

/// A cell with at most so many letters stays on one line; longer ones wrap.
const LINE_LETTERS: usize = 24;

/// A column: key (for sort, hide and `data-label`), heading, alignment.
#[derive(Clone, Debug)]
pub struct Column {
    key: &'static str,
    heading: String,
    right: bool,
    sortable: bool,
    narrow_hides: bool,
}

impl Column {
    /// Left-aligned words.
    pub fn text(key: &'static str, heading: impl Into<String>) -> Self {
        Self { key, heading: heading.into(), right: false, sortable: false, narrow_hides: false }
    }

    /// Right-aligned figures and money.
    pub fn figure(key: &'static str, heading: impl Into<String>) -> Self {
        Self { right: true, ..Self::text(key, heading) }
    }

    /// The heading links to the list sorted by this column.
    #[must_use]
    pub fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// Left out on narrow screens.
    #[must_use]
    pub fn minor(mut self) -> Self {
        self.narrow_hides = true;
        self
    }
}

/// A row: cells in the order of the columns, optionally opening a page.
#[derive(Clone, Debug, Default)]
pub struct Row {
    cells: Vec<Markup>,
    href: Option<String>,
    drawer: bool,
    muted: bool,
}

impl Row {
    /// An empty row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a cell; text is escaped.
    #[must_use]
    pub fn cell(mut self, cell: impl Into<Markup>) -> Self {
        self.cells.push(cell.into());
        self
    }

    /// What the row opens; the first cell becomes the link, so it must not hold one itself.
    #[must_use]
    pub fn opens(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// The row opens its page in the side drawer ("Why this amount").
    #[must_use]
    pub fn in_drawer(mut self) -> Self {
        self.drawer = true;
        self
    }

    /// Drawn faint: ended, voided, deleted.
    #[must_use]
    pub fn muted(mut self) -> Self {
        self.muted = true;
        self
    }
}

/// A filter above the table.
#[derive(Clone, Debug)]
enum Filter {
    Search { name: &'static str, hint: String },
    Choice { name: &'static str, label: String, options: Vec<(String, String)> },
}

/// The table builder. `caption` names it for screen readers; `state` is what its address says.
#[derive(Clone, Debug)]
pub struct Table {
    caption: String,
    state: TableState,
    columns: Vec<Column>,
    rows: Vec<Row>,
    totals: Option<Vec<Markup>>,
    csv: Option<String>,
    filters: Vec<Filter>,
    views: Vec<(String, String)>,
    picker: bool,
    empty: Option<EmptyState>,
    paged: bool,
    next: Option<String>,
    found: Option<String>,
    tools: Markup,
}

impl Table {
    /// A table without columns yet.
    pub fn new(caption: impl Into<String>, state: &TableState) -> Self {
        Self {
            caption: caption.into(),
            state: state.clone(),
            columns: Vec::new(),
            rows: Vec::new(),
            totals: None,
            csv: None,
            filters: Vec::new(),
            views: Vec::new(),
            picker: false,
            empty: None,
            paged: false,
            next: None,
            found: None,
            tools: Markup::new(),
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// A last row of totals, one cell for each column.
    #[must_use]
    pub fn totals<C: Into<Markup>>(mut self, cells: impl IntoIterator<Item = C>) -> Self {
        self.totals = Some(cells.into_iter().map(Into::into).collect());
        self
    }

    /// A link to the same rows as CSV at this path; the state is added.
    #[must_use]
    pub fn csv(mut self, path: impl Into<String>) -> Self {
        self.csv = Some(path.into());
        self
    }

    /// A search box above the table that sets the parameter `name`.
    #[must_use]
    pub fn search(mut self, name: &'static str, hint: impl Into<String>) -> Self {
        self.filters.push(Filter::Search { name, hint: hint.into() });
        self
    }

    /// A choice above the table that sets the parameter `name`; the first option, "all", is added.
    #[must_use]
    pub fn choice<V: Into<String>, W: Into<String>>(
        mut self,
        name: &'static str,
        label: impl Into<String>,
        options: impl IntoIterator<Item = (V, W)>,
    ) -> Self {
        let options = options.into_iter().map(|(value, words)| (value.into(), words.into())).collect();
        self.filters.push(Filter::Choice { name, label: label.into(), options });
        self
    }

    /// A saved view: words and the whole address.
    #[must_use]
    pub fn view(mut self, words: impl Into<String>, address: impl Into<String>) -> Self {
        self.views.push((words.into(), address.into()));
        self
    }

    /// Lets the reader choose the columns.
    #[must_use]
    pub fn column_picker(mut self) -> Self {
        self.picker = true;
        self
    }

    /// Buttons at the right of the toolbar.
    #[must_use]
    pub fn tools(mut self, tools: impl Into<Markup>) -> Self {
        self.tools.push(tools);
        self
    }

    /// What is shown in place of rows where there are none and no filter is set.
    #[must_use]
    pub fn empty(mut self, empty: EmptyState) -> Self {
        self.empty = Some(empty);
        self
    }

    /// Keyset pages: the cursor of the last row, where there are rows after it. The way back is in the address.
    #[must_use]
    pub fn pages(mut self, next: Option<impl Into<String>>) -> Self {
        self.paged = true;
        self.next = next.map(Into::into);
        self
    }

    /// Words about how much was found ("10,482 customers").
    #[must_use]
    pub fn found(mut self, words: impl Into<String>) -> Self {
        self.found = Some(words.into());
        self
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| !self.state.hides(column.key))
    }

    fn render(&self) -> Markup {
        let body = if self.rows.is_empty() { self.nothing() } else { self.grid() };
        el("section")
            .class("table-frame")
            .attr("aria-label", &self.caption)
            .child(self.toolbar())
            .child(body)
            .child(self.foot())
            .into()
    }

    fn nothing(&self) -> Markup {
        match &self.empty {
            Some(empty) if !self.state.is_filtered() && self.state.after().is_none() => empty.clone().into(),
            _ => el("div")
                .class("empty small")
                .child(el("p").child("Nothing matches."))
                .child(
                    self.state
                        .is_filtered()
                        .then(|| crate::markup::link(self.state.path(), "Clear the filters")),
                )
                .into(),
        }
    }

    fn grid(&self) -> Markup {
        let head = el("tr").children(self.shown().map(|(_, column)| self.heading(column)));
        let rows = self.rows.iter().map(|row| self.line(row));
        let foot = self.totals.as_ref().map(|cells| {
            let cells = self.shown().map(|(at, column)| {
                dressed(el("td"), column).attr("data-label", &column.heading).child(cells.get(at).cloned())
            });
            el("tfoot").child(el("tr").children(cells))
        });
        let table = el("table")
            .class("rows")
            .child(el("caption").class("sr-only").child(&self.caption))
            .child(el("thead").child(head))
            .child(el("tbody").children(rows))
            .child(foot);
        el("div")
            .class("table-scroll")
            .attr("tabindex", "0")
            .attr("role", "region")
            .attr("aria-label", &self.caption)
            .child(table)
            .into()
    }

    fn heading(&self, column: &Column) -> Element {
        let cell = dressed(el("th").attr("scope", "col"), column);
        if !column.sortable {
            return cell.child(&column.heading);
        }
        let sorted = self.state.sort().filter(|(key, _)| *key == column.key).map(|(_, direction)| direction);
        let (next, icon, spoken) = match sorted {
            Some(Direction::Ascending) => (Direction::Descending, Icon::Up, Some("ascending")),
            Some(Direction::Descending) => (Direction::Ascending, Icon::Down, Some("descending")),
            None => (Direction::Ascending, Icon::Sort, None),
        };
        let link = el("a")
            .class("sort")
            .class_if(sorted.is_some(), "on")
            .attr("href", self.state.sorted_by(column.key, next))
            .child(&column.heading)
            .child(icon);
        cell.attr_opt("aria-sort", spoken).child(link)
    }

    fn line(&self, row: &Row) -> Element {
        let cells = self.shown().enumerate().map(|(shown_at, (at, column))| {
            let content = row.cells.get(at).cloned();
            let content = match (&row.href, shown_at) {
                (Some(href), 0) => Markup::from(
                    el("a")
                        .class("row-link")
                        .attr("href", href)
                        .attr_opt("data-drawer", row.drawer.then_some(""))
                        .child(content),
                ),
                _ => content.unwrap_or_default(),
            };
            let short = content.visible_letters() <= LINE_LETTERS;
            dressed(el("td"), column)
                .class_if(short, "line")
                .attr("data-label", &column.heading)
                .child(content)
        });
        el("tr").class_if(row.muted, "muted").flag("data-row", row.href.is_some()).children(cells)
    }

    fn toolbar(&self) -> Option<Markup> {
        let wanted = !self.filters.is_empty()
            || self.picker
            || self.csv.is_some()
            || !self.views.is_empty()
            || !self.tools.is_empty();
        wanted.then(|| {
            let csv = self.csv.as_ref().map(|path| {
                el("a")
                    .class("button quiet")
                    .attr("href", self.state.at(path))
                    .flag("download", true)
                    .child(Icon::Download)
                    .child("CSV")
            });
            el("div")
                .class("toolbar")
                .child(self.view_links())
                .child(self.filter_form())
                .child(
                    el("div")
                        .class("toolbar-end")
                        .child(self.picker.then(|| self.picker_menu()))
                        .child(csv)
                        .child(&self.tools),
                )
                .into()
        })
    }

    fn view_links(&self) -> Option<Element> {
        let here = self.state.at(self.state.path());
        (!self.views.is_empty()).then(|| {
            el("nav").class("views").attr("aria-label", "Saved views").children(self.views.iter().map(
                |(words, address)| {
                    let current = *address == here;
                    el("a")
                        .attr("href", address)
                        .attr_opt("aria-current", current.then_some("page"))
                        .child(words)
                },
            ))
        })
    }

    fn filter_form(&self) -> Option<Element> {
        if self.filters.is_empty() {
            return None;
        }
        let names: Vec<&str> = self
            .filters
            .iter()
            .map(|filter| match filter {
                Filter::Search { name, .. } | Filter::Choice { name, .. } => *name,
            })
            .collect();
        let kept = self
            .state
            .others(&names)
            .map(|(name, value)| el("input").attr("type", "hidden").attr("name", name).attr("value", value));
        Some(
            el("form")
                .class("filters")
                .attr("method", "get")
                .attr("action", self.state.path())
                .attr("role", "search")
                .flag("data-auto-submit", true)
                .children(kept)
                .children(self.filters.iter().map(|filter| self.filter_control(filter)))
                .child(el("button").class("button without-js").attr("type", "submit").child("Apply")),
        )
    }

    fn filter_control(&self, filter: &Filter) -> Markup {
        match filter {
            Filter::Search { name, hint } => el("label")
                .class("search-box")
                .child(Icon::Search)
                .child(
                    el("input")
                        .attr("type", "search")
                        .attr("name", name)
                        .attr("placeholder", hint)
                        .attr("aria-label", hint)
                        .attr("autocomplete", "off")
                        .attr("value", self.state.filter(name).unwrap_or_default()),
                )
                .into(),
            Filter::Choice { name, label, options } => {
                let chosen = self.state.filter(name);
                let all = el("option").attr("value", "").child(format!("{label}: all"));
                let rest = options.iter().map(|(value, words)| {
                    el("option").attr("value", value).flag("selected", chosen == Some(value)).child(words)
                });
                el("select")
                    .class_if(chosen.is_some(), "on")
                    .attr("name", name)
                    .attr("aria-label", label)
                    .child(all)
                    .children(rest)
                    .into()
            }
        }
    }

    fn picker_menu(&self) -> Markup {
        let choices = self.columns.iter().map(|column| {
            let hidden = self.state.hides(column.key);
            let rest = self
                .columns
                .iter()
                .map(|other| other.key)
                .filter(|key| if *key == column.key { !hidden } else { self.state.hides(key) });
            let address = self.state.with("hide", &rest.collect::<Vec<_>>().join(","));
            el("a")
                .attr("href", address)
                .attr("role", "menuitemcheckbox")
                .attr("aria-checked", if hidden { "false" } else { "true" })
                .child(Icon::Check)
                .child(&column.heading)
        });
        crate::panel::menu(Markup::new().with(Icon::Columns).with("Columns"), Markup::join(choices))
    }

    fn foot(&self) -> Option<Markup> {
        let pages = crate::panel::pages(
            self.state.page_before().filter(|_| self.paged),
            self.next.as_ref().map(|cursor| self.state.page_after(cursor)),
        );
        (self.found.is_some() || !pages.is_empty()).then(|| {
            el("div")
                .class("table-foot")
                .child(el("span").class("muted-ink").child(&self.found))
                .child(pages)
                .into()
        })
    }
}

impl From<&Option<String>> for Markup {
    fn from(words: &Option<String>) -> Self {
        words.as_ref().into()
    }
}

fn dressed(cell: Element, column: &Column) -> Element {
    cell.class_if(column.right, "right").class_if(column.narrow_hides, "minor")
}

components!(Table);
