//! Money among the acts of a random life: limits, own balances, refunds, corrections, vouchers, use below a reseller.

use super::{Act, Life, SERVICES, micros, signed};
use calendar::Seconds;
use charging::{
    Adjust, Charged, Command, Correct, Correction, CustomerId, FreeDays, LevelCharge, LimitChange, Message,
    Pay, Refund, RefundOf, Relay, RowId, Share, Source, TemporaryLimit, VoucherClaim,
};

/// Who uses below when the customer is a reseller.
const BELOW: CustomerId = CustomerId(99);

impl Life {
    pub fn pay(&self, act: &Act) -> Command {
        Command::Pay(Pay {
            account: self.maybe_own(act),
            amount: micros(act.amount),
            exchanged: None,
            note: "card".into(),
        })
    }

    pub fn adjust(&self, act: &Act) -> Command {
        let (account, amount, promotional) = (self.maybe_own(act), signed(act), act.who.is_multiple_of(7));
        Command::Adjust(Adjust { account, amount, promotional, note: "goodwill".into() })
    }

    /// Mostly the customer's balance.
    fn maybe_own(&self, act: &Act) -> Option<RowId> {
        act.who.is_multiple_of(3).then(|| self.account(act.who / 3))
    }

    pub fn limit(&self, act: &Act) -> Command {
        let share = |number: u64| {
            if number.is_multiple_of(2) {
                Share::Amount(micros(number))
            } else {
                Share::Percent((number % 200) as u16)
            }
        };
        let change = match act.which % 5 {
            0 | 1 => LimitChange::Credit((act.which > 4).then(|| micros(act.amount))),
            2 => {
                let until = self.world.now.plus(Seconds(act.amount % 100_000));
                LimitChange::Temporary(act.keyed.then(|| TemporaryLimit { raise: share(act.amount), until }))
            }
            3 => LimitChange::Warnings(act.more.iter().map(|more| share(more.2)).collect()),
            _ => LimitChange::DailyCap(act.keyed.then(|| micros(act.amount))),
        };
        Command::SetLimit { account: self.maybe_own(act), change }
    }

    pub fn money(&mut self, act: &Act) -> Command {
        match act.what {
            24 => {
                let credit_limit = act.keyed.then(|| micros(act.amount));
                Command::OpenBalance { account: self.account(act.who), credit_limit }
            }
            25 => Command::Transfer { account: self.account(act.who), amount: signed(act) },
            26 => self.refund(act, RefundOf::Reference(format!("p{}", act.who).into())),
            27 => match self.charge(act.who) {
                Some(charge) => self.refund(act, RefundOf::Charge(charge)),
                None => Command::Lapse,
            },
            28 => self.correct(act),
            29 => {
                let product = self.world.product("homeconnect-plus");
                let account = self.account(act.who);
                Command::FreeDays(FreeDays {
                    account,
                    product,
                    days: u16::from(act.which % 40),
                    note: "fault".into(),
                })
            }
            30 => self.voucher(act),
            31 => {
                let wholesale = act.keyed.then(|| self.world.product("mobile-data"));
                Command::SetResale { wholesale, cushion: micros(act.amount % 5_000_000) }
            }
            32 => Command::Lapse,
            _ => self.below(act),
        }
    }

    fn refund(&self, act: &Act, of: RefundOf) -> Command {
        Command::Refund(Refund { of, amount: act.keyed.then(|| micros(act.amount)), note: "sorry".into() })
    }

    fn charge(&self, which: u8) -> Option<Charged> {
        self.charges.get(usize::from(which) % self.charges.len().max(1)).cloned()
    }

    fn correct(&self, act: &Act) -> Command {
        let lines = act.more.iter().filter_map(|(who, _, _, becomes)| {
            Some(Correction { of: self.charge(*who)?, becomes: micros(*becomes) })
        });
        Command::Correct(Correct { rerating: format!("r{}", act.which % 8).into(), lines: lines.collect() })
    }

    fn voucher(&self, act: &Act) -> Command {
        let claim = VoucherClaim {
            digest: format!("v{}", act.which % 4).into(),
            claim: u32::from(act.who % 3),
            account: None,
            amount: micros(5_000_000),
            currency: self.world.customer().head.currency,
            at: self.world.now,
        };
        if act.keyed { Command::RedeemVoucher(claim) } else { Command::ForgoVoucher(claim) }
    }

    /// Use below: the next message, one again, or one too early.
    fn below(&mut self, act: &Act) -> Command {
        let last = self.numbers_below;
        let (id, previous) = match act.which % 5 {
            0 => (last.max(1), last.saturating_sub(1)),
            1 => (last + 2, last + 1),
            _ => (last + 1, last),
        };
        self.numbers_below = id.max(last);
        let (service, destination) = SERVICES[usize::from(act.who % 8)];
        let level = LevelCharge {
            service: self.world.service(service),
            source: Source::default(),
            destination: destination.into(),
            description: String::new(),
            units: act.amount,
            unit: None,
            started_at: self.world.now,
            ended_at: self.world.now,
            product: None,
            tariff: None,
            hops: act.who % 20,
        };
        let (id, to) = (RowId::new(BELOW, id), super::WHO);
        let charged = self.charge(act.who);
        let message = match act.who % 4 {
            0 => Message::Join,
            1 => Message::Refund { xdr: id, returned: micros(act.amount / 2), charged: micros(act.amount) },
            _ => Message::Charge(Box::new(level)),
        };
        Command::Receive { relay: Box::new(Relay { id, to, previous, message }), charged }
    }
}
