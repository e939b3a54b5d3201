//! Laws of plans under random lives: `world::plan_books` checks after every command that what buckets gave is what sessions and
//! xDRs took, that locks add up, and that nothing is given twice; `world::books` checks money, refusals, repetitions and rows.

use crate::plan_world;
use crate::world;

use calendar::{Instant, Seconds};
use charging::{
    AddAddOn, Asked, Authorize, ClosePeriod, Command, Envelope, GrantUnits, Pay, RowId, SessionKey,
    SessionRequest, Step, TopUp, UnitReport, Used,
};
use money::Amount;
use proptest::prelude::*;
use world::{WHO, World};

const MAIN: [&str; 7] = ["plain", "smart-net", "rolling", "rolling-plus", "daily", "family", "pooled"];
const ADD_ONS: [&str; 10] =
    ["turbo", "regular", "hundred", "fifty", "fifty-too", "talker", "spender", "coins", "purse", "later"];
const USES: [(&str, &str); 6] =
    [("data", ""), ("data", ""), ("voice", "1555"), ("sms", "1555"), ("sms", "44"), ("open", "")];

#[derive(Debug, Clone)]
struct Act {
    what: u8,
    who: u8,
    which: u8,
    units: u64,
    used: Vec<(u8, u64, u64)>,
    keyed: bool,
    wait: u64,
}

fn act() -> impl Strategy<Value = Act> {
    let units = prop_oneof![5 => 0u64..30, 5 => 0u64..1_500, 2 => 0u64..80_000, 1 => any::<u64>()];
    let used = prop::collection::vec((any::<u8>(), units.clone(), units.clone()), 0..3);
    let wait = prop_oneof![6 => 0u64..60, 3 => 0u64..90_000, 2 => 0u64..1_500_000];
    (0u8..24, any::<u8>(), any::<u8>(), units, used, any::<bool>(), wait).prop_map(
        |(what, who, which, units, used, keyed, wait)| Act { what, who, which, units, used, keyed, wait },
    )
}

struct Life {
    world: World,
    number: u64,
}

impl Life {
    fn new(limit: Option<u64>) -> Self {
        let limit = limit.map(|dollars| dollars.to_string());
        let mut world = plan_world::world(limit.as_deref());
        for product in ["family", "family", "smart-net"] {
            world.account(product, &[]);
        }
        Self { world, number: 0 }
    }

    fn account(&self, who: u8) -> RowId {
        let accounts = &self.world.customer().accounts;
        accounts[usize::from(who) % accounts.len()].id
    }

    fn live(&mut self, act: &Act) {
        self.world.wait(act.wait);
        let account = self.account(act.who);
        let command = match act.what {
            0..=9 => self.session(act, account),
            10..=12 => {
                let (service, to) = USES[usize::from(act.which) % USES.len()];
                self.world.purchase(account, service, to, act.units, None)
            }
            13 | 14 => self.add(act, account),
            15 => {
                let held = self.world.customer().account(account).and_then(|a| a.add_ons.first());
                Command::RemoveAddOn { account, add_on: held.map_or(RowId::new(WHO, 1), |a| a.id) }
            }
            16 => {
                let product = self.world.product(MAIN[usize::from(act.which) % MAIN.len()]);
                Command::ChangeProduct { account, product }
            }
            17 | 18 => {
                let (product, wallet) = if act.keyed { ("coins", "Coins") } else { ("purse", "Call money") };
                let option = ["100", "300", "one"][usize::from(act.which) % 3].into();
                Command::TopUp(TopUp { account, wallet: self.world.plan(product, wallet), option })
            }
            19 => self.gift(act, account),
            20 => Command::Lapse,
            21 => self.close(),
            22 => Command::Pay(Pay {
                account: None,
                amount: Amount::from_micros(5_000_000),
                exchanged: None,
                note: "".into(),
            }),
            _ => {
                let service = self.world.service(USES[usize::from(act.which) % USES.len()].0);
                Command::Authorize(Authorize {
                    account,
                    service,
                    node: "bng".into(),
                    access_code: "".into(),
                    destination: "".into(),
                })
            }
        };
        let key = act.keyed.then(|| (format!("k{}", act.which % 8).into(), act.units % 3));
        self.world.send(Envelope { customer: WHO, key, command });
    }

    fn session(&mut self, act: &Act, account: RowId) -> Command {
        self.number += 1;
        let session = SessionKey::diameter(format!("s{}", act.which % 6).as_bytes());
        let known = self.world.customer().sessions.contains_key(&session);
        let step = match (known, act.which / 6 % 4) {
            (false, _) => Step::Start,
            (true, 0) => Step::Stop,
            (true, _) => Step::Update,
        };
        let units: Vec<UnitReport> = act.used.iter().map(|used| self.unit(used)).collect();
        let request = self.world.step(account, self.number, step, units);
        Command::Session(SessionRequest { session, ..request })
    }

    fn unit(&self, &(which, used, asked): &(u8, u64, u64)) -> UnitReport {
        let (service, to) = USES[usize::from(which) % USES.len()];
        let used = if which.is_multiple_of(3) { Used::None } else { Used::Since(used) };
        let asked = match which % 4 {
            0 => Asked::Nothing,
            1 => Asked::Default,
            _ => Asked::Units(asked),
        };
        self.world.unit(service, to, used, asked)
    }

    fn add(&self, act: &Act, account: RowId) -> Command {
        let product = self.world.product(ADD_ONS[usize::from(act.which) % ADD_ONS.len()]);
        let later = |seconds: u64| self.world.now.plus(Seconds(seconds % 1_000_000));
        let from: Option<Instant> = act.used.first().map(|used| later(used.1));
        let until = act.used.get(1).map(|used| later(used.1));
        Command::AddAddOn(AddAddOn { account, product, from, until, accept_conflicts: act.keyed })
    }

    fn gift(&self, act: &Act, account: RowId) -> Command {
        let products = ["family", "smart-net", "coins", "rolling", "daily"];
        let product = self.world.product(products[usize::from(act.which) % products.len()]);
        let plan = self.world.catalog.plans_of(product).next().unwrap().1.key;
        let until = self.world.now.plus(Seconds(act.wait));
        Command::GrantUnits(GrantUnits { account, plan, units: act.units, until, note: "sorry".into() })
    }

    fn close(&self) -> Command {
        let head = &self.world.customer().head;
        let zone = calendar::BillingZone::utc();
        Command::ClosePeriod(ClosePeriod {
            period_number: head.period_number,
            fee_basis: head.fee_basis,
            fees: Vec::new(),
            next_end: head.period.end_after(head.period_end, &zone),
        })
    }

    /// Every row is stored and read as it is.
    fn rows_read_back(&self) {
        let customer = self.world.customer();
        let head = postcard::to_allocvec(&customer.head).unwrap();
        assert_eq!(postcard::from_bytes::<charging::Head>(&head).unwrap(), customer.head);
        for account in &customer.accounts {
            let row = postcard::to_allocvec(account).unwrap();
            assert_eq!(postcard::from_bytes::<charging::Account>(&row).unwrap(), *account);
        }
        for session in customer.sessions.values() {
            let row = postcard::to_allocvec(session).unwrap();
            assert_eq!(postcard::from_bytes::<charging::Session>(&row).unwrap(), *session);
        }
    }

    /// Ends everything that runs; nothing stays locked anywhere.
    fn end(&mut self) {
        let open: Vec<SessionKey> = self.world.customer().open_sessions().map(|s| s.key.clone()).collect();
        for session in open {
            self.world.wait(10_000);
            self.world.done(Command::ExpireSession { session });
        }
        let customer = self.world.customer();
        assert_eq!(customer.head.purse.reserved, Amount::ZERO, "nothing runs, no money is locked");
        let mut buckets = customer.accounts.iter().flat_map(|a| &a.buckets).chain(&customer.head.shared);
        assert!(buckets.all(|b| b.reserved == 0), "nothing runs, no units are locked");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Units are conserved whatever happens, and the whole life comes out the same when it is replayed.
    #[test]
    fn plans_give_every_unit_once(
        limit in prop::option::of(0u64..50),
        acts in prop::collection::vec(act(), 1..80),
    ) {
        let mut life = Life::new(limit);
        for act in &acts {
            life.live(act);
        }
        life.rows_read_back();
        life.end();
        life.world.replay();
    }

    /// Any number of sessions of any of the accounts together never get more of a shared quota than there is.
    #[test]
    fn parallel_sessions_never_overspend_a_shared_quota(
        steps in prop::collection::vec((0u8..9, 0u64..400, 0u64..400), 1..60),
    ) {
        let mut world = plan_world::world(Some("0"));
        let accounts = [(); 3].map(|()| world.account("family", &[]));
        let mut granted = [0u64; 9];
        let mut used = 0;
        for (number, (slot, use_of, asked)) in steps.iter().enumerate() {
            let (account, name) = (accounts[usize::from(slot % 3)], format!("s{slot}"));
            let known = world.customer().sessions.contains_key(&SessionKey::diameter(name.as_bytes()));
            let part = (*use_of).min(granted[usize::from(*slot)]);
            let step = if known { Step::Update } else { Step::Start };
            let asked = Asked::Units((*asked).max(1));
            let (reply, _) = world.one((&name, account), (number as u64, step), ("data", ""), (part, asked));
            used += part;
            granted[usize::from(*slot)] = match reply.units[0].outcome {
                charging::UnitOutcome::Granted { units, .. } => units,
                _ => 0,
            };
            prop_assert!(used + granted.iter().sum::<u64>() <= 1000, "more than the family has");
        }
    }
}
