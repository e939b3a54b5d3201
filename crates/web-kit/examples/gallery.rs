//! Every part in both shells with telecom data, served on loopback: `cargo run -p web-kit --example gallery`.
//! Set PORT to choose the port.

mod gallery_data;

use axum::Router;
use axum::extract::Query;
use axum::http::HeaderMap;
use axum::routing::get;
use std::collections::HashMap;
use web_kit::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_default();
    let listener =
        tokio::net::TcpListener::bind(format!("127.0.0.1:{}", if port.is_empty() { "0" } else { &port }))
            .await?;
    println!("http://{}/", listener.local_addr()?);
    let app = Router::new()
        .route(
            "/",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>| async move {
                page(&headers, &query, "Home", StaffSection::Home, gallery_data::home())
            }),
        )
        .route(
            "/customers",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>, state: TableState| async move {
                page(&headers, &query, "Customers", StaffSection::Customers, gallery_data::customers(&state))
            }),
        )
        .route(
            "/customers/17",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>, state: TableState| async move {
                page(&headers, &query, "Ada Okafor", StaffSection::Customers, gallery_data::customer(&state))
            }),
        )
        .route(
            "/parts",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>| async move {
                page(&headers, &query, "Parts", StaffSection::Settings, gallery_data::parts())
            }),
        )
        .route(
            "/why",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>, partial: Partial| async move {
                let why = gallery_data::why();
                if partial.0 {
                    why
                } else {
                    page(
                        &headers,
                        &query,
                        "Why this amount",
                        StaffSection::Customers,
                        Card::bare().child(why).into(),
                    )
                }
            }),
        )
        .route(
            "/search",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>, partial: Partial| async move {
                let found = gallery_data::search(query.get("q").map_or("", String::as_str));
                if partial.0 {
                    found
                } else {
                    page(&headers, &query, "Search", StaffSection::Home, Card::bare().child(found).into())
                }
            }),
        )
        .route("/live", get(|| async { gallery_data::live_sessions() }))
        .route(
            "/sign-in",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>| async move {
                gallery_data::sign_in_page(choices(&headers, &query), query.contains_key("bad"))
            }),
        )
        .route(
            "/my",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>| async move {
                my(&headers, &query, SelfCareSection::Home, gallery_data::my_home())
            }),
        )
        .route(
            "/my/invoices",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>, state: TableState| async move {
                my(&headers, &query, SelfCareSection::Invoices, gallery_data::my_invoices(&state))
            }),
        )
        .route(
            "/my/shop",
            get(|headers: HeaderMap, query: Query<HashMap<String, String>>| async move {
                my(&headers, &query, SelfCareSection::Shop, gallery_data::my_shop())
            }),
        )
        .merge(assets::router())
        .layer(security_headers());
    axum::serve(listener, app).await?;
    Ok(())
}

/// `?theme=dark` wins over the cookie, for screenshots.
fn choices(headers: &HeaderMap, query: &HashMap<String, String>) -> Choices {
    let mut choices = Choices::from_headers(headers);
    match query.get("theme").map(String::as_str) {
        Some("dark") => choices.theme = Theme::Dark,
        Some("light") => choices.theme = Theme::Light,
        _ => {}
    }
    choices.narrow_rail |= query.contains_key("narrow");
    choices
}

fn page(
    headers: &HeaderMap,
    query: &HashMap<String, String>,
    title: &str,
    section: StaffSection,
    body: Markup,
) -> Markup {
    let frame = StaffFrame {
        user: "Maya Lindqvist".into(),
        role: "Billing lead".into(),
        environment: "Demo".into(),
        notices: 3,
        choices: choices(headers, query),
        ..StaffFrame::default()
    };
    let page = StaffPage::new(title, section, body);
    let page = if query.contains_key("flash") {
        page.flash(Flash::done(
            Markup::text("Payment of ")
                .with(money(50_980_000, "USD", 2))
                .with(" recorded. ")
                .with(link("/ledger/9", "Ledger entry 9,341")),
        ))
        .flash(Flash::bad("The IPTV platform refused two deliveries. Retry them from Provisioning."))
        .banner(
            Markup::text("You see the portal as Ada Okafor. Everything is recorded. ")
                .with(link("/", "Stop")),
        )
    } else {
        page
    };
    staff(&frame, page)
}

fn my(
    headers: &HeaderMap,
    query: &HashMap<String, String>,
    section: SelfCareSection,
    body: Markup,
) -> Markup {
    let brand = Brand {
        name: "HomeConnect".into(),
        accent: query.get("accent").and_then(|text| Colour::from_hex(text)).or(Colour::from_hex("0f766e")),
        logo: None,
        small_print: Some("HomeConnect Broadband Ltd · Help 0800 555 0110".into()),
    };
    let frame = SelfCareFrame {
        base: "/my".into(),
        brand,
        user: "Ada Okafor".into(),
        csrf_token: String::new(),
        choices: choices(headers, query),
    };
    let page = SelfCarePage::new(section.word(), section, body);
    let page = if query.contains_key("flash") {
        page.flash(Flash::done("Thank you. Your payment arrived and everything is on again."))
    } else {
        page
    };
    self_care(&frame, page)
}
