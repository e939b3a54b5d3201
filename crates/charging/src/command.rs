//! Commands: one protocol-neutral request about one customer.

use crate::{AccountId, CustomerId, RowId, SessionKey};
use calendar::{BillingPeriod, Instant, Seconds};
use catalog::{ProductId, ServiceId};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};

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
    /// Changes the credit limit; `None` = no limit.
    SetCreditLimit {
        /// New limit.
        limit: Option<Amount>,
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
    /// IANA name of the billing time zone.
    pub zone: String,
    /// How often he is billed.
    pub period: BillingPeriod,
    /// Start and end of the first period.
    pub period_bounds: (Instant, Instant),
    /// Days from invoice to due date.
    pub net_days: u16,
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

/// A further add-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddAddOn {
    /// Which account.
    pub account: AccountId,
    /// Which add-on.
    pub product: ProductId,
    /// Ends then.
    pub until: Option<Instant>,
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
    /// Access code, empty when none.
    pub access_code: Box<str>,
    /// Number, APN or item; empty when none.
    pub destination: Box<str>,
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

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// How much; more than zero.
    pub amount: Amount,
    /// Words for people: method and number.
    pub note: String,
}

/// A manual correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjust {
    /// Positive = credit, negative = charge.
    pub amount: Amount,
    /// Why; shown to the customer.
    pub note: String,
}

/// The end of a billing period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// The period that is closed; another number means it was closed already.
    pub period_number: u32,
    /// [`crate::Head::fee_basis`] of the state from which the fees were computed; another one means they are stale.
    pub fee_basis: u64,
    /// Recurring fees of the period.
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
    /// Overdue from this instant on.
    pub due_at: Instant,
}
