//! Names of things as staff read them: statuses, kinds, roles, units, actors. Inner words in, plain words out.
//!
//! Must not know: pages, requests.

use catalog::{ProductKind, Service, ServiceKind, Unit};
use charging::{CustomerStatus, LedgerCode, LedgerSide, Xdr, XdrKind};
use office::Role;
use web_kit::{Icon, Markup};
pub(crate) use web_kit::{capital, counted, random_key, sentence};

/// The role in words.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "Administrator",
        Role::Agent => "Agent",
        Role::Helpdesk => "Helpdesk (read only)",
    }
}

/// The status word that the chips know.
pub(crate) fn status(status: CustomerStatus) -> &'static str {
    match status {
        CustomerStatus::Active => "active",
        CustomerStatus::ResellerStopped => "reseller_stopped",
        CustomerStatus::Suspended => "suspended",
        CustomerStatus::Blocked => "blocked",
        CustomerStatus::Terminated => "terminated",
    }
}

/// A kind of ledger entry.
pub(crate) fn ledger_code(code: LedgerCode) -> &'static str {
    match code {
        LedgerCode::Usage => "Usage",
        LedgerCode::Purchase => "Purchase",
        LedgerCode::RecurringFee => "Recurring fee",
        LedgerCode::Payment => "Payment",
        LedgerCode::ManualCredit => "Credit by hand",
        LedgerCode::ManualCharge => "Charge by hand",
        LedgerCode::Promotion => "Promotion",
        LedgerCode::Compensation => "Compensation for a fault",
        LedgerCode::Voucher => "Voucher",
        LedgerCode::Refund => "Refund",
        LedgerCode::Correction => "Correction of a charge",
        LedgerCode::WalletTopUp => "Wallet top-up",
        LedgerCode::Wholesale => "Wholesale use",
        LedgerCode::Transfer => "Transfer between balances",
        LedgerCode::Tax => "Tax",
    }
}

/// A side of a ledger entry.
pub(crate) fn ledger_side(side: LedgerSide) -> &'static str {
    match side {
        LedgerSide::CustomerBalance => "Customer balance",
        LedgerSide::AccountBalance => "Account's own balance",
        LedgerSide::Revenue => "Revenue",
        LedgerSide::Cash => "Cash",
        LedgerSide::Adjustment => "Adjustments",
        LedgerSide::Promotion => "Given away",
        LedgerSide::Voucher => "Vouchers sold",
        LedgerSide::Tax => "Taxes",
    }
}

/// A kind of xDR.
pub(crate) fn xdr_kind(kind: XdrKind) -> &'static str {
    match kind {
        XdrKind::Session => "Session",
        XdrKind::Event => "Purchase",
        XdrKind::RecurringFee => "Recurring fee",
        XdrKind::Refund => "Refund",
        XdrKind::Correction => "Correction",
        XdrKind::TopUp => "Wallet top-up",
        XdrKind::Wholesale => "Wholesale use",
    }
}

/// Main or add-on.
pub(crate) fn product_kind(kind: ProductKind) -> &'static str {
    match kind {
        ProductKind::Main => "Main product",
        ProductKind::AddOn => "Add-on",
    }
}

/// One unit of a service, in the plural.
pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "seconds",
        Unit::Octet => "octets",
        Unit::Message => "messages",
        Unit::Event => "events",
        Unit::Money => "millionths of the currency unit",
    }
}

/// How much a record is about: units, the days of a fee; nothing where only money moved.
pub(crate) fn measured(record: &Xdr) -> Markup {
    match (record.kind, record.unit) {
        (XdrKind::Refund | XdrKind::Correction | XdrKind::TopUp, _) => Markup::new(),
        (_, unit) => quantity(record.units, unit),
    }
}

/// A quantity of a unit, scaled for people, the exact number on hover.
pub(crate) fn quantity(units: u64, unit: Option<Unit>) -> Markup {
    match unit {
        Some(Unit::Second) => web_kit::seconds(units),
        Some(Unit::Octet) => web_kit::octets(units),
        Some(Unit::Message) if units == 1 => Markup::text("1 message"),
        Some(Unit::Message) => web_kit::count(units).with(" messages"),
        Some(Unit::Event) if units == 1 => Markup::text("1 event"),
        Some(Unit::Event) => web_kit::count(units).with(" events"),
        Some(unit @ Unit::Money) => Markup::text(office::quantity(units, unit)),
        None if units == 1 => Markup::text("1 day"),
        None => web_kit::count(units).with(" days"),
    }
}

/// The icon of a kind of service.
pub(crate) fn service_icon(service: Option<&Service>) -> Icon {
    match service.map(|service| service.kind) {
        Some(ServiceKind::Voice) => Icon::Phone,
        Some(ServiceKind::Message) => Icon::Mail,
        Some(ServiceKind::Data) => Icon::Wifi,
        Some(ServiceKind::Tv) => Icon::Tv,
        Some(ServiceKind::Event) => Icon::Film,
        None => Icon::Usage,
    }
}

/// Who did it, for people: `staff:anna` becomes `anna`, `api:crm` becomes `crm (API)`.
pub(crate) fn actor(actor: &str) -> String {
    match actor.split_once(':') {
        Some(("staff", login)) => login.to_owned(),
        Some(("api", name)) => format!("{name} (API)"),
        Some(("subscriber", number)) => format!("{number} (self-care)"),
        _ => capital(actor),
    }
}
