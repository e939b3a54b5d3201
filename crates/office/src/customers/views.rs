//! A customer as a page shows him: his record, his live state, and names for every number in it.

use super::wallets::{self, WalletView};
use crate::directory::DEVICE;
use crate::{Office, OfficeError};
use calendar::Instant;
use catalog::{ProductId, Snapshot};
use charging::{AccountId, AddOn, AddOnPhase, Allowance, Customer, CustomerId, RowId};
use hashbrown::HashMap;
use serde::Serialize;
use store::{CustomerRecord, DeviceRecord};

/// A product with its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductName {
    /// Number.
    pub id: ProductId,
    /// Short name.
    pub code: String,
    /// What people read.
    pub name: String,
}

/// An add-on assignment that is held now, begins with its first use, or begins later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddOnView {
    /// Number of the assignment.
    pub id: RowId,
    /// The add-on.
    pub product: ProductName,
    /// Held from then; `None` = from its first use, which has not come yet.
    pub from: Option<Instant>,
    /// Ends then.
    pub to: Option<Instant>,
    /// Whether it runs, waits for its first use, or begins by the clock.
    pub state: AddOnPhase,
}

impl AddOnView {
    fn of(add_on: &AddOn, catalog: &Snapshot, now: Instant) -> Option<Self> {
        let over = add_on.phase == AddOnPhase::Over || add_on.to.is_some_and(|to| to <= now);
        let state = match add_on.phase {
            AddOnPhase::OnFirstUse => AddOnPhase::OnFirstUse,
            _ if add_on.from > now => AddOnPhase::Planned,
            _ => AddOnPhase::Running,
        };
        (!over).then(|| Self {
            id: add_on.id,
            product: product_name(catalog, add_on.product),
            from: (!add_on.waits()).then_some(add_on.from),
            to: add_on.to,
            state,
        })
    }

    /// Whether it is usable now.
    pub fn usable(&self) -> bool {
        self.state != AddOnPhase::Planned
    }
}

/// Something that finds an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identifier {
    /// Realm.
    pub realm: String,
    /// Value, normalised.
    pub value: String,
}

/// Status of an account by itself; the customer's own status comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In service.
    Active,
    /// Blocked by staff.
    Blocked,
    /// Closed for good.
    Terminated,
}

impl AccountStatus {
    /// The word in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Terminated => "terminated",
        }
    }

    fn of(account: &charging::Account) -> Self {
        match (account.terminated_at, account.blocked) {
            (Some(_), _) => Self::Terminated,
            (None, true) => Self::Blocked,
            (None, false) => Self::Active,
        }
    }
}

/// An account with names for everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Number.
    pub id: AccountId,
    /// Live state.
    pub live: charging::Account,
    /// Status.
    pub status: AccountStatus,
    /// Words for people.
    pub label: String,
    /// Whether a service password is set.
    pub has_password: bool,
    /// What finds it.
    pub identifiers: Vec<Identifier>,
    /// Devices that serve it now.
    pub devices: Vec<DeviceRecord>,
    /// Main product now, or the last one of a closed account.
    pub product: Option<ProductName>,
    /// Add-ons held now, waiting for their first use, or planned.
    pub add_ons: Vec<AddOnView>,
    /// Quotas as they are now.
    pub allowances: Vec<Allowance>,
    /// Wallets as they are now.
    pub wallets: Vec<WalletView>,
}

/// A customer with his accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerView {
    /// Name and contact.
    pub record: CustomerRecord,
    /// Live state: balances, sessions, buckets.
    pub live: Customer,
    /// Accounts in the order of their making.
    pub accounts: Vec<AccountView>,
    /// His class.
    pub class: Option<ClassName>,
}

/// A customer class with its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassName {
    /// Short name.
    pub code: String,
    /// What people read.
    pub name: String,
}

impl CustomerView {
    /// An account by number.
    pub fn account(&self, id: AccountId) -> Option<&AccountView> {
        self.accounts.iter().find(|a| a.id == id)
    }
}

pub(crate) fn product_name(catalog: &Snapshot, id: ProductId) -> ProductName {
    let product = catalog.product_by_id(id);
    let (code, name) = product.map_or_else(Default::default, |p| (p.code.clone(), p.name.clone()));
    ProductName { id, code, name }
}

impl Office {
    /// A customer as he is now.
    pub fn customer(&self, id: CustomerId) -> Result<CustomerView, OfficeError> {
        let live = self.engine().customer(id)?;
        let live = live.ok_or_else(|| OfficeError::not_found("customer", id))?;
        let record = self.known(id)?;
        let (catalog, now) = (self.catalog(), self.now());
        let records = self.store().account_records(id)?;
        let mut records: HashMap<_, _> = records.into_iter().map(|r| (r.id, r)).collect();
        let mut identifiers: HashMap<AccountId, Vec<Identifier>> = HashMap::new();
        for row in self.store().identifiers_of(id)?.into_iter().filter(|row| row.realm != DEVICE) {
            let Some(account) = row.account else { continue };
            let identifier = Identifier { realm: row.realm, value: row.value };
            identifiers.entry(account).or_default().push(identifier);
        }
        let mut devices: HashMap<AccountId, Vec<DeviceRecord>> = HashMap::new();
        for device in self.store().devices_of(id)?.into_iter().filter(|d| d.removed_at.is_none()) {
            devices.entry(device.account).or_default().push(device);
        }
        let accounts = live.accounts.iter().map(|account| {
            let record = records.remove(&account.id);
            let add_ons = account.add_ons.iter().filter_map(|add_on| AddOnView::of(add_on, &catalog, now));
            let product = account.product(now).or_else(|| account.products.last().map(|span| span.product));
            AccountView {
                id: account.id,
                live: account.clone(),
                status: AccountStatus::of(account),
                has_password: record.as_ref().is_some_and(|r| r.password.is_some()),
                label: record.map(|r| r.label).unwrap_or_default(),
                identifiers: identifiers.remove(&account.id).unwrap_or_default(),
                devices: devices.remove(&account.id).unwrap_or_default(),
                product: product.map(|id| product_name(&catalog, id)),
                add_ons: add_ons.collect(),
                allowances: charging::allowances(&live.head, account, &catalog, now),
                wallets: wallets::views(&live.head, account, &catalog, now),
            }
        });
        let accounts = accounts.collect();
        let class = live.head.class.and_then(|id| catalog.class_by_id(id));
        let class = class.map(|class| ClassName { code: class.code.clone(), name: class.name.clone() });
        Ok(CustomerView { record, accounts, class, live })
    }

    /// A customer by his number for people, such as `C1000001`.
    pub fn customer_by_number(&self, number: &str) -> Result<CustomerView, OfficeError> {
        let number = number.trim().to_uppercase();
        let id = self.store().customer_with_number(&number)?;
        self.customer(id.ok_or_else(|| OfficeError::not_found("customer", number))?)
    }

    /// The account with this number, with its customer.
    pub fn account(&self, id: AccountId) -> Result<(CustomerView, AccountView), OfficeError> {
        let customer = id.customer().ok_or_else(|| OfficeError::not_found("account", id))?;
        let view = self.customer(customer)?;
        let account = view.account(id).cloned().ok_or_else(|| OfficeError::not_found("account", id))?;
        Ok((view, account))
    }
}
