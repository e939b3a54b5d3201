//! Connectors and imports at work: every button of theirs pressed, against the simulated platform and real mediation.

use axum::http::StatusCode;
use office::{Actor, AuditQuery};

use crate::browser::{Browser, Portal};
use crate::world;

const CSV: &str = "reference,account,service,item,units,occurred_at,description\n\
                   CSV-1,ada@home,vod,film,1,2026-06-01T08:00:00Z,Metropolis\n\
                   CSV-2,nobody@home,vod,film,1,2026-06-01T08:30:00Z,Nosferatu\n";

fn sign_up(portal: &Portal, add_ons: &[&str]) -> String {
    let form = world::home("Ada Okafor", "homeconnect-plus", add_ons, "ada@home", "001A2B3C4D5E");
    let made = portal.office.sign_up(&Actor::System("demo"), form, None).unwrap();
    format!("/staff/customers/{}", made.customer)
}

/// Reads a page until it says something.
async fn says(browser: &Browser<'_>, path: &str, words: &str) -> String {
    for _ in 0..200 {
        let page = browser.page(path).await;
        if page.contains(words) {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} never says \"{words}\": {}", browser.page(path).await);
}

fn audited(portal: &Portal, action: &str) -> Vec<(String, String)> {
    let query = AuditQuery { action: Some(action.to_owned()), ..AuditQuery::default() };
    let lines = portal.office.audit(&query).unwrap().items;
    lines.into_iter().map(|line| (line.actor, line.object)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_is_set_up_switched_on_and_off_by_hand_and_each_is_in_the_audit() {
    let (portal, platform) = Portal::with_platform().await;
    let (ada, anton) = (portal.sign_in("ada").await, portal.sign_in("anton").await);
    assert!(ada.page("/staff/provisioning").await.contains("Not set up"));
    let url = platform.url();
    let settings = [("url", url.as_str()), ("user", "talea"), ("password", "minerva-demo")];
    assert_eq!(anton.post("/staff/provisioning/minerva", &settings).await.status, StatusCode::FORBIDDEN);
    let wrong = ada.post("/staff/provisioning/minerva", &[("url", "no address"), ("user", "talea")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("no address"), "what was typed is kept");
    assert_eq!(ada.post("/staff/provisioning/minerva", &settings).await.status, StatusCode::SEE_OTHER);
    let page = ada.page("/staff/provisioning/minerva").await;
    assert!(page.contains(&url) && !page.contains("minerva-demo"), "a secret never comes back");
    let on = ada.post("/staff/provisioning/minerva/enable", &[("enabled", "on")]).await;
    assert_eq!(on.status, StatusCode::SEE_OTHER);
    assert!(ada.page("/staff/provisioning/minerva").await.contains("Running"));
    let customer = sign_up(&portal, &["hbo"]);
    says(&ada, &format!("{customer}/deliveries"), "</span>Done</span>").await;
    assert_eq!(platform.customers().len(), 1, "the platform has him");
    assert_eq!(
        ada.post("/staff/provisioning/minerva/enable", &[("enabled", "")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(ada.page("/staff/provisioning/minerva").await.contains("Switched off"));
    let by_ada = [("staff:ada".to_owned(), "minerva".to_owned())];
    for action in ["connector/configured", "connector/enabled", "connector/disabled"] {
        assert_eq!(audited(&portal, action), by_ada, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_a_notice_until_it_is_sent_again_one_by_one_or_all_at_once() {
    let (portal, platform) = Portal::with_platform().await;
    portal.connect(&platform).await;
    let (ada, hilda) = (portal.sign_in("ada").await, portal.sign_in("hilda").await);
    let customer = sign_up(&portal, &[]);
    says(&ada, &format!("{customer}/deliveries"), "</span>Done</span>").await;
    // The platform of these tests does not know the package of the DVR.
    let account = portal.office.customer_by_number("C1000001").unwrap().accounts[0].id;
    portal.office.add_add_on(&Actor::System("demo"), account, "dvr", None).unwrap();
    let dead =
        says(&ada, "/staff/provisioning/deliveries?state=dead&connector=minerva", "Dead letter</span>");
    let dead = dead.await;
    assert!(dead.contains("Retry all of these"));
    let home = ada.page("/staff").await;
    assert!(home.contains("1 delivery was given up") && home.contains("class=\"notices\""), "{home}");
    assert!(home.contains("aria-label=\"Notices, "));
    assert!(ada.page("/staff/notices").await.contains("1 delivery was given up"));
    let at = dead.find("/staff/provisioning/deliveries/").unwrap();
    let letter: String = dead[at..].split('"').next().unwrap().to_owned();
    assert!(ada.page(&letter).await.contains("Retry now"));
    assert!(!hilda.page(&letter).await.contains("Retry now"), "helpdesk only looks");
    assert_eq!(hilda.post(&format!("{letter}/replay"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.post(&format!("{letter}/replay"), &[]).await.status, StatusCode::SEE_OTHER);
    says(&ada, &letter, "Dead letter</span>").await;
    platform.add_package("DVR");
    assert_eq!(ada.post("/staff/provisioning/minerva/replay", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(ada.page("/staff/provisioning/minerva").await.contains("1 dead letter is sent again now"));
    says(&ada, &letter, "Send again").await;
    assert!(!ada.page("/staff").await.contains("delivery was given up"), "the notice goes with its cause");
    let by_ada = ("staff:ada".to_owned(), "minerva".to_owned());
    assert_eq!(audited(&portal, "delivery/replayed"), [by_ada.clone(), by_ada]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_down_is_a_notice_a_resync_queues_everybody_and_a_dry_run_sends_nothing() {
    let (portal, platform) = Portal::with_platform().await;
    portal.connect(&platform).await;
    let (ada, anton) = (portal.sign_in("ada").await, portal.sign_in("anton").await);
    let customer = sign_up(&portal, &[]);
    says(&ada, &format!("{customer}/deliveries"), "</span>Done</span>").await;
    let before = platform.requests().len();
    let dry = ada.page("/staff/provisioning/minerva/dry-run?account=ada%40home").await;
    assert!(dry.contains("Nothing was sent") && dry.contains("createCustomer"), "{dry}");
    assert_eq!(platform.requests().len(), before);
    assert_eq!(
        ada.get("/staff/provisioning/minerva/dry-run?account=nobody").await.status,
        StatusCode::NOT_FOUND
    );
    platform.go_down().await;
    assert_eq!(anton.post("/staff/provisioning/minerva/resync", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.post("/staff/provisioning/minerva/resync", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(ada.page("/staff/provisioning/minerva").await.contains("1 account was queued"));
    says(&ada, "/staff/notices", "is not reached").await;
    platform.come_back().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_file_is_charged_once_and_its_rejected_line_is_a_notice() {
    let (portal, _platform) = Portal::with_platform().await;
    let customer = sign_up(&portal, &[]);
    let (anton, hilda) = (portal.sign_in("anton").await, portal.sign_in("hilda").await);
    assert!(anton.page("/staff/imports").await.contains("Charge this file"));
    assert!(!hilda.page("/staff/imports").await.contains("Charge this file"));
    assert_eq!(hilda.upload("/staff/imports", "june.csv", CSV).await.status, StatusCode::FORBIDDEN);
    let none = anton.upload("/staff/imports", "", "").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("Choose a file first"), "{}", none.body);
    let first = anton.upload("/staff/imports", "june.csv", CSV).await;
    let again = anton.upload("/staff/imports", "june-again.csv", CSV).await;
    assert_eq!((first.status, &first.location), (StatusCode::SEE_OTHER, &again.location), "{}", first.body);
    let page = anton.page(&first.location).await;
    for words in ["june.csv", "CSV-1", "Why this amount", "CSV-2", "Done, some rejected"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let rejected = anton.page(&format!("{}?outcome=rejected", first.location)).await;
    assert!(rejected.contains("CSV-2") && !rejected.contains("CSV-1"));
    assert_eq!(
        anton.page(&format!("{customer}/usage")).await.matches("Metropolis").count(),
        1,
        "charged once"
    );
    let notices = anton.page("/staff/notices").await;
    assert!(notices.contains("1 imported purchase was rejected"), "{notices}");
    assert!(notices.contains(&format!("{}?outcome=rejected", first.location)));
    let wrong = anton.upload("/staff/imports", "picture.csv", "\u{89}PNG\nno,such,columns\n").await;
    assert_eq!(wrong.status.as_u16() / 100, 3, "each line says what is wrong with it: {}", wrong.body);
}
