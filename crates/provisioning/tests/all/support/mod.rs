//! What the tests of this crate share: a subscriber, a clock to set, a connector to the simulator.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod operator;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use provisioning::{DesiredSubscriber, Device, HttpConnector, Manifest, Now, PostalAddress, Presence};
use testkit::minerva::{Config, Simulator};

/// 1 June 2026, midnight UTC.
pub const START: i64 = 1_780_272_000_000_000;

/// A clock that runs with real time from [`START`] and can be moved ahead.
pub struct TestClock {
    begun: std::time::Instant,
    ahead: AtomicI64,
}

impl TestClock {
    pub fn start() -> Arc<TestClock> {
        Arc::new(TestClock { begun: std::time::Instant::now(), ahead: AtomicI64::new(0) })
    }

    pub fn micros(&self) -> i64 {
        START + self.ahead.load(Ordering::SeqCst) + i64::try_from(self.begun.elapsed().as_micros()).unwrap()
    }

    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }

    pub fn now(self: &Arc<Self>) -> Now {
        let clock = self.clone();
        Arc::new(move || clock.micros())
    }
}

/// HomeConnect+ with HBO and DVR, as in the story.
pub fn subscriber(account_id: u64) -> DesiredSubscriber {
    DesiredSubscriber {
        account_id,
        external_id: format!("A{account_id}"),
        name: "Ada Example".to_owned(),
        email: "ada@example.org".to_owned(),
        phone: String::new(),
        address: PostalAddress::parse("1 Main St\nSpringfield"),
        presence: Presence::Active,
        packages: ["Local Channels", "News", "Sports", "HBO", "DVR"].map(str::to_owned).to_vec(),
        devices: vec![Device { mac: "00:1a:2b:3c:4d:5e".to_owned(), serial: "STB-1".to_owned() }],
        custom: BTreeMap::new(),
    }
}

pub async fn simulator() -> Simulator {
    Simulator::start(Config::default()).await.unwrap()
}

pub fn settings(url: String) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("url".to_owned(), url),
        ("user".to_owned(), "talea".to_owned()),
        ("password".to_owned(), "minerva-demo".to_owned()),
    ])
}

/// The shipped manifest text with some of its lines exchanged, such as a shorter time-out.
pub fn minerva_text(changes: &[(&str, &str)]) -> String {
    let (_, text) = Manifest::shipped().iter().find(|(file, _)| *file == "minerva.toml").unwrap();
    let mut text = (*text).to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the shipped manifest has no `{from}`");
        text = text.replace(from, to);
    }
    text
}

pub fn minerva(simulator: &Simulator, changes: &[(&str, &str)]) -> HttpConnector {
    let manifest = Manifest::parse("minerva.toml", &minerva_text(changes)).unwrap();
    HttpConnector::new(manifest, settings(simulator.url())).unwrap()
}

/// Waits until a condition holds, at most ten seconds.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "did not happen in ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
