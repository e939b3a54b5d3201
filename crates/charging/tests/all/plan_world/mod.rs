//! The operator with every kind of plan, and short ways to use things.

#![allow(dead_code)]

use crate::world::{WHO, World};
use calendar::Instant;
use catalog::{Catalog, CatalogVersion, PlanKey, Snapshot};
use charging::{
    AccessReply, AccountId, AddAddOn, Asked, Authorize, Bucket, Command, Effects, Event, EventKind, Reply,
    RowId, SessionKey, SessionReply, SessionRequest, Step, TopUp, Used,
};

pub fn catalog() -> Snapshot {
    let catalog: Catalog = toml::from_str(include_str!("catalog.toml")).unwrap();
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

/// A postpaid customer of this operator; 1 June 2026 (a Monday), midnight UTC.
pub fn world(limit: Option<&str>) -> World {
    let mut world = World::postpaid(limit);
    world.catalog = catalog();
    world
}

impl World {
    pub fn add(&mut self, account: AccountId, product: &str) -> RowId {
        self.add_from(account, product, None, None)
    }

    pub fn add_from(
        &mut self,
        account: AccountId,
        product: &str,
        from: Option<Instant>,
        until: Option<Instant>,
    ) -> RowId {
        let product = self.product(product);
        let add = AddAddOn { account, product, from, until, accept_conflicts: false };
        self.done(Command::AddAddOn(add)).unwrap()
    }

    pub fn plan(&self, product: &str, name: &str) -> PlanKey {
        let product = self.product(product);
        self.catalog.plans_of(product).find(|(_, plan)| plan.name == name).unwrap().1.key
    }

    pub fn top_up(&self, account: AccountId, product: &str, wallet: &str, option: &str) -> Command {
        Command::TopUp(TopUp { account, wallet: self.plan(product, wallet), option: option.into() })
    }

    /// Uses at once; what was charged, in micros, and what happened.
    pub fn uses(&mut self, account: AccountId, service: &str, to: &str, units: u64) -> (i64, Effects) {
        let (reply, effects) = self.debited(self.purchase(account, service, to, units, None));
        (reply.amount.micros(), effects)
    }

    pub fn buckets(&self, account: AccountId) -> &[Bucket] {
        &self.customer().account(account).unwrap().buckets
    }

    /// (size, used, reserved) of the only bucket of a plan.
    pub fn bucket(&self, account: AccountId, product: &str, name: &str) -> Option<(u64, u64, u64)> {
        let plan = self.plan(product, name);
        let own = self.buckets(account).iter().chain(&self.customer().head.shared);
        let mut found = own.filter(|b| b.plan == plan).map(|b| (b.size, b.used, b.reserved));
        let first = found.next();
        assert_eq!(found.next(), None, "one bucket of {name}");
        first
    }

    pub fn access(&mut self, account: AccountId, service: &str) -> AccessReply {
        let service = self.service(service);
        match self
            .run(Command::Authorize(Authorize {
                account,
                service,
                node: "bng".into(),
                access_code: "".into(),
                destination: "".into(),
            }))
            .0
        {
            Reply::Access(access) => access,
            other => panic!("no access reply: {other:?}"),
        }
    }

    /// A step of the session of that name with one service.
    pub fn one(
        &mut self,
        (session, account): (&str, AccountId),
        (number, step): (u64, Step),
        (service, to): (&str, &str),
        (used, asked): (u64, Asked),
    ) -> (SessionReply, Effects) {
        let used = if used == 0 { Used::None } else { Used::Since(used) };
        let asked = if step == Step::Stop { Asked::Nothing } else { asked };
        let unit = self.unit(service, to, used, asked);
        let request = self.step(account, number, step, vec![unit]);
        self.session(SessionRequest { session: SessionKey::diameter(session.as_bytes()), ..request })
    }

    /// Lets the clock do its work at that instant.
    pub fn lapse_at(&mut self, at: Instant) -> Effects {
        self.now = at;
        let (reply, effects) = self.run(Command::Lapse);
        assert_eq!(reply, Reply::Done(None), "customer {WHO}");
        effects
    }
}

/// Details of the events of a kind.
pub fn details(effects: &Effects, kind: EventKind) -> Vec<&str> {
    let of = |event: &&Event| event.kind == kind;
    effects.events.iter().filter(of).map(|event| event.detail.as_str()).collect()
}
