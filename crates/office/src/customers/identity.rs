//! What finds and equips an account after it was made: identifiers, service password, devices.

use super::validation::{self, Faults};
use super::{NewDevice, NewIdentifier};
use crate::directory::{DEVICE, normalise, shown};
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError};
use charging::{AccountId, Command, CustomerId, EventKind, Reply, RowId};
use store::{AccountRecord, DeviceRecord, IdentifierRecord, Record};

impl Office {
    /// Sets (or with `None` removes) the service password of an account.
    pub fn set_account_password(
        &self,
        actor: &Actor,
        account: AccountId,
        password: Option<&str>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let mut faults = Faults::new();
        if let Some(password) = password {
            validation::password(&mut faults, "password", password);
        }
        faults.or(())?;
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        let stored = self.store().account_record(account)?;
        let stored = stored.ok_or_else(|| OfficeError::not_found("account", account))?;
        let sealed = password.map(|p| self.secrets().seal(p.as_bytes()));
        let record = Record::Account(AccountRecord { password: sealed, ..stored });
        let what = if password.is_some() { "password set" } else { "password removed" };
        let command = announce(EventKind::IdentityChanged, account, what);
        let audit = AuditNote::new("account/identity-changed", label, what);
        let done =
            self.command(actor, customer, key.as_ref(), command, audit, Box::new(move |_| vec![record]));
        self.directory().forget_password(account);
        done?;
        Ok(())
    }

    /// Gives an account a further identifier.
    pub fn add_identifier(
        &self,
        actor: &Actor,
        account: AccountId,
        identifier: NewIdentifier,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let mut faults = Faults::new();
        let found = validation::identifier(&mut faults, "", &identifier);
        let (realm, value) = faults.or(found.unwrap_or_default())?;
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        if let Some(key) = &key
            && let Some(Reply::Done(_)) = self.first_answer(customer, key)?
        {
            return Ok(());
        }
        let claimed = (realm.clone(), value.clone());
        self.claim_one(customer, &claimed)?;
        let what = format!("{} {value} added", shown(&realm));
        let command = announce(EventKind::IdentityChanged, account, &what);
        let audit = AuditNote::new("account/identity-changed", label, what);
        let record = Record::Identifier(IdentifierRecord { realm, value, account });
        let done =
            self.command(actor, customer, key.as_ref(), command, audit, Box::new(move |_| vec![record]));
        self.directory().forget(std::slice::from_ref(&claimed));
        if done.is_err() {
            self.release_identifiers(customer, vec![claimed]);
        }
        done?;
        Ok(())
    }

    /// Takes an identifier away; somebody else may have it then.
    pub fn remove_identifier(
        &self,
        actor: &Actor,
        account: AccountId,
        identifier: NewIdentifier,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        let repeated = match &key {
            Some(key) => self.first_answer(customer, key)?.is_some(),
            None => false,
        };
        let realm = identifier.realm.trim().to_lowercase();
        let value = normalise(&realm, &identifier.value).map(std::borrow::Cow::into_owned);
        let value = value.unwrap_or(identifier.value);
        let held = self.store().find_identifier(&realm, &value)?;
        if !repeated && held != Some((customer, account)) {
            return Err(OfficeError::not_found("identifier", value));
        }
        let given_up = (realm.clone(), value.clone());
        let what = format!("{} {value} removed", shown(&realm));
        let command = announce(EventKind::IdentityChanged, account, &what);
        let audit = AuditNote::new("account/identity-changed", label, what);
        let record = Record::IdentifierReleased { realm, value };
        let done =
            self.command(actor, customer, key.as_ref(), command, audit, Box::new(move |_| vec![record]));
        self.directory().forget(&[given_up]);
        done?;
        Ok(())
    }

    /// Assigns a device; answers its number.
    pub fn add_device(
        &self,
        actor: &Actor,
        account: AccountId,
        device: NewDevice,
        key: Option<IdempotencyKey>,
    ) -> Result<RowId, OfficeError> {
        let mut faults = Faults::new();
        let device = validation::device(&mut faults, "", &device);
        let device = faults.or(device)?;
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        if let Some(key) = &key
            && let Some(Reply::Done(_)) = self.first_answer(customer, key)?
            && let Some(before) = self.assigned(account, &device)?
        {
            return Ok(before.id);
        }
        self.check_devices(Some(account), std::slice::from_ref(&device))?;
        let mut records = self.device_records(customer, account, std::slice::from_ref(&device))?;
        let record = records.pop().ok_or_else(|| OfficeError::not_found("account", account))?;
        let id = record.id;
        let claim = validation::device_claim(&device);
        if let Some(claim) = &claim {
            self.claim_one(customer, claim)?;
        }
        let what = format!("{} {} added", device.kind, named(&device.mac, &device.serial));
        let command = announce(EventKind::DeviceChanged, account, &what);
        let audit = AuditNote::new("account/device-changed", label, what);
        let mut records = vec![Record::Device(record)];
        let held = claim.clone().map(|(realm, value)| IdentifierRecord { realm, value, account });
        records.extend(held.map(Record::Identifier));
        let done = self.command(actor, customer, key.as_ref(), command, audit, Box::new(|_| records));
        if done.is_err() {
            self.release_identifiers(customer, claim.into_iter().collect());
        }
        done?;
        Ok(id)
    }

    /// Takes a device away; it may be assigned again.
    pub fn remove_device(
        &self,
        actor: &Actor,
        account: AccountId,
        device: RowId,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        let devices = self.store().devices_of(customer)?;
        let found = devices.into_iter().find(|d| d.id == device && d.account == account);
        let found = found.ok_or_else(|| OfficeError::not_found("device", device))?;
        let repeated = match &key {
            Some(key) => self.first_answer(customer, key)?.is_some(),
            None => false,
        };
        if found.removed_at.is_some() && !repeated {
            return Err(OfficeError::not_found("device", device));
        }
        let what = format!("{} {} removed", found.kind, named(&found.mac, &found.serial));
        let command = announce(EventKind::DeviceChanged, account, &what);
        let audit = AuditNote::new("account/device-changed", label, what);
        let released = Record::IdentifierReleased { realm: DEVICE.to_owned(), value: found.mac.clone() };
        let record = Record::Device(DeviceRecord { removed_at: Some(self.now()), ..found });
        self.command(actor, customer, key.as_ref(), command, audit, Box::new(|_| vec![record, released]))?;
        Ok(())
    }

    /// The device as it is assigned to this account now.
    fn assigned(&self, account: AccountId, device: &NewDevice) -> Result<Option<DeviceRecord>, OfficeError> {
        let found = self.store().devices_with(&device.mac, &device.serial)?;
        Ok(found.into_iter().find(|d| d.account == account))
    }

    /// Refuses devices that serve an account already.
    pub(crate) fn check_devices(
        &self,
        own: Option<AccountId>,
        devices: &[NewDevice],
    ) -> Result<(), OfficeError> {
        for device in devices {
            let Some(taken) = self.store().devices_with(&device.mac, &device.serial)?.into_iter().next()
            else {
                continue;
            };
            let what = named(&device.mac, &device.serial);
            if own == Some(taken.account) {
                return Err(OfficeError::Conflict(format!("the account has device {what} already")));
            }
            let owner = taken.account.customer();
            let owner = owner.map(|id| self.store().customer_record(id)).transpose()?.flatten();
            let owner = owner.map_or_else(|| taken.account.to_string(), |c| c.number);
            return Err(OfficeError::Conflict(format!("the device {what} belongs to {owner}")));
        }
        Ok(())
    }

    /// New device rows with fresh numbers.
    pub(crate) fn device_records(
        &self,
        customer: CustomerId,
        account: AccountId,
        devices: &[NewDevice],
    ) -> Result<Vec<DeviceRecord>, OfficeError> {
        let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return Ok(Vec::new());
        }
        let (first, now) = (self.store().take_numbers("device", count)?, self.now());
        let records = devices.iter().zip(first..).map(|(device, number)| DeviceRecord {
            id: RowId::new(customer, number),
            account,
            kind: device.kind.clone(),
            mac: device.mac.clone(),
            serial: device.serial.clone(),
            model: device.model.clone(),
            created_at: now,
            removed_at: None,
        });
        Ok(records.collect())
    }
}

fn announce(kind: EventKind, account: AccountId, detail: &str) -> Command {
    Command::AnnounceChange { kind, account: Some(account), detail: detail.to_owned() }
}

/// What a person calls a device by.
fn named(mac: &str, serial: &str) -> String {
    if mac.is_empty() { serial.to_owned() } else { mac.to_owned() }
}
