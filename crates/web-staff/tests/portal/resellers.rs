//! Resellers in the portal: terms, whom they serve, moving, and what was parked.

use axum::http::StatusCode;
use charging::{CustomerId, CustomerStatus};
use office::{Actor, SignUp};

use crate::browser::Portal;
use crate::world;

fn customer(portal: &Portal, name: &str) -> (CustomerId, String) {
    let made = portal.office.sign_up(&Actor::System("demo"), SignUp::named(name), None).unwrap();
    (made.customer, format!("/staff/customers/{}", made.customer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reseller_is_made_given_a_customer_stopped_and_shown_with_both() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (reseller, path) = customer(&portal, "North Star Resale");
    assert!(anton.page(&format!("{path}/reseller")).await.contains("serves nobody"));
    let wrong = anton.post(&format!("{path}/reseller"), &[("wholesale", ""), ("cushion", "-5")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("f-cushion-error") && wrong.body.contains("-5"), "{}", wrong.body);
    let terms = [("wholesale", "homeconnect"), ("cushion", "5.00")];
    assert_eq!(anton.post(&format!("{path}/reseller"), &terms).await.status, StatusCode::SEE_OTHER);
    let card = anton.page(&path).await;
    for words in ["As a reseller", "Serving", "HomeConnect", "5.00"] {
        assert!(card.contains(words), "{words}: {card}");
    }
    let fields = [("name", "Ada Okafor"), ("payment", "postpaid"), ("language", "en"), ("zone", "UTC")];
    let under = |number: &'static str| [&fields[..], &[("reseller", number)]].concat();
    let nobody = anton.post("/staff/customers/new", &under("C1999999")).await;
    assert!(nobody.body.contains("f-reseller-error") && nobody.body.contains("C1999999"), "{}", nobody.body);
    let made = anton.post("/staff/customers/new", &under("c1000001")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    assert!(anton.page(&made.location).await.contains("North Star Resale (C1000001)"));
    assert!(anton.page(&format!("{path}/reseller")).await.contains("Ada Okafor"), "whom he serves");
    let list = anton.page("/staff/customers?kind=reseller").await;
    assert!(list.contains("North Star Resale") && !list.contains("Ada Okafor"), "{list}");
    portal.office.block_customer(&Actor::System("demo"), reseller, true, None).unwrap();
    let ada = CustomerId(made.location.rsplit('/').next().unwrap().parse().unwrap());
    for _ in 0..500 {
        if portal.office.customer(ada).unwrap().live.head.status() == CustomerStatus::ResellerStopped {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let page = anton.page(&made.location).await;
    assert!(page.contains("his reseller is blocked") && page.contains("Stopped"), "{page}");
    let circle = anton.post(&format!("{path}/move"), &[("reseller", "C1000001")]).await;
    assert!(circle.body.contains("f-reseller-error") && circle.body.contains("CHG-053"), "{}", circle.body);
    let hilda = portal.sign_in("hilda").await;
    assert!(!hilda.page(&format!("{path}/reseller")).await.contains("Set terms"), "the helpdesk only looks");
    assert_ne!(hilda.post(&format!("{path}/reseller"), &terms).await.status, StatusCode::SEE_OTHER);
    let moved = anton.post(&format!("{}/move", made.location), &[("reseller", "")]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.office.customer(ada).unwrap().live.head.status(), CustomerStatus::Active);
    assert!(!anton.page(&made.location).await.contains("Served by"));
    let messages = anton.page("/staff/resellers/messages").await;
    assert!(messages.contains("Nothing is parked"), "{messages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_refused_is_told_with_its_reason_and_goes_once_the_cause_is_mended() {
    let portal = Portal::new();
    let anton = portal.sign_in("anton").await;
    let (reseller, path) = customer(&portal, "Not yet a reseller");
    // The office would refuse this chain: it comes from the core.
    let (below, _) = customer(&portal, "Impatient");
    let command = charging::Command::MoveTo { chain: vec![reseller] };
    portal.office.engine().call(below, None, command, None).unwrap();
    let parked = || portal.office.message_counts().unwrap().parked;
    for _ in 0..500 {
        if parked() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(anton.page("/staff/notices").await.contains("1 message between levels is parked"));
    let page = anton.page("/staff/resellers/messages").await;
    for words in ["Impatient", "Not yet a reseller", "Asks to be served", "CHG-052", "Try all again"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let terms = [("wholesale", ""), ("cushion", "0")];
    assert_eq!(anton.post(&format!("{path}/reseller"), &terms).await.status, StatusCode::SEE_OTHER);
    assert_eq!(anton.post("/staff/resellers/messages/retry", &[]).await.status, StatusCode::SEE_OTHER);
    for _ in 0..500 {
        portal.office.store().flush().unwrap();
        if portal.office.message_counts().unwrap() == office::RelayCounts::default() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(portal.office.message_counts().unwrap(), office::RelayCounts::default());
    assert_eq!(world::amount("0"), portal.office.customer(reseller).unwrap().live.head.purse.balance);
}
