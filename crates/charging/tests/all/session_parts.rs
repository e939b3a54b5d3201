//! Sessions that are reported in parts: whatever comes twice, late, out of order or beyond what is told apart, no unit of a part counts
//! twice and none that was acknowledged is lost.

use crate::world;

use charging::{
    AccountId, Command, EventKind, PARTS_MOST, PartEnd, Refusal, Reply, SessionRequest, Step, Used,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use world::{World, count};

/// Parts of one request at most.
const AT_ONCE: usize = 64;

/// One customer with one packet session, and beside it what each of its parts has told at most.
struct Session {
    world: World,
    account: AccountId,
    number: u64,
    told: BTreeMap<u64, u64>,
}

impl Session {
    fn new() -> Self {
        let mut world = World::postpaid(None);
        let account = world.account("mobile-data", &[]);
        Self { world, account, number: 0, told: BTreeMap::new() }
    }

    fn request(&mut self, step: Step, parts: &[(u64, u64, PartEnd)]) -> SessionRequest {
        self.number += 1;
        let unit = |&(part, total, end): &(u64, u64, PartEnd)| {
            self.world.unit("mobile-data", "", Used::Part { part, total, end }, charging::Asked::Nothing)
        };
        let units = parts.iter().map(unit).collect();
        let request = self.world.step(self.account, self.number, step, units);
        SessionRequest { grants: false, ..request }
    }

    /// Reports parts; what is acknowledged counts.
    fn report(&mut self, step: Step, parts: &[(u64, u64, PartEnd)]) -> (Reply, charging::Effects) {
        self.world.wait(1);
        let request = self.request(step, parts);
        let (reply, effects) = self.world.run(Command::Session(request));
        if matches!(reply, Reply::Session(_)) {
            for (part, total, _) in parts {
                let told = self.told.entry(*part).or_default();
                *told = (*told).max(*total);
            }
        }
        assert_eq!(self.counted(), self.told.values().sum::<u64>(), "each part once: {parts:?}");
        (reply, effects)
    }

    /// Fills the session up to so many parts of one unit each.
    fn fill(&mut self, upto: u64) {
        let parts: Vec<_> = (0..upto).map(|part| (part, 1, PartEnd::Continues)).collect();
        for some in parts.chunks(AT_ONCE) {
            self.report(Step::Update, some);
        }
    }

    /// Units charged and units in open sessions.
    fn counted(&self) -> u64 {
        let charged: u64 = self.world.effects().flat_map(|effects| &effects.xdrs).map(|xdr| xdr.units).sum();
        let open = self.world.customer().open_sessions().flat_map(|session| &session.meters);
        charged + open.map(|meter| meter.used).sum::<u64>()
    }
}

fn end() -> impl Strategy<Value = PartEnd> {
    prop_oneof![4 => Just(PartEnd::Open), 3 => Just(PartEnd::Continues), 1 => Just(PartEnd::Last)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Reports of old and new parts around the limit, in any order, with ends and new beginnings between.
    #[test]
    fn no_part_counts_twice_and_none_is_lost(
        filled in prop_oneof![Just(0), Just(PARTS_MOST as u64 - 3)],
        reports in prop::collection::vec(
            (any::<bool>(), prop::collection::vec((0u64..9, 0u64..2_000, end()), 1..4)),
            1..40,
        ),
    ) {
        let mut session = Session::new();
        session.fill(filled);
        for (start, parts) in reports {
            // Some of the first parts and some around the limit.
            let place = |part: u64| if part < 4 { part } else { filled + part - 4 };
            let parts: Vec<_> = parts.into_iter().map(|(part, total, end)| (place(part), total, end)).collect();
            let step = if start { Step::Start } else { Step::Update };
            session.report(step, &parts);
        }
        session.world.replay();
    }
}

#[test]
fn a_part_beyond_the_limit_is_refused_and_the_known_ones_go_on() {
    let mut session = Session::new();
    session.fill(PARTS_MOST as u64 - 1);
    let (_, effects) = session.report(Step::Update, &[(5_000, 10, PartEnd::Open)]);
    assert_eq!(count(&effects, EventKind::SessionFull), 1, "people see that it is full");
    for _ in 0..2 {
        let (reply, _) = session.report(Step::Update, &[(5_001, 7, PartEnd::Open)]);
        assert!(
            matches!(&reply, Reply::Refused(Refusal::TooMany(what)) if what.contains("parts")),
            "{reply:?}"
        );
    }
    let (reply, effects) =
        session.report(Step::Update, &[(0, 4, PartEnd::Continues), (5_000, 30, PartEnd::Open)]);
    assert!(matches!(reply, Reply::Session(_)), "{reply:?}");
    assert_eq!(count(&effects, EventKind::SessionFull), 0, "said once");
    assert_eq!(session.counted(), PARTS_MOST as u64 - 1 + 3 + 30);
}

#[test]
fn a_late_report_of_an_ended_session_counts_nothing_in_the_one_that_began_anew() {
    let mut session = Session::new();
    session.report(Step::Start, &[(1, 500, PartEnd::Open)]);
    session.world.wait(10_000);
    let key = session.request(Step::Update, &[]).session;
    session.world.done(Command::ExpireSession { session: key });
    session.report(Step::Start, &[(2, 0, PartEnd::Open)]);
    // What the first part has used since it was charged is new, the rest is not.
    session.report(Step::Update, &[(1, 600, PartEnd::Continues)]);
    session.report(Step::Update, &[(2, 50, PartEnd::Last)]);
    assert_eq!(session.world.customer().open_sessions().count(), 0, "it ended with its own last part");
    assert_eq!(session.counted(), 650);
}

#[test]
fn a_part_that_is_named_twice_in_one_request_counts_once() {
    let mut session = Session::new();
    session.report(Step::Start, &[(1, 500, PartEnd::Open), (1, 700, PartEnd::Open), (1, 600, PartEnd::Open)]);
    assert_eq!(session.counted(), 700);
}
