//! Accounts: products, identifiers, devices, included units.

use crate::wire::{Id, OwnBalanceBody, Time, WalletBody, word};
use ::money::Currency;
use calendar::Instant;
use office::{AccountView, NewAccount, NewAddOn, NewDevice, NewIdentifier, UsageBar};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccountBody {
    /// Code of the main product.
    #[schema(example = "homeconnect-plus")]
    pub product: String,
    /// Codes of add-ons from the start.
    #[serde(default)]
    #[schema(example = json!(["hbo", "dvr"]))]
    pub add_ons: Vec<String>,
    /// Words for people; the first identifier without it.
    #[serde(default)]
    pub label: String,
    /// What finds the account.
    #[serde(default)]
    pub identifiers: Vec<IdentifierBody>,
    /// Service password, for RADIUS.
    #[schema(format = "password")]
    pub password: Option<String>,
    /// Devices from the start.
    #[serde(default)]
    pub devices: Vec<NewDeviceBody>,
}

impl NewAccountBody {
    pub(crate) fn form(self) -> NewAccount {
        NewAccount {
            product: self.product,
            add_ons: self.add_ons,
            label: self.label,
            identifiers: self.identifiers.into_iter().map(IdentifierBody::form).collect(),
            password: self.password.map(Into::into),
            devices: self.devices.into_iter().map(NewDeviceBody::form).collect(),
        }
    }
}

/// Something that finds an account.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentifierBody {
    /// `user`, `msisdn`, `imsi`, `mac`, `ip` or `card`.
    #[schema(example = "msisdn")]
    pub realm: String,
    /// Value in any usual spelling.
    #[schema(example = "+1 207 555 0142")]
    pub value: String,
}

impl IdentifierBody {
    pub(crate) fn form(self) -> NewIdentifier {
        NewIdentifier { realm: self.realm, value: self.value }
    }
}

/// A device to assign. MAC or serial number is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDeviceBody {
    /// `stb`, `modem`, `router` or `phone`.
    #[schema(example = "stb")]
    pub kind: String,
    /// MAC address in any usual spelling.
    #[serde(default)]
    #[schema(example = "00:1A:79:12:34:56")]
    pub mac: String,
    /// Serial number.
    #[serde(default)]
    pub serial: String,
    /// Model.
    #[serde(default)]
    pub model: String,
}

impl NewDeviceBody {
    pub(crate) fn form(self) -> NewDevice {
        NewDevice { kind: self.kind, mac: self.mac, serial: self.serial, model: self.model }
    }
}

/// What to change; fields that are left out stay. Each is a change of its own, made in the order of this list.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    /// Code of another main product.
    pub product: Option<String>,
    /// New service password; null takes it away.
    #[serde(default, deserialize_with = "crate::wire::nullable")]
    #[schema(value_type = Option<String>, format = "password")]
    pub password: Option<Option<String>>,
    /// Blocks or unblocks.
    pub blocked: Option<bool>,
}

/// An add-on to assign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAddOnBody {
    /// Code of the add-on.
    #[schema(example = "hbo")]
    pub product: String,
    /// Begins then; without it now, or with its first use where the product says so.
    pub from: Option<Time>,
    /// Ends then; without it, after the time the product lasts, if it says one.
    pub until: Option<Time>,
    /// Assign it although it clashes with what the account holds.
    #[serde(default)]
    pub accept_conflicts: bool,
}

impl NewAddOnBody {
    pub(crate) fn form(self) -> NewAddOn {
        NewAddOn {
            product: self.product,
            from: self.from.map(|time| time.0),
            until: self.until.map(|time| time.0),
            accept_conflicts: self.accept_conflicts,
        }
    }
}

/// A product as an account has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductRef {
    /// Code.
    pub code: String,
    /// What people read.
    pub name: String,
}

impl From<&office::ProductName> for ProductRef {
    fn from(product: &office::ProductName) -> Self {
        Self { code: product.code.clone(), name: product.name.clone() }
    }
}

/// An add-on that is held now, begins with its first use, or begins later.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AddOnBody {
    /// Id of the assignment.
    pub id: Id,
    /// Code of the add-on.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Held from then; null = from its first use, which has not come yet.
    pub from: Option<Time>,
    /// Ends then; null = it stays.
    pub until: Option<Time>,
    /// `running`, `on_first_use` or `planned`.
    pub state: String,
}

/// A device that serves the account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceBody {
    /// Id.
    pub id: Id,
    /// `stb`, `modem`, `router` or `phone`.
    pub kind: String,
    /// MAC address; empty when none.
    pub mac: String,
    /// Serial number; empty when none.
    pub serial: String,
    /// Model; empty when unknown.
    pub model: String,
    /// Assigned then.
    pub created_at: Time,
}

/// Included units as they are now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageBody {
    /// Name, such as `Domestic minutes`; with the times of day where they are counted apart.
    pub name: String,
    /// Product that includes them.
    pub product: String,
    /// Service code.
    pub service: String,
    /// `second`, `octet`, `message`, `event` or `money` (millionths).
    pub unit: String,
    /// Used, as decimal text.
    pub used: Id,
    /// Held by running sessions, as decimal text.
    pub reserved: Id,
    /// Included, as decimal text.
    pub total: Id,
    /// Whether use beyond is refused.
    pub blocks: bool,
    /// Whether use beyond is free, but limited by the network.
    pub limited: bool,
    /// The units come anew then; null = never.
    pub renews_at: Option<Time>,
    /// Code of the product that includes them.
    pub product_code: String,
    /// Name of the quota in the catalog.
    pub plan: String,
    /// `available`, `exhausted` or `limited`.
    pub state: String,
    /// Of what is left, this much is of earlier periods or was given beside the period's own; as decimal text.
    pub kept: Id,
    /// What is kept is lost from then on, the first of it; of units that never come anew, all of them. Null = else.
    pub ends_at: Option<Time>,
    /// All accounts of the customer that hold the product draw on them.
    pub shared: bool,
}

/// An account as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountBody {
    /// Id.
    pub id: Id,
    /// Words for people.
    pub label: String,
    /// `active`, `blocked` or `terminated`; the customer's own status comes on top.
    pub status: String,
    /// Main product.
    pub product: Option<ProductRef>,
    /// Add-ons held now, waiting for their first use, or planned.
    pub add_ons: Vec<AddOnBody>,
    /// What finds it.
    pub identifiers: Vec<IdentifierBody>,
    /// Whether a service password is set.
    pub has_password: bool,
    /// Devices that serve it.
    pub devices: Vec<DeviceBody>,
    /// Included units.
    pub usage: Vec<UsageBody>,
    /// Wallets.
    pub wallets: Vec<WalletBody>,
    /// The balance of its own that it pays from; null = the customer's balance pays.
    pub own_balance: Option<OwnBalanceBody>,
    /// Made then.
    pub created_at: Time,
    /// Closed for good then.
    pub terminated_at: Option<Time>,
}

/// Units beyond 63 bits are shown as the largest number that fits.
pub(crate) fn units(units: u64) -> Id {
    Id(i64::try_from(units).unwrap_or(i64::MAX))
}

impl AccountBody {
    pub(crate) fn of(view: &AccountView, usage: Vec<UsageBar>, (currency, now): (Currency, Instant)) -> Self {
        let add_ons = view.add_ons.iter().map(|add_on| AddOnBody {
            id: add_on.id.into(),
            code: add_on.product.code.clone(),
            name: add_on.product.name.clone(),
            from: add_on.from.map(Time),
            until: add_on.to.map(Time),
            state: word(&add_on.state),
        });
        let devices = view.devices.iter().map(|device| DeviceBody {
            id: device.id.into(),
            kind: device.kind.clone(),
            mac: device.mac.clone(),
            serial: device.serial.clone(),
            model: device.model.clone(),
            created_at: device.created_at.into(),
        });
        let identifiers = view
            .identifiers
            .iter()
            .map(|found| IdentifierBody { realm: found.realm.clone(), value: found.value.clone() });
        let usage = usage.into_iter().map(|bar| UsageBody {
            unit: word(&bar.unit),
            state: bar.state().name().to_owned(),
            product_code: bar.product_code,
            plan: bar.plan,
            kept: units(bar.kept),
            ends_at: bar.ends.map(Time),
            shared: bar.shared,
            name: bar.name,
            product: bar.product,
            service: bar.service,
            used: units(bar.used),
            reserved: units(bar.reserved),
            total: units(bar.total),
            blocks: bar.blocks,
            limited: bar.limited,
            renews_at: bar.renews.map(Time),
        });
        Self {
            id: view.id.into(),
            label: view.label.clone(),
            status: view.status.name().to_owned(),
            product: view.product.as_ref().map(ProductRef::from),
            add_ons: add_ons.collect(),
            identifiers: identifiers.collect(),
            has_password: view.has_password,
            devices: devices.collect(),
            usage: usage.collect(),
            wallets: view.wallets.iter().map(WalletBody::from).collect(),
            own_balance: view.live.purse.as_deref().map(|purse| OwnBalanceBody::of(purse, currency, now)),
            created_at: view.live.created_at.into(),
            terminated_at: view.live.terminated_at.map(Time),
        }
    }
}
