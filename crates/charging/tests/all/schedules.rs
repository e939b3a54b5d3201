//! Access by schedule: regular, turbo, limited and blocked times of a service, on the customer's own clock.

use crate::plan_world;
use crate::world;

use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{AccountId, Asked, Command, Refusal, Step, UnitOutcome, Used};
use world::{World, at, unit_refusal};

/// A line that is fast at night, slow on Saturdays and shut on Sundays from six to eighteen; on any other day as usual.
const SCHEDULE: &str = r#"
[[off_peak_periods]]
code = "night"
name = "Nights"
when = [{ hours = "18:00-06:00" }]
[[off_peak_periods]]
code = "saturday"
name = "Saturdays"
when = [{ weekdays = "sat" }]
[[off_peak_periods]]
code = "sunday"
name = "Sundays"
when = [{ weekdays = "sun" }]
[[services]]
code = "line"
name = "Line"
kind = "data"
unit = "octet"
grant = { units = 100, validity = 7200 }
[[tariffs]]
code = "line"
name = "Line"
service = "line"
rates = [{ first_price = "0" }]
[[products]]
code = "scheduled"
name = "Scheduled"
kind = "main"
rating = [{ service = "line", tariff = "line" }]
[[products.policies]]
service = "line"
down_kbps = 1000
attributes = { queue = "usual" }
limited = { down_kbps = 10 }
turbo = { down_kbps = 5000, attributes = { queue = "fast" } }
schedule = [{ during = "night", access = "turbo" }, { during = "saturday", access = "limited" }, { during = "sunday", access = "blocked" }]
"#;

fn world() -> (World, AccountId) {
    let mut world = plan_world::world(Some("100"));
    let catalog: Catalog = toml::from_str(&format!("currency = \"USD\"\n{SCHEDULE}")).unwrap();
    world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let line = world.account("scheduled", &[]);
    (world, line)
}

#[test]
fn attributes_are_those_of_the_time_of_day() {
    let (mut world, line) = world();
    let mut speed = |when: &str| {
        world.now = at(when);
        let access = world.access(line, "line");
        let queue = access.policy.attributes.iter().find(|(name, _)| name == "queue").unwrap().1.clone();
        (access.policy.down_kbps, queue, access.refusal)
    };
    // 5 June 2026 is a Friday.
    assert_eq!(speed("2026-06-05T12:00:00Z"), (Some(1_000), "usual".into(), None));
    assert_eq!(speed("2026-06-05T18:00:00Z"), (Some(5_000), "fast".into(), None));
    assert_eq!(speed("2026-06-06T06:00:00Z"), (Some(10), "usual".into(), None), "slow on Saturday");
    assert_eq!(speed("2026-06-06T18:00:00Z").0, Some(5_000), "the first time that holds decides");
    assert_eq!(speed("2026-06-07T12:00:00Z").2, Some(Refusal::NotAllowed), "shut on Sunday");
}

#[test]
fn a_grant_ends_where_another_access_begins_and_blocked_times_grant_nothing() {
    let (mut world, line) = world();
    let mut step = |number: u64, step: Step, when: &str| {
        world.now = at(when);
        let used = if step == Step::Start { Used::None } else { Used::Since(100) };
        let unit = world.unit("line", "", used, Asked::Default);
        let request = world.step(line, number, step, vec![unit]);
        world.session(request).0
    };
    let validity = |outcome: &UnitOutcome| match outcome {
        UnitOutcome::Granted { validity, .. } => *validity,
        other => panic!("nothing granted: {other:?}"),
    };
    let reply = step(0, Step::Start, "2026-06-06T15:00:00Z");
    assert_eq!(validity(&reply.units[0].outcome), 7_200, "no other access within two hours");
    let reply = step(1, Step::Update, "2026-06-06T17:00:00Z");
    assert_eq!(validity(&reply.units[0].outcome), 3_600, "until eighteen");
    let reply = step(2, Step::Update, "2026-06-07T05:59:30Z");
    assert_eq!(validity(&reply.units[0].outcome), 30);
    let reply = step(3, Step::Update, "2026-06-07T06:00:00Z");
    assert_eq!(unit_refusal(&reply), &Refusal::NotAllowed, "Sunday morning");
    assert_eq!(world.customer().sessions.values().next().unwrap().meters[0].used, 300, "use is counted");
    world.replay();
}

#[test]
fn a_session_is_not_begun_in_a_blocked_time() {
    let (mut world, line) = world();
    world.now = at("2026-06-07T12:00:00Z");
    let unit = world.unit("line", "", Used::None, Asked::Default);
    let request = world.step(line, 0, Step::Start, vec![unit]);
    let (reply, _) = world.session(request);
    assert_eq!(reply.refusal, Some(Refusal::NotAllowed));
    assert!(world.customer().sessions.is_empty());
    world.refused(Command::EndSession { session: charging::SessionKey::diameter(b"pgw;1;1") });
}
