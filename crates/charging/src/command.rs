//! Commands: one protocol-neutral request about one customer.

use crate::{
    AccountId, AccountPolicy, AddAddOn, Adjust, Charged, Correct, CustomerId, FreeDays, GrantUnits,
    LimitChange, Pay, Refund, Relay, RowId, SessionKey, TopUp, VoucherClaim,
};
use calendar::{BillingPeriod, BillingZone, Instant, Seconds};
use catalog::{ClassId, ProductId, ServiceId};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A request's own name (Idempotency-Key, purchase number, payment number), at most 255 octets, with a prefix for its kind.
pub type RequestKey = Box<str>;

/// A command with the customer it is about and, for requests that may be repeated, its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Whom it concerns.
    pub customer: CustomerId,
    /// Repetitions with the same key and fingerprint get the first answer and change nothing.
    pub key: Option<(RequestKey, u64)>,
    /// What to do.
    pub command: Command,
}

/// Everything that can be asked of the core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Signs a customer up.
    CreateCustomer(CreateCustomer),
    /// Gives him an account.
    AddAccount(AddAccount),
    /// Changes an account's main product.
    ChangeProduct {
        /// Which account.
        account: AccountId,
        /// New main product.
        product: ProductId,
    },
    /// Adds an add-on.
    AddAddOn(AddAddOn),
    /// Ends an add-on now.
    RemoveAddOn {
        /// Which account.
        account: AccountId,
        /// Which assignment.
        add_on: RowId,
    },
    /// Fills a wallet.
    TopUp(TopUp),
    /// Gives units of a quota or wallet.
    GrantUnits(GrantUnits),
    /// Sets what an account itself says about a service for the network.
    SetPolicy {
        /// Which account.
        account: AccountId,
        /// Which service.
        service: ServiceId,
        /// What it says; `None` = nothing.
        policy: Option<Box<AccountPolicy>>,
    },
    /// Puts the customer into a class, or into none.
    SetClass {
        /// Which one.
        class: Option<ClassId>,
    },
    /// Names the dialing rules of a customer's calls, or none.
    SetDialing {
        /// Their code.
        rules: Option<Box<str>>,
    },
    /// Blocks or unblocks an account.
    BlockAccount {
        /// Which account.
        account: AccountId,
        /// Blocked or not.
        blocked: bool,
    },
    /// Closes an account for good.
    TerminateAccount {
        /// Which account.
        account: AccountId,
    },
    /// Blocks or unblocks the customer.
    BlockCustomer {
        /// Blocked or not.
        blocked: bool,
    },
    /// Closes the customer and all accounts for good.
    TerminateCustomer,
    /// Frees the customer from taxes, or ends that.
    SetTaxExempt {
        /// Whether he pays none.
        exempt: bool,
    },
    /// Changes a limit of the customer's purse, or of an account's own.
    SetLimit {
        /// Account with a balance of its own; `None` = the customer.
        account: Option<AccountId>,
        /// Which limit, to what.
        change: LimitChange,
    },
    /// Makes an account pay from a balance of its own (a debit account, or one with its own credit limit).
    OpenBalance {
        /// Which account.
        account: AccountId,
        /// Its credit limit; `None` = no limit.
        credit_limit: Option<Amount>,
    },
    /// Moves money from the customer's balance to an account's own (positive) or back (negative).
    Transfer {
        /// Account with a balance of its own.
        account: AccountId,
        /// How much; not zero.
        amount: Amount,
    },
    /// Ends what has run out by the clock: temporary limits, reached spending caps of an earlier day, add-ons, wallets; begins
    /// what was planned, and tells that a quota has come anew.
    Lapse,
    /// Gives a charge back, in whole or part.
    Refund(Refund),
    /// Books what a rerating found.
    Correct(Correct),
    /// Credits the fee of some days for a fault.
    FreeDays(FreeDays),
    /// Credits a claimed voucher.
    RedeemVoucher(VoucherClaim),
    /// Gives a claim up, so that it can never be redeemed any more.
    ForgoVoucher(VoucherClaim),
    /// Makes the customer a reseller for good, or changes his terms.
    SetResale {
        /// Product whose rating entries price what his customers use.
        wholesale: Option<ProductId>,
        /// His customers are stopped when no more than this is left.
        cushion: Amount,
    },
    /// Puts the customer under another reseller; refused for resellers, so that no chain can become a circle.
    MoveTo {
        /// The reseller, his reseller, and so on; empty = no reseller.
        chain: Vec<CustomerId>,
    },
    /// Takes a message from another customer's commit.
    Receive {
        /// The message.
        relay: Box<Relay>,
        /// For [`crate::Message::Refund`]: this customer's own charge for the same use, as the tables have it.
        charged: Option<Charged>,
    },
    /// A plain record (name, device, password) was changed by the same commit; announces it.
    AnnounceChange {
        /// What to announce.
        kind: crate::EventKind,
        /// Account concerned.
        account: Option<AccountId>,
        /// Words for people.
        detail: String,
    },
    /// May this account use this service now?
    Authorize(Authorize),
    /// A step of a network session.
    Session(SessionRequest),
    /// Ends an open session by hand: reported use is charged, the rest returns.
    EndSession {
        /// Which session.
        session: SessionKey,
    },
    /// Ends a session that has been silent too long.
    ExpireSession {
        /// Which session.
        session: SessionKey,
    },
    /// Charges one purchase or event at once.
    Debit(Debit),
    /// Books a payment.
    Pay(Pay),
    /// Credits (positive) or charges (negative) by hand.
    Adjust(Adjust),
    /// Cuts the billing period here and charges its recurring fees.
    ClosePeriod(ClosePeriod),
    /// Records an invoice that was computed from the tables.
    PostInvoice(PostInvoice),
    /// Looks for overdue invoices and suspends.
    Collect,
}

/// Sign-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateCustomer {
    /// Currency; must be the catalog's.
    pub currency: Currency,
    /// Prepaid or postpaid.
    pub payment: crate::Payment,
    /// Credit limit; `None` = no limit. Prepaid customers have 0.
    pub credit_limit: Option<Amount>,
    /// The billing time zone.
    pub zone: BillingZone,
    /// How often he is billed.
    pub period: BillingPeriod,
    /// Start and end of the first period.
    pub period_bounds: (Instant, Instant),
    /// Days from invoice to due date.
    pub net_days: u16,
    /// The reseller who serves him, that one's reseller, and so on; empty when he is ours.
    pub chain: Vec<CustomerId>,
    /// Customer class.
    pub class: Option<ClassId>,
}

/// A new account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddAccount {
    /// Main product.
    pub product: ProductId,
    /// Add-ons from the start.
    pub add_ons: Vec<ProductId>,
    /// Words for people: the identifier.
    pub detail: String,
}

/// A log-in or other question before use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorize {
    /// Who wants to use.
    pub account: AccountId,
    /// What.
    pub service: ServiceId,
    /// Where.
    pub node: Box<str>,
    /// Access code that use would have, empty when none or not known yet.
    pub access_code: Box<str>,
    /// Number or APN that it would be for, empty when none or not known yet.
    pub destination: Box<str>,
}

/// A step of a network session: RADIUS accounting or Diameter credit control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// Protocol name of the session.
    pub session: SessionKey,
    /// Who uses.
    pub account: AccountId,
    /// Identifier by which the account was found.
    pub identifier: Box<str>,
    /// Node that reports.
    pub node: Box<str>,
    /// The protocol's own request name: CC-Request-Number, or a digest of status, time and counters.
    pub request: u64,
    /// Which step.
    pub step: Step,
    /// Event time as the node says, no later than now.
    pub event_at: Instant,
    /// Use and wishes, one per rating group.
    pub units: Vec<UnitReport>,
    /// Quota is granted and reserved (credit control), or use is only counted (accounting).
    pub grants: bool,
    /// Ended by us after this many silent seconds.
    pub silence: u32,
    /// Framed address, APN and the like, for people.
    pub details: Box<str>,
    /// Whether this network hotlines who has nothing ([`UnitOutcome::Hotlined`](crate::UnitOutcome::Hotlined)), where no service policy
    /// says it (`hotline_without_funds`).
    pub hotlines: bool,
}

/// Steps of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// First request.
    Start,
    /// Use so far.
    Update,
    /// Last request.
    Stop,
}

/// Use of one rating group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitReport {
    /// Rating-Group as received.
    pub rating_group: Option<u32>,
    /// Service-Identifier as received.
    pub service_identifier: Option<u32>,
    /// Service.
    pub service: ServiceId,
    /// Access code, empty when none; behind [`crate::AS_BEFORE`] where the request does not tell it.
    pub access_code: SmolStr,
    /// Number, APN or item; empty when none.
    pub destination: SmolStr,
    /// What was used since the last report.
    pub used: Used,
    /// What is wanted next.
    pub asked: Asked,
}

/// Used units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Used {
    /// Nothing reported.
    None,
    /// Since the last report (Diameter).
    Since(u64),
    /// Since the last report, counted apart before and after a tariff change (Diameter Tariff-Change-Usage).
    Parted {
        /// Before it.
        before: u64,
        /// After it.
        after: u64,
    },
    /// Since the beginning (RADIUS); a lower value than before counts as no further use.
    Total(u64),
    /// Since the beginning modulo 2^32 (RADIUS without Gigawords, RFC 2869 5.1): what lies between the last value and this one
    /// is new use, unless the report is an old one that came late.
    Wrapped {
        /// The sum of the counters as the node shows them, each below 2^32.
        units: u64,
        /// Age of the session when the node counted (Acct-Session-Time); without it reports count as coming in order.
        elapsed: Option<Seconds>,
    },
    /// Since the beginning of one part of the session, which has counters of its own (3GPP2 sub-sessions); see [`crate::Part`].
    Part {
        /// Which part.
        part: u64,
        /// What it has counted.
        total: u64,
        /// Whether it goes on.
        end: PartEnd,
    },
    /// All the time since the beginning, by the events' own times, in seconds (accounting of calls that counts nothing).
    Elapsed,
}

/// Whether a part of a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PartEnd {
    /// It does.
    Open,
    /// It is over, and another one follows.
    Continues,
    /// It is over and was the last one.
    Last,
}

/// Wanted units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// No further quota.
    Nothing,
    /// As much as we decide.
    Default,
    /// So many.
    Units(u64),
}

/// A purchase or event charged at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debit {
    /// Who buys.
    pub account: AccountId,
    /// Identifier by which the account was found.
    pub identifier: Box<str>,
    /// Channel that reported: `api`, a node, a file.
    pub node: Box<str>,
    /// Service.
    pub service: ServiceId,
    /// Access code of rating entries; empty when none.
    #[serde(default)]
    pub access_code: Box<str>,
    /// Item, number or code.
    pub destination: Box<str>,
    /// How many.
    pub units: u64,
    /// Words for people: a film's title.
    pub description: String,
    /// Purchase number of the outside system; the same number is charged once per customer.
    pub reference: Option<Box<str>>,
    /// When it was bought.
    pub at: Instant,
}

/// The end of a billing period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// The period that is closed; another number means it was closed already.
    pub period_number: u32,
    /// [`crate::Head::fee_basis`] of the state from which the fees were computed; another one means they are stale.
    pub fee_basis: u32,
    /// Recurring fees of the period, and those charged in advance for the next one ([`crate::fees_at_close`]).
    pub fees: Vec<Fee>,
    /// End of the next period.
    pub next_end: Instant,
}

/// A recurring fee to be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// Account that holds the product.
    pub account: AccountId,
    /// Product.
    pub product: ProductId,
    /// Line on the invoice.
    pub name: String,
    /// Fee of the whole period.
    pub full_fee: Amount,
    /// What is charged.
    pub amount: Amount,
    /// Days held and days of the period.
    pub days: (u32, u32),
    /// From (inclusive) and to (exclusive).
    pub span: (Instant, Instant),
    /// Why it is charged or credited.
    pub why: FeeWhy,
}

/// Why a recurring fee is charged, or credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeWhy {
    /// For days of the period that ends.
    #[default]
    Held,
    /// In advance: for the rest of the open period, or for the next one.
    Ahead,
    /// Credited: days that were charged in advance and then not held.
    Returned,
    /// Credited: days of suspension.
    Suspended,
    /// Once, for getting the product.
    Activation,
    /// For leaving before the minimum period is over.
    EarlyEnd,
}

/// One tax of an invoice, rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxDue {
    /// Words for people: `VAT 20 %`.
    pub name: String,
    /// How much; negative on an invoice that gives more back than it charges.
    pub amount: Amount,
    /// Contained in the charges; otherwise it comes on top.
    pub included: bool,
}

/// A computed invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostInvoice {
    /// The period it bills.
    pub period_number: u32,
    /// Its number for people.
    pub number: String,
    /// Sum of the period's charges; must be what the core counted ([`crate::Head::closed_total`]).
    pub total: Amount,
    /// Taxes of these charges, one for each rate.
    pub taxes: Vec<TaxDue>,
    /// Overdue from this instant on.
    pub due_at: Instant,
}
