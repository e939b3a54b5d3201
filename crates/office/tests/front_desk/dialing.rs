//! Dialing rules: named for a customer's calls or an account, told in explanations, and asked for prices.

use crate::desk::anna;
use crate::plan_doors::{mobile, with_plans};
use charging::{Step, Used};
use office::{Actor, OfficeError, OwnAttributes, OwnPolicy, Purchase, Role, Who, XdrQuery};

fn own(name: &str, value: &str) -> OwnAttributes {
    let attributes = [(name.to_owned(), value.to_owned())].into_iter().collect();
    OwnAttributes { attributes, ..OwnAttributes::default() }
}

#[test]
fn a_customer_dials_by_rules_and_the_record_tells_which() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "50");
    desk.office.set_dialing_rules(&anna(), customer, Some("alabama"), None).unwrap();
    desk.session_step(account, "voice", "411", "call", (0, Step::Start, Used::None));
    let live = desk.office.engine().customer(customer).unwrap().unwrap();
    let meters = desk.office.session_meters(live.open_sessions().next().unwrap());
    assert_eq!((meters[0].destination.as_str(), meters[0].dialled.as_deref()), ("12055576061", Some("411")));
    desk.session_step(account, "voice", "411", "call", (1, Step::Stop, Used::Since(30)));
    let query = XdrQuery { customer: Some(customer), limit: 1, ..XdrQuery::default() };
    let xdr = desk.office.xdrs(&query).unwrap().items.remove(0);
    let told: Vec<String> = desk.office.explain(&xdr).unwrap().into_iter().map(|line| line.text).collect();
    let words =
        "Dialled: 411; the rule \"Directory assistance\" of \"Dialling in Alabama\" made it 12055576061.";
    assert_eq!(told[1], words);
    let asked = Purchase {
        who: Who::Account(account),
        service: "voice".into(),
        item: "411".into(),
        units: 60,
        description: String::new(),
        reference: None,
        at: None,
        channel: "api".into(),
    };
    assert_eq!(desk.office.price(&asked).unwrap().called.as_deref(), Some("12055576061"));
    desk.office.set_dialing_rules(&anna(), customer, None, None).unwrap();
    assert_eq!(desk.office.price(&asked).unwrap().called, None);
}

#[test]
fn unknown_rules_and_senseless_options_are_refused_with_the_field() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "50");
    let unknown = desk.office.set_dialing_rules(&anna(), customer, Some("gone"), None).unwrap_err();
    assert_eq!(unknown, OfficeError::field("dialing_rules", "there are no dialing rules gone"));
    let helpdesk = Actor::Staff { login: "hilda".to_owned(), role: Role::Helpdesk };
    let denied = desk.office.set_dialing_rules(&helpdesk, customer, None, None).unwrap_err();
    assert!(matches!(denied, OfficeError::Denied(_)));
    let set = |service: &str, regular: OwnAttributes, limited: OwnAttributes| {
        let policy = OwnPolicy { regular, limited, ..OwnPolicy::default() };
        desk.office.set_policy(&anna(), account, service, Some(policy), None)
    };
    let none = OwnAttributes::default;
    for (service, regular, limited, field) in [
        ("voice", own("dialing_rules", "gone"), none(), "attributes.dialing_rules"),
        ("mobile-data", own("dialing_rules", "alabama"), none(), "attributes.dialing_rules"),
        ("voice", own("provision_cld", "true"), none(), "attributes.provision_cld"),
        ("voice", none(), own("provision_cld", "no"), "limited.attributes.provision_cld"),
    ] {
        match set(service, regular, limited).unwrap_err() {
            OfficeError::Invalid(faults) => assert_eq!(faults[0].field, field),
            other => panic!("{other:?}"),
        }
    }
    set("voice", own("dialing_rules", "alabama"), none()).unwrap();
}
