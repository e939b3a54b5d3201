//! The page at `/api/docs`: the OpenAPI document as people read it, made once at start. No scripts, nothing from other servers.

mod example;
mod markup;
mod operation;
mod schema;

use crate::document::METHODS;
use crate::http::problem::KINDS;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use markup::escaped;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

const STYLE: &str = include_str!("docs_page/style.css");
/// The page loads its own style and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Tags in the order of the page; others follow.
const ORDER: [&str; 17] = [
    "Customers",
    "Accounts",
    "Money",
    "Vouchers",
    "Charging",
    "Usage",
    "Invoices",
    "Imports",
    "Catalog",
    "Connectors",
    "Deliveries",
    "Nodes",
    "Staff",
    "Tokens",
    "Settings",
    "Overview",
    "Development",
];

/// The finished page.
#[derive(Debug, Clone)]
pub(crate) struct DocsPage {
    html: Arc<str>,
}

impl DocsPage {
    /// Writes the page.
    pub(crate) fn new(document: &Value) -> Self {
        let groups = groups(document);
        let mut html = String::from(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Talea API</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head><body>",
        );
        html.push_str(&navigation(&groups));
        html.push_str("<main><h1>Talea API</h1>");
        let description = document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default();
        html.push_str(&format!("<p>{}</p>", markup::prose(description)));
        html.push_str(
            "<p>The same as a document for programs: <a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>",
        );
        for (tag, operations) in &groups {
            html.push_str(&format!("<section><h2 id=\"{0}\">{0}</h2>", escaped(tag)));
            for (path, method, operation) in operations {
                html.push_str(&operation::shown(document, path, method, operation));
            }
            html.push_str("</section>");
        }
        html.push_str(&problems());
        html.push_str(&schema::all(document));
        html.push_str("</main></body></html>");
        Self { html: html.into() }
    }

    /// The page and its style.
    pub(crate) fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let html = self.html.clone();
        let page = move || {
            let html = html.clone();
            async move {
                let headers = [
                    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                ];
                (headers, html.to_string()).into_response()
            }
        };
        let style = || async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) };
        Router::new().route("/api/docs", get(page)).route("/api/docs/style.css", get(style))
    }
}

type Operations<'a> = Vec<(&'a str, &'static str, &'a Value)>;

/// Operations by tag, in the order of the page.
fn groups(document: &Value) -> Vec<(String, Operations<'_>)> {
    let mut found: BTreeMap<(usize, String), Operations<'_>> = BTreeMap::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or("Other");
            let rank = ORDER.iter().position(|known| *known == tag).unwrap_or(ORDER.len());
            found.entry((rank, tag.to_owned())).or_default().push((path, method, operation));
        }
    }
    found.into_iter().map(|((_, tag), operations)| (tag, operations)).collect()
}

fn navigation(groups: &[(String, Operations<'_>)]) -> String {
    let mut html = String::from("<nav aria-label=\"Contents\"><p class=\"brand\">Talea API</p>");
    for (tag, operations) in groups {
        html.push_str(&format!("<h2><a href=\"#{0}\">{0}</a></h2><ul>", escaped(tag)));
        for (path, method, operation) in operations {
            let summary = operation.get("summary").and_then(Value::as_str).unwrap_or(path);
            let id = operation::anchor(operation);
            let line = format!(
                "<li><a href=\"#{id}\"><span class=\"method {method}\">{method}</span> {}</a></li>",
                escaped(summary)
            );
            html.push_str(&line);
        }
        html.push_str("</ul>");
    }
    html.push_str(
        "<h2><a href=\"#problems\">Problems</a></h2><h2><a href=\"#schemas\">Schemas</a></h2></nav>",
    );
    html
}

fn problems() -> String {
    let mut html = String::from(
        "<section><h2 id=\"problems\">Problems</h2><p>Every refusal is <code>application/problem+json</code> with one of these codes.</p>\
         <table><thead><tr><th>Code</th><th>Status</th><th>Title</th></tr></thead><tbody>",
    );
    for kind in KINDS {
        let (code, status, title) = (kind.code, kind.status.as_u16(), escaped(kind.title));
        html.push_str(&format!(
            "<tr id=\"{code}\"><td><code>{code}</code></td><td>{status}</td><td>{title}</td></tr>"
        ));
    }
    html.push_str("</tbody></table></section>");
    html
}
