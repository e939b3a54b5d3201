//! The Minerva manifest against the simulator: the whole life cycle (requirement ACC-01, state map ESPF-05 and IPTV-23 to
//! IPTV-25), judged by the platform's state.

use crate::support;

use provisioning::{Connector, DesiredSubscriber, Device, HttpConnector, Presence, Verdict};
use support::{minerva, simulator, subscriber};
use testkit::minerva::{CustomerDevice, Fault, Simulator};

/// Applies a state twice: the second time must change nothing and write nothing.
async fn apply_twice(connector: &HttpConnector, simulator: &Simulator, desired: &DesiredSubscriber) {
    let first = connector.apply(desired).await;
    assert_eq!(first.verdict, Verdict::Done, "{:#?}", first.exchanges);
    let customers = simulator.customers();
    simulator.clear_requests();
    let second = connector.apply(desired).await;
    assert_eq!(second.verdict, Verdict::Done, "{:#?}", second.exchanges);
    assert_eq!(simulator.customers(), customers, "the second time changed the platform");
    let writes: Vec<String> =
        simulator.requests().into_iter().map(|r| r.operation).filter(|o| o != "getCustomer").collect();
    let harmless =
        if desired.presence == Presence::Absent { vec!["deleteCustomer".to_owned()] } else { Vec::new() };
    assert_eq!(writes, harmless, "the second time wrote again");
}

#[tokio::test]
async fn the_platform_follows_the_account_through_its_whole_life_and_every_step_may_be_repeated() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let mut desired = subscriber(7);

    apply_twice(&connector, &simulator, &desired).await;
    let customer = simulator.customer("A7").expect("created");
    assert_eq!(customer.name, "Ada Example");
    assert_eq!(customer.address, "1 Main St, Springfield");
    assert_eq!(customer.status, "ENABLED");
    assert_eq!(customer.service_packages, ["Local Channels", "News", "Sports", "HBO", "DVR"]);
    let device =
        |mac: &str, serial: &str| CustomerDevice { mac_address: mac.to_owned(), serial: serial.to_owned() };
    assert_eq!(customer.devices, [device("00:1A:2B:3C:4D:5E", "STB-1")]);

    desired.packages.push("Spanish Channels".to_owned());
    apply_twice(&connector, &simulator, &desired).await;
    assert_eq!(simulator.customer("A7").unwrap().service_packages.len(), 6, "add-on added");

    desired.packages = vec!["Local Channels".to_owned()];
    apply_twice(&connector, &simulator, &desired).await;
    assert_eq!(simulator.customer("A7").unwrap().service_packages, ["Local Channels"], "add-ons removed");

    desired.presence = Presence::Disabled;
    apply_twice(&connector, &simulator, &desired).await;
    let suspended = simulator.customer("A7").expect("the record is kept while suspended");
    assert_eq!((suspended.status.as_str(), suspended.service_packages.len()), ("DISABLED", 1));

    desired.presence = Presence::Active;
    apply_twice(&connector, &simulator, &desired).await;
    assert_eq!(simulator.customer("A7").unwrap().status, "ENABLED", "resumed");

    desired.devices = vec![
        Device { mac: "00-1A-2B-3C-4D-5F".to_owned(), serial: "STB-2".to_owned() },
        Device { mac: "001a2b3c4d60".to_owned(), serial: String::new() },
    ];
    apply_twice(&connector, &simulator, &desired).await;
    let devices = simulator.customer("A7").unwrap().devices;
    assert_eq!(
        devices,
        [device("00:1A:2B:3C:4D:5F", "STB-2"), device("00:1A:2B:3C:4D:60", "")],
        "box exchanged"
    );

    desired.name = "Ada Lovelace".to_owned();
    desired.address.lines[1] = "London".to_owned();
    apply_twice(&connector, &simulator, &desired).await;
    let moved = simulator.customer("A7").unwrap();
    assert_eq!((moved.name.as_str(), moved.address.as_str()), ("Ada Lovelace", "1 Main St, London"));

    desired.presence = Presence::Absent;
    apply_twice(&connector, &simulator, &desired).await;
    assert!(simulator.customers().is_empty(), "terminated: deleted");
}

#[tokio::test]
async fn an_account_that_never_had_the_service_gets_no_record() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let desired = DesiredSubscriber { presence: Presence::Disabled, packages: Vec::new(), ..subscriber(8) };
    apply_twice(&connector, &simulator, &desired).await;
    assert!(simulator.customers().is_empty());
}

#[tokio::test]
async fn losing_the_iptv_product_keeps_the_record_disabled_and_regaining_it_enables_it() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let with = subscriber(9);
    let without = DesiredSubscriber { presence: Presence::Disabled, packages: Vec::new(), ..with.clone() };
    apply_twice(&connector, &simulator, &with).await;
    apply_twice(&connector, &simulator, &without).await;
    let kept = simulator.customer("A9").expect("kept");
    assert_eq!((kept.status.as_str(), kept.service_packages.len(), kept.devices.len()), ("DISABLED", 0, 1));
    apply_twice(&connector, &simulator, &with).await;
    let back = simulator.customer("A9").unwrap();
    assert_eq!((back.status.as_str(), back.service_packages.len()), ("ENABLED", 5));
}

#[tokio::test]
async fn hostile_names_arrive_as_text_and_never_as_markup() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    simulator.add_package("A&B <\"best\">");
    let name = "</name><status>ENABLED</status>&amp; ]]> <!-- \" ' \u{1F600} {{ setting.password }}";
    let mut desired = subscriber(10);
    desired.name = name.to_owned();
    desired.external_id = "A<10>&'\"".to_owned();
    desired.address.lines[0] = "<!DOCTYPE x>".to_owned();
    desired.packages = vec!["A&B <\"best\">".to_owned()];
    desired.devices[0].serial = "<&>".to_owned();
    apply_twice(&connector, &simulator, &desired).await;
    let customer = simulator.customer("A<10>&'\"").expect("created under its own id");
    assert_eq!(customer.name, name);
    assert_eq!(customer.address, "<!DOCTYPE x>, Springfield");
    assert_eq!(customer.service_packages, ["A&B <\"best\">"]);
    assert_eq!(customer.devices[0].serial, "<&>");

    // Characters that XML can't carry at all must not make the request invalid.
    desired.name = "bell\u{7} and \u{0}nul".to_owned();
    let applied = connector.apply(&desired).await;
    assert_eq!(applied.verdict, Verdict::Done, "{:#?}", applied.exchanges);
    assert_eq!(simulator.customer("A<10>&'\"").unwrap().name, "bell\u{FFFD} and \u{FFFD}nul");
}

#[tokio::test]
async fn a_late_answer_is_unknown_and_the_next_attempt_finds_the_work_done() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[("timeout_ms = 10_000", "timeout_ms = 1_000")]);
    let desired = subscriber(11);
    assert_eq!(
        connector.apply(&DesiredSubscriber { packages: Vec::new(), ..desired.clone() }).await.verdict,
        Verdict::Done
    );
    // getCustomer is answered, setServicePackages is done but answered too late.
    simulator.clear_requests();
    simulator.fault(Fault::LateAfterWork { ms: 0 }, 1);
    simulator.fault(Fault::LateAfterWork { ms: 2_500 }, 1);
    let applied = connector.apply(&desired).await;
    let Verdict::Retry(reason) = applied.verdict else { panic!("{:?}", applied.verdict) };
    assert!(reason.contains("unknown"), "{reason}");
    assert_eq!(applied.exchanges.last().unwrap().answer, None);
    assert_eq!(simulator.customer("A11").unwrap().service_packages.len(), 5, "the platform did the work");
    apply_twice(&connector, &simulator, &desired).await;
    let replaced = simulator.requests().iter().filter(|r| r.operation == "setServicePackages").count();
    assert_eq!(replaced, 0, "nothing was sent again because the platform already holds it");
}

#[tokio::test]
async fn somebody_who_creates_the_subscriber_in_between_does_no_harm() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let other = DesiredSubscriber { name: "Old name".to_owned(), packages: Vec::new(), ..subscriber(12) };
    assert_eq!(connector.apply(&other).await.verdict, Verdict::Done);
    // The manifest is made to believe that the subscriber is not there, so that createCustomer meets CUSTOMER_EXISTS.
    let blind = minerva(
        &simulator,
        &[("outcome = \"done\", set = { exists = true }", "outcome = \"done\", set = { exists = false }")],
    );
    let applied = blind.apply(&subscriber(12)).await;
    assert_eq!(applied.verdict, Verdict::Done, "{:#?}", applied.exchanges);
    assert!(applied.exchanges.iter().any(|e| e.judgement.contains("CUSTOMER_EXISTS")));
    let customer = simulator.customer("A12").unwrap();
    assert_eq!((customer.name.as_str(), customer.service_packages.len()), ("Ada Example", 5));
}

#[tokio::test]
async fn every_fault_of_the_platform_gets_its_verdict() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let desired = subscriber(13);
    assert_eq!(connector.apply(&desired).await.verdict, Verdict::Done);
    for (fault, word) in [
        (Fault::AcceptThenClose, "unknown"),
        (Fault::Busy, "503"),
        (Fault::Internal, "INTERNAL"),
        (Fault::BadXml, "XML"),
        (Fault::HtmlPage, "XML"),
    ] {
        simulator.fault(fault, 1);
        match connector.apply(&desired).await.verdict {
            Verdict::Retry(reason) => assert!(reason.contains(word), "{fault:?}: {reason}"),
            other => panic!("{fault:?} gave {other:?}"),
        }
    }
    simulator.fault(Fault::Unauthorized, 1);
    assert!(matches!(connector.apply(&desired).await.verdict, Verdict::Auth(_)));
    simulator.go_down().await;
    match connector.apply(&desired).await.verdict {
        Verdict::Retry(reason) => assert!(reason.contains("can't be reached"), "{reason}"),
        other => panic!("a refused connection gave {other:?}"),
    }
    simulator.come_back().await.unwrap();
    assert_eq!(connector.apply(&desired).await.verdict, Verdict::Done);
}

#[tokio::test]
async fn an_unknown_package_is_fatal_and_the_record_shows_the_exact_request_and_answer_without_the_password()
{
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let desired = DesiredSubscriber { packages: vec!["No such".to_owned()], ..subscriber(14) };
    let applied = connector.apply(&desired).await;
    let Verdict::Fatal(reason) = applied.verdict else { panic!("{:?}", applied.verdict) };
    assert!(reason.contains("PACKAGE_UNKNOWN") && reason.contains("correct the product"), "{reason}");
    let last = applied.exchanges.last().unwrap();
    let sent = simulator.requests().pop().unwrap();
    assert!(last.request.ends_with(&sent.body), "the recorded body is the one sent");
    assert!(last.request.contains("Basic talea:\u{2022}\u{2022}\u{2022}"), "{}", last.request);
    assert!(last.answer.as_ref().unwrap().contains("<code>PACKAGE_UNKNOWN</code>"));
    assert!(!format!("{:?}", applied.exchanges).contains("minerva-demo"));
    assert!(!format!("{connector:?}").contains("minerva-demo"), "the connector itself can be printed");
}

#[tokio::test]
async fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let simulator = simulator().await;
    let connector = minerva(&simulator, &[]);
    let steps = |desired: &DesiredSubscriber| -> Vec<(String, bool)> {
        let planned = connector.dry_run(desired).unwrap();
        assert!(!format!("{planned:?}").contains("minerva-demo"));
        planned.into_iter().map(|request| (request.step, request.only_if.is_some())).collect()
    };
    let named = |steps: &[(&str, bool)]| steps.iter().map(|(s, c)| ((*s).to_owned(), *c)).collect::<Vec<_>>();
    let active = named(&[
        ("find", false),
        ("create", true),
        ("update", true),
        ("packages", true),
        ("add_device", false),
        ("enable", true),
    ]);
    assert_eq!(steps(&subscriber(15)), active);
    let disabled = DesiredSubscriber { presence: Presence::Disabled, ..subscriber(15) };
    let suspended = named(&[
        ("find", false),
        ("disable", true),
        ("update", true),
        ("packages", true),
        ("add_device", true),
    ]);
    assert_eq!(steps(&disabled), suspended);
    let absent = DesiredSubscriber { presence: Presence::Absent, ..subscriber(15) };
    assert_eq!(steps(&absent), named(&[("delete", false)]));
    let planned = connector.dry_run(&subscriber(15)).unwrap();
    assert!(
        planned[1].request.contains("<servicePackageId>HBO</servicePackageId>"),
        "{}",
        planned[1].request
    );
    assert_eq!(simulator.connections(), 0);
}
