//! The simulated platform's state and operations. Pure: no wire, no clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::soap::{Operation, element, response};

const MAX_ID: usize = 64;
const MAX_TEXT: usize = 1_000;

/// A subscriber as the platform holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The id we gave it.
    pub customer_id: String,
    /// Display name.
    pub name: String,
    /// Postal address in one line.
    pub address: String,
    /// `ENABLED` or `DISABLED`.
    pub status: String,
    /// Service packages, without repeats, in the order given.
    pub service_packages: Vec<String>,
    /// Devices in the order they were added.
    pub devices: Vec<CustomerDevice>,
}

/// A device of a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDevice {
    /// Hardware address as `AA:BB:CC:DD:EE:FF`.
    pub mac_address: String,
    /// Serial number, may be empty.
    pub serial: String,
}

/// A VOD or PPV purchase made on the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    /// The platform's id of the purchase.
    pub purchase_id: String,
    /// Who bought.
    pub customer_id: String,
    /// What.
    pub title: String,
    /// Price as decimal text.
    pub price: String,
    /// When, `2026-06-03T20:15:00Z`.
    pub at: String,
}

/// A refusal with the contract's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: &'static str,
    pub text: String,
}

fn refuse<T>(code: &'static str, text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, text: text.into() })
}

#[derive(Debug, Default)]
pub(super) struct Platform {
    packages: BTreeSet<String>,
    customers: BTreeMap<String, Customer>,
    purchases: Vec<Purchase>,
}

/// Fields of each operation: name, fewest, most.
type FieldRule = (&'static str, usize, usize);
const MANY: usize = 1_000;
const ID: FieldRule = ("customerId", 1, 1);
const OPERATIONS: &[(&str, &[FieldRule])] = &[
    (
        "createCustomer",
        &[ID, ("name", 1, 1), ("address", 0, 1), ("status", 1, 1), ("servicePackageId", 0, MANY)],
    ),
    ("updateCustomer", &[ID, ("name", 1, 1), ("address", 0, 1)]),
    ("setCustomerStatus", &[ID, ("status", 1, 1)]),
    ("setServicePackages", &[ID, ("servicePackageId", 0, MANY)]),
    ("addDevice", &[ID, ("macAddress", 1, 1), ("serial", 1, 1)]),
    ("removeDevice", &[ID, ("macAddress", 1, 1), ("serial", 1, 1)]),
    ("getCustomer", &[ID]),
    ("deleteCustomer", &[ID]),
    ("getPurchases", &[("from", 1, 1), ("to", 1, 1)]),
];

impl Platform {
    pub(super) fn new(packages: Vec<String>) -> Platform {
        Platform { packages: packages.into_iter().collect(), ..Platform::default() }
    }

    pub(super) fn add_package(&mut self, name: &str) {
        self.packages.insert(name.to_owned());
    }

    pub(super) fn add_purchase(&mut self, purchase: Purchase) {
        self.purchases.push(purchase);
    }

    pub(super) fn customers(&self) -> Vec<Customer> {
        self.customers.values().cloned().collect()
    }

    pub(super) fn customer(&self, id: &str) -> Option<Customer> {
        self.customers.get(id).cloned()
    }

    /// Carries out an operation and returns the answer's XML.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result<String, Refusal> {
        check_fields(operation)?;
        let inside = match operation.name.as_str() {
            "createCustomer" => self.create(operation)?,
            "updateCustomer" => self.update(operation)?,
            "setCustomerStatus" => self.set_status(operation)?,
            "setServicePackages" => self.set_packages(operation)?,
            "addDevice" => self.add_device(operation)?,
            "removeDevice" => self.remove_device(operation)?,
            "getCustomer" => self.found(operation).map(|customer| customer_xml(customer))?,
            "deleteCustomer" => self.delete(operation)?,
            _ => self.purchases(operation),
        };
        Ok(response(&operation.name, &inside))
    }

    fn found(&mut self, operation: &Operation) -> Result<&mut Customer, Refusal> {
        let id = operation.field("customerId").unwrap_or_default();
        match self.customers.get_mut(id) {
            Some(customer) => Ok(customer),
            None => refuse("CUSTOMER_NOT_FOUND", format!("no customer {id}")),
        }
    }

    fn checked_packages(&self, operation: &Operation) -> Result<Vec<String>, Refusal> {
        let mut packages: Vec<String> = Vec::new();
        for name in operation.all("servicePackageId") {
            if !self.packages.contains(&name) {
                return refuse("PACKAGE_UNKNOWN", format!("no service package {name}"));
            }
            if packages.contains(&name) {
                return refuse("INVALID_REQUEST", format!("service package {name} given twice"));
            }
            packages.push(name);
        }
        Ok(packages)
    }

    fn create(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let id = operation.field("customerId").unwrap_or_default().to_owned();
        if id.is_empty() || id.len() > MAX_ID {
            return refuse("INVALID_REQUEST", format!("customerId must have 1 to {MAX_ID} bytes"));
        }
        if self.customers.contains_key(&id) {
            return refuse("CUSTOMER_EXISTS", format!("customer {id} exists"));
        }
        let customer = Customer {
            name: text(operation, "name")?,
            address: text(operation, "address")?,
            status: status(operation)?,
            service_packages: self.checked_packages(operation)?,
            devices: Vec::new(),
            customer_id: id.clone(),
        };
        self.customers.insert(id, customer);
        Ok(String::new())
    }

    fn update(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let (name, address) = (text(operation, "name")?, text(operation, "address")?);
        let customer = self.found(operation)?;
        customer.name = name;
        customer.address = address;
        Ok(String::new())
    }

    fn set_status(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let status = status(operation)?;
        self.found(operation)?.status = status;
        Ok(String::new())
    }

    fn set_packages(&mut self, operation: &Operation) -> Result<String, Refusal> {
        self.found(operation)?;
        let packages = self.checked_packages(operation)?;
        self.found(operation)?.service_packages = packages;
        Ok(String::new())
    }

    fn add_device(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let device = device(operation)?;
        let customer = self.found(operation)?;
        if customer.devices.iter().any(|known| known.mac_address == device.mac_address) {
            return refuse("DEVICE_EXISTS", format!("device {} is there already", device.mac_address));
        }
        customer.devices.push(device);
        Ok(String::new())
    }

    fn remove_device(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let device = device(operation)?;
        let customer = self.found(operation)?;
        let before = customer.devices.len();
        customer.devices.retain(|known| known.mac_address != device.mac_address);
        if customer.devices.len() == before {
            return refuse("DEVICE_NOT_FOUND", format!("no device {}", device.mac_address));
        }
        Ok(String::new())
    }

    fn delete(&mut self, operation: &Operation) -> Result<String, Refusal> {
        let id = self.found(operation)?.customer_id.clone();
        self.customers.remove(&id);
        Ok(String::new())
    }

    /// Purchases from `from` (included) to `to` (excluded).
    fn purchases(&self, operation: &Operation) -> String {
        let (from, to) =
            (operation.field("from").unwrap_or_default(), operation.field("to").unwrap_or_default());
        let within = self
            .purchases
            .iter()
            .filter(|purchase| purchase.at.as_str() >= from && purchase.at.as_str() < to);
        within.map(purchase_xml).collect()
    }
}

fn check_fields(operation: &Operation) -> Result<(), Refusal> {
    let Some((_, rules)) = OPERATIONS.iter().find(|(name, _)| *name == operation.name) else {
        return refuse("INVALID_REQUEST", format!("there is no operation {}", operation.name));
    };
    for (name, fewest, most) in *rules {
        let count = operation.all(name).len();
        if count < *fewest || count > *most {
            return refuse("INVALID_REQUEST", format!("{name} is given {count} times"));
        }
    }
    match operation.fields.iter().find(|(name, _)| !rules.iter().any(|(known, _, _)| known == name)) {
        Some((name, _)) => refuse("INVALID_REQUEST", format!("{} has no field {name}", operation.name)),
        None => Ok(()),
    }
}

fn text(operation: &Operation, name: &str) -> Result<String, Refusal> {
    let text = operation.field(name).unwrap_or_default();
    if text.len() > MAX_TEXT {
        return refuse("INVALID_REQUEST", format!("{name} is longer than {MAX_TEXT} bytes"));
    }
    Ok(text.to_owned())
}

fn status(operation: &Operation) -> Result<String, Refusal> {
    match operation.field("status") {
        Some(status @ ("ENABLED" | "DISABLED")) => Ok(status.to_owned()),
        other => refuse("INVALID_REQUEST", format!("status {other:?} is neither ENABLED nor DISABLED")),
    }
}

fn device(operation: &Operation) -> Result<CustomerDevice, Refusal> {
    let mac_address = operation.field("macAddress").unwrap_or_default().to_owned();
    let pairs: Vec<&str> = mac_address.split(':').collect();
    let is_pair = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| matches!(c, '0'..='9' | 'A'..='F'));
    if pairs.len() != 6 || !pairs.iter().all(is_pair) {
        return refuse("INVALID_REQUEST", format!("macAddress {mac_address} is not AA:BB:CC:DD:EE:FF"));
    }
    Ok(CustomerDevice { mac_address, serial: text(operation, "serial")? })
}

fn customer_xml(customer: &Customer) -> String {
    let mut xml = String::from("<customer>");
    xml += &element("customerId", &customer.customer_id);
    xml += &element("name", &customer.name);
    xml += &element("address", &customer.address);
    xml += &element("status", &customer.status);
    for package in &customer.service_packages {
        xml += &element("servicePackageId", package);
    }
    for device in &customer.devices {
        xml += "<device>";
        xml += &element("macAddress", &device.mac_address);
        xml += &element("serial", &device.serial);
        xml += "</device>";
    }
    xml + "</customer>"
}

fn purchase_xml(purchase: &Purchase) -> String {
    let mut xml = String::from("<purchase>");
    xml += &element("purchaseId", &purchase.purchase_id);
    xml += &element("customerId", &purchase.customer_id);
    xml += &element("title", &purchase.title);
    xml += &element("price", &purchase.price);
    xml += &element("at", &purchase.at);
    xml + "</purchase>"
}
