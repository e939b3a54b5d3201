//! Main products and add-ons of an account.

use super::validation::{self, Faults};
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, no_records};
use calendar::{Instant, Seconds};
use catalog::ProductId;
use charging::{AccountId, AddAddOn, Command, Reply, RowId};

/// How far ahead an add-on may begin, or given units may last.
pub(super) const AHEAD_MOST: Seconds = Seconds(3_653 * 86_400);

/// An add-on to assign.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAddOn {
    /// Code of the add-on.
    pub product: String,
    /// Begins then; `None` = now, or with its first use where the product says so.
    pub from: Option<Instant>,
    /// Ends then; `None` = after the time the product lasts, if it says one.
    pub until: Option<Instant>,
    /// Its conflicts with what the account holds were seen and are wanted.
    pub accept_conflicts: bool,
}

impl From<&str> for NewAddOn {
    fn from(product: &str) -> Self {
        Self { product: product.to_owned(), ..Self::default() }
    }
}

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

    /// Assigns an add-on now, later, or for its first use where the product says so; answers the assignment. Subscribers may choose
    /// among those their main product offers, and when it begins.
    pub fn add_add_on(
        &self,
        actor: &Actor,
        account: AccountId,
        add_on: impl Into<NewAddOn>,
        key: Option<IdempotencyKey>,
    ) -> Result<RowId, OfficeError> {
        let NewAddOn { product, from, until, accept_conflicts } = add_on.into();
        let (customer, label) = self.labelled(account)?;
        let (catalog, now) = (self.catalog(), self.now());
        let mut faults = Faults::new();
        let product = validation::add_on(&mut faults, &catalog, "product", &product);
        let latest = now.plus(AHEAD_MOST);
        faults.check(from.is_none_or(|from| from <= latest), "from", "is more than ten years ahead");
        let begins = from.unwrap_or(now).max(now);
        faults.check(until.is_none_or(|until| until > begins), "until", "is later than its beginning");
        let subscriber = matches!(actor, Actor::Subscriber { .. });
        faults.check(!subscriber || until.is_none(), "until", "it lasts as long as the product says");
        let product = faults.or(product.unwrap_or_default())?;
        if subscriber {
            let main = self.engine().look(customer, move |c| c?.account(account)?.product(now))?;
            let main = main.and_then(|id| catalog.product_by_id(id));
            if !main.is_some_and(|main| catalog.add_ons_of(main).any(|p| p.id == product)) {
                return Err(OfficeError::Denied("this product cannot be bought with yours".to_owned()));
            }
        }
        let audit = AuditNote::new("account/add-on-added", label, self.product_name(product));
        let accept_conflicts = accept_conflicts && !subscriber;
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
