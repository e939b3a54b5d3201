//! The self-care portal on a temporary data directory with sample subscribers: `cargo run -p web-selfcare --example selfcare`.
//!
//! PORT chooses the port. `/as/ada?to=/usage&theme=dark` signs in without typing. Prints the logins; Ctrl-C ends it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "sample data")]

#[path = "../tests/selfcare/world.rs"]
mod world;

use axum::Router;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use axum::routing::get;
use calendar::Seconds;
use office::Office;
use serde::Deserialize;
use web_selfcare::WebSelfcare;

const DAY: u64 = 86_400;
const MB: u64 = 1_048_576;

/// Six weeks of five subscribers: one in good standing, one paused, one new, one gone, one blocked with a hostile name.
fn life(office: &Office) {
    let ada = world::sign_up(
        office,
        world::home("Ada Okafor", "ada", "homeconnect-plus", &["hbo"], "00:1A:2B:3C:4D:01"),
    );
    let ben =
        world::sign_up(office, world::home("Ben Adler", "ben", "homeconnect", &["dvr"], "00:1A:2B:3C:4D:02"));
    let dan =
        world::sign_up(office, world::home("Dan Moreau", "dan", "homeconnect", &[], "00:1A:2B:3C:4D:03"));
    let eve = world::sign_up(office, world::home("Eve <b>Wong</b>", "eve", "homeconnect", &[], ""));
    world::sign_up(office, world::bare("Cleo Martin", "cleo"));
    let line = ada.account.unwrap();
    let mobile = world::phone(office, &ada, "15550100");
    for day in 0..28 {
        if day % 3 == 0 {
            world::session(office, line, "voice", &format!("call-{day}"), 60 + day * 53 % 900);
            world::session(office, mobile, "mobile-data", &format!("gy-{day}"), (1 + day % 9) * MB + 4711);
        }
        if day % 7 == 0 {
            let title = ["The Lighthouse", "Metropolis", "Solaris"][usize::try_from(day % 3).unwrap()];
            world::film(office, line, title, &format!("F-{day}")).unwrap();
            world::film(office, ben.account.unwrap(), title, &format!("B-{day}")).unwrap();
        }
        office.clock().advance(Seconds(DAY));
    }
    world::advance(office, "2026-07-01T00:05:00Z");
    let owed = office.customer(ada.customer).unwrap().live.head.owed();
    office.clock().advance(Seconds(3 * DAY));
    office.pay(&world::CLERK, ada.customer, owed, "Bank transfer", None).unwrap();
    for part in 0..14 {
        world::session(office, line, "voice", &format!("july-{part}"), 3_550 - part * 17);
        office.clock().advance(Seconds(DAY));
    }
    office::run_due(office).unwrap();
    world::film(office, line, "Stalker", "F-now").unwrap();
    world::session(office, mobile, "mobile-data", "gy-now", 37 * MB);
    office.block_customer(&world::CLERK, eve.customer, true, None).unwrap();
    office.terminate_customer(&world::CLERK, dan.customer, None).unwrap();
}

#[derive(Deserialize)]
struct Opened {
    #[serde(default)]
    to: String,
    #[serde(default)]
    theme: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let office = world::open(directory.path());
    let filled = office.clone();
    tokio::task::spawn_blocking(move || life(&filled)).await?;
    let state = WebSelfcare {
        csrf_key: office.secrets().derived("self-care form tokens"),
        session_key: office.secrets().derived("self-care session cookie"),
        office: office.clone(),
        secure_cookies: false,
    };
    let cookie = web_kit::SessionCookie::new("talea_selfcare", "/", false, &state.session_key);
    let enter = get(move |Path(login): Path<String>, Query(opened): Query<Opened>| async move {
        let token = tokio::task::spawn_blocking(move || office.sign_in_subscriber(&login, world::PASSWORD))
            .await
            .unwrap();
        let session = cookie.set(token.unwrap().text(), 3_600).unwrap().to_str().unwrap().to_owned();
        let theme = format!("theme={}; Path=/", opened.theme);
        let cookies = AppendHeaders([(header::SET_COOKIE, session), (header::SET_COOKIE, theme)]);
        (cookies, Redirect::to(&opened.to)).into_response()
    });
    let app = web_selfcare::router(state).merge(Router::new().route("/as/{login}", enter));
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    println!("http://{address}/ as ada, ben, cleo, dan or eve, password {}", world::PASSWORD);
    axum::serve(listener, app).await?;
    Ok(())
}
