//! Wallets of an account as screens show them, filling them by a top-up that is paid, and units given for nothing.

use super::products::AHEAD_MOST;
use super::validation::Faults;
use crate::money::checked_note;
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, Permission, no_records};
use calendar::Instant;
use catalog::{PlanKey, Snapshot, TopUpOption, Unit};
use charging::{Account, AccountId, Command, GrantUnits, Head, Reply, RowId, TopUp};
use money::{Amount, Currency};

/// More units than any plan holds.
const UNITS_MOST: u64 = 1 << 53;

/// A wallet with names for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletView {
    /// Which wallet.
    pub key: PlanKey,
    /// Its name in the catalog.
    pub name: String,
    /// Product that brings it.
    pub product: String,
    /// Code of that product.
    pub product_code: String,
    /// It holds millionths of the currency unit instead of units.
    pub money: bool,
    /// Currency of its prices, and of what it holds when that is money.
    pub currency: Currency,
    /// What is in it and not held by running sessions.
    pub free: u64,
    /// Held by running sessions.
    pub reserved: u64,
    /// What is left is lost then; `None` = it is empty.
    pub ends: Option<Instant>,
    /// All accounts of the customer that hold the product draw on it.
    pub shared: bool,
    /// What it pays for.
    pub services: Vec<WalletServiceView>,
    /// How it can be filled.
    pub options: Vec<TopUpOption>,
}

/// A service that a wallet pays for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletServiceView {
    /// What people read.
    pub name: String,
    /// What the service counts.
    pub unit: Unit,
    /// Units of the wallet taken...
    pub takes: u64,
    /// ...for so many of the service.
    pub per: u64,
}

impl WalletView {
    /// What is in it, when it holds money.
    pub fn amount(&self) -> Option<Amount> {
        let micros = i64::try_from(self.free).unwrap_or(i64::MAX);
        self.money.then(|| Amount::from_micros(micros))
    }
}

/// A top-up to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopUp {
    /// Code of the product that brings the wallet.
    pub product: String,
    /// The wallet's name.
    pub wallet: String,
    /// Code of the option.
    pub option: String,
}

/// A top-up that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToppedUp {
    /// Its transaction record.
    pub xdr: RowId,
    /// What it cost.
    pub price: Amount,
    /// The wallet as it is now.
    pub wallet: WalletView,
}

/// Units to give for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Code of the product that brings the quota or wallet.
    pub product: String,
    /// Name of the quota or wallet.
    pub plan: String,
    /// How many, as the plan counts them: millionths of the currency unit for a wallet that holds money.
    pub units: u64,
    /// Until when they are good.
    pub until: Instant,
    /// Why; the customer sees it.
    pub note: String,
}

/// The wallets of an account.
pub(super) fn views(head: &Head, account: &Account, catalog: &Snapshot, now: Instant) -> Vec<WalletView> {
    let contents = charging::wallets(head, account, catalog, now).into_iter();
    let view = |content: charging::WalletContent| {
        let (product, wallet) = (catalog.product_by_id(content.plan.product)?, catalog.wallet(content.plan)?);
        let services = wallet.services.iter().filter_map(|paid| {
            let service = catalog.service(&paid.service)?;
            let (name, unit) = (service.name.clone(), service.unit);
            Some(WalletServiceView { name, unit, takes: paid.takes, per: paid.per })
        });
        Some(WalletView {
            key: content.plan,
            name: wallet.name.clone(),
            product: product.name.clone(),
            product_code: product.code.clone(),
            money: content.money,
            currency: catalog.currency_of(product),
            free: content.free,
            reserved: content.reserved,
            ends: content.ends,
            shared: content.shared,
            services: services.collect(),
            options: wallet.options.clone(),
        })
    };
    contents.filter_map(view).collect()
}

fn found<'a>(wallets: &'a [WalletView], product: &str, name: &str) -> Option<&'a WalletView> {
    wallets.iter().find(|wallet| wallet.product_code == product && wallet.name == name)
}

impl Office {
    /// Fills a wallet by one of its options; the price is taken from the balance. All of it is then good for at least the days of
    /// the option. Subscribers may do so for their own wallets.
    pub fn top_up(
        &self,
        actor: &Actor,
        account: AccountId,
        top_up: &NewTopUp,
        key: Option<IdempotencyKey>,
    ) -> Result<ToppedUp, OfficeError> {
        if !matches!(actor, Actor::Subscriber { .. }) {
            actor.require(Permission::MoveMoney)?;
        }
        let (customer, view) = self.account(account)?;
        let NewTopUp { product, wallet, option } = top_up;
        let held = found(&view.wallets, product.trim(), wallet.trim()).ok_or_else(|| {
            OfficeError::field("wallet", format!("the account has no wallet {wallet} of a product {product}"))
        })?;
        let chosen = held.options.iter().find(|known| known.code == option.trim()).ok_or_else(|| {
            let codes: Vec<&str> = held.options.iter().map(|known| known.code.as_str()).collect();
            OfficeError::field("option", format!("is one of: {}", codes.join(", ")))
        })?;
        let detail = format!("{}: {} for {}", held.name, chosen.code, chosen.price);
        let audit = AuditNote::new("wallet/topped-up", view.label.clone(), detail);
        let command =
            Command::TopUp(TopUp { account, wallet: held.key, option: chosen.code.clone().into_boxed_str() });
        let reply = self.command(actor, customer.record.id, key.as_ref(), command, audit, no_records())?;
        let Reply::Done(Some(xdr)) = reply else {
            return Err(OfficeError::Store("the top-up was booked without a record".to_owned()));
        };
        let (_, now) = self.account(account)?;
        let wallet = found(&now.wallets, product.trim(), wallet.trim()).unwrap_or(held).clone();
        Ok(ToppedUp { xdr, price: chosen.price, wallet })
    }

    /// Gives units of a quota or wallet for nothing, beside what the period gives: a free day, a promotion.
    pub fn grant_units(
        &self,
        actor: &Actor,
        account: AccountId,
        grant: NewGrant,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let (customer, view) = self.account(account)?;
        let (product, name, now) = (grant.product.trim(), grant.plan.trim(), self.now());
        let bars = self.usage_bars(&view);
        let quota = bars.iter().find(|bar| bar.product_code == product && bar.plan == name);
        let plan =
            quota.map(|bar| bar.quota).or(found(&view.wallets, product, name).map(|wallet| wallet.key));
        let mut faults = Faults::new();
        faults.check(
            plan.is_some(),
            "plan",
            format!("the account has no quota or wallet {name} of {product}"),
        );
        faults.check((1..=UNITS_MOST).contains(&grant.units), "units", format!("1 to {UNITS_MOST}"));
        faults.check(grant.until > now, "until", "lies in the future");
        faults.check(grant.until <= now.plus(AHEAD_MOST), "until", "is more than ten years ahead");
        let plan = faults.or(plan.unwrap_or_default())?;
        let note = checked_note(&grant.note, true)?;
        let detail = format!("{name}: {} until {} ({note})", grant.units, grant.until);
        let audit = AuditNote::new("quota/granted", view.label.clone(), detail);
        let (units, until) = (grant.units, grant.until);
        let command = Command::GrantUnits(GrantUnits { account, plan, units, until, note });
        self.command(actor, customer.record.id, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }
}
