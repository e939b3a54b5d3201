//! What goes with an account's commands: its label, password, identifiers and devices; blocking and closing it.

use super::validation::CheckedAccount;
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, no_records};
use calendar::Instant;
use charging::{AccountId, Command, CustomerId, Reply, RowId};
use store::{AccountRecord, DeviceRecord, IdentifierRecord, Record};

/// Plain records of a new account; they learn its number from the reply.
pub(crate) struct AccountRecords {
    label: String,
    password: Option<Vec<u8>>,
    /// With the claims of its devices.
    identifiers: Vec<(String, String)>,
    devices: Vec<DeviceRecord>,
    now: Instant,
}

impl AccountRecords {
    /// The records once the account's number is known.
    pub fn after(self, reply: &Reply) -> Vec<Record> {
        let Reply::Done(Some(id)) = *reply else { return Vec::new() };
        let account = AccountRecord { id, label: self.label, password: self.password, created_at: self.now };
        let mut records = vec![Record::Account(account)];
        records.extend(
            self.identifiers
                .into_iter()
                .map(|(realm, value)| Record::Identifier(IdentifierRecord { realm, value, account: id })),
        );
        records.extend(self.devices.into_iter().map(|d| Record::Device(DeviceRecord { account: id, ..d })));
        records
    }
}

/// What becomes free when accounts are closed.
pub(crate) struct Releases {
    /// Records that free it.
    pub records: Vec<Record>,
    /// Realm and value of each identifier, for the directory to forget.
    pub identifiers: Vec<(String, String)>,
}

impl Office {
    pub(crate) fn account_records(
        &self,
        customer: CustomerId,
        account: &CheckedAccount,
    ) -> Result<AccountRecords, OfficeError> {
        let now = self.now();
        let devices = self.device_records(customer, RowId(0), &account.devices)?;
        Ok(AccountRecords {
            label: account.label.clone(),
            password: account.password.as_ref().map(|p| self.secrets().seal(p.as_bytes())),
            identifiers: account.claims(),
            devices,
            now,
        })
    }

    /// Blocks or unblocks an account.
    pub fn block_account(
        &self,
        actor: &Actor,
        account: AccountId,
        blocked: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let (customer, label) = self.labelled(account)?;
        let action = if blocked { "account/blocked" } else { "account/unblocked" };
        let command = Command::BlockAccount { account, blocked };
        let audit = AuditNote::new(action, label, "");
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Closes an account for good; its identifiers and devices are free again.
    pub fn terminate_account(
        &self,
        actor: &Actor,
        account: AccountId,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let _order = self.change_records(account.customer());
        let (customer, label) = self.labelled(account)?;
        let Releases { records, identifiers } = self.releases(customer, Some(account))?;
        let audit = AuditNote::new("account/terminated", label, "");
        let command = Command::TerminateAccount { account };
        self.command(actor, customer, key.as_ref(), command, audit, Box::new(move |_| records))?;
        self.directory().forget(&identifiers);
        Ok(())
    }

    /// Records that free the identifiers and devices of one account, or of all.
    pub(crate) fn releases(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
    ) -> Result<Releases, OfficeError> {
        let now = self.now();
        let of_account = |id: Option<AccountId>| account.is_none() || id == account;
        let held = self.store().identifiers_of(customer)?.into_iter().filter(|i| of_account(i.account));
        let identifiers: Vec<_> = held.map(|i| (i.realm, i.value)).collect();
        let devices = self.store().devices_of(customer)?;
        let devices = devices.into_iter().filter(|d| d.removed_at.is_none() && of_account(Some(d.account)));
        let mut records: Vec<Record> =
            devices.map(|d| Record::Device(DeviceRecord { removed_at: Some(now), ..d })).collect();
        let releases = identifiers.iter().cloned();
        records.extend(releases.map(|(realm, value)| Record::IdentifierReleased { realm, value }));
        Ok(Releases { records, identifiers })
    }

    /// The customer of an account, and the account's label for people.
    pub(crate) fn labelled(&self, account: AccountId) -> Result<(CustomerId, String), OfficeError> {
        let customer = account.customer();
        let record = self.store().account_record(account)?;
        match (customer, record) {
            (Some(customer), Some(record)) => {
                let label = if record.label.is_empty() { account.to_string() } else { record.label };
                Ok((customer, label))
            }
            _ => Err(OfficeError::not_found("account", account)),
        }
    }

    /// Refuses customers that do not exist.
    pub(crate) fn known(&self, customer: CustomerId) -> Result<store::CustomerRecord, OfficeError> {
        let record = self.store().customer_record(customer)?;
        record.ok_or_else(|| OfficeError::not_found("customer", customer))
    }
}
