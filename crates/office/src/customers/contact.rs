//! The customer himself: contact, blocking, closing, and notes of staff.

use super::accounts::Releases;
use super::validation::{self, Faults};
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, Permission, no_records};
use charging::{Command, CustomerId, EventKind, RowId};
use serde::Deserialize;
use store::{AuditRecord, CustomerRecord, NoteRecord, Record};

/// Characters of a note.
const NOTE_MOST: usize = 4_000;

/// What is to change; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactChange {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Language tag.
    pub language: Option<String>,
}

impl Office {
    /// Changes name and contact.
    pub fn update_contact(
        &self,
        actor: &Actor,
        customer: CustomerId,
        change: ContactChange,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let _order = self.change_records(Some(customer));
        let stored = self.known(customer)?;
        let mut faults = Faults::new();
        let mut record = stored.clone();
        let mut changed = Vec::new();
        if let Some(text) = &change.name {
            record.name = validation::name(&mut faults, "name", text);
        }
        if let Some(text) = &change.email {
            record.email = validation::email(&mut faults, text);
        }
        if let Some(text) = &change.phone {
            record.phone = validation::phone(&mut faults, text);
        }
        if let Some(text) = &change.address {
            record.address = validation::address(&mut faults, text);
        }
        if let Some(text) = &change.language {
            record.language = validation::language(&mut faults, text);
        }
        for (field, before, after) in fields(&stored, &record) {
            if before != after {
                changed.push(field);
            }
        }
        let record = faults.or(record)?;
        if changed.is_empty() {
            return Ok(());
        }
        let detail = changed.join(", ");
        let kind = EventKind::CustomerChanged;
        let command = Command::AnnounceChange { kind, account: None, detail: detail.clone() };
        let audit = AuditNote::new("customer/changed", &stored.number, detail);
        let records = Box::new(move |_: &charging::Reply| vec![Record::Customer(record)]);
        self.command(actor, customer, key.as_ref(), command, audit, records)?;
        Ok(())
    }

    /// Frees a customer from taxes, from the next invoice on, or ends that.
    pub fn set_tax_exempt(
        &self,
        actor: &Actor,
        customer: CustomerId,
        exempt: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let number = self.known(customer)?.number;
        let detail = if exempt { "exempt from taxes" } else { "pays taxes" };
        let audit = AuditNote::new("customer/changed", number, detail);
        let command = Command::SetTaxExempt { exempt };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Blocks or unblocks a customer with all his accounts.
    pub fn block_customer(
        &self,
        actor: &Actor,
        customer: CustomerId,
        blocked: bool,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let number = self.known(customer)?.number;
        let action = if blocked { "customer/blocked" } else { "customer/unblocked" };
        let audit = AuditNote::new(action, number, "");
        let command = Command::BlockCustomer { blocked };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Closes a customer and all his accounts for good; identifiers and devices are free again. His last invoice still comes.
    pub fn terminate_customer(
        &self,
        actor: &Actor,
        customer: CustomerId,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let _order = self.change_records(Some(customer));
        let number = self.known(customer)?.number;
        let Releases { records, identifiers } = self.releases(customer, None)?;
        let audit = AuditNote::new("customer/terminated", number, "");
        let records = Box::new(move |_: &charging::Reply| records);
        self.command(actor, customer, key.as_ref(), Command::TerminateCustomer, audit, records)?;
        self.directory().forget(&identifiers);
        Ok(())
    }

    /// Writes a note about a customer; answers its number.
    pub fn add_note(&self, actor: &Actor, customer: CustomerId, text: &str) -> Result<RowId, OfficeError> {
        let kind = EventKind::CustomerChanged;
        actor.allow(customer, &Command::AnnounceChange { kind, account: None, detail: String::new() })?;
        let number = self.known(customer)?.number;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > NOTE_MOST {
            return Err(OfficeError::field("note", format!("has 1 to {NOTE_MOST} characters")));
        }
        let at = self.now();
        let id = RowId::new(customer, self.store().take_numbers("note", 1)?);
        let note = NoteRecord { id, author: actor.text(), at, body: text.to_owned() };
        let audit = AuditRecord {
            at,
            actor: actor.text(),
            action: "note/added".to_owned(),
            object: number,
            detail: String::new(),
        };
        self.store().add_note(customer, note, audit)?;
        Ok(id)
    }
}

fn fields<'a>(
    before: &'a CustomerRecord,
    after: &'a CustomerRecord,
) -> [(&'static str, &'a String, &'a String); 5] {
    [
        ("name", &before.name, &after.name),
        ("e-mail", &before.email, &after.email),
        ("phone", &before.phone, &after.phone),
        ("address", &before.address, &after.address),
        ("language", &before.language, &after.language),
    ]
}
