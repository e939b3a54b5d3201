//! Deciding what use costs: (state, catalog, command, now) -> (reply, effects).
//!
//! One [`Customer`] aggregate holds everything that decides a charge. [`apply`] changes it in place, answers, and says in
//! [`Effects`] which rows changed and what was added (xDRs, ledger entries, events), so that the shell can make them durable.
//! Must not know: the clock, randomness, I/O, SQL, protocols, logging. The same commands on the same state always give the
//! same result.
//!
//! Signs: a balance is positive when the customer has money with us; available funds = balance + credit limit - reserved.

mod add_on;
mod allowance;
mod apply;
mod authorize;
mod bucket_use;
mod call_time;
mod collection;
mod command;
mod compensation;
mod correction;
mod debit;
mod dialing;
mod discount;
mod effect;
mod event;
mod expiry;
mod explanation;
mod fee_days;
mod fee_lines;
mod fees;
mod funds;
mod holdings;
mod hotline;
mod ids;
mod ledger;
mod lifecycle;
mod limits;
mod lot;
mod meter_use;
mod money_command;
mod octets;
mod period_close;
mod plan_command;
mod policy;
mod price_switch;
mod quota;
mod quota_left;
mod refund;
mod refund_tax;
mod refusal;
mod relay;
mod renewal;
mod reply;
mod rerating;
mod reseller;
mod running_calls;
mod session_counters;
mod session_parts;
mod session_place;
mod session_step;
mod state;
mod voucher;
mod wallet;
mod wallet_money;
mod xdr;

pub use add_on::conflicts;
pub use allowance::{Allowance, Portion, WalletContent, allowances, portions, wallets};
pub use apply::{ChargingError, Context, apply, apply_into};
pub use collection::INVOICED;
pub use command::{
    AddAccount, Asked, Authorize, ClosePeriod, Command, CreateCustomer, Debit, Envelope, Fee, FeeWhy,
    PartEnd, PostInvoice, RequestKey, SessionRequest, Step, TaxDue, UnitReport, Used,
};
pub use correction::CORRECTIONS_MOST;
pub use dialing::{Dialled, Told};
pub use effect::{Changes, Effects};
pub use event::{Event, EventKind};
pub use explanation::{BucketUse, Explanation, Source, WalletUse};
pub use fee_lines::{FeeProblem, fees_at_close};
pub use ids::{AccountId, CustomerId, RowId, SessionKey};
pub use ledger::{LedgerCode, LedgerEntry, LedgerSide};
pub use money_command::{Adjust, Charged, Correct, Correction, FreeDays, LimitChange, Pay, Refund, RefundOf};
pub use octets::{Behind, put_number};
pub use plan_command::{AccountPolicy, AddAddOn, Conflict, ConflictReason, GrantUnits, TopUp};
pub use policy::{
    Attribute, EffectivePolicy, PolicySource, effective_policies, on_products_only, told_attributes,
};
pub use price_switch::Cost;
pub use rating::PriceRule;
pub use refund::{ChargeSoFar, REFUNDABLE, charge_so_far};
pub use refund_tax::ChargeTax;
pub use refusal::Refusal;
pub use relay::{Message, Relay};
pub use reply::{
    AccessReply, DebitReply, Funds, Policy, QuotaLeft, RefundReply, Reply, SessionReply, UnitOutcome,
    UnitReplies, UnitReply,
};
pub use rerating::{Difference, Preview, Rerating, rerate};
pub use reseller::{LEVELS_MOST, LevelCharge};
pub use running_calls::calls_left;
pub use session_parts::PARTS_MOST;
pub use session_place::AS_BEFORE;
/// Names that are short as a rule: up to 23 octets lie in the value itself.
pub use smol_str::SmolStr;
pub use state::{
    Account, AddOn, AddOnPhase, Ahead, Answers, Applied, AppliedRequests, Band, Bucket, CLOSED_KEPT,
    CalledNumber, Chain, Counts, Customer, CustomerStatus, DailyCap, Dialing, FeeMark, Guard, Head, Meter,
    OpenInvoice, Parent, Part, Payment, PlanUse, ProductSpan, Purse, RareList, Resale, ResellerStop, Session,
    Share, Spent, Taken, TemporaryLimit, Warning,
};
pub use voucher::{CLAIM_OPEN, Voucher, VoucherClaim, VoucherOutcome, VoucherState};
pub use xdr::{NOT_INVOICED, Xdr, XdrKind};

/// Questions about money that change nothing.
pub use debit::{Enquiry, check_balance, enquire, price_rule, tariff_interval};
