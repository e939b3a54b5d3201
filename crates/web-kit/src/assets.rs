//! Style sheets, scripts and pictures of both portals, compiled in and served under `/assets/`.
//!
//! An address carries the hash of what it names, so browsers keep it for good and never show a stale one. Only the names
//! in the table exist: there is no path to traverse. Must not know: sessions, pages, data.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::brand::Colour;

/// All style sheets of ours together stay below this many bytes.
pub const CSS_LIMIT: usize = 30_000;
/// All scripts, vendored ones included, stay below this many bytes.
pub const SCRIPT_LIMIT: usize = 100_000;
/// Letters of the hash in an address.
const HASH_LETTERS: usize = 12;

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// One file: its public name, content type and bytes.
#[derive(Debug)]
pub struct Asset {
    /// The last part of the address.
    pub name: &'static str,
    /// The Content-Type header.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
    url: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let css = concat!(
        include_str!("../assets/css/tokens.css"),
        include_str!("../assets/css/base.css"),
        include_str!("../assets/css/components.css"),
        include_str!("../assets/css/forms.css"),
        include_str!("../assets/css/tables.css"),
        include_str!("../assets/css/shells.css"),
        include_str!("../assets/css/print.css"),
    );
    let script = concat!(
        include_str!("../assets/js/page.js"),
        include_str!("../assets/js/palette.js"),
        include_str!("../assets/js/drawer.js"),
        include_str!("../assets/js/rows.js"),
        include_str!("../assets/js/live.js"),
        include_str!("../assets/js/chart.js"),
    );
    vec![
        asset("app.css", CSS, keep(compact(css))),
        asset("app.js", JAVASCRIPT, keep(compact_script(script))),
        asset("htmx.js", JAVASCRIPT, include_bytes!("../assets/vendor/htmx-4.0.1.min.js")),
        asset("uplot.js", JAVASCRIPT, include_bytes!("../assets/vendor/uPlot-1.6.32.iife.min.js")),
        asset("uplot.css", CSS, include_bytes!("../assets/vendor/uPlot-1.6.32.min.css")),
        asset("favicon.svg", SVG, include_bytes!("../assets/favicon.svg")),
    ]
});

/// A style sheet without comments and the spaces that only people need. Ours keep one space inside strings at most, and
/// none of the pairs below inside strings, so text replacement is enough.
fn compact(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let pairs = [
        ("; }", "}"),
        (" { ", "{"),
        ("{ ", "{"),
        ("; ", ";"),
        (" }", "}"),
        ("} ", "}"),
        (": ", ":"),
        (", ", ","),
        (" > ", ">"),
        (" / ", "/"),
        (" !", "!"),
    ];
    pairs.iter().fold(line, |line, (from, to)| line.replace(from, to))
}

/// A script without indentation, empty lines and comments; ours are whole lines and no string of ours spans lines.
fn compact_script(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("/*"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Made once and needed until the end of the process.
fn keep(text: String) -> &'static [u8] {
    Box::leak(text.into_bytes().into_boxed_slice())
}

fn asset(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let hash: String = crate::hex::encode(digest.as_ref()).chars().take(HASH_LETTERS).collect();
    Asset { name, content_type, bytes, url: format!("/assets/{hash}/{name}") }
}

/// Every asset.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The address of an asset: `url("app.css")`. An unknown name gives an address that answers 404.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/unknown", |asset| asset.url.as_str())
}

/// Serves every asset under `/assets/` and brand colours under `/assets/brand/`. Mount it at the root, outside sessions.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/brand/{file}", get(brand)).route("/assets/{hash}/{name}", get(serve))
}

async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return (StatusCode::NOT_FOUND, "no such asset").into_response();
    };
    // A page of another version asks by another hash: give it what we have, but let nobody keep it under that name.
    let current = asset.url.split('/').nth(2) == Some(hash.as_str());
    respond(asset.content_type, current, asset.bytes.into())
}

async fn brand(Path(file): Path<String>) -> Response {
    match file.strip_suffix(".css").and_then(Colour::from_hex) {
        Some(accent) => respond(CSS, true, accent.style_sheet().into_bytes().into()),
        None => (StatusCode::NOT_FOUND, "no such colour").into_response(),
    }
}

fn respond(content_type: &'static str, keep: bool, body: axum::body::Body) -> Response {
    let cache = if keep { "public, max-age=31536000, immutable" } else { "no-cache" };
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)], body).into_response()
}
