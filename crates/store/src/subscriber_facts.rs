//! What an outside system should know about an account that the engine does not: name, contact, devices, and the values
//! the system itself gave back earlier.

use crate::db::{OptionalExtension, params};
use crate::{Partition, Store, StoreError, customers};
use charging::AccountId;

/// Plain records of an account, for one connector. Texts are empty when unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriberFacts {
    /// The customer's name.
    pub name: String,
    /// The customer's e-mail address.
    pub email: String,
    /// The customer's phone number.
    pub phone: String,
    /// The customer's postal address, lines separated by newlines.
    pub address: String,
    /// Devices that serve the account now, in the order of their assignment.
    pub devices: Vec<SubscriberDevice>,
    /// Values the connector's system gave back, by name.
    pub external: Vec<(String, String)>,
}

/// A device that serves an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberDevice {
    /// `stb`, `modem`, `router`, `phone`.
    pub kind: String,
    /// MAC address; empty when none.
    pub mac: String,
    /// Serial number; empty when none.
    pub serial: String,
}

impl Store {
    /// The records of an account as one connector needs them.
    pub fn subscriber_facts(
        &self,
        connector: &str,
        account: AccountId,
    ) -> Result<SubscriberFacts, StoreError> {
        let Some(customer) = account.customer() else { return Ok(SubscriberFacts::default()) };
        let partition = Partition::of(customer).sql();
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, email, phone, address FROM customer WHERE partition = ?1 AND customer_id = ?2",
            )?;
            let contact = statement.query_row(params![partition, customer.0], |row| {
                Ok(SubscriberFacts {
                    name: row.get(0)?,
                    email: row.get(1)?,
                    phone: row.get(2)?,
                    address: row.get(3)?,
                    ..SubscriberFacts::default()
                })
            });
            let mut facts = contact.optional()?.unwrap_or_default();
            let mut statement = connection.prepare_cached(
                "SELECT kind, mac, serial FROM device
                 WHERE partition = ?1 AND device_id >= ?2 AND device_id < ?3 AND account_id = ?4 AND removed_at IS NULL ORDER BY created_at, device_id",
            )?;
            let (first, last) = customers::rows_of(customer);
            let devices = statement.query_map(params![partition, first, last, account.0], |row| {
                Ok(SubscriberDevice { kind: row.get(0)?, mac: row.get(1)?, serial: row.get(2)? })
            })?;
            facts.devices = devices.collect::<Result<_, _>>()?;
            let mut statement = connection.prepare_cached(
                "SELECT name, value FROM external_value WHERE connector = ?1 AND account_id = ?2 ORDER BY name",
            )?;
            let values =
                statement.query_map(params![connector, account.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            facts.external = values.collect::<Result<_, _>>()?;
            Ok(facts)
        })
    }
}
