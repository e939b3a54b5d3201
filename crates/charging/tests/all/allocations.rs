#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unsafe_code)]
//! What an update of a running session costs the allocator: the hot path of the whole program.

use calendar::{BillingPeriod, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AddAccount, Asked, Command, Context, CreateCustomer, Customer, CustomerId, Envelope, Payment, Reply,
    SessionKey, SessionRequest, Step, UnitReport, Used, apply,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting on the thread that asks.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: everything is handed to the system's allocator unchanged; the counter is a thread-local cell without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const WHO: CustomerId = CustomerId(7);

struct Line {
    catalog: Snapshot,
    state: Option<Customer>,
    now: Instant,
}

impl Line {
    fn run(&mut self, command: Command) -> (Reply, u64) {
        let envelope = Envelope { customer: WHO, key: None, command };
        self.now = self.now.plus(Seconds(1));
        let context = Context { catalog: &self.catalog, now: self.now };
        let before = COUNT.get();
        let (reply, effects) = apply(&mut self.state, &envelope, context).unwrap();
        let count = COUNT.get() - before;
        drop(effects);
        (reply, count)
    }

    /// Signs up with a product, runs a session of 20 updates; the most allocations of one update after the first few.
    fn most(product: &str, add_ons: &[&str]) -> u64 {
        let catalog: Catalog = toml::from_str(include_str!("plan_world/catalog.toml")).unwrap();
        let catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
        let now = Instant::parse("2026-06-01T00:00:00Z").unwrap();
        let mut line = Self { catalog, state: None, now };
        let period_bounds = (now, Instant::parse("2026-07-01T00:00:00Z").unwrap());
        line.run(Command::CreateCustomer(CreateCustomer {
            currency: line.catalog.currency(),
            payment: Payment::Postpaid,
            credit_limit: None,
            zone: calendar::BillingZone::utc(),
            period: BillingPeriod::Monthly,
            period_bounds,
            net_days: 14,
            chain: Vec::new(),
            class: None,
        }));
        let product = line.catalog.product(product).unwrap().id;
        let add_ons = add_ons.iter().map(|code| line.catalog.product(code).unwrap().id).collect();
        let (Reply::Done(Some(account)), _) =
            line.run(Command::AddAccount(AddAccount { product, add_ons, detail: "line".into() }))
        else {
            panic!("no account")
        };
        let mut most = 0;
        for number in 0..20 {
            let step = if number == 0 { Step::Start } else { Step::Update };
            let unit = UnitReport {
                rating_group: Some(1),
                service_identifier: None,
                service: line.catalog.service("data").unwrap().id,
                access_code: "".into(),
                destination: "".into(),
                used: if number == 0 { Used::None } else { Used::Since(10) },
                asked: Asked::Units(10),
            };
            let (_, count) = line.run(Command::Session(SessionRequest {
                session: SessionKey::diameter(b"pgw.example;1;2"),
                account,
                identifier: "15551234567".into(),
                node: "pgw".into(),
                request: number,
                step,
                event_at: line.now,
                units: vec![unit],
                grants: true,
                silence: 3_600,
                details: "internet".into(),
                hotlines: false,
            }));
            most = most.max(if number > 6 { count } else { 0 });
        }
        most
    }
}

#[test]
fn a_simple_update_allocates_nothing() {
    assert_eq!(Line::most("plain", &[]), 0);
}

/// With a quota, an add-on and a wallet: the list of changed accounts.
#[test]
fn an_update_with_plans_allocates_once() {
    assert_eq!(Line::most("smart-net", &["regular", "coins"]), 1);
}
