//! What happened, announced in the same commit as the change itself.

use crate::{AccountId, CustomerId, RowId};
use calendar::Instant;
use serde::{Deserialize, Serialize};

/// A fact that outside systems, notifications and the timeline care about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Row id.
    pub id: RowId,
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub customer: CustomerId,
    /// To which account, when only one is concerned.
    pub account: Option<AccountId>,
    /// When.
    pub at: Instant,
    /// A few words for people, such as a product name or an amount.
    pub detail: String,
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// The closed list of events. Names follow `object/what` as in the field.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum EventKind { $($(#[$doc])* $variant),* }

        impl EventKind {
            /// Every event.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name used in manifests, the API and the event table.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The event of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

event_kinds! {
    /// Sign-up.
    CustomerCreated = "customer/created",
    /// Name, address or contact changed.
    CustomerChanged = "customer/changed",
    /// Overdue invoice.
    CustomerSuspended = "customer/suspended",
    /// Overdue invoice paid.
    CustomerResumed = "customer/resumed",
    /// Blocked by staff.
    CustomerBlocked = "customer/blocked",
    /// Unblocked by staff.
    CustomerUnblocked = "customer/unblocked",
    /// Closed for good.
    CustomerTerminated = "customer/terminated",
    /// Put into another class.
    ClassChanged = "customer/class-changed",
    /// Credit limit changed.
    CreditLimitChanged = "customer/credit-limit-changed",
    /// Available funds fell to nothing.
    FundsExhausted = "customer/funds-exhausted",
    /// Available funds are there again.
    FundsAvailable = "customer/funds-available",
    /// A credit warning threshold was crossed.
    CreditWarning = "customer/credit-warning",
    /// A credit warning threshold was crossed back.
    CreditWarningCleared = "customer/credit-warning-cleared",
    /// The day's spending cap was reached.
    SpendingCapReached = "customer/spending-cap-reached",
    /// A new day, or a higher cap: there is room below the spending cap again.
    SpendingCapCleared = "customer/spending-cap-cleared",
    /// His reseller may not serve any more.
    ServiceStopped = "customer/service-stopped",
    /// His reseller serves again.
    ServiceRestored = "customer/service-restored",
    /// A reseller may not serve his customers any more.
    ResellerStopped = "reseller/stopped",
    /// A reseller serves his customers again.
    ResellerServing = "reseller/serving",
    /// Use of a reseller's customer has no price for the reseller; it was recorded at nothing.
    ResellerUnpriced = "reseller/unpriced",
    /// Money came in.
    PaymentReceived = "payment/received",
    /// Staff credited or charged by hand.
    BalanceAdjusted = "balance/adjusted",
    /// A charge was given back, in whole or part.
    ChargeRefunded = "charge/refunded",
    /// A rerating changed a charge.
    ChargeCorrected = "charge/corrected",
    /// A voucher was redeemed.
    VoucherRedeemed = "voucher/redeemed",
    /// Units or a day's fee were given for a fault.
    CompensationGiven = "compensation/given",
    /// An account's own funds fell to nothing.
    AccountFundsExhausted = "account/funds-exhausted",
    /// An account's own funds are there again.
    AccountFundsAvailable = "account/funds-available",
    /// New account.
    AccountCreated = "account/created",
    /// Blocked by staff.
    AccountBlocked = "account/blocked",
    /// Unblocked by staff.
    AccountUnblocked = "account/unblocked",
    /// Closed for good.
    AccountTerminated = "account/terminated",
    /// Another main product.
    ProductChanged = "account/product-changed",
    /// Add-on assigned that begins later or with its first use.
    AddOnPlanned = "account/add-on-planned",
    /// Add-on assigned, or one that was planned has begun.
    AddOnAdded = "account/add-on-added",
    /// Add-on removed or expired.
    AddOnRemoved = "account/add-on-removed",
    /// The account's own attributes for a service changed.
    PolicyChanged = "account/policy-changed",
    /// Set-top box, modem or phone assigned, changed or taken away.
    DeviceChanged = "account/device-changed",
    /// Identifier or password changed.
    IdentityChanged = "account/identity-changed",
    /// The last plan for a service is used up.
    QuotaExhausted = "quota/exhausted",
    /// There are units again for a service that had run out.
    QuotaAvailable = "quota/available",
    /// A warning threshold of a quota or wallet was passed.
    QuotaWarning = "quota/warning",
    /// Units were given for nothing.
    UnitsGranted = "quota/granted",
    /// A wallet was filled.
    WalletToppedUp = "wallet/topped-up",
    /// A wallet ended with something in it, which is lost.
    WalletExpired = "wallet/expired",
    /// A session began.
    SessionStarted = "session/started",
    /// A session ended.
    SessionEnded = "session/ended",
    /// A one-off purchase was charged.
    PurchaseCharged = "purchase/charged",
    /// A billing period was closed.
    PeriodClosed = "period/closed",
    /// An invoice was issued.
    InvoiceIssued = "invoice/issued",
    /// An invoice is past its due date.
    InvoiceOverdue = "invoice/overdue",
    /// An invoice was paid in full.
    InvoicePaid = "invoice/paid",
    /// The network was told to change or end a session, and what it answered.
    SessionSteered = "session/steered",
    /// A session has as many parts as are told apart; reports of further ones are refused and not charged.
    SessionFull = "session/full",
    /// Units that were given, or left by earlier periods, ended unused.
    UnitsExpired = "quota/expired",
}
