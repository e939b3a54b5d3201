//! Plain records that belong to a customer and ride in his commands: they commit with the state and the event.

use calendar::Instant;
use charging::{AccountId, CustomerId, RowId};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};

/// A plain record as it is to be after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Name and contact.
    Customer(CustomerRecord),
    /// Label and password of an account.
    Account(AccountRecord),
    /// An identifier that finds an account.
    Identifier(IdentifierRecord),
    /// An identifier given up.
    IdentifierReleased {
        /// Realm.
        realm: String,
        /// Value.
        value: String,
    },
    /// A device.
    Device(DeviceRecord),
    /// A note by staff.
    Note(NoteRecord),
    /// An issued invoice.
    Invoice(Box<InvoiceRecord>),
    /// Who did it.
    Audit(AuditRecord),
    /// A billing period that was closed and waits for its invoice.
    PeriodClosed(PeriodRecord),
}

/// Name and contact of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRecord {
    /// Whose.
    pub id: CustomerId,
    /// Number for people, such as `C1000001`.
    pub number: String,
    /// Name.
    pub name: String,
    /// E-mail, empty when unknown.
    pub email: String,
    /// Phone, empty when unknown.
    pub phone: String,
    /// Postal address, lines separated by newlines.
    pub address: String,
    /// Language tag.
    pub language: String,
    /// Sign-up.
    pub created_at: Instant,
}

/// Label and password of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// Which.
    pub id: AccountId,
    /// Words for people: usually the main identifier.
    pub label: String,
    /// Service password, sealed with the installation's key (CHAP needs it in the clear).
    pub password: Option<Vec<u8>>,
    /// Made then.
    pub created_at: Instant,
}

/// (realm, value) finds an account. Realms: `user`, `msisdn`, `imsi`, `mac`, `ip`, `card`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentifierRecord {
    /// Realm.
    pub realm: String,
    /// Value, normalised.
    pub value: String,
    /// Whom it finds.
    pub account: AccountId,
}

/// A set-top box, modem or phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRecord {
    /// Row number of the device.
    pub id: RowId,
    /// Account it serves.
    pub account: AccountId,
    /// `stb`, `modem`, `router`, `phone`.
    pub kind: String,
    /// MAC address, upper case with colons; empty when none.
    pub mac: String,
    /// Serial number; empty when none.
    pub serial: String,
    /// Model; empty when unknown.
    pub model: String,
    /// Assigned then.
    pub created_at: Instant,
    /// Taken away then.
    pub removed_at: Option<Instant>,
}

/// A note by staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRecord {
    /// Row number of the note.
    pub id: RowId,
    /// Login of the author.
    pub author: String,
    /// When.
    pub at: Instant,
    /// Text.
    pub body: String,
}

/// An issued invoice with its document and PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRecord {
    /// Row id.
    pub id: RowId,
    /// Number for people.
    pub number: String,
    /// Billing period.
    pub period_number: u32,
    /// Period from (inclusive).
    pub period_start: Instant,
    /// Period to (exclusive).
    pub period_end: Instant,
    /// Issued then.
    pub issued_at: Instant,
    /// Overdue from then on.
    pub due_at: Instant,
    /// Currency.
    pub currency: Currency,
    /// Sum of the lines.
    pub total: Amount,
    /// The invoice's content as JSON: sections and lines.
    pub document: String,
    /// The invoice as it was sent.
    pub pdf: Vec<u8>,
}

/// Who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: Instant,
    /// `staff:anna`, `api:crm`, `subscriber:C1000001`, `clock`.
    pub actor: String,
    /// What, such as `payment`.
    pub action: String,
    /// On what.
    pub object: String,
    /// Words for people.
    pub detail: String,
}

/// A closed billing period that waits for its invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRecord {
    /// Which.
    pub period_number: u32,
    /// From (inclusive).
    pub start: Instant,
    /// To (exclusive).
    pub end: Instant,
    /// Closed then.
    pub closed_at: Instant,
    /// The customer's row counter shortly before: rows of the next period have higher ones.
    pub rows_before: u32,
}
