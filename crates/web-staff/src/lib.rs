//! The staff portal: sign-in, customers with everything about them, network, money, provisioning, imports, catalogue, settings.
//!
//! Flows in: HTTP requests of signed-in staff. Flows out: whole HTML pages and fragments, made with `web-kit`, and calls of the
//! `office` on behalf of that staff user. Every office call blocks, so it runs on a blocking thread (`visit::Visit::ask`).
//! Must not know: SQL, protocols, how a charge is decided, how a session or a password is kept.
//!
//! Wiring: `web_staff::router(state).merge(web_kit::assets::router()).layer(web_kit::security_headers())`.

mod csv_file;
mod fault;
mod fresh_codes;
mod gate;
mod pages;
mod portal;
mod routes;
mod sheet;
mod typed;
mod visit;
mod words;

pub use portal::WebStaff;
pub use routes::router;
