//! Main products and add-ons of an account.

use super::validation::{self, Faults};
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, no_records};
use calendar::Instant;
use catalog::ProductId;
use charging::{AccountId, AddAddOn, Command, Reply, RowId};

impl Office {
    /// Changes an account's main product from now on.
    pub fn change_product(
        &self,
        actor: &Actor,
        account: AccountId,
        product: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let (customer, label) = self.labelled(account)?;
        let mut faults = Faults::new();
        let product = validation::main_product(&mut faults, &self.catalog(), "product", product);
        let product = faults.or(product.unwrap_or_default())?;
        let audit = AuditNote::new("account/product-changed", label, self.product_name(product));
        let command = Command::ChangeProduct { account, product };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Adds an add-on from now on, or from its first use where the product says so, until `until` when given; answers the assignment. Subscribers may choose among those their main product
    /// offers.
    pub fn add_add_on(
        &self,
        actor: &Actor,
        account: AccountId,
        add_on: &str,
        until: Option<Instant>,
        key: Option<IdempotencyKey>,
    ) -> Result<RowId, OfficeError> {
        let (customer, label) = self.labelled(account)?;
        let catalog = self.catalog();
        let mut faults = Faults::new();
        let product = validation::add_on(&mut faults, &catalog, "product", add_on);
        let product = faults.or(product.unwrap_or_default())?;
        if matches!(actor, Actor::Subscriber { .. }) {
            let now = self.now();
            let main = self.engine().look(customer, move |c| c?.account(account)?.product(now))?;
            let main = main.and_then(|id| catalog.product_by_id(id));
            if !main.is_some_and(|main| catalog.add_ons_of(main).any(|p| p.id == product)) {
                return Err(OfficeError::Denied("this product cannot be bought with yours".to_owned()));
            }
        }
        let audit = AuditNote::new("account/add-on-added", label, self.product_name(product));
        let (from, accept_conflicts) = (None, false);
        let command = Command::AddAddOn(AddAddOn { account, product, from, until, accept_conflicts });
        match self.command(actor, customer, key.as_ref(), command, audit, no_records())? {
            Reply::Done(Some(id)) => Ok(id),
            _ => Err(OfficeError::Store("the add-on was assigned without a number".to_owned())),
        }
    }

    /// Ends an add-on now.
    pub fn remove_add_on(
        &self,
        actor: &Actor,
        account: AccountId,
        add_on: RowId,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let (customer, label) = self.labelled(account)?;
        let product = self.engine().look(customer, move |c| {
            c?.account(account)?.add_ons.iter().find(|a| a.id == add_on).map(|a| a.product)
        })?;
        let name = product.map(|id| self.product_name(id)).unwrap_or_default();
        let audit = AuditNote::new("account/add-on-removed", label, name);
        let command = Command::RemoveAddOn { account, add_on };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// What people read for a product.
    pub(crate) fn product_name(&self, id: ProductId) -> String {
        self.catalog().product_by_id(id).map_or_else(|| id.to_string(), |p| p.name.clone())
    }
}
