//! Vouchers: credited once, whoever redeems them and wherever a crash or a delay falls between the three steps.

use crate::world;

use charging::{
    Command, Context, Customer, CustomerId, Envelope, Refusal, Reply, Voucher, VoucherClaim, VoucherOutcome,
    VoucherState, apply,
};
use proptest::prelude::*;
use world::{WHO, World, at, usd};

fn voucher(world: &World) -> Voucher {
    Voucher {
        digest: "9f86d081".into(),
        amount: usd("10"),
        currency: world.customer().head.currency,
        expires_at: Some(at("2026-12-31T00:00:00Z")),
        claims: 0,
        state: VoucherState::Free,
    }
}

fn redeem(world: &mut World, claim: VoucherClaim) -> VoucherOutcome {
    match world.run(Command::RedeemVoucher(claim)).0 {
        Reply::Voucher(outcome) => outcome,
        other => panic!("no outcome: {other:?}"),
    }
}

#[test]
fn a_voucher_is_credited_once_also_when_the_last_step_is_lost() {
    let mut world = World::postpaid(Some("0"));
    let usd_code = world.customer().head.currency;
    let (claimed, claim) = voucher(&world).claim(WHO, None, usd_code, world.now).unwrap();
    let first = redeem(&mut world, claim);
    // The crash: the row was never settled. Somebody finds it claimed and goes on.
    world.wait(29 * 86_400);
    let (same, resumed) = claimed.claim(WHO, None, usd_code, world.now).unwrap();
    assert_eq!(same, claimed, "his own claim again is the same claim");
    assert_eq!(redeem(&mut world, resumed.clone()), first);
    assert_eq!(world.available(), usd("10"));
    let settled = claimed.settle(resumed.claim, first);
    assert!(matches!(settled.state, VoucherState::Redeemed { customer: WHO, .. }));
    assert_eq!(settled.claim(CustomerId(8), None, usd_code, world.now), Err(Refusal::VoucherUsed));
    assert_eq!(settled.claim(WHO, None, usd_code, world.now), Err(Refusal::VoucherUsed));
}

#[test]
fn a_claim_given_up_credits_nothing_however_late_its_request_comes() {
    let mut world = World::postpaid(Some("0"));
    let usd_code = world.customer().head.currency;
    let (claimed, claim) = voucher(&world).claim(WHO, None, usd_code, world.now).unwrap();
    assert_eq!(claimed.claim(CustomerId(8), None, usd_code, world.now), Err(Refusal::VoucherUsed));
    let (reply, _) = world.run(Command::ForgoVoucher(claim.clone()));
    assert_eq!(reply, Reply::Voucher(VoucherOutcome::Forgone));
    let free = claimed.settle(claim.claim, VoucherOutcome::Forgone);
    let (other, second) = free.claim(CustomerId(8), None, usd_code, world.now).unwrap();
    assert_eq!(second.claim, 2);
    assert_eq!(redeem(&mut world, claim.clone()), VoucherOutcome::Forgone, "the request that was delayed");
    assert_eq!(other.settle(claim.claim, VoucherOutcome::Forgone), other, "an old outcome changes nothing");
    assert_eq!(world.available(), usd("0"));
    world.replay();
}

#[test]
fn expired_foreign_and_revoked_vouchers_are_refused() {
    let mut world = World::postpaid(Some("0"));
    let usd_code = world.customer().head.currency;
    let fresh = voucher(&world);
    let late = at("2026-12-31T00:00:00Z");
    assert_eq!(fresh.claim(WHO, None, usd_code, late), Err(Refusal::VoucherExpired));
    let euro = money::Currency::parse("EUR").unwrap();
    assert_eq!(fresh.claim(WHO, None, euro, world.now), Err(Refusal::WrongCurrency("USD".into())));
    let revoked = fresh.revoke().unwrap();
    assert_eq!(revoked.claim(WHO, None, usd_code, world.now), Err(Refusal::VoucherRevoked));
    let (claimed, claim) = fresh.claim(WHO, None, usd_code, world.now).unwrap();
    assert_eq!(claimed.revoke(), Err(Refusal::VoucherUsed));
    world.now = world.now.plus(charging::CLAIM_OPEN);
    assert_eq!(world.refused(Command::RedeemVoucher(claim.clone())), Refusal::TooOld);
    assert_eq!(world.refused(Command::ForgoVoucher(claim)), Refusal::TooOld);
}

/// Two customers and one voucher row, as a store keeps it; what is on its way may come late, twice, or never.
struct Counter {
    row: Voucher,
    customers: [(CustomerId, Option<Customer>); 2],
    on_its_way: Vec<(usize, bool, VoucherClaim)>,
    credited: Vec<(u32, CustomerId)>,
}

impl Counter {
    fn new(world: &World) -> Self {
        let other = CustomerId(8);
        let mut state = None;
        let create =
            Envelope { customer: other, key: None, command: world.sign_up(charging::Payment::Prepaid, None) };
        apply(&mut state, &create, Context { catalog: &world.catalog, now: world.now }).unwrap();
        let customers = [(WHO, world.state.clone()), (other, state)];
        Self { row: voucher(world), customers, on_its_way: Vec::new(), credited: Vec::new() }
    }

    /// Step 1, and step 2 (or its opposite) goes on its way.
    fn claim(&mut self, world: &World, who: usize, forgo: bool) {
        let currency = world.customer().head.currency;
        let Ok((row, claim)) = self.row.claim(self.customers[who].0, None, currency, world.now) else {
            return;
        };
        self.row = row;
        self.on_its_way.push((who, forgo, claim));
    }

    /// Step 2 arrives; step 3 follows unless it is lost.
    fn arrive(&mut self, world: &World, which: usize, keep: bool, settle: bool) {
        if self.on_its_way.is_empty() {
            return;
        }
        let position = which % self.on_its_way.len();
        let (who, forgo, claim) = self.on_its_way[position].clone();
        if !keep {
            self.on_its_way.remove(position);
        }
        let command =
            if forgo { Command::ForgoVoucher(claim.clone()) } else { Command::RedeemVoucher(claim.clone()) };
        let (id, state) = &mut self.customers[who];
        let envelope = Envelope { customer: *id, key: None, command };
        let context = Context { catalog: &world.catalog, now: world.now };
        let (reply, effects) = apply(state, &envelope, context).unwrap();
        self.credited.extend(effects.ledger.iter().map(|_| (claim.claim, *id)));
        let Reply::Voucher(outcome) = reply else { panic!("no outcome: {reply:?}") };
        if settle {
            self.row = self.row.settle(claim.claim, outcome);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Never twice over all customers; and once everything was carried to its end, credited if and only if the row says so.
    #[test]
    fn a_voucher_is_never_credited_twice(
        acts in prop::collection::vec((0u8..6, any::<u8>(), any::<bool>(), any::<bool>()), 1..40),
    ) {
        let mut world = World::empty();
        world.done(world.sign_up(charging::Payment::Prepaid, None));
        let mut counter = Counter::new(&world);
        for (what, which, one, other) in acts {
            world.wait(60);
            match what {
                0 | 1 => counter.claim(&world, usize::from(which % 2), which.is_multiple_of(5)),
                _ => counter.arrive(&world, usize::from(which), one, other),
            }
            prop_assert!(counter.credited.len() <= 1, "credited {:?}", counter.credited);
        }
        // The resumption after a crash: who holds the claim goes on with it.
        if let VoucherState::Claimed { customer, .. } = counter.row.state {
            let who = usize::from(customer != WHO);
            counter.claim(&world, who, false);
            counter.arrive(&world, counter.on_its_way.len() - 1, false, true);
        }
        while !counter.on_its_way.is_empty() {
            counter.arrive(&world, 0, false, true);
        }
        let redeemed = matches!(counter.row.state, VoucherState::Redeemed { .. });
        prop_assert_eq!(counter.credited.len(), usize::from(redeemed));
    }
}
