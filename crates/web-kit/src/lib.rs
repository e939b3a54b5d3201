//! Shared page parts of the staff and the self-care portal: shells, components, assets, form tokens, cookies, headers.
//!
//! Plain Rust builders that become [`Markup`], HTML that is escaped by construction: wherever a part takes
//! `impl Into<Markup>`, a `&str`, `String` or number is escaped text and another part is HTML. Every part prints itself and
//! is safe in an askama template (`{{ part }}` or `{{ part|safe }}`). `Markup` is an axum response.
//! Must not know: requests beyond their headers and query, sessions, the store, the engine, the clock.
//!
//! ```
//! use web_kit::{Card, Column, EmptyState, Icon, PageHead, Row, StaffFrame, StaffPage, StaffSection, Table, TableState,
//!     Weight, button_link, instant, money, status, staff};
//!
//! fn customers(frame: &StaffFrame, state: &TableState) -> web_kit::Markup {
//!     let table = Table::new("Customers", state)
//!         .column(Column::text("name", "Name").sortable())
//!         .column(Column::text("status", "Status"))
//!         .column(Column::figure("funds", "Available funds").sortable())
//!         .column(Column::text("since", "Since").minor())
//!         .search("q", "Name, account or number")
//!         .choice("status", "Status", [("active", "Active"), ("suspended", "Suspended")])
//!         .row(
//!             Row::new()
//!                 .opens("/customers/17")
//!                 .cell("Ada <Lovelace>")
//!                 .cell(status("active"))
//!                 .cell(money(-12_500_000, "USD", 2))
//!                 .cell(instant(1_780_000_000_000_000, "Europe/Berlin")),
//!         )
//!         .pages(Some("cursor-17"))
//!         .csv("/customers.csv")
//!         .empty(EmptyState::new(Icon::Customers, "No customers yet", "Everybody you invoice appears here."));
//!     let head = PageHead::new("Customers")
//!         .action(button_link(Weight::Primary, "/customers/new", "New customer"));
//!     let body = web_kit::Markup::new().with(head).with(Card::bare().flush().child(table));
//!     staff(frame, StaffPage::new("Customers", StaffSection::Customers, body))
//! }
//! # let page = customers(&StaffFrame::default(), &TableState::new("/customers", "sort=name"));
//! # assert!(page.as_str().contains("Ada &lt;Lovelace&gt;"));
//! ```
//!
//! Wiring, at the top of the HTTP router: `.merge(web_kit::assets::router()).layer(web_kit::security_headers())`.
//! Classes for text of your own: `muted-ink faint-ink bad-ink good-ink num figure-large prose sr-only`; for layout [`stack`],
//! [`split`], `actions` (a wrapping row). `needs-js` and `without-js` show a part only with or without scripts.
//! Inline `style=` and `<script>` do not work under the content security policy; there is a class or a part for it.
//! Extractors: [`TableState`] (what the address says about a table), [`Partial`] (answer a fragment: palette, drawer, live
//! parts). The palette asks `{base}/search?q=..&partial=1`; a `drawer_link` asks its page with `partial=1`.

pub mod assets;
pub mod brand;
pub mod csrf;
mod figure;
mod flash_board;
mod form;
mod hex;
mod icon;
mod markup;
mod palette;
mod panel;
mod phrases;
mod security;
pub mod session_cookie;
mod shell;
mod status;
mod table;
mod table_state;
mod values;

pub use brand::{Brand, Colour};
pub use csrf::{Csrf, random_key};
pub use figure::{Chart, Tile, UsageBar, sparkline, tiles};
pub use flash_board::FlashBoard;
pub use form::{Field, Form, Weight, button, button_form, button_link};
pub use icon::{Icon, icon_name};
pub use markup::{Element, Markup, el, link, safe_address};
pub use palette::{Partial, ResultGroup, results};
pub use panel::{
    Card, EmptyState, Facts, PageHead, Reasons, Timeline, drawer_link, live, menu, pages, progress, split,
    stack, tabs,
};
pub use phrases::{capital, counted, sentence};
pub use security::{CONTENT_SECURITY_POLICY, SecurityHeaders, security_headers};
pub use session_cookie::SessionCookie;
pub use shell::{
    Choices, SelfCareFrame, SelfCarePage, SelfCareSection, SignInPage, StaffFrame, StaffPage, StaffSection,
    Theme, bare, error_page, see_other, self_care, sign_in, staff, under,
};
pub use status::{Flash, Tone, chip, status, tag};
pub use table::{Column, Row, Table};
pub use table_state::{Direction, TableState};
pub use values::{
    Instant, MINUS, Money, bits_per_second, copyable, count, day, instant, money, octets, octets_binary,
    seconds,
};
