//! Staff and subscriber use cases: customers, catalogue, nodes, purchases, money, users, and what screens read.
//!
//! Flows in: requests of people, outside systems and the clock, with their [`Actor`]. Flows out: commands to the engine with the
//! plain records that commit with them, and views for pages and the API. Everything blocks the calling thread.
//! Must not know: HTTP, HTML, SQL, network protocols, how a charge is decided.

mod actor;
mod directory;
mod error;
mod idempotency;
mod invoice_content;
mod nodes;
mod office;
mod page;
mod secrets;

pub use actor::{Actor, Role};
pub use directory::{Directory, Found, REALMS, normalise, shown as realm_shown};
pub use error::{FieldError, OfficeError};
pub use idempotency::IdempotencyKey;
pub use invoice_content::{InvoiceContent, InvoiceRenderer};
pub use nodes::{NetworkNode, Node, NodeForm, NodeProtocol, NodeTable};
pub use office::{AuditNote, MakeRecords, Office, no_records};
pub use page::{PAGE_ROWS, PAGE_ROWS_MOST, Page, page_limit};
pub use secrets::{Secrets, SecretsError};
