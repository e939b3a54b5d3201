//! The one crate that knows SQL.
//!
//! Flows in: batches of row images from the engine (journal first, folded into the tables within seconds), plain records, and
//! questions from screens. Flows out: aggregates, rows, pages. One thread writes the journal, one the tables, many read.
//! Must not know: protocols, HTML, how a charge is decided. Embedded default: a journal of files, and SQLite behind it; or PostgreSQL.

mod accounts;
mod audit;
mod backlog;
mod backup;
mod balances;
mod billing_periods;
mod catalogs;
mod committer;
mod connection;
mod connectors;
mod customers;
mod database_url;
mod db;
mod deliveries;
mod delivery_pages;
mod devices;
mod disk;
mod error;
mod event_order;
mod events;
mod exchange_rates;
mod fan_out;
mod fold;
mod health;
mod home;
mod identifiers;
mod image;
mod imports;
mod invoices;
mod journal;
mod ledger;
mod load;
mod migrate;
mod migrate_store;
mod newest_events;
mod node_sessions;
mod nodes;
mod notes;
mod partition;
mod pending;
#[cfg(test)]
mod plans;
mod prefetch;
mod queue;
mod record;
mod relays;
mod reratings;
mod rooms;
mod search;
mod sessions;
mod settings;
mod stepwise;
mod store;
mod subscriber_facts;
mod tables_again;
mod tables_thread;
mod timers;
mod tokens;
mod users;
mod verify;
mod voucher_batches;
mod voucher_books;
mod vouchers;
mod web_sessions;
mod workings;
mod xdrs;

pub use audit::{AuditFilter, AuditRow};
pub use backup::{BackupOrder, BackupProgress, BackupReport, back_up, is_backup, refuse_used, restore};
pub use balances::MeteredUse;
pub use billing_periods::{ChargeRow, PeriodRow};
pub use catalogs::CatalogRow;
pub use committer::{Batch, CommitFailure, Done};
pub use connectors::{ConnectorRow, LiveAccount};
pub use customers::{CustomerFilter, CustomerListRow, CustomerOrder};
pub use database_url::{DatabaseUrl, NotADatabase};
pub use db::DatabaseError;
pub use deliveries::{
    ClaimDeliveries, DeliveryClaim, DeliveryEnd, DeliveryState, NewDelivery, SettledDelivery,
};
pub use delivery_pages::{DeliveryQuery, DeliveryRow, DeliveryView, QueueLength};
pub use disk::{Disk, DiskFile, PREPARED};
pub use error::StoreError;
pub use exchange_rates::ExchangeRateRow;
pub use fan_out::{FannedOut, Subscription};
pub use health::StoreHealth;
pub use home::{CountsNow, DaySums};
pub use identifiers::IdentifierRow;
pub use image::{Images, RowKey};
pub use imports::{ImportFileRow, ImportLineRow, NewImportFile};
pub use invoices::{InvoiceFilter, InvoicePage, InvoiceRow};
pub use ledger::{LedgerPage, LedgerRow, MoneyIn};
pub use migrate_store::{MigrationProgress, MigrationReport};
pub use node_sessions::NodeSession;
pub use nodes::NodeRow;
pub use partition::{Ownership, PARTITIONS, Partition};
pub use prefetch::prefetch;
pub use record::{
    AccountRecord, AuditRecord, CustomerRecord, DeviceRecord, IdentifierRecord, InvoiceRecord, NoteRecord,
    PeriodRecord, Record,
};
pub use relays::{ParkedRelay, RelayCounts, RelayReport, StandingDue};
pub use reratings::{RatedUse, ReratedSum, ReratingRow};
pub use rooms::Rooms;
pub use search::{AccountHit, CustomerHit, InvoiceHit};
pub use sessions::{SessionFilter, SessionListRow};
pub use stepwise::{Stepwise, StoredRows, Tables, Tell, Turn};
pub use store::{Entry, Options, Store};
pub use subscriber_facts::{SubscriberDevice, SubscriberFacts};
pub use tokens::TokenRow;
pub use users::{NewStaff, StaffRow, SubscriberRow};
pub use verify::{BalanceDifference, VerifyReport};
pub use voucher_batches::{NewVoucherBatch, VoucherBatchRow};
pub use vouchers::VoucherRow;
pub use web_sessions::WebSessionRow;
pub use xdrs::{XdrFilter, XdrListRow};
