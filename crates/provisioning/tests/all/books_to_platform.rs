//! From the books to the platform: a real engine and store, the running provisioning, the simulated Minerva. Judged by the
//! platform's state and by what the screens would show.

use crate::support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use charging::{Command, CustomerId, EventKind};
use provisioning::{AttemptOutcome, Contract, Provisioning, ProvisioningError, external_id};
use store::Record;
use support::operator::{Operator, WHO, at, device, minerva_at, packages};
use support::{simulator, until};
use testkit::minerva::Simulator;

const MAC: &str = "00:1A:2B:3C:4D:5E";

struct Bench {
    directory: tempfile::TempDir,
    operator: Operator,
    provisioning: Provisioning,
    minerva: Simulator,
}

impl Bench {
    async fn start() -> Bench {
        let directory = tempfile::tempdir().unwrap();
        let minerva = simulator().await;
        let operator = Operator::open(directory.path());
        let provisioning = operator.provisioning(minerva_at(minerva.url())).await;
        Bench { directory, operator, provisioning, minerva }
    }

    /// Every event is looked at, and every delivery is done or superseded.
    async fn settled(&self) {
        let begun = Instant::now();
        loop {
            let behind = self.provisioning.status().await.unwrap()[0].events_behind;
            let states = self.operator.states();
            if behind == 0 && states.iter().all(|(_, state)| ["done", "superseded"].contains(state)) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{behind} events behind, {states:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn end(self) {
        self.operator.close(self.provisioning).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_up_account_is_on_the_platform_within_a_second_and_follows_the_books_until_its_end() {
    let bench = Bench::start().await;
    let (operator, minerva) = (&bench.operator, &bench.minerva);
    operator.sign_up(WHO);
    let begun = Instant::now();
    let account = operator.account(WHO, "homeconnect-plus", &["hbo", "dvr"], MAC);
    let id = external_id(account);
    let complete = || minerva.customer(&id).is_some_and(|customer| customer.devices.len() == 1);
    until("the account is there with its box", complete).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    let customer = minerva.customer(&id).unwrap();
    // DVR brings News a second time; the main product comes first.
    assert_eq!(customer.service_packages, packages(&["Local Channels", "News", "Sports", "HBO", "DVR"]));
    assert_eq!(
        (customer.name.as_str(), customer.address.as_str()),
        ("Ada Example", "1 Main St, Springfield")
    );
    assert_eq!(customer.status, "ENABLED");
    assert_eq!(customer.devices[0].mac_address, MAC, "the box with a MAC, and neither modem nor unknown box");

    operator.suspend(account);
    until("suspended", || minerva.customer(&id).is_some_and(|c| c.status == "DISABLED")).await;
    assert_eq!(minerva.customer(&id).unwrap().service_packages.len(), 5, "the record is kept");
    operator.pay(WHO);
    until("resumed", || minerva.customer(&id).is_some_and(|c| c.status == "ENABLED")).await;
    operator.run(WHO, Command::BlockAccount { account, blocked: true }, Vec::new());
    until("blocked", || minerva.customer(&id).is_some_and(|c| c.status == "DISABLED")).await;
    operator.run(WHO, Command::BlockAccount { account, blocked: false }, Vec::new());
    until("unblocked", || minerva.customer(&id).is_some_and(|c| c.status == "ENABLED")).await;
    operator.run(WHO, Command::TerminateCustomer, Vec::new());
    until("deleted", || minerva.customers().is_empty()).await;
    bench.settled().await;
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_made_while_the_platform_is_down_reach_it_with_one_delivery_and_in_order() {
    let bench = Bench::start().await;
    let (operator, minerva) = (&bench.operator, &bench.minerva);
    operator.sign_up(WHO);
    let account = operator.account(WHO, "homeconnect-plus", &["hbo"], MAC);
    let id = external_id(account);
    bench.settled().await;

    minerva.go_down().await;
    minerva.clear_requests();
    let dvr = operator.add_on(account, "dvr");
    operator.run(WHO, Command::BlockAccount { account, blocked: true }, Vec::new());
    operator.run(WHO, Command::RemoveAddOn { account, add_on: dvr }, Vec::new());
    let moved =
        Command::AnnounceChange { kind: EventKind::CustomerChanged, account: None, detail: String::new() };
    operator.run(WHO, moved, vec![Record::Customer(operator.contact(WHO, "2 Elm St"))]);
    operator.run(WHO, Command::BlockAccount { account, blocked: false }, Vec::new());
    let product = operator.product("homeconnect");
    operator.run(WHO, Command::ChangeProduct { account, product }, Vec::new());
    until("attempts fail", || operator.deliveries().iter().any(|row| row.attempts >= 2)).await;
    assert_eq!(minerva.customer(&id).unwrap().service_packages.len(), 4, "nothing got through yet");

    minerva.come_back().await.unwrap();
    bench.settled().await;
    let customer = minerva.customer(&id).unwrap();
    assert_eq!(customer.service_packages, packages(&["Local Channels", "HBO"]));
    assert_eq!((customer.status.as_str(), customer.address.as_str()), ("ENABLED", "2 Elm St, Springfield"));
    let writes: Vec<String> =
        minerva.requests().into_iter().map(|r| r.operation).filter(|o| o != "getCustomer").collect();
    assert_eq!(
        writes,
        ["updateCustomer", "setServicePackages"],
        "one call per thing that differs, no detours"
    );
    let rows = operator.deliveries();
    let last = rows.last().unwrap();
    assert_eq!(
        (rows.len(), last.event_kind.as_str(), last.state.name()),
        (7, "account/product-changed", "done")
    );
    let done_during = rows[1..].iter().filter(|row| row.state.name() == "done").count();
    assert_eq!(done_during, 1, "the newest stands for all of the outage: {:?}", operator.states());
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_neither_waiting_deliveries_nor_events_that_were_no_deliveries_yet() {
    let bench = Bench::start().await;
    bench.operator.sign_up(WHO);
    let first = bench.operator.account(WHO, "homeconnect", &[], MAC);
    bench.settled().await;
    bench.minerva.go_down().await;
    bench.operator.add_on(first, "hbo");
    until("the delivery waits", || bench.operator.deliveries().iter().any(|row| row.attempts > 0)).await;
    // Provisioning ends; the books go on.
    bench.provisioning.stop().await;
    let second = bench.operator.account(WHO, "homeconnect-plus", &[], "00:1A:2B:3C:4D:5F");
    assert_eq!(bench.operator.deliveries().len(), 2, "nobody made deliveries of it");
    let Bench { directory, operator, provisioning, minerva } = bench;
    operator.close(provisioning).await;

    minerva.come_back().await.unwrap();
    let operator = Operator::open_at(directory.path(), "2026-06-01T01:00:00Z");
    // Nothing is configured: the connector was switched on in the first run.
    let provisioning = operator.provisioning(Vec::new()).await;
    until("both are up to date", || {
        let of = |account| minerva.customer(&external_id(account)).map_or(0, |c| c.service_packages.len());
        (of(first), of(second)) == (2, 3)
    })
    .await;
    operator.close(provisioning).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_shows_the_exact_request_and_answer_and_is_replayed_after_mending() {
    let bench = Bench::start().await;
    let (operator, minerva) = (&bench.operator, &bench.minerva);
    operator.sign_up(WHO);
    let account = operator.account(WHO, "homeconnect", &["opera"], MAC);
    until("dead", || operator.states() == [("account/created".to_owned(), "dead")]).await;
    let row = operator.deliveries().remove(0);
    assert!(row.summary.contains("PACKAGE_UNKNOWN"), "{}", row.summary);
    assert_eq!((row.account, row.customer, row.finished_at), (account, WHO, None));
    let attempts = operator.attempts(row.id);
    assert_eq!((attempts.len(), attempts[0].outcome), (1, AttemptOutcome::Fatal));
    let exchange = attempts[0].exchanges.last().unwrap();
    let sent = minerva.requests().pop().unwrap();
    assert!(sent.body.contains("<servicePackageId>Opera</servicePackageId>"));
    assert!(exchange.request.ends_with(&sent.body), "the recorded body is the one sent");
    assert!(exchange.answer.as_ref().unwrap().contains("<code>PACKAGE_UNKNOWN</code>"));
    assert!(!format!("{attempts:?}").contains("minerva-demo"), "the password is masked");
    let status = bench.provisioning.status().await.unwrap();
    assert_eq!((status[0].dead, status[0].pending), (1, 0));

    assert!(!bench.provisioning.replay(99_999).await.unwrap(), "no such delivery");
    minerva.add_package("Opera");
    assert!(bench.provisioning.replay(row.id).await.unwrap());
    bench.settled().await;
    let customer = minerva.customer(&external_id(account)).unwrap();
    assert_eq!(customer.service_packages, packages(&["Local Channels", "Opera"]));
    assert_eq!(operator.attempts(row.id).len(), 2, "the failure stays in the history");
    assert_eq!(bench.provisioning.replay_dead("minerva").await.unwrap(), 0);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_added_later_begins_with_now_and_a_resync_brings_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let minerva = simulator().await;
    let operator = Operator::open(directory.path());
    let provisioning = operator.provisioning(Vec::new()).await;
    let status = provisioning.status().await.unwrap();
    assert_eq!((status[0].state.as_str(), status[0].contract), ("off", Contract::Assumed));
    let missing = provisioning.set_enabled("minerva", true).await.unwrap_err();
    assert!(matches!(missing, ProvisioningError::NotSetUp { .. }), "{missing}");
    operator.sign_up(WHO);
    let (early, other) = (
        operator.account(WHO, "homeconnect", &[], MAC),
        operator.account(WHO, "homeconnect-plus", &[], "00:1A:2B:3C:4D:5F"),
    );
    let gone = operator.account(WHO, "homeconnect", &[], "00:1A:2B:3C:4D:60");
    operator.run(WHO, Command::TerminateAccount { account: gone }, Vec::new());

    let settings = minerva_at(minerva.url()).remove(0).settings;
    provisioning.configure("minerva", settings).await.unwrap();
    provisioning.set_enabled("minerva", true).await.unwrap();
    let late = operator.account(WHO, "homeconnect", &["hbo"], "00:1A:2B:3C:4D:61");
    until("the late one is there", || minerva.customer(&external_id(late)).is_some()).await;
    assert_eq!(minerva.customers().len(), 1, "what was before is not sent by itself");
    provisioning.resync("minerva", other).await.unwrap();
    until("one by hand", || minerva.customer(&external_id(other)).is_some()).await;
    assert_eq!(provisioning.resync_all("minerva").await.unwrap(), 3, "not the terminated one");
    until("all", || minerva.customer(&external_id(early)).is_some()).await;
    let unknown = provisioning.resync("minerva", charging::RowId(1)).await.unwrap_err();
    assert!(matches!(unknown, ProvisioningError::NoAccount { .. }), "{unknown}");
    operator.close(provisioning).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_can_be_switched_off_and_get_other_settings_while_it_runs() {
    let bench = Bench::start().await;
    let (operator, minerva, provisioning) = (&bench.operator, &bench.minerva, &bench.provisioning);
    operator.sign_up(WHO);
    let account = operator.account(WHO, "homeconnect", &[], MAC);
    bench.settled().await;
    provisioning.set_enabled("minerva", false).await.unwrap();
    let off = provisioning.status().await.unwrap().remove(0);
    assert_eq!((off.state.as_str(), off.enabled, off.live), ("off", false, None));
    minerva.clear_requests();
    operator.add_on(account, "hbo");
    let planned = provisioning.dry_run("minerva", account).await.unwrap();
    assert!(
        planned.iter().any(|request| request.request.contains("<servicePackageId>HBO</servicePackageId>"))
    );
    assert!(!format!("{planned:?}").contains("minerva-demo"));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(minerva.requests().is_empty(), "nothing is sent while it is off, by a dry run neither");

    minerva.set_password("changed");
    provisioning.set_enabled("minerva", true).await.unwrap();
    let state = || async { provisioning.status().await.unwrap().remove(0).state };
    let begun = Instant::now();
    while state().await != "stopped" {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let refused = provisioning.configure("minerva", one("url", "nowhere")).await.unwrap_err();
    assert!(refused.to_string().contains("`url`"), "{refused}");
    provisioning.configure("minerva", one("password", "changed")).await.unwrap();
    until("what happened meanwhile is sent", || {
        minerva.customer(&external_id(account)).is_some_and(|c| c.service_packages.len() == 2)
    })
    .await;
    assert_eq!(state().await, "ok");
    let status = provisioning.status().await.unwrap().remove(0);
    let password = status.settings.iter().find(|setting| setting.spec.name == "password").unwrap();
    assert_eq!((password.given, password.value.as_ref()), (true, None), "a secret is never told");
    let row = operator.engine.store().connector("minerva").unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&row.settings).contains("changed"), "settings are sealed");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_customer_concerns_all_his_living_accounts_and_other_kinds_concern_nobody() {
    let bench = Bench::start().await;
    let (operator, minerva) = (&bench.operator, &bench.minerva);
    let other = CustomerId(8);
    operator.sign_up(WHO);
    operator.sign_up(other);
    let home = operator.account(WHO, "homeconnect", &[], MAC);
    let phone = operator.account(WHO, "phone", &[], "");
    let gone = operator.account(WHO, "homeconnect", &[], "00:1A:2B:3C:4D:60");
    operator.run(WHO, Command::TerminateAccount { account: gone }, Vec::new());
    operator.account(other, "homeconnect", &[], "00:1A:2B:3C:4D:61");
    bench.settled().await;
    let before = operator.deliveries().len();
    // A payment is announced, too, but no manifest asks for it.
    operator.pay(WHO);
    operator.run(WHO, Command::BlockCustomer { blocked: true }, Vec::new());
    until("two more", || operator.deliveries().len() == before + 2).await;
    bench.settled().await;
    let new: Vec<_> = operator.deliveries().split_off(before);
    assert!(new.iter().all(|row| row.event_kind == "customer/blocked"), "{new:?}");
    assert_eq!(new.iter().map(|row| row.account).collect::<Vec<_>>(), [home, phone]);
    assert_eq!(minerva.customer(&external_id(home)).unwrap().status, "DISABLED");
    assert_eq!(minerva.customer(&external_id(phone)), None, "an account without television gets no record");
    let states: Vec<String> = minerva.customers().into_iter().map(|customer| customer.status).collect();
    assert_eq!(states, ["DISABLED", "ENABLED"], "the other customer is not concerned");

    let mut registry = prometheus_client::registry::Registry::default();
    bench.provisioning.metrics().register(&mut registry);
    let text = || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    };
    let done = operator.states().iter().filter(|(_, state)| *state == "done").count();
    let line =
        format!("talea_provisioning_deliveries_total{{connector=\"minerva\",outcome=\"done\"}} {done}");
    // Counted behind what the tables tell.
    until("all are counted", || text().contains(&line)).await;
    let gauge = "talea_provisioning_queue_length{connector=\"minerva\",state=\"pending\"} 0";
    until("the gauges follow", || text().contains(gauge)).await;
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_backlog_makes_each_delivery_once_and_collapses_to_one_call() {
    let bench = Bench::start().await;
    let (operator, minerva, provisioning) = (&bench.operator, &bench.minerva, &bench.provisioning);
    operator.sign_up(WHO);
    let account = operator.account(WHO, "homeconnect", &[], MAC);
    bench.settled().await;
    provisioning.set_enabled("minerva", false).await.unwrap();
    minerva.clear_requests();
    let changes = 450;
    for number in 1..=changes {
        let kind = EventKind::CustomerChanged;
        let change = Command::AnnounceChange { kind, account: None, detail: String::new() };
        let contact = operator.contact(WHO, &format!("{number} Main St"));
        operator.run(WHO, change, vec![Record::Customer(contact)]);
    }
    provisioning.set_enabled("minerva", true).await.unwrap();
    until("all became deliveries", || operator.deliveries().len() == 451).await;
    let address = format!("{changes} Main St, Springfield");
    until("the newest address", || minerva.customer(&external_id(account)).unwrap().address == address).await;
    bench.settled().await;
    let rows = operator.deliveries();
    let positions: std::collections::BTreeSet<_> = rows.iter().map(|row| row.event_position).collect();
    assert_eq!((rows.len(), positions.len()), (451, 451), "each event once");
    let updates = minerva.requests().iter().filter(|r| r.operation == "updateCustomer").count();
    assert_eq!(updates, 1, "the platform held the newest address after the first call");
    assert_eq!(provisioning.status().await.unwrap()[0].events_behind, 0);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchanged_box_and_a_product_without_the_service_change_the_record() {
    let bench = Bench::start().await;
    let (operator, minerva) = (&bench.operator, &bench.minerva);
    operator.sign_up(WHO);
    let account = operator.account(WHO, "homeconnect", &[], MAC);
    let id = external_id(account);
    bench.settled().await;
    let now = operator.engine.clock().now();
    let Record::Device(mut old) = device(WHO, account, 1, "stb", MAC, now) else { unreachable!() };
    old.removed_at = Some(now);
    let new = device(WHO, account, 9, "stb", "00:1A:2B:3C:4D:99", now);
    let kind = EventKind::DeviceChanged;
    let announce = Command::AnnounceChange { kind, account: Some(account), detail: String::new() };
    operator.run(WHO, announce, vec![Record::Device(old), new]);
    until("exchanged", || {
        let macs: Vec<String> =
            minerva.customer(&id).unwrap().devices.into_iter().map(|d| d.mac_address).collect();
        macs == ["00:1A:2B:3C:4D:99"]
    })
    .await;
    let product = operator.product("phone");
    operator.run(WHO, Command::ChangeProduct { account, product }, Vec::new());
    until("disabled", || minerva.customer(&id).is_some_and(|c| c.status == "DISABLED")).await;
    let product = operator.product("homeconnect-plus");
    operator.run(WHO, Command::ChangeProduct { account, product }, Vec::new());
    until("enabled", || minerva.customer(&id).is_some_and(|c| c.status == "ENABLED")).await;
    until("with the packages of the new product", || {
        minerva.customer(&id).unwrap().service_packages == packages(&["Local Channels", "News", "Sports"])
    })
    .await;
    assert!(operator.engine.clock().now() < at("2026-06-02T00:00:00Z"));
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_of_the_configuration_that_is_wrong_ends_the_start_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let operator = Operator::open(directory.path());
    let start = |name: &str, url: &str| {
        let mut config = minerva_at(url.to_owned());
        config[0].name = name.to_owned();
        let engine = operator.engine.clone();
        async move {
            let sealer = std::sync::Arc::new(support::operator::Upside);
            let manifests = support::operator::manifests();
            Provisioning::start(engine, sealer, manifests, config).await.err().unwrap().to_string()
        }
    };
    assert_eq!(start("nagra", "http://127.0.0.1:1").await, "PRV-008 there is no connector nagra");
    assert!(start("minerva", "nowhere").await.starts_with("PRV-003 connector minerva: setting `url`"));
    operator.engine.stop();
}
