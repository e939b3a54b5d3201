//! Laws of the core under random lives of a customer. Each command is checked by `world::books`: money is conserved,
//! reservations add up, refusals and repetitions change nothing, the effects name every changed row, ids ascend. At the
//! end the whole life is replayed and must come out the same.

mod money_acts;
use crate::world;

use calendar::Instant;
use charging::{
    AddAccount, AddAddOn, Asked, Authorize, ChargeTax, Charged, ClosePeriod, Command, Debit, Envelope, Fee,
    FeeWhy, Payment, PostInvoice, Reply, RowId, SessionKey, SessionRequest, Step, TaxDue, UnitReport, Used,
};
use money::Amount;
use proptest::prelude::*;
use world::{MB, WHO, World};

/// One thing that happens, by small numbers: which account, which session, how much of the scale.
#[derive(Debug, Clone)]
struct Act {
    what: u8,
    who: u8,
    which: u8,
    amount: u64,
    more: Vec<(u8, u8, u64, u64)>,
    keyed: bool,
    wait: u64,
}

/// Of 17 sizes and `edge_share` more, so many are at the edge of 64 bits.
fn act(session_share: u8, edge_share: u32) -> impl Strategy<Value = Act> {
    let size = prop_oneof![
        6 => 0u64..20,
        6 => 0u64..3_000,
        4 => 0u64..(30 * MB),
        1 => any::<u64>(),
        edge_share => edge(),
    ];
    let unit = (0u8..8, any::<u8>(), size.clone(), size.clone());
    let what = prop_oneof![
        u32::from(session_share) => Just(0u8),
        15 => 1u8..36,
    ];
    let wait = prop_oneof![8 => 0u64..120, 2 => 0u64..10_000, 1 => 0u64..3_000_000];
    (what, any::<u8>(), any::<u8>(), size, prop::collection::vec(unit, 0..4), any::<bool>(), wait).prop_map(
        |(what, who, which, amount, more, keyed, wait)| Act { what, who, which, amount, more, keyed, wait },
    )
}

/// Sums and units at the edge of 64 bits, signed and unsigned, and of what sums of two still hold.
fn edge() -> impl Strategy<Value = u64> {
    let near = prop::sample::select(vec![u64::MAX, 1 << 63, i64::MAX as u64, 1 << 62]);
    (near, 0u64..3, any::<bool>()).prop_map(
        |(near, by, above)| {
            if above { near.saturating_add(by) } else { near - by }
        },
    )
}

/// Turns acts into commands that mostly make sense in the present state.
struct Life {
    world: World,
    numbers: [u64; 4],
    numbers_below: u32,
    sent: Vec<Envelope>,
    charges: Vec<Charged>,
}

const PRODUCTS: [&str; 9] = [
    "homeconnect",
    "homeconnect-plus",
    "mobile-data",
    "hbo",
    "dvr",
    "voice-pack",
    "data-cap",
    "film-club",
    "ahead",
];
const SERVICES: [(&str, &str); 8] = [
    ("internet", ""),
    ("mobile-data", ""),
    ("mobile-data", ""),
    ("voice", "15551234"),
    ("voice", "4420"),
    ("voice", "900123"),
    ("vod", "film"),
    ("tv", ""),
];

/// What the invoice of a charge has on it: nothing, a tax on top, a contained one, or both.
fn taxes_on(xdr: RowId) -> Vec<ChargeTax> {
    let tax = |name: &str, share, included| ChargeTax { name: name.to_owned(), share, included };
    let all = [tax("VAT", (20, 100), false), tax("levy", (7, 107), true)];
    let wanted = xdr.counter() % 4;
    all.into_iter().zip([1, 2]).filter(|(_, bit)| wanted & bit != 0).map(|(tax, _)| tax).collect()
}

fn micros(amount: u64) -> Amount {
    Amount::from_micros(i64::try_from(amount).unwrap_or(i64::MAX))
}

impl Life {
    fn new(prepaid: bool, limit: Option<u64>) -> Self {
        let mut world = World::empty();
        let payment = if prepaid { Payment::Prepaid } else { Payment::Postpaid };
        let create = world.sign_up(payment, limit.map(|dollars| micros(dollars * 1_000_000)));
        world.done(create);
        for product in ["homeconnect-plus", "mobile-data"] {
            world.account(product, &[]);
        }
        Self { world, numbers: [0; 4], numbers_below: 0, sent: Vec::new(), charges: Vec::new() }
    }

    fn account(&self, who: u8) -> RowId {
        let accounts = &self.world.customer().accounts;
        accounts.get(usize::from(who) % (accounts.len() + 1)).map_or(RowId::new(WHO, 1), |a| a.id)
    }

    fn live(&mut self, act: &Act) {
        self.world.wait(act.wait);
        let command = match act.what {
            0 | 1 => self.session(act),
            2 => self.session_again(act),
            3..=5 => self.debit(act),
            6 => self.pay(act),
            7 => self.adjust(act),
            8 => self.close(act),
            9 => self.post_invoice(act),
            10 => Command::Collect,
            11 => self.limit(act),
            12 if act.who < 32 => Command::EndSession { session: self.key(act.which) },
            12 => Command::ExpireSession { session: self.key(act.which) },
            13 => self.authorize(act),
            14..=18 => self.assignment(act),
            19 => {
                let (account, blocked) = (self.account(act.who), act.which.is_multiple_of(2));
                Command::BlockAccount { account, blocked }
            }
            20 => Command::BlockCustomer { blocked: act.which.is_multiple_of(3) },
            21 if act.which < 40 => Command::TerminateAccount { account: self.account(act.who) },
            22 if act.which < 10 => Command::TerminateCustomer,
            24.. => self.money(act),
            _ => return self.repeat_something(act),
        };
        let key = act.keyed.then(|| (format!("k{}", act.which % 8).into(), act.amount % 3));
        self.send(Envelope { customer: WHO, key, command });
    }

    fn send(&mut self, envelope: Envelope) {
        self.sent.push(envelope.clone());
        let (_, effects) = self.world.send(envelope);
        let given = effects.xdrs.iter().filter(|xdr| !xdr.amount.is_negative());
        self.charges.extend(given.map(|xdr| Charged { taxes: taxes_on(xdr.id), ..Charged::from(xdr) }));
    }

    /// Any earlier request comes again, late: same answer or refusal, and no money moves twice under a key.
    fn repeat_something(&mut self, act: &Act) {
        let Some(envelope) = self.sent.get(act.amount as usize % self.sent.len().max(1)) else { return };
        self.world.send(envelope.clone());
    }

    fn key(&self, which: u8) -> SessionKey {
        SessionKey::diameter(format!("s{}", which % 4).as_bytes())
    }

    fn session(&mut self, act: &Act) -> Command {
        let slot = usize::from(act.which % 4);
        let known = self.world.customer().sessions.contains_key(&self.key(act.which));
        let step = match (known, act.who / 16) {
            (false, 0) | (true, 1) => Step::Update,
            (true, 2..=4) => Step::Stop,
            (false, _) => Step::Start,
            (true, _) => Step::Update,
        };
        self.numbers[slot] += 1;
        self.request(act, step, self.numbers[slot])
    }

    /// The last request number again, with other content.
    fn session_again(&mut self, act: &Act) -> Command {
        let slot = usize::from(act.which % 4);
        self.request(act, Step::Update, self.numbers[slot].saturating_sub(u64::from(act.who % 8)))
    }

    fn request(&self, act: &Act, step: Step, request: u64) -> Command {
        // Sessions 0 to 2 ask for quota, session 3 only counts.
        let grants = act.which % 4 != 3;
        let units = act.more.iter().map(|more| self.unit(more, grants)).collect();
        Command::Session(SessionRequest {
            session: self.key(act.which),
            account: self.account(act.who),
            identifier: "15551234567".into(),
            node: "pgw".into(),
            request,
            step,
            event_at: Instant::from_micros(self.world.now.as_micros() - 1_000_000),
            units,
            grants,
            silence: 600,
            details: "".into(),
            hotlines: act.who.is_multiple_of(2),
        })
    }

    fn unit(&self, &(service, flags, used, asked): &(u8, u8, u64, u64), grants: bool) -> UnitReport {
        let (code, destination) = SERVICES[usize::from(service)];
        let used = match flags % 4 {
            0 => Used::None,
            _ if grants => Used::Since(used),
            _ => Used::Total(used),
        };
        let asked = match flags / 4 % 3 {
            0 => Asked::Nothing,
            1 => Asked::Default,
            _ => Asked::Units(asked),
        };
        self.world.unit(code, destination, used, asked)
    }

    fn debit(&self, act: &Act) -> Command {
        let (service, destination) = SERVICES[usize::from(act.which % 8)];
        let reference = act.who.is_multiple_of(3).then(|| format!("p{}", act.who).into());
        Command::Debit(Debit {
            account: self.account(act.who),
            identifier: "alice".into(),
            node: "api".into(),
            service: self.world.service(service),
            access_code: Box::default(),
            destination: destination.into(),
            units: if act.keyed { 1 } else { act.amount },
            description: "something".into(),
            reference,
            at: self.world.now,
        })
    }

    fn authorize(&self, act: &Act) -> Command {
        let service = self.world.service(SERVICES[usize::from(act.which % 8)].0);
        Command::Authorize(Authorize {
            account: self.account(act.who),
            service,
            node: "bng".into(),
            access_code: "".into(),
            destination: "".into(),
        })
    }

    fn assignment(&self, act: &Act) -> Command {
        let account = self.account(act.who);
        let product = self.world.product(PRODUCTS[usize::from(act.which % 9)]);
        match act.what {
            14 => {
                let add_ons =
                    act.more.iter().map(|m| self.world.product(PRODUCTS[usize::from(m.0)])).collect();
                Command::AddAccount(AddAccount { product, add_ons, detail: "new".into() })
            }
            15 => Command::ChangeProduct { account, product },
            16 => {
                let held = self.world.customer().account(account).and_then(|a| a.add_ons.last());
                let add_on = held.map_or(RowId::new(WHO, 1), |a| a.id);
                Command::RemoveAddOn { account, add_on }
            }
            _ => {
                let until = act.keyed.then(|| self.world.now.plus(calendar::Seconds(act.amount)));
                Command::AddAddOn(AddAddOn { account, product, from: None, until, accept_conflicts: true })
            }
        }
    }

    fn close(&self, act: &Act) -> Command {
        let head = &self.world.customer().head;
        let fees = act.more.iter().map(|(who, which, days, fee)| Fee {
            account: self.account(*who),
            product: self.world.product(PRODUCTS[usize::from(which % 9)]),
            name: "fee".into(),
            full_fee: micros(*fee),
            amount: micros(*fee),
            days: ((*days % 30) as u32, 30),
            span: (head.period_start, head.period_end),
            why: FeeWhy::Held,
        });
        Command::ClosePeriod(ClosePeriod {
            period_number: head.period_number - u32::from(act.which.is_multiple_of(8)),
            fee_basis: head.fee_basis + u32::from(act.which.is_multiple_of(9)),
            fees: if act.who.is_multiple_of(2) { self.real_fees() } else { fees.collect() },
            next_end: head.period_end.plus(calendar::Seconds(30 * 86_400)),
        })
    }

    fn real_fees(&self) -> Vec<Fee> {
        let (customer, utc) = (self.world.customer(), calendar::BillingZone::utc());
        charging::fees_at_close(customer, &self.world.catalog, &utc).unwrap()
    }

    /// Some invoices have a tax on top, some contain one, some give one back.
    fn taxes(&self, act: &Act) -> Vec<TaxDue> {
        let tax = |(who, which, _, amount): &(u8, u8, u64, u64)| {
            let amount = micros(if act.keyed { *amount } else { amount % 5_000_000 });
            let amount = if who.is_multiple_of(5) { amount.negated().unwrap() } else { amount };
            TaxDue { name: format!("tax {who}"), amount, included: which.is_multiple_of(2) }
        };
        act.more.iter().map(tax).collect()
    }

    fn post_invoice(&self, act: &Act) -> Command {
        let head = &self.world.customer().head;
        Command::PostInvoice(PostInvoice {
            period_number: head.period_number - 1,
            number: format!("INV-{}", head.period_number - 1),
            total: head.closed_total,
            taxes: self.taxes(act),
            due_at: self.world.now.plus(calendar::Seconds(act.amount % 2_000_000)),
        })
    }

    /// Ends everything that runs; nothing stays locked.
    fn end(&mut self) {
        let open: Vec<SessionKey> = self.world.customer().open_sessions().map(|s| s.key.clone()).collect();
        for (position, session) in open.into_iter().enumerate() {
            self.world.wait(100_000);
            if position % 2 == 0 {
                let expired = self.world.done(Command::ExpireSession { session });
                assert_eq!(expired, None);
            } else {
                let number = self.numbers.iter().max().unwrap() + 100;
                let account = self.account(0);
                let mut request = self.world.step(account, number, Step::Stop, Vec::new());
                request.session = session;
                let (reply, _) = self.world.run(Command::Session(request));
                assert!(matches!(reply, Reply::Session(_)), "a session can always be stopped: {reply:?}");
            }
        }
        let customer = self.world.customer();
        assert_eq!(customer.head.purse.reserved, Amount::ZERO, "nothing runs, nothing is locked");
        let mut own = customer.accounts.iter().filter_map(|a| a.purse.as_ref());
        assert!(own.all(|purse| purse.reserved.is_zero()), "nothing runs, nothing is locked");
        let mut buckets = customer.accounts.iter().flat_map(|a| &a.buckets);
        assert!(buckets.all(|b| b.reserved == 0), "nothing runs, no units are locked");
    }
}

fn signed(act: &Act) -> Amount {
    let amount = micros(act.amount);
    if act.which.is_multiple_of(2) { amount } else { amount.negated().unwrap() }
}

fn live(prepaid: bool, limit: Option<u64>, acts: &[Act]) {
    let mut life = Life::new(prepaid, limit);
    for act in acts {
        life.live(act);
    }
    life.end();
    life.world.replay();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A life of everything: every law holds after every command.
    #[test]
    fn the_laws_hold_for_any_life(
        prepaid in any::<bool>(),
        limit in prop::option::of(0u64..200),
        acts in prop::collection::vec(act(4, 1), 1..60),
    ) {
        live(prepaid, limit, &acts);
    }

    /// Sums that are nearly out of range, of a customer whose limits are not: a command is done whole or refused whole.
    #[test]
    fn the_laws_hold_at_the_edge_of_the_range(
        limit in prop::option::weighted(0.2, 0u64..9_000_000_000_000),
        acts in prop::collection::vec(act(4, 40), 1..40),
    ) {
        live(false, limit, &acts);
    }

    /// Many sessions at once on little money: nothing is granted twice and all of it comes back.
    #[test]
    fn parallel_sessions_never_share_a_unit(
        limit in prop::option::of(0u64..3),
        acts in prop::collection::vec(act(60, 1), 1..60),
    ) {
        live(false, limit, &acts);
    }
}
