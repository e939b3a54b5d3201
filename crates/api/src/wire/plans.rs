//! Wallets, top-ups, given units, and what is used first.

use crate::http::problem::Problem;
use crate::wire::{Id, Money, Time, units, word};
use ::money::Amount;
use office::{NewGrant, NewTopUp, OrderOfUse, PortionView, ToppedUp, WalletView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A wallet of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WalletBody {
    /// Name, unique in its product.
    pub name: String,
    /// Code of the product that brings it.
    pub product: String,
    /// What is left, in the wallet's own units; null when it holds money.
    pub units: Option<Id>,
    /// What is left, when it holds money.
    pub amount: Option<Money>,
    /// Held by running sessions: units, or millionths of money.
    pub reserved: Id,
    /// What is left is lost then; null = it is empty.
    pub ends_at: Option<Time>,
    /// All accounts of the customer that hold the product draw on it.
    pub shared: bool,
    /// How it can be filled.
    pub options: Vec<TopUpOptionBody>,
}

/// One way to fill a wallet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TopUpOptionBody {
    /// Code.
    pub code: String,
    /// Units that are added; null when the wallet holds money.
    pub units: Option<Id>,
    /// Money that is added, when it holds money.
    pub amount: Option<Money>,
    /// What it costs; taken from the balance.
    pub price: Money,
    /// The whole wallet is good for at least so many days from then.
    pub days: u16,
}

impl From<&WalletView> for WalletBody {
    fn from(wallet: &WalletView) -> Self {
        let money = |amount| Money::of(amount, wallet.currency);
        let options = wallet.options.iter().map(|option| TopUpOptionBody {
            code: option.code.clone(),
            units: (!wallet.money).then(|| units(option.units)),
            amount: wallet.money.then(|| money(option.amount)),
            price: money(option.price),
            days: option.days,
        });
        Self {
            name: wallet.name.clone(),
            product: wallet.product_code.clone(),
            units: (!wallet.money).then(|| units(wallet.free)),
            amount: wallet.amount().map(money),
            reserved: units(wallet.reserved),
            ends_at: wallet.ends.map(Time),
            shared: wallet.shared,
            options: options.collect(),
        }
    }
}

/// A top-up to buy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopUpBody {
    /// Code of the product that brings the wallet.
    #[schema(example = "mobile")]
    pub product: String,
    /// The wallet's name.
    #[schema(example = "Coins")]
    pub wallet: String,
    /// Code of the option.
    #[schema(example = "small")]
    pub option: String,
}

impl TopUpBody {
    pub(crate) fn form(self) -> NewTopUp {
        NewTopUp { product: self.product, wallet: self.wallet, option: self.option }
    }
}

/// A top-up that was bought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToppedUpBody {
    /// Its transaction record.
    pub xdr: Id,
    /// What it cost.
    pub price: Money,
    /// The wallet as it is now.
    pub wallet: WalletBody,
}

impl From<ToppedUp> for ToppedUpBody {
    fn from(made: ToppedUp) -> Self {
        Self {
            xdr: made.xdr.into(),
            price: Money::of(made.price, made.wallet.currency),
            wallet: WalletBody::from(&made.wallet),
        }
    }
}

/// Units to give for nothing. Say `units` for a quota or a wallet that holds units, `amount` for one that holds money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantBody {
    /// Code of the product that brings the quota or wallet.
    #[schema(example = "homeconnect-plus")]
    pub product: String,
    /// Name of the quota or wallet.
    #[schema(example = "Domestic minutes")]
    pub plan: String,
    /// How many, in the quota's or wallet's units: seconds, octets, pieces.
    #[schema(example = "3600")]
    pub units: Option<Id>,
    /// How much money.
    pub amount: Option<Money>,
    /// Until when they are good.
    pub until: Time,
    /// Why; the customer sees it.
    #[schema(example = "a free hour for the fault of 3 June")]
    pub note: String,
}

impl GrantBody {
    pub(crate) fn form(self) -> Result<NewGrant, Problem> {
        let micros = |amount: Amount| u64::try_from(amount.micros()).unwrap_or(0);
        let units = match (self.units, self.amount) {
            (Some(units), None) => u64::try_from(units.0).unwrap_or(0),
            (None, Some(amount)) => micros(amount.amount()),
            _ => return Err(Problem::field("units", "give units or amount, one of them")),
        };
        Ok(NewGrant { product: self.product, plan: self.plan, units, until: self.until.0, note: self.note })
    }
}

/// What use of one service draws on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Service code.
    pub service: String,
    /// First to last; then money, less the volume discounts.
    pub portions: Vec<PortionBody>,
    /// `pay_as_you_go`, `limited` or `block`: what holds when all of them are used up.
    pub beyond: String,
    /// Names of volume discounts.
    pub discounts: Vec<String>,
}

/// A portion of units or wallet money.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PortionBody {
    /// Name of the quota or wallet.
    pub plan: String,
    /// Product that brings it.
    pub product: String,
    /// `quota`, `wallet` or `money_wallet`.
    pub kind: String,
    /// `peak`, `first` or `second` off-peak time; null where they are not counted apart.
    pub part: Option<String>,
    /// What is left: units of the service or wallet, or millionths of money.
    pub left: Id,
    /// What is unused is lost then; null = while the product is held.
    pub ends_at: Option<Time>,
    /// It stayed from an earlier period or was given beside the period's own.
    pub kept: bool,
}

impl From<OrderOfUse> for OrderBody {
    fn from(order: OrderOfUse) -> Self {
        let portion = |portion: PortionView| PortionBody {
            kind: match (portion.wallet, portion.money) {
                (false, _) => "quota",
                (true, false) => "wallet",
                (true, true) => "money_wallet",
            }
            .to_owned(),
            plan: portion.plan,
            product: portion.product,
            part: portion.part.map(|part| word(&part)),
            left: units(portion.free),
            ends_at: portion.ends.map(Time),
            kept: portion.kept,
        };
        Self {
            service: order.service.code,
            portions: order.portions.into_iter().map(portion).collect(),
            beyond: word(&order.beyond),
            discounts: order.discounts,
        }
    }
}
