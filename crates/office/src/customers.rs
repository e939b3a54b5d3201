//! Customers and their accounts: sign-up, products, identifiers, devices, contact, and how they are shown.
//!
//! Flows in: forms of staff, the API and self-care, checked field by field. Flows out: engine commands with the plain records that
//! commit with them, and views. Must not know: how a product is charged, what a network does with it.

mod accounts;
mod contact;
mod customer_list;
mod forms;
mod identity;
mod order_of_use;
mod policies;
mod products;
mod sign_up;
mod usage_bars;
mod validation;
mod views;
mod wallets;

pub use contact::ContactChange;
pub use customer_list::{CustomerQuery, CustomerRow};
pub use forms::{NewAccount, NewDevice, NewIdentifier, NewLogin, SignUp, SignedUp};
pub use order_of_use::{OrderOfUse, PortionView};
pub use policies::{AttributeView, OwnAttributes, OwnPolicy, PolicyView, SourceView};
pub use products::NewAddOn;
pub use store::CustomerOrder;
pub use usage_bars::{UsageBar, UsageState};
pub(crate) use validation::Faults;
pub use views::{AccountStatus, AccountView, AddOnView, ClassName, CustomerView, Identifier, ProductName};
pub use wallets::{NewGrant, NewTopUp, ToppedUp, WalletServiceView, WalletView};
