//! Staff and subscriber use cases: customers, catalogue, nodes, purchases, money, users, and what screens read.
//!
//! Flows in: requests of people, outside systems and the clock, with their [`Actor`]. Flows out: commands to the engine with the
//! plain records that commit with them, and views for pages and the API. Everything blocks the calling thread.
//! Must not know: HTTP, HTML, SQL, network protocols, how a charge is decided.

mod actor;
mod audit;
mod background;
mod bill_run;
mod called_number;
mod catalogue;
mod charge_taxes;
mod clockwork;
mod customers;
mod directory;
mod doors;
mod error;
mod exchange_rates;
mod explain;
mod home;
mod idempotency;
mod invoice_batch;
mod invoice_content;
mod invoice_look;
mod invoice_writing;
mod invoices;
mod limits;
mod link;
mod link_figures;
mod money;
mod nodes;
mod notices;
mod office;
mod own_balances;
mod page;
mod passwords;
mod pem_files;
mod permissions;
mod purchase;
mod quantity;
mod refunds;
mod rerating;
mod resellers;
mod search;
mod secrets;
mod settings;
mod sign_in;
mod staff_in_self_care;
mod subscribers;
mod timeline;
mod tokens;
mod traces;
mod usage;
mod users;
mod voucher_batches;
mod vouchers;
mod watched_files;
mod zones;

pub use actor::{Actor, Role};
pub use audit::AuditQuery;
pub use called_number::{called, dialled, is_uri, number_digits, strip_scheme, user_name};
pub use catalogue::{CatalogEntry, load_latest, publish_first};
pub use clockwork::{Clockwork, Parked, RunReport, run_due};
pub use customers::{
    AccountStatus, AccountView, AddOnView, AttributeView, ClassName, ContactChange, CustomerOrder,
    CustomerQuery, CustomerRow, CustomerView, Identifier, NewAccount, NewAddOn, NewDevice, NewGrant,
    NewIdentifier, NewLogin, NewTopUp, OrderOfUse, OwnAttributes, OwnPolicy, PolicyView, PortionView,
    ProductName, SignUp, SignedUp, SourceView, ToppedUp, UsageBar, UsageState, WalletServiceView, WalletView,
};
pub use directory::{BoundedCache, Directory, Found, KeyLike, REALMS, normalise, shown as realm_shown};
pub use doors::{ImportDoor, LinkState, NetworkDoor, NodeLink, SessionToCut};
pub use error::{FieldError, OfficeError};
pub use exchange_rates::{ForeignMoney, NewExchangeRate};
pub use explain::ExplanationLine;
pub use home::{HomeDay, HomeFigures};
pub use idempotency::IdempotencyKey;
pub use invoice_content::{
    InvoiceContent, InvoiceContentLine, InvoiceContentSection, InvoiceContentTax, InvoiceFigures,
    InvoiceParty, InvoiceRenderer, TaxFigure,
};
pub use invoice_look::{InvoiceLook, Logo, Paper, invoice_languages};
pub use invoices::{InvoiceQuery, InvoiceStatus, InvoiceView};
pub use link::Link;
pub use link_figures::{Latency, LinkFigures};
pub use money::{Booked, LedgerQuery, NewAdjustment, NewFreeDays, NewPayment};
pub use nodes::{
    CERTIFICATE_SETTING, NetworkNode, Node, NodeForm, NodeProtocol, NodeStanding, NodeState, NodeTable,
};
pub use notices::{DownConnector, Notice, NoticeKind};
pub use office::{AuditNote, MakeRecords, Office, no_records};
pub use page::{PAGE_ROWS, PAGE_ROWS_MOST, Page, page_limit};
pub use pem_files::read_pem_file;
pub use permissions::Permission;
pub use purchase::{Balance, Priced, Purchase, Purchased, Who};
pub use quantity::quantity;
pub use refunds::{NewRefund, Refunded, RefundedCharge};
pub use rerating::{ReratedCharge, ReratingPage, ReratingState, ReratingTerms, ReratingView};
pub use resellers::{CustomerName, ParkedMessage, ResaleView, ResellerTerms, ResellerView};
pub use search::{SearchGroup, SearchHit};
pub use secrets::{KEY_FILE, SecretText, Secrets, SecretsError};
pub use settings::OperatorSettings;
pub use sign_in::SessionToken;
pub use store::{
    AuditRow, DaySums, ExchangeRateRow, InvoiceFilter, InvoiceRow, LedgerRow, RelayCounts, ReratedSum,
};
pub use subscribers::Subscriber;
pub use timeline::{TimelineCategory, TimelineEntry};
pub use tokens::{ApiIdentity, Scope, TokenView};
pub use traces::{
    DecodedField, DecodedMessage, DecodedValue, MessageReader, NewTrace, Sighting, TRACE_MESSAGES,
    TRACE_OCTETS, TRACE_PAGE, TRACE_SECONDS, TRACES_KEPT_MOST, TRACES_RUNNING_MOST, TraceAsk, TraceClues,
    TraceLook, TraceTarget, TraceView, TracedMessage, TracedMessages, Tracer,
};
pub use usage::{MeterRow, ServiceName, SessionQuery, SessionRow, XdrQuery, XdrRow, XdrView, session_name};
pub use users::{NewStaffUser, StaffUser};
pub use voucher_batches::{BATCH_MOST, MadeVouchers, NewVouchers, VoucherBatch};
pub use vouchers::{RedeemVoucher, VoucherMetrics, VoucherStanding, VoucherView};
pub use watched_files::{Marks, WatchedFiles};
pub use zones::{Whereabouts, Zones};
