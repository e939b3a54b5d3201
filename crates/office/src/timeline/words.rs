//! Events, money and actions in words.

use super::TimelineCategory::{self, Money, Network, Service};
use charging::{EventKind, LedgerCode};

/// What an event is about, and its title. `None` leaves it out: the ledger tells it better.
pub(super) const fn event(kind: EventKind) -> Option<(TimelineCategory, &'static str)> {
    use EventKind as E;
    Some(match kind {
        E::PaymentReceived
        | E::BalanceAdjusted
        | E::PurchaseCharged
        | E::ChargeRefunded
        | E::ChargeCorrected
        | E::VoucherRedeemed
        | E::CompensationGiven => return None,
        E::CustomerCreated => (Service, "Signed up"),
        E::CustomerChanged => (Service, "Contact changed"),
        E::CustomerSuspended => (Service, "Suspended for an overdue invoice"),
        E::CustomerResumed => (Service, "Resumed"),
        E::CustomerBlocked => (Service, "Blocked"),
        E::CustomerUnblocked => (Service, "Unblocked"),
        E::CustomerTerminated => (Service, "Terminated"),
        E::ClassChanged => (Service, "Put into another class"),
        E::CreditLimitChanged => (Money, "Credit limit changed"),
        E::FundsExhausted => (Money, "Funds used up"),
        E::FundsAvailable => (Money, "Funds available again"),
        E::CreditWarning => (Money, "Credit warning"),
        E::CreditWarningCleared => (Money, "Credit warning over"),
        E::SpendingCapReached => (Money, "Spending cap of the day reached"),
        E::SpendingCapCleared => (Money, "Below the spending cap again"),
        E::ServiceStopped => (Service, "Stopped with the reseller"),
        E::ServiceRestored => (Service, "Served by the reseller again"),
        E::ResellerStopped => (Service, "Stopped serving as a reseller"),
        E::ResellerServing => (Service, "Serves as a reseller again"),
        E::ResellerUnpriced => (Money, "Use without a wholesale price"),
        E::AccountFundsExhausted => (Money, "Funds of the account used up"),
        E::AccountFundsAvailable => (Money, "Funds of the account available again"),
        E::AccountCreated => (Service, "Account made"),
        E::AccountBlocked => (Service, "Account blocked"),
        E::AccountUnblocked => (Service, "Account unblocked"),
        E::AccountTerminated => (Service, "Account terminated"),
        E::ProductChanged => (Service, "Product changed"),
        E::AddOnPlanned => (Service, "Add-on planned"),
        E::AddOnAdded => (Service, "Add-on added"),
        E::AddOnRemoved => (Service, "Add-on ended"),
        E::PolicyChanged => (Service, "Network attributes changed"),
        E::DeviceChanged => (Service, "Device changed"),
        E::IdentityChanged => (Service, "Identifier or password changed"),
        E::QuotaExhausted => (Network, "Included units used up"),
        E::QuotaAvailable => (Network, "Included units available again"),
        E::QuotaWarning => (Network, "Included units run low"),
        E::UnitsGranted => (Network, "Units given"),
        E::UnitsExpired => (Network, "Units ended unused"),
        E::WalletToppedUp => (Network, "Wallet filled"),
        E::WalletExpired => (Network, "Wallet ended with units left"),
        E::SessionStarted => (Network, "Session began"),
        E::SessionEnded => (Network, "Session ended"),
        E::SessionSteered => (Network, "Network told"),
        E::SessionFull => (Network, "Session has too many parts: further ones are refused"),
        E::PeriodClosed => (Money, "Billing period closed"),
        E::InvoiceIssued => (Money, "Invoice issued"),
        E::InvoiceOverdue => (Money, "Invoice overdue"),
        E::InvoicePaid => (Money, "Invoice paid"),
    })
}

/// The title of a movement of money, and the action whose audit line belongs to it.
pub(super) fn ledger(code: &str) -> (&'static str, &'static str) {
    match LedgerCode::parse(code) {
        Some(LedgerCode::Usage) => ("Use charged", ""),
        Some(LedgerCode::Purchase) => ("Purchase charged", "purchase/charged"),
        Some(LedgerCode::RecurringFee) => ("Recurring fee charged", ""),
        Some(LedgerCode::Payment) => ("Payment received", "payment/received"),
        Some(LedgerCode::ManualCredit) => ("Credited by hand", "balance/adjusted"),
        Some(LedgerCode::ManualCharge) => ("Charged by hand", "balance/adjusted"),
        Some(LedgerCode::Promotion) => ("Promotional credit", "balance/adjusted"),
        Some(LedgerCode::Compensation) => ("Compensation for a fault", "compensation/given"),
        Some(LedgerCode::Voucher) => ("Voucher redeemed", "voucher/redeemed"),
        Some(LedgerCode::Refund) => ("Charge given back", "charge/refunded"),
        Some(LedgerCode::Correction) => ("Charge corrected", "charge/corrected"),
        Some(LedgerCode::WalletTopUp) => ("Wallet top-up charged", ""),
        Some(LedgerCode::Wholesale) => ("Wholesale use charged", ""),
        Some(LedgerCode::Transfer) => ("Moved between balances", ""),
        Some(LedgerCode::Tax) => ("Tax of an invoice", ""),
        None => ("Money moved", ""),
    }
}

/// Whether a movement of money refers to the transaction record that it books.
pub(super) fn has_record(code: &str) -> bool {
    use LedgerCode as C;
    let booked =
        [C::Usage, C::Purchase, C::RecurringFee, C::Refund, C::Correction, C::WalletTopUp, C::Wholesale];
    LedgerCode::parse(code).is_some_and(|code| booked.contains(&code))
}

/// The title of an audit line.
pub(super) fn action(action: &str) -> String {
    match action {
        "payment/received" => return "Payment entered".to_owned(),
        "balance/adjusted" => return "Balance corrected".to_owned(),
        "purchase/charged" => return "Purchase reported".to_owned(),
        "charge/refunded" => return "Refund entered".to_owned(),
        "charge/corrected" => return "Charges corrected".to_owned(),
        "compensation/given" => return "Compensation entered".to_owned(),
        "voucher/redeemed" => return "Voucher entered".to_owned(),
        "voucher/carried-on" => return "Voucher carried on after an interruption".to_owned(),
        "voucher/guesses-stopped" => return "Too many wrong voucher codes".to_owned(),
        "self-care/login-created" => return "Self-care login made".to_owned(),
        "self-care/login-removed" => return "Self-care login removed".to_owned(),
        "self-care/password-set" => return "Self-care password set".to_owned(),
        "self-care/password-changed" => return "Self-care password changed".to_owned(),
        "self-care/opened" => return "Self-care opened as the customer".to_owned(),
        "reseller/terms-set" => return "Terms as a reseller set".to_owned(),
        "customer/moved" => return "Moved to another reseller".to_owned(),
        "note/added" => return "Note written".to_owned(),
        _ => {}
    }
    match EventKind::parse(action).and_then(event) {
        Some((_, title)) => title.to_owned(),
        None => action.replace(['/', '-'], " "),
    }
}
