//! The desired state of an account out of the books: the engine's live aggregate decides whether and what, plain records say
//! who and which devices. The one place of this crate that knows products.

use calendar::Instant;
use catalog::{ProductId, Snapshot};
use charging::{Account, AccountId, Customer, CustomerStatus};
use engine::Engine;

use crate::connector::Profile;
use crate::error::ProvisioningError;
use crate::queue::SubscriberSource;
use crate::store_queue::row_id;
use crate::subscriber::{DesiredSubscriber, Device, PostalAddress, Presence};

/// The id outside systems know an account by: its number in the books. Labels and phone numbers change, this never does.
pub fn external_id(account: AccountId) -> String {
    account.0.to_string()
}

/// [`SubscriberSource`] over the engine, for one connector.
#[derive(Clone)]
pub struct EngineSource {
    engine: Engine,
    service: String,
    device_kinds: Vec<String>,
}

impl EngineSource {
    /// What a connector with this profile should know.
    pub fn new(engine: Engine, profile: &Profile) -> EngineSource {
        EngineSource { engine, service: profile.service.clone(), device_kinds: profile.device_kinds.clone() }
    }

    /// The desired state; blocks the thread. `None` when there is no such account.
    fn read(&self, connector: &str, account: AccountId) -> Result<Option<DesiredSubscriber>, String> {
        let Some(customer) = account.customer() else { return Ok(None) };
        let (catalog, now) = (self.engine.catalog(), self.engine.clock().now());
        let service = self.service.clone();
        let live = self
            .engine
            .look(customer, move |found| {
                let customer = found?;
                let account = customer.account(account)?;
                let packages = packages(account, &service, &catalog, now);
                Some((presence(customer, account, &packages), packages))
            })
            .map_err(|error| error.to_string())?;
        let Some((presence, packages)) = live else { return Ok(None) };
        let facts =
            self.engine.store().subscriber_facts(connector, account).map_err(|error| error.to_string())?;
        let wanted = |kind: &String| self.device_kinds.is_empty() || self.device_kinds.contains(kind);
        let devices = facts.devices.into_iter().filter(|d| wanted(&d.kind) && !d.mac.is_empty());
        Ok(Some(DesiredSubscriber {
            account_id: u64::try_from(account.0).unwrap_or_default(),
            external_id: external_id(account),
            name: facts.name,
            email: facts.email,
            phone: facts.phone,
            address: PostalAddress::parse(&facts.address),
            presence,
            packages,
            devices: devices.map(|device| Device { mac: device.mac, serial: device.serial }).collect(),
            custom: facts.external.into_iter().collect(),
        }))
    }
}

/// Requirements IPTV-23 to IPTV-25.
fn presence(customer: &Customer, account: &Account, packages: &[String]) -> Presence {
    let status = customer.head.status();
    if status == CustomerStatus::Terminated || account.terminated_at.is_some() {
        Presence::Absent
    } else if status != CustomerStatus::Active || account.blocked || packages.is_empty() {
        Presence::Disabled
    } else {
        Presence::Active
    }
}

/// Packages of the main product, then those of the add-ons in the order of their assignment, each once.
fn packages(account: &Account, service: &str, catalog: &Snapshot, now: Instant) -> Vec<String> {
    let add_ons = account.add_ons_at(now).map(|add_on| add_on.product);
    let products: Vec<ProductId> = account.product(now).into_iter().chain(add_ons).collect();
    let mut packages: Vec<String> = Vec::new();
    for product in products.into_iter().filter_map(|id| catalog.product_by_id(id)) {
        for package in product.packages.get(service).into_iter().flatten() {
            if !packages.contains(package) {
                packages.push(package.clone());
            }
        }
    }
    packages
}

impl SubscriberSource for EngineSource {
    async fn desired(
        &self,
        connector: &str,
        account_id: u64,
    ) -> Result<Option<DesiredSubscriber>, ProvisioningError> {
        let (source, connector) = (self.clone(), connector.to_owned());
        let read = tokio::task::spawn_blocking(move || source.read(&connector, row_id(account_id))).await;
        let failed = |reason| ProvisioningError::Source { account_id, reason };
        read.map_err(|error| failed(error.to_string()))?.map_err(failed)
    }
}
