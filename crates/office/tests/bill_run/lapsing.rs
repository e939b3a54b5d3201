//! What was given for a time ends by itself, is told once, and leaves nothing to do.

use crate::world::{STAFF, World, amount, open};
use calendar::Instant;
use charging::{Command, CustomerId, EventKind, LimitChange, Reply, Share, TemporaryLimit};
use office::{NewAddOn, RunReport};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn told(world: &World, customer: CustomerId, kind: EventKind) -> Vec<String> {
    world.office.store().flush().unwrap();
    let events = world.office.store().events_of(customer, None, &[kind], 50).unwrap();
    events.into_iter().map(|event| event.detail).collect()
}

#[test]
fn a_raised_limit_and_an_add_on_end_at_their_hour_and_the_clock_rests_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let available = || world.office.balance_of(customer).unwrap().available;
    let raised = TemporaryLimit { raise: Share::Amount(amount("50")), until: at("2026-06-02T00:00:00Z") };
    let command = Command::SetLimit { account: None, change: LimitChange::Temporary(Some(raised)) };
    assert_eq!(world.office.engine().call(customer, None, command, None).unwrap(), Reply::Done(None));
    let account = world.office.customer(customer).unwrap().accounts.remove(0);
    let dvr = account.add_ons.iter().find(|add_on| add_on.product.code == "dvr").unwrap().id;
    world.office.remove_add_on(&STAFF(), account.id, dvr, None).unwrap();
    let until = Some(at("2026-06-03T10:00:00Z"));
    world.office.add_add_on(&STAFF(), account.id, NewAddOn { until, ..NewAddOn::from("dvr") }, None).unwrap();
    assert_eq!(available(), amount("150"));

    assert_eq!(world.go_to("2026-06-02T00:00:01Z"), RunReport::default(), "nothing was billed or parked");
    assert_eq!(available(), amount("100"));
    let limits = told(&world, customer, EventKind::CreditLimitChanged);
    assert_eq!(limits[0], "the temporary limit ended");
    assert_eq!(told(&world, customer, EventKind::AddOnRemoved).len(), 1, "only the one ended by hand");

    world.go_to("2026-06-03T10:00:01Z");
    assert_eq!(told(&world, customer, EventKind::AddOnRemoved), ["DVR", "DVR"]);
    let head = world.office.customer(customer).unwrap().live.head;
    assert_eq!((head.lapses_at, head.plans_due, head.next_due()), (None, None, Some(head.period_end)));
    assert!(world.office.store().due_customers(world.office.now(), 10).unwrap().is_empty());

    let seq = head.seq;
    world.go_to("2026-06-04T00:00:00Z");
    assert_eq!(world.office.customer(customer).unwrap().live.head.seq, seq, "no command without a reason");
    world.verify();
}

#[test]
fn what_ended_while_nobody_looked_is_told_before_its_period_is_billed() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let account = world.office.customer(customer).unwrap().accounts.remove(0);
    let dvr = account.add_ons.iter().find(|add_on| add_on.product.code == "dvr").unwrap().id;
    world.office.remove_add_on(&STAFF(), account.id, dvr, None).unwrap();
    let until = Some(at("2026-06-11T00:00:00Z"));
    world.office.add_add_on(&STAFF(), account.id, NewAddOn { until, ..NewAddOn::from("dvr") }, None).unwrap();
    let report = world.go_to("2026-07-01T00:00:01Z");
    assert_eq!((report.closed, report.invoiced, report.failed), (1, 1, Vec::new()));
    assert_eq!(told(&world, customer, EventKind::AddOnRemoved), ["DVR", "DVR"]);
    world.verify();
}
