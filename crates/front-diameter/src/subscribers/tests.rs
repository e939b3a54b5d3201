//! Names of real clients end up as the directory keeps them.

use super::*;
use diameter::credit_control::{RequestType, SubscriptionId};

fn names_of(kind: SubscriptionKind, data: &str) -> Vec<(&'static str, String)> {
    let ccr = CreditControlRequest::new("s", RequestType::Initial, 0, "32251@3gpp.org", (1, 1))
        .about(SubscriptionId { kind, data });
    names(&ccr, None).into_iter().map(|name| (name.realm, name.value.into_owned())).collect()
}

#[test]
fn each_kind_of_subscription_has_its_realm_and_form() {
    let number = vec![(MSISDN, "15550001".to_owned())];
    assert_eq!(names_of(SubscriptionKind::E164, "15550001"), number);
    assert_eq!(names_of(SubscriptionKind::E164, "+15550001"), number);
    assert_eq!(names_of(SubscriptionKind::E164, "tel:+1-555-0001;phone-context=x"), number);
    assert_eq!(
        names_of(SubscriptionKind::Imsi, "001010000000001"),
        vec![(IMSI, "001010000000001".to_owned())]
    );
    assert_eq!(
        names_of(SubscriptionKind::Nai, "Anna@Home.example"),
        vec![(USER, "anna@home.example".to_owned())]
    );
    assert_eq!(names_of(SubscriptionKind::Private, "k-17"), vec![(USER, "k-17".to_owned())]);
    let uri = vec![(USER, "+15550001@ims.example".to_owned()), (MSISDN, "15550001".to_owned())];
    assert_eq!(names_of(SubscriptionKind::SipUri, "sip:+15550001@ims.example;user=phone"), uri);
}

#[test]
fn the_user_name_counts_only_without_subscription_ids() {
    let mut ccr = CreditControlRequest::new("s", RequestType::Initial, 0, "32251@3gpp.org", (1, 1));
    ccr.user_name = Some("Bob@x");
    assert_eq!(names(&ccr, None).into_iter().map(|n| n.value.into_owned()).collect::<Vec<_>>(), ["bob@x"]);
    let ccr = ccr.about(SubscriptionId { kind: SubscriptionKind::Imsi, data: "1" });
    assert_eq!(names(&ccr, None).into_iter().map(|n| n.value.into_owned()).collect::<Vec<_>>(), ["1"]);
}

#[test]
fn names_that_are_empty_or_absurdly_long_are_nobodys() {
    assert!(names_of(SubscriptionKind::E164, "+").is_empty());
    assert!(names_of(SubscriptionKind::Nai, &"x".repeat(256)).is_empty());
}
