//! Deciding what use costs: (state, catalog, command, now) -> (reply, effects).
//!
//! One [`Customer`] aggregate holds everything that decides a charge. [`apply`] changes it in place, answers, and says in
//! [`Effects`] which rows changed and what was added (xDRs, ledger entries, events), so that the shell can make them durable.
//! Must not know: the clock, randomness, I/O, SQL, protocols, logging. The same commands on the same state always give the
//! same result.
//!
//! Signs: a balance is positive when the customer has money with us; available funds = balance + credit limit - reserved.

mod apply;
mod authorize;
mod bucket_use;
mod collection;
mod command;
mod debit;
mod effect;
mod event;
mod explanation;
mod funds;
mod ids;
mod ledger;
mod lifecycle;
mod meter_use;
mod period_close;
mod refusal;
mod reply;
mod session_step;
mod state;
mod xdr;

pub use apply::{ChargingError, Context, apply};
pub use command::{
    AddAccount, AddAddOn, Adjust, Asked, Authorize, ClosePeriod, Command, CreateCustomer, Debit, Envelope,
    Fee, Pay, PostInvoice, RequestKey, SessionRequest, Step, UnitReport, Used,
};
pub use effect::{Changes, Effects};
pub use event::{Event, EventKind};
pub use explanation::{BucketUse, Explanation};
pub use ids::{AccountId, CustomerId, RowId, SessionKey};
pub use ledger::{LedgerCode, LedgerEntry, LedgerSide};
pub use refusal::Refusal;
pub use reply::{AccessReply, DebitReply, Policy, Reply, SessionReply, UnitOutcome, UnitReply};
pub use state::{
    Account, AddOn, Applied, Bucket, CLOSED_KEPT, Customer, CustomerStatus, Head, Meter, OpenInvoice,
    Payment, ProductSpan, Session,
};
pub use xdr::{Xdr, XdrKind};

/// Prices of one purchase or use without changing anything: the price enquiry of TS 32.299.
pub use debit::enquire;
