//! A person at both portals: headless Chromium against the demo's system.

use crate::running_demo;

use fantoccini::{Client, ClientBuilder, Locator};
use running_demo::gateway::{GATEWAY, Peer, ccr};
use running_demo::{Demo, Running, curl, demo};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long the driver may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

fn tool(variable: &str, usual: &str) -> String {
    let path = std::env::var(variable).unwrap_or_else(|_| usual.to_owned());
    assert!(
        std::path::Path::new(&path).exists(),
        "{path} is missing: run scripts/test setup, which installs it"
    );
    path
}

/// A browser of its own, and the driver that runs it.
async fn browser() -> (Running, Client) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let driver = Command::new(tool("TALEA_TEST_CHROMEDRIVER", "/usr/bin/chromedriver"))
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let driver = Running(driver);
    let arguments = serde_json::json!([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1440,900",
        "--hide-scrollbars"
    ]);
    let options =
        serde_json::json!({ "binary": tool("TALEA_TEST_CHROMIUM", "/usr/bin/chromium"), "args": arguments });
    let mut capabilities = serde_json::Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    let started = std::time::Instant::now();
    loop {
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let connected =
            builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await;
        match connected {
            Ok(client) => return (driver, client),
            Err(error) if started.elapsed() > PATIENCE => panic!("no browser: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

async fn fill(client: &Client, name: &str, value: &str) {
    let field = client.wait().for_element(Locator::Css(&format!("input[name=\"{name}\"]"))).await.unwrap();
    field.send_keys(value).await.unwrap();
}

async fn press(client: &Client, css: &str) {
    client.wait().for_element(Locator::Css(css)).await.unwrap().click().await.unwrap();
}

/// Waits until the page says something.
async fn says(client: &Client, words: &str) {
    for _ in 0..100 {
        // Between two pages there is no body.
        let body = match client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        if body.contains(words) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let body = client.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
    panic!("the page at {} does not say \"{words}\":\n{body}", client.current_url().await.unwrap());
}

/// The page is dressed: its style sheet came and holds rules.
async fn is_dressed(client: &Client) {
    let ask = "return document.styleSheets.length > 0 && document.styleSheets[0].cssRules.length > 0";
    let dressed = client.execute(ask, Vec::new()).await.unwrap();
    assert_eq!(dressed, true, "{} has no style sheet", client.current_url().await.unwrap());
}

/// Keeps a picture when `TALEA_TEST_PICTURES` names a folder.
async fn picture(client: &Client, name: &str) {
    if let Some(folder) = std::env::var_os("TALEA_TEST_PICTURES") {
        let png = client.screenshot().await.unwrap();
        std::fs::write(std::path::Path::new(&folder).join(name), png).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_and_subscriber_find_what_they_look_for() {
    let demo = tokio::task::spawn_blocking(demo).await.unwrap();
    let (_driver, client) = browser().await;
    staff_work(&client, &demo.staff).await;
    staff_sessions(&client, &demo).await;
    staff_traces(&client, &demo.staff, demo.radius).await;
    subscriber_looks(&client, &demo.selfcare).await;
    client.close().await.unwrap();
}

async fn staff_work(client: &Client, staff: &str) {
    client.goto(staff).await.unwrap();
    fill(client, "login", "anna").await;
    fill(client, "password", "talea-demo-2026").await;
    press(client, "form button[type=\"submit\"]").await;
    says(client, "Home").await;
    is_dressed(client).await;
    picture(client, "staff-home.png").await;
    client.goto(&format!("{staff}/search?q=Lopez")).await.unwrap();
    says(client, "Maria Lopez").await;
    press(client, "main a[href*=\"/customers/\"]").await;
    says(client, "HomeConnect+").await;
    says(client, "Available").await;
    picture(client, "staff-customer.png").await;
    let customer = client.current_url().await.unwrap().to_string();
    for (page, words) in [
        ("usage", "Tide Tables"),
        ("money", "INV-2026-"),
        ("deliveries", "Minerva"),
        ("timeline", "Tide Tables"),
    ] {
        client.goto(&format!("{customer}/{page}")).await.unwrap();
        says(client, words).await;
        picture(client, &format!("staff-{page}.png")).await;
    }
    client.goto(&format!("{customer}/usage")).await.unwrap();
    press(client, "tbody tr a").await;
    says(client, "Amount").await;
    picture(client, "staff-why.png").await;
}

/// A phone goes online: people see what is granted and reserved for it, and end its session, which the gateway hears.
async fn staff_sessions(client: &Client, demo: &Demo) {
    const NUMBER: &str = "12075550777";
    let phone = serde_json::json!({ "product": "mobile-data", "identifiers": [{ "realm": "msisdn", "value": NUMBER }] });
    let form = serde_json::json!({
        "name": "Nora Quist", "payment": "postpaid", "credit_limit": "20.00", "zone": "UTC", "account": phone,
    });
    let made = curl(demo, &["-H", "Idempotency-Key: browser-1", "-d", &form.to_string()], "/customers");
    let made = String::from_utf8_lossy(&made);
    assert!(made.contains("\"account\":"), "{made}");
    let mut gateway = Peer::connect(demo.diameter, GATEWAY);
    let answer = gateway.ask(&ccr("pgw;seen;1", NUMBER));
    assert_eq!(diameter::Message::decode(&answer).unwrap().result_code(), Some(2001));
    client.goto(&format!("{}/network?who={NUMBER}", demo.staff)).await.unwrap();
    for words in ["Nora Quist", "Mobile data", "Granted", "10.4 MB", "Reserved", "0.10"] {
        says(client, words).await;
    }
    picture(client, "staff-network.png").await;
    press(client, "td a[href*=\"/sessions/\"]").await;
    says(client, "The gateway is told to abort the session").await;
    press(client, "main form button[type=\"submit\"]").await;
    says(client, "The session was ended").await;
    let told = gateway.hear();
    let told = diameter::Message::decode(&told).unwrap();
    assert_eq!(told.header.command, diameter::codes::command::ABORT_SESSION);
    client.goto(&format!("{}/network/nodes", demo.staff)).await.unwrap();
    for words in ["pgw-1", GATEWAY, "Up"] {
        says(client, words).await;
    }
    picture(client, "staff-nodes.png").await;
}

/// A trace is started from the page, fills by itself, shows hostile values as text, and is readable on a phone.
async fn staff_traces(client: &Client, staff: &str, radius: SocketAddr) {
    client.goto(&format!("{staff}/network/traces?node=bras-1")).await.unwrap();
    picture(client, "staff-traces.png").await;
    press(client, "main form button[type=\"submit\"]").await;
    says(client, "Waiting for the first message").await;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let name = b"<img src=x onerror=alert(1)>";
    let length = u8::try_from(name.len() + 2).unwrap();
    let log_in = |id: u8| {
        let attributes = [&[1, length][..], name, &[2, 18], &[id; 16], &[6, 6, 0, 0, 0, 2]].concat();
        let total = u8::try_from(20 + attributes.len()).unwrap();
        [&[1, id, 0, total][..], &[id; 16], &attributes].concat()
    };
    for id in 1..=2 {
        socket.send_to(&log_in(id), radius).unwrap();
    }
    says(client, "Access-Reject").await;
    press(client, "#message-1 summary").await;
    says(client, "\"<img src=x onerror=alert(1)>\"").await;
    says(client, "secret, never shown").await;
    socket.send_to(&log_in(3), radius).unwrap();
    client.wait().for_element(Locator::Css("#message-6")).await.unwrap();
    let state = "return document.querySelector('#message-1').open && !document.querySelector('.notices img')";
    assert_eq!(
        client.execute(state, Vec::new()).await.unwrap(),
        true,
        "what came is added below what is open"
    );
    let dark = "document.documentElement.setAttribute('data-theme', arguments[0])";
    for (width, theme) in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")] {
        client.set_window_size(width, 900).await.unwrap();
        client.execute(dark, vec![theme.into()]).await.unwrap();
        picture(client, &format!("staff-trace-{width}-{theme}.png")).await;
    }
    let fits = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(
        client.execute(fits, Vec::new()).await.unwrap(),
        true,
        "nothing to scroll sideways on a phone"
    );
    client.set_window_size(1440, 900).await.unwrap();
    press(client, "form[action$=\"/stop\"] button").await;
    says(client, "The trace was stopped").await;
}

async fn subscriber_looks(client: &Client, selfcare: &str) {
    client.set_window_size(390, 844).await.unwrap();
    client.goto(selfcare).await.unwrap();
    fill(client, "login", "maria").await;
    fill(client, "password", "talea-demo-2026").await;
    press(client, "form button[type=\"submit\"]").await;
    says(client, "HomeConnect+").await;
    is_dressed(client).await;
    picture(client, "selfcare-home.png").await;
    let base = selfcare.trim_end_matches('/');
    client.goto(&format!("{base}/usage")).await.unwrap();
    says(client, "Film: Tide Tables").await;
    client.goto(&format!("{base}/invoices")).await.unwrap();
    says(client, "INV-2026-").await;
    client.goto(&format!("{base}/shop")).await.unwrap();
    says(client, "DVR").await;
    picture(client, "selfcare-shop.png").await;
    press(client, "a[href*=\"/add/dvr\"]").await;
    says(client, "4.99").await;
    press(client, "main form button[type=\"submit\"]").await;
    says(client, "DVR").await;
    client.goto(base).await.unwrap();
    says(client, "DVR").await;
    picture(client, "selfcare-after.png").await;
}
