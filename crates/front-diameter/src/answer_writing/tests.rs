//! Answers have the form the request asked for, and the code its clause asks for.

use super::*;
use calendar::Instant;
use diameter::answer::Echo;
use diameter::codes::avp;
use diameter::credit_control::{CreditControlRequest, Money, RequestType};
use diameter::{FailedAvp, Message};

fn who() -> Identity {
    Identity { host: "ocs.x".into(), realm: "x".into(), state_id: None }
}

fn echo() -> Echo {
    CreditControlRequest::new("pgw;1", RequestType::Update, 7, "32251@3gpp.org", (1, 2)).echo()
}

fn form(body: Body) -> AnswerForm {
    AnswerForm { body, ..AnswerForm::bare(echo(), std::time::Instant::now()) }
}

fn service_form(rating_group: u32) -> ServiceForm {
    ServiceForm {
        rating_group: Some(rating_group),
        service_identifiers: vec![9],
        grant_as: GrantAs::TotalOctets,
        reported: true,
        problem: None,
        quota_consumption_time: 0,
        triggers: None,
    }
}

/// The translated number is told in the place and form of the profile, and not at all when the command is refused.
#[test]
fn the_called_number_stands_where_and_how_the_profile_says() {
    let told = |provision| {
        let told = Told { number: Some("12055576061".into()), provision, raise: None };
        Some(Box::new(told))
    };
    let reply = |refusal, provision| {
        let reply =
            charging::SessionReply { refusal, units: charging::UnitReplies::new(), told: told(provision) };
        Outcome::Replied(Ok(Reply::Session(reply)))
    };
    let mut form = form(Body::Nothing);
    assert_eq!(answered(&form, &reply(None, None)).0.called_party, None);
    let answer = answered(&form, &reply(None, Some(true))).0;
    assert_eq!((answer.called_party.as_deref(), answer.called_party_outside), (Some("12055576061"), false));
    form.called = crate::ask::CalledForm { provision: true, outside: true, uri: true };
    let answer = answered(&form, &reply(None, None)).0;
    assert_eq!(
        (answer.called_party.as_deref(), answer.called_party_outside),
        (Some("tel:+12055576061"), true)
    );
    assert_eq!(answered(&form, &reply(None, Some(false))).0.called_party, None);
    assert_eq!(answered(&form, &reply(Some(no_funds()), None)).0.called_party, None);
}

fn unit(outcome: UnitOutcome) -> UnitReply {
    UnitReply { rating_group: Some(1), service_identifier: Some(9), outcome }
}

fn granted(units: u64, last: bool) -> UnitOutcome {
    final_grant(units, last.then_some(FinalAction::Terminate))
}

fn final_grant(units: u64, last: Option<FinalAction>) -> UnitOutcome {
    let (threshold, tariff_change) = (units / 5, None);
    UnitOutcome::Granted { units, last, validity: 600, threshold, holding: 0, tariff_change }
}

fn no_funds() -> Refusal {
    Refusal::InsufficientFunds { available: Amount::ZERO, needed: Amount::from_micros(1) }
}

fn session(refusal: Option<Refusal>, units: Vec<UnitReply>) -> Outcome {
    Outcome::Replied(Ok(Reply::Session(charging::SessionReply { refusal, units: units.into(), told: None })))
}

fn answered(form: &AnswerForm, outcome: &Outcome) -> (CreditControlAnswer, bool) {
    let mut octets = Vec::new();
    let code = write(form, outcome, &who(), &mut octets);
    let message = Message::decode(&octets).unwrap();
    assert_eq!(message.result_code(), Some(code));
    (CreditControlAnswer::read(&message).unwrap(), message.header.is_error())
}

#[test]
fn a_grant_is_in_its_service_with_validity_threshold_and_identifiers_as_received() {
    let form = form(Body::Services(smallvec::smallvec![service_form(1)]));
    let (answer, _) = answered(&form, &session(None, vec![unit(granted(1_000, false))]));
    let service = &answer.services[0];
    assert_eq!(service.granted.unwrap().units.total_octets, Some(1_000));
    assert_eq!((service.rating_group, service.service_identifiers.as_slice()), (Some(1), &[9][..]));
    assert_eq!((service.validity_time, service.volume_quota_threshold), (Some(600), Some(200)));
    assert_eq!((service.result_code, &service.final_unit), (Some(2001), &None));
    assert_eq!(answer.granted, None, "nothing outside the service");
}

#[test]
fn the_last_grant_says_terminate_and_sets_no_threshold() {
    let form = form(Body::Services(smallvec::smallvec![service_form(1)]));
    let (answer, _) = answered(&form, &session(None, vec![unit(granted(1_000, true))]));
    assert_eq!(answer.services[0].final_unit, Some(FinalUnit::Terminate));
    assert_eq!(answer.services[0].volume_quota_threshold, None);
}

#[test]
fn the_last_grant_redirects_or_restricts_where_the_catalog_says_so() {
    let redirect = |to: &str| FinalAction::Redirect { url: to.to_owned() };
    let actions = [
        (redirect("https://pay.x"), FinalUnit::Redirect(RedirectKind::Url, "https://pay.x".into())),
        (redirect("10.0.0.9"), FinalUnit::Redirect(RedirectKind::Ipv4, "10.0.0.9".into())),
        (redirect("2001:db8::9"), FinalUnit::Redirect(RedirectKind::Ipv6, "2001:db8::9".into())),
        (redirect("sip:pay@x"), FinalUnit::Redirect(RedirectKind::SipUri, "sip:pay@x".into())),
        (
            FinalAction::Restrict { filter: "portal-only".into() },
            FinalUnit::Restrict { rules: Vec::new(), filters: vec!["portal-only".into()] },
        ),
    ];
    for (action, said) in actions {
        let outcome = session(None, vec![unit(final_grant(1_000, Some(action)))]);
        let (answer, _) = answered(&form(Body::Services(smallvec::smallvec![service_form(1)])), &outcome);
        assert_eq!(answer.services[0].final_unit, Some(said.clone()));
        assert_eq!(answer.services[0].volume_quota_threshold, None);
        let (answer, _) = answered(&form(Body::Root(GrantAs::TotalOctets)), &outcome);
        assert_eq!(answer.final_unit, Some(said));
    }
}

/// RFC 8506 5.6.2: without a Granted-Service-Unit the action is taken at once, and Validity-Time must be there.
#[test]
fn who_is_hotlined_gets_no_units_but_an_action_and_a_time() {
    let action = FinalAction::Redirect { url: "https://pay.x".to_owned() };
    let outcome = session(None, vec![unit(UnitOutcome::Hotlined { action, validity: 60 })]);
    let said = Some(FinalUnit::Redirect(RedirectKind::Url, "https://pay.x".into()));
    let (answer, _) = answered(&form(Body::Services(vec![service_form(1)].into())), &outcome);
    let service = &answer.services[0];
    assert_eq!((answer.result_code, service.result_code, service.granted), (2001, Some(2001), None));
    assert_eq!((&service.final_unit, service.validity_time), (&said, Some(60)));
    assert_eq!((service.rating_group, service.volume_quota_threshold), (Some(1), None));
    let (answer, _) = answered(&form(Body::Root(GrantAs::TotalOctets)), &outcome);
    assert_eq!((answer.result_code, answer.granted, answer.validity_time), (2001, None, Some(60)));
    assert_eq!(answer.final_unit, said);
}

#[test]
fn a_grant_that_runs_into_another_price_tells_when() {
    let at = Instant::from_unix_seconds(1_780_000_000);
    let outcome = UnitOutcome::Granted {
        units: 1_000,
        last: None,
        validity: 0,
        threshold: 0,
        holding: 30,
        tariff_change: Some(at),
    };
    let form = form(Body::Services(smallvec::smallvec![service_form(1)]));
    let (answer, _) = answered(&form, &session(None, vec![unit(outcome)]));
    let service = &answer.services[0];
    assert_eq!(service.granted.unwrap().tariff_time_change, Some(1_780_000_000));
    assert_eq!((service.validity_time, service.quota_holding_time), (None, Some(30)));
}

#[test]
fn money_is_granted_in_our_currency_without_a_threshold() {
    let usd = Currency::parse("USD").unwrap();
    let form = form(Body::Services(smallvec::smallvec![ServiceForm {
        grant_as: GrantAs::Money(usd),
        ..service_form(1)
    }]));
    let (answer, _) = answered(&form, &session(None, vec![unit(granted(2_500_000, false))]));
    let money = answer.services[0].granted.unwrap().units.money;
    assert_eq!(money, Some(Money { digits: 25, exponent: -1, currency: Some(840) }));
    assert_eq!(answer.services[0].volume_quota_threshold, None);
}

#[test]
fn one_refused_service_leaves_the_command_a_success_unless_the_profile_raises_it() {
    let outcome = session(None, vec![unit(UnitOutcome::Refused(no_funds()))]);
    let mut form = form(Body::Services(smallvec::smallvec![service_form(1)]));
    let (answer, _) = answered(&form, &outcome);
    assert_eq!((answer.result_code, answer.services[0].result_code), (2001, Some(4012)));
    form.raise = true;
    let (answer, _) = answered(&form, &outcome);
    assert_eq!((answer.result_code, answer.services[0].result_code), (4012, Some(4012)));
}

#[test]
fn services_refused_here_and_services_of_the_core_keep_their_order() {
    let wrong = ServiceForm { reported: false, problem: Some(5031), ..service_form(2) };
    let mut form = form(Body::Services(smallvec::smallvec![wrong, service_form(1)]));
    form.failed = Some(FailedAvp::example(avp::RATING_GROUP, 0x40));
    let (answer, _) = answered(&form, &session(None, vec![unit(granted(5, false))]));
    let codes: Vec<_> = answer.services.iter().map(|s| (s.rating_group, s.result_code)).collect();
    assert_eq!(codes, [(Some(2), Some(5031)), (Some(1), Some(2001))]);
    assert_eq!(answer.failed_avp.unwrap().id, avp::RATING_GROUP);
}

#[test]
fn units_asked_outside_services_are_granted_and_refused_there() {
    let form = form(Body::Root(GrantAs::Time));
    let (answer, _) = answered(&form, &session(None, vec![unit(granted(60, true))]));
    assert_eq!(answer.granted.unwrap().units.time, Some(60));
    assert_eq!((answer.validity_time, &answer.final_unit), (Some(600), &Some(FinalUnit::Terminate)));
    assert!(answer.services.is_empty());
    let (answer, _) = answered(&form, &session(None, vec![unit(UnitOutcome::Refused(no_funds()))]));
    assert_eq!((answer.result_code, answer.granted), (4012, None));
}

#[test]
fn busy_is_a_protocol_error_with_the_e_bit() {
    let outcome = Outcome::Replied(Err(EngineError::Busy));
    let (answer, error_bit) = answered(&form(Body::Nothing), &outcome);
    assert_eq!((answer.result_code, error_bit), (3004, true));
    let (answer, error_bit) = answered(&form(Body::Nothing), &Outcome::Replied(Err(EngineError::Broken)));
    assert_eq!((answer.result_code, error_bit), (5012, false));
}

#[test]
fn a_rating_failure_always_shows_an_avp() {
    let outcome = Outcome::Replied(Ok(Reply::Refused(Refusal::OutOfRange)));
    let (answer, _) = answered(&form(Body::Nothing), &outcome);
    assert_eq!(answer.result_code, 5031);
    assert_eq!(answer.failed_avp.unwrap().id, avp::USED_SERVICE_UNIT);
}

#[test]
fn refusals_have_the_codes_of_the_clause() {
    let codes = [
        (Refusal::UnknownAccount, 5030),
        (Refusal::CustomerTerminated, 5030),
        (Refusal::CustomerSuspended, 4010),
        (Refusal::AccountBlocked, 4010),
        (Refusal::NotAllowed, 5003),
        (Refusal::ResellerStopped(charging::ResellerStop::OutOfFunds), 4010),
        (Refusal::SessionTooLong, 4010),
        (Refusal::QuotaUsedUp, 4012),
        (Refusal::SpendingCapReached, 4012),
        (Refusal::UnknownSession, 5002),
        (Refusal::SessionEnded, 5002),
        (Refusal::TooMany("sessions".into()), 5006),
        (Refusal::KeyReused, 5012),
    ];
    for (refusal, code) in codes {
        assert_eq!(of_refusal(&refusal), code, "{refusal}");
    }
}

#[test]
fn a_price_is_told_in_the_shortest_digits() {
    let usd = Currency::parse("USD").unwrap();
    let (answer, _) = answered(&form(Body::Nothing), &Outcome::Costs(Amount::parse("3.99").unwrap(), usd));
    assert_eq!(answer.cost, Some(Money { digits: 399, exponent: -2, currency: Some(840) }));
    let (answer, _) = answered(&form(Body::Nothing), &Outcome::Costs(Amount::ZERO, usd));
    assert_eq!(answer.cost, Some(Money { digits: 0, exponent: 0, currency: Some(840) }));
    let (answer, _) = answered(&form(Body::Nothing), &Outcome::Suffices(false));
    assert_eq!((answer.result_code, answer.balance_suffices), (2001, Some(false)));
}

/// TS 32.299 7.2.158 and 7.2.236: idle time that still counts is told with time only; triggers with every grant of the entry.
#[test]
fn consumption_time_goes_with_time_and_triggers_with_any_grant() {
    let with = |grant_as| ServiceForm {
        grant_as,
        quota_consumption_time: 30,
        triggers: Some(vec![3, 4]),
        ..service_form(1)
    };
    let form = form(Body::Services(vec![with(GrantAs::Time), with(GrantAs::TotalOctets)].into()));
    let units = vec![unit(granted(60, false)), unit(granted(600, false))];
    let (answer, _) = answered(&form, &session(None, units));
    let told = |at: usize| {
        let service = &answer.services[at];
        (service.quota_consumption_time, service.triggers.clone())
    };
    assert_eq!(told(0), (Some(30), Some(vec![3, 4])));
    assert_eq!(told(1), (None, Some(vec![3, 4])));
}

#[test]
fn a_refused_event_has_its_code_at_both_levels_and_a_balance_is_told_where_it_is_wanted() {
    let service = Some(service_form(7));
    let body = Body::Event { units: 1, grant_as: GrantAs::Specific, service, refund_information: None };
    let mut form = form(body);
    let money = Money { digits: 5, exponent: -2, currency: Some(840) };
    let told = crate::told::Told { remaining: Some(money), low: Some(true), ..Default::default() };
    form.told = Some(Box::new(told));
    let (answer, _) = answered(&form, &Outcome::Replied(Ok(Reply::Refused(no_funds()))));
    let codes = (answer.result_code, answer.services[0].result_code, answer.services[0].rating_group);
    assert_eq!(codes, (4012, Some(4012), Some(7)));
    assert_eq!((answer.remaining_balance, answer.low_balance), (Some(money), Some(true)));
}
