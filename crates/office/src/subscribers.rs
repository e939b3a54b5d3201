//! Subscribers' ways into the self-care portal.

use crate::passwords::acceptable;
use crate::sign_in::{Portal, token_hash, wrong_credentials};
use crate::users::checked_login;
use crate::{Actor, Office, OfficeError, Permission, Role, SessionToken};
use charging::CustomerId;
use store::SubscriberRow;

/// Characters of a subscriber's password at least.
const PASSWORD_LEAST: usize = 8;

/// A signed-in subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Who.
    pub customer: CustomerId,
    /// His number for people.
    pub number: String,
    /// His name.
    pub name: String,
    /// Name that signed in.
    pub login: String,
    /// Staff login that opened the portal for him; `None` when he signed in himself.
    pub opened_by: Option<String>,
    /// That staff user's role.
    pub opened_role: Option<Role>,
}

impl Subscriber {
    /// The subscriber as one who acts; a staff user in his place acts, and is audited, as himself.
    pub fn actor(&self) -> Actor {
        match (&self.opened_by, self.opened_role) {
            (Some(login), Some(role)) => Actor::Staff { login: login.clone(), role },
            _ => Actor::Subscriber { customer: self.customer, number: self.number.clone() },
        }
    }
}

impl Office {
    /// Makes a way into the self-care portal for a customer.
    pub fn create_subscriber_login(
        &self,
        actor: &Actor,
        customer: CustomerId,
        login: &str,
        password: &str,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let login = checked_login(login)?;
        acceptable(password, &login, PASSWORD_LEAST)?;
        let known = self.store().customer_record(customer)?;
        known.ok_or_else(|| OfficeError::not_found("customer", customer))?;
        let added = self.store().add_subscriber_login(SubscriberRow {
            login: login.clone(),
            customer,
            password_hash: self.inner.hashing.hash(password)?,
            created_at: self.now(),
        })?;
        if !added {
            return Err(OfficeError::Conflict(format!("the login {login} is taken")));
        }
        self.note_about(Some(customer), actor, "self-care/login-created", &login, "")
    }

    /// Logins of a customer.
    pub fn subscriber_logins(&self, customer: CustomerId) -> Result<Vec<String>, OfficeError> {
        Ok(self.store().subscriber_logins(customer)?.into_iter().map(|row| row.login).collect())
    }

    /// Takes a login away and signs it out.
    pub fn remove_subscriber_login(
        &self,
        actor: &Actor,
        customer: CustomerId,
        login: &str,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let login = checked_login(login)?;
        if !self.store().remove_subscriber_login(customer, login.clone())? {
            return Err(OfficeError::not_found("login", login));
        }
        self.note_about(Some(customer), actor, "self-care/login-removed", &login, "")
    }

    /// Sets a login's password by staff; signs it out everywhere.
    pub fn set_subscriber_password(
        &self,
        actor: &Actor,
        customer: CustomerId,
        login: &str,
        password: &str,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let login = checked_login(login)?;
        let known = self.store().subscriber_login(&login)?.filter(|row| row.customer == customer);
        known.ok_or_else(|| OfficeError::not_found("login", &login))?;
        acceptable(password, &login, PASSWORD_LEAST)?;
        let hash = self.inner.hashing.hash(password)?;
        self.store().set_subscriber_password(login.clone(), hash, Vec::new())?;
        self.inner.wrong_passwords.forget(Portal::SelfCare, &login);
        self.note_about(Some(customer), actor, "self-care/password-set", &login, "")
    }

    /// Signs a subscriber in, with the same care as staff.
    pub fn sign_in_subscriber(&self, login: &str, password: &str) -> Result<SessionToken, OfficeError> {
        let Ok(login) = checked_login(login) else { return Err(wrong_credentials()) };
        self.inner.wrong_passwords.begin(Portal::SelfCare, &login, self.now())?;
        let row = self.store().subscriber_login(&login)?;
        let right = self.inner.hashing.verify(password, row.as_ref().map(|r| r.password_hash.as_str()))?;
        let Some(row) = row.filter(|_| right) else { return Err(wrong_credentials()) };
        self.inner.wrong_passwords.forget(Portal::SelfCare, &login);
        self.open_session(Portal::SelfCare, i64::from(row.customer.0), &login, "")
    }

    /// The subscriber of a signed-in browser; `None` when the session has ended, or the staff user who opened it may no longer.
    pub fn subscriber_by_session(&self, token: &str) -> Result<Option<Subscriber>, OfficeError> {
        let Some(session) = self.session(Portal::SelfCare, token)? else { return Ok(None) };
        let Ok(customer) = u32::try_from(session.subject).map(CustomerId) else { return Ok(None) };
        let Some(record) = self.store().customer_record(customer)? else { return Ok(None) };
        let opened_by = (!session.opened_by.is_empty()).then_some(session.opened_by);
        let opened_role = match &opened_by {
            Some(login) => match self.store().staff_by_login(login)?.filter(|user| !user.disabled) {
                Some(user) => Role::parse(&user.role).filter(|role| role.may(Permission::ChangeCustomers)),
                None => None,
            },
            None => None,
        };
        if opened_by.is_some() && opened_role.is_none() {
            return Ok(None);
        }
        let (number, name, login) = (record.number, record.name, session.login);
        Ok(Some(Subscriber { customer, number, name, login, opened_by, opened_role }))
    }

    /// Changes a subscriber's own password. His other browsers are signed out. A staff user in his place cannot.
    pub fn change_subscriber_password(&self, token: &str, old: &str, new: &str) -> Result<(), OfficeError> {
        let subscriber = self.subscriber_by_session(token)?.ok_or_else(wrong_credentials)?;
        if subscriber.opened_by.is_some() {
            return Err(OfficeError::Denied("only the subscriber changes his password here".to_owned()));
        }
        let login = &subscriber.login;
        self.inner.wrong_passwords.begin(Portal::SelfCare, login, self.now())?;
        let row = self.store().subscriber_login(login)?;
        if !self.inner.hashing.verify(old, row.as_ref().map(|r| r.password_hash.as_str()))? {
            return Err(OfficeError::field("old_password", "is not your password"));
        }
        self.inner.wrong_passwords.forget(Portal::SelfCare, login);
        acceptable(new, login, PASSWORD_LEAST)?;
        let hash = self.inner.hashing.hash(new)?;
        self.store().set_subscriber_password(login.clone(), hash, token_hash(token))?;
        self.note_about(
            Some(subscriber.customer),
            &subscriber.actor(),
            "self-care/password-changed",
            login,
            "",
        )
    }
}
