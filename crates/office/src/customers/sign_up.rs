//! Sign-up: claim the identifiers, make the customer, make his first account, give him his login.
//!
//! Several commits, so each step can be repeated: with a key, a sign-up that was cut off is finished by sending it again.

use super::accounts::AccountRecords;
use super::validation::{self, CheckedAccount, CheckedSignUp};
use super::{NewAccount, NewLogin, SignUp, SignedUp};
use crate::office::AuditNote;
use crate::passwords::acceptable;
use crate::users::checked_login;
use crate::{Actor, FieldError, IdempotencyKey, Office, OfficeError, no_records};
use calendar::Seconds;
use charging::{AccountId, AddAccount, Command, CreateCustomer, CustomerId, Payment, Reply};
use money::Currency;
use store::{CustomerRecord, IdentifierRow, Record};

/// Numbers shown to people start after this one.
const NUMBER_BASE: u64 = 1_000_000;
/// Days from invoice to due date when nothing else is said.
const NET_DAYS: u16 = 14;
/// Billing time zone when nothing else is said.
const ZONE: &str = "UTC";
/// Characters of a self-care password at least.
const LOGIN_PASSWORD_LEAST: usize = 8;
/// A sign-up key finds its customer for so long; the core remembers keys no longer either.
const KEY_KEPT: Seconds = Seconds(48 * 3_600);
/// A claim whose account was not made within this time was left behind by a crash.
const CLAIM_STALE: Seconds = Seconds(600);

/// The number for people.
fn number_of(customer: CustomerId) -> String {
    format!("C{}", NUMBER_BASE + u64::from(customer.0))
}

impl Office {
    /// Signs a customer up, with his first account and self-care login when asked for. Nothing is left behind when it is refused.
    pub fn sign_up(
        &self,
        actor: &Actor,
        form: SignUp,
        key: Option<IdempotencyKey>,
    ) -> Result<SignedUp, OfficeError> {
        let checked = validation::sign_up(&self.catalog(), &form, (ZONE, NET_DAYS))?;
        let _working = key.as_ref().map(|key| self.work_on(0, key.text())).transpose()?;
        let now = self.now();
        let claim = key.as_ref().map(|key| key.text().to_owned());
        let customer = self.store().claim_customer(claim, now, now.minus(KEY_KEPT))?;
        let login = self.free_login(form.login.as_ref(), customer)?;
        let order = self.change_records(Some(customer));
        let account_key = key.as_ref().map(|key| key.step("account"));
        let made_before = self.made_before(customer, account_key.as_ref())?;
        let claimed = match (&checked.account, made_before) {
            (Some(account), None) => {
                self.check_devices(None, &account.devices)?;
                self.claim(customer, account)?;
                Some(account)
            }
            _ => None,
        };
        let created = self.create(actor, &form, &checked, customer, key.as_ref());
        if let (Err(_), Some(account)) = (&created, claimed) {
            self.release(customer, account);
        }
        let number = created?;
        let mut signed_up = SignedUp { customer, number, account: made_before };
        if let Some(account) = claimed {
            let made = self.make_account(actor, customer, account, account_key.as_ref());
            if made.is_err() && key.is_none() {
                // Nobody can finish this one: leave no customer without what he came for.
                let audit = AuditNote::new("customer/terminated", &signed_up.number, "sign-up failed");
                let _ = self.command(actor, customer, None, Command::TerminateCustomer, audit, no_records());
            }
            signed_up.account = Some(made?);
        }
        drop(order);
        if let Some((login, password)) = login {
            self.create_subscriber_login(actor, customer, &login, &password)?;
        }
        Ok(signed_up)
    }

    /// The login to be made: acceptable, nobody's, and not made by this sign-up before.
    fn free_login(
        &self,
        form: Option<&NewLogin>,
        customer: CustomerId,
    ) -> Result<Option<(String, String)>, OfficeError> {
        let Some(form) = form else { return Ok(None) };
        let password = form.password.expose();
        let login = checked_login(&form.login).and_then(|login| {
            acceptable(password, &login, LOGIN_PASSWORD_LEAST)?;
            Ok(login)
        });
        let login = login.map_err(|error| match error {
            OfficeError::Invalid(faults) => OfficeError::Invalid(
                faults.into_iter().map(|f| FieldError { field: format!("login.{}", f.field), ..f }).collect(),
            ),
            other => other,
        })?;
        match self.store().subscriber_login(&login)? {
            Some(taken) if taken.customer == customer => Ok(None),
            Some(_) => Err(OfficeError::Conflict(format!("the login {login} is taken"))),
            None => Ok(Some((login, password.to_owned()))),
        }
    }

    /// The currency of the first product, which only customers of that currency can hold; the catalog's usual one without.
    fn currency_for(&self, form: &SignUp) -> Currency {
        let catalog = self.catalog();
        let product = form.account.as_ref().and_then(|account| catalog.product(account.product.trim()));
        product.map_or(catalog.currency(), |product| catalog.currency_of(product))
    }

    fn create(
        &self,
        actor: &Actor,
        form: &SignUp,
        checked: &CheckedSignUp,
        customer: CustomerId,
        key: Option<&IdempotencyKey>,
    ) -> Result<String, OfficeError> {
        let now = self.now();
        let command = Command::CreateCustomer(CreateCustomer {
            currency: self.currency_for(form),
            payment: form.payment,
            credit_limit: if form.payment == Payment::Prepaid { None } else { form.credit_limit },
            zone: checked.zone,
            period: form.period,
            period_bounds: (
                form.period.start_of(now, &checked.zone),
                form.period.end_after(now, &checked.zone),
            ),
            net_days: checked.net_days,
            chain: self.chain_under(form.reseller)?,
            class: checked.class,
        });
        let number = number_of(customer);
        let record = CustomerRecord {
            id: customer,
            number: number.clone(),
            name: checked.name.clone(),
            email: checked.email.clone(),
            phone: checked.phone.clone(),
            address: checked.address.clone(),
            language: checked.language.clone(),
            created_at: now,
        };
        let audit = AuditNote::new("customer/created", &number, &checked.name);
        let records = Box::new(move |_: &Reply| vec![Record::Customer(record)]);
        self.command(actor, customer, key, command, audit, records)?;
        Ok(number)
    }

    /// Gives a customer a further account.
    pub fn add_account(
        &self,
        actor: &Actor,
        customer: CustomerId,
        form: NewAccount,
        key: Option<IdempotencyKey>,
    ) -> Result<AccountId, OfficeError> {
        let mut faults = validation::Faults::new();
        let account = validation::account(&mut faults, &self.catalog(), "", &form);
        let account = faults.or(account)?;
        self.known(customer)?;
        let _order = self.change_records(Some(customer));
        if let Some(made) = self.made_before(customer, key.as_ref())? {
            return Ok(made);
        }
        self.check_devices(None, &account.devices)?;
        self.claim(customer, &account)?;
        self.make_account(actor, customer, &account, key.as_ref())
    }

    /// The account that a request with this key made before.
    fn made_before(
        &self,
        customer: CustomerId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Option<AccountId>, OfficeError> {
        let Some(key) = key else { return Ok(None) };
        match self.first_answer(customer, key)? {
            Some(Reply::Refused(refusal)) => Err(refusal.into()),
            Some(Reply::Done(account)) => Ok(account),
            _ => Ok(None),
        }
    }

    fn claim(&self, customer: CustomerId, account: &CheckedAccount) -> Result<(), OfficeError> {
        let now = self.now();
        let wanted = account.claims();
        if wanted.is_empty() {
            return Ok(());
        }
        let taken = self.store().claim_identifiers(customer, wanted, now, now.minus(CLAIM_STALE))?;
        self.all_free(&taken)
    }

    /// A conflict that names what is taken and by whom.
    pub(crate) fn all_free(&self, taken: &[IdentifierRow]) -> Result<(), OfficeError> {
        let Some(first) = taken.first() else { return Ok(()) };
        let what = crate::directory::shown(&first.realm);
        let owner = self.store().customer_record(first.customer)?;
        let owner = owner.map_or_else(|| "a customer who is being signed up".to_owned(), |c| c.number);
        Err(OfficeError::Conflict(format!("the {what} {} belongs to {owner}", first.value)))
    }

    /// Claims one identifier for an account that exists.
    pub(crate) fn claim_one(
        &self,
        customer: CustomerId,
        identifier: &(String, String),
    ) -> Result<(), OfficeError> {
        let now = self.now();
        let wanted = vec![identifier.clone()];
        let taken = self.store().claim_identifiers(customer, wanted, now, now.minus(CLAIM_STALE))?;
        self.all_free(&taken)
    }

    pub(crate) fn release(&self, customer: CustomerId, account: &CheckedAccount) {
        self.release_identifiers(customer, account.claims());
    }

    /// Gives claims back. A failure leaves claims that turn stale by themselves.
    pub(crate) fn release_identifiers(&self, customer: CustomerId, identifiers: Vec<(String, String)>) {
        if let Err(error) = self.store().release_claims(customer, identifiers) {
            tracing::warn!(%error, customer = customer.0, "claims are left until they turn stale");
        }
    }

    fn make_account(
        &self,
        actor: &Actor,
        customer: CustomerId,
        account: &CheckedAccount,
        key: Option<&IdempotencyKey>,
    ) -> Result<AccountId, OfficeError> {
        let command = Command::AddAccount(AddAccount {
            product: account.product,
            add_ons: account.add_ons.clone(),
            detail: account.label.clone(),
        });
        let made = self.account_records(customer, account).and_then(|records| {
            let audit = AuditNote::new("account/created", &account.label, self.product_name(account.product));
            let records = Box::new(move |reply: &Reply| AccountRecords::after(records, reply));
            self.command(actor, customer, key, command, audit, records)
        });
        // Whoever asked before the account was there was told that nobody has this identifier.
        self.directory().forget(&account.identifiers);
        match made {
            Ok(Reply::Done(Some(id))) => Ok(id),
            Ok(_) => Err(OfficeError::Store("the account was made without a number".to_owned())),
            Err(error) => {
                self.release(customer, account);
                Err(error)
            }
        }
    }
}
