//! Staff users: who they are, how they sign in, and the first administrator.

use crate::passwords::{acceptable, one_time_password};
use crate::sign_in::{LOGIN_MOST, Portal, token_hash, wrong_credentials};
use crate::{Actor, Office, OfficeError, Page, Permission, Role, SessionToken, page_limit};
use calendar::Instant;
use store::{NewStaff, StaffRow};

/// Characters of a staff password at least.
const PASSWORD_LEAST: usize = 10;
/// Characters of a name at most.
const NAME_MOST: usize = 100;
/// Login of the administrator made at the first start.
const FIRST_ADMIN: &str = "admin";

/// A staff user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffUser {
    /// Number.
    pub id: i64,
    /// Name to sign in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// Must choose another password first.
    pub must_change: bool,
    /// May not sign in.
    pub disabled: bool,
    /// Made then.
    pub created_at: Instant,
}

impl StaffUser {
    /// The user as one who acts.
    pub fn actor(&self) -> Actor {
        Actor::Staff { login: self.login.clone(), role: self.role }
    }

    fn of(row: StaffRow) -> Self {
        // A role word that is not known gives the least.
        let role = Role::parse(&row.role).unwrap_or(Role::Helpdesk);
        let StaffRow { id, login, name, must_change, disabled, created_at, .. } = row;
        Self { id, login, name, role, must_change, disabled, created_at }
    }
}

/// A new staff user.
#[derive(Debug, Clone)]
pub struct NewStaffUser {
    /// Name to sign in with: letters, digits, `.`, `-`, `_`, `@`; kept in lower case.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// What he may do.
    pub role: Role,
    /// First password.
    pub password: String,
    /// Must choose another one when he signs in.
    pub must_change: bool,
}

/// A login in lower case, or what is wrong with it.
pub(crate) fn checked_login(login: &str) -> Result<String, OfficeError> {
    let login = login.trim().to_lowercase();
    let allowed = |c: char| c.is_alphanumeric() || ".-_@+".contains(c);
    if login.is_empty() || login.chars().count() > LOGIN_MOST || !login.chars().all(allowed) {
        let reason = format!("1 to {LOGIN_MOST} letters, digits and . - _ @ +");
        return Err(OfficeError::field("login", reason));
    }
    Ok(login)
}

fn checked_name(name: &str) -> Result<String, OfficeError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
        return Err(OfficeError::field("name", format!("1 to {NAME_MOST} characters")));
    }
    Ok(name.to_owned())
}

impl Office {
    /// Makes a staff user; gives his number.
    pub fn create_staff(&self, actor: &Actor, user: NewStaffUser) -> Result<i64, OfficeError> {
        actor.require(Permission::Administer)?;
        let (login, name) = (checked_login(&user.login)?, checked_name(&user.name)?);
        acceptable(&user.password, &login, PASSWORD_LEAST)?;
        let added = self.store().add_staff(NewStaff {
            login: login.clone(),
            name,
            role: user.role.name().to_owned(),
            password_hash: self.inner.hashing.hash(&user.password)?,
            must_change: user.must_change,
            created_at: self.now(),
        })?;
        let id = added.ok_or_else(|| OfficeError::Conflict(format!("the login {login} is taken")))?;
        self.note(actor, "staff/created", &login, user.role.name())?;
        Ok(id)
    }

    /// Changes a staff user's name, role and standing. A disabled user is signed out at once.
    pub fn change_staff(
        &self,
        actor: &Actor,
        id: i64,
        name: &str,
        role: Role,
        disabled: bool,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::Administer)?;
        let name = checked_name(name)?;
        let user = self.staff_user(id)?;
        let himself = matches!(actor, Actor::Staff { login, .. } if *login == user.login);
        if himself && (disabled || role != Role::Admin) {
            return Err(OfficeError::Conflict("you cannot take your own rights away".to_owned()));
        }
        self.store().change_staff(id, name, role.name().to_owned(), disabled)?;
        let detail = format!("{}{}", role.name(), if disabled { ", disabled" } else { "" });
        self.note(actor, "staff/changed", &user.login, &detail)
    }

    /// Staff users in alphabetical order of their logins; the cursor is the last login.
    pub fn staff(&self, cursor: Option<&str>, limit: usize) -> Result<Page<StaffUser>, OfficeError> {
        let limit = page_limit(limit);
        let rows = self.store().staff_list(cursor.unwrap_or_default(), limit + 1)?;
        let users = rows.into_iter().map(StaffUser::of).collect();
        Ok(Page::from_surplus(users, limit, |user| user.login.clone()))
    }

    /// One staff user.
    pub fn staff_user(&self, id: i64) -> Result<StaffUser, OfficeError> {
        let row = self.store().staff(id)?;
        row.map(StaffUser::of).ok_or_else(|| OfficeError::not_found("staff user", id))
    }

    /// Signs a staff user in. An unknown login and a wrong password get the same answer in the same time; after several wrong
    /// passwords the login has to wait.
    pub fn sign_in_staff(&self, login: &str, password: &str) -> Result<SessionToken, OfficeError> {
        let Ok(login) = checked_login(login) else { return Err(wrong_credentials()) };
        self.inner.wrong_passwords.begin(Portal::Staff, &login, self.now())?;
        let user = self.store().staff_by_login(&login)?.filter(|user| !user.disabled);
        let right = self.inner.hashing.verify(password, user.as_ref().map(|u| u.password_hash.as_str()))?;
        let Some(user) = user.filter(|_| right) else { return Err(wrong_credentials()) };
        self.inner.wrong_passwords.forget(Portal::Staff, &login);
        let token = self.open_session(Portal::Staff, user.id, &login, "")?;
        self.note(&StaffUser::of(user).actor(), "staff/signed-in", &login, "")?;
        Ok(token)
    }

    /// The staff user of a signed-in browser; `None` when the session has ended or the user was disabled.
    pub fn staff_by_session(&self, token: &str) -> Result<Option<StaffUser>, OfficeError> {
        let Some(session) = self.session(Portal::Staff, token)? else { return Ok(None) };
        let user = self.store().staff(session.subject)?.filter(|user| !user.disabled);
        Ok(user.map(StaffUser::of))
    }

    /// Changes one's own password. Other browsers are signed out; the one with `token` stays.
    pub fn change_password(&self, token: &str, old: &str, new: &str) -> Result<(), OfficeError> {
        let user = self.staff_by_session(token)?.ok_or_else(wrong_credentials)?;
        self.inner.wrong_passwords.begin(Portal::Staff, &user.login, self.now())?;
        let hash = self.store().staff(user.id)?.map(|row| row.password_hash);
        if !self.inner.hashing.verify(old, hash.as_deref())? {
            return Err(OfficeError::field("old_password", "is not your password"));
        }
        self.inner.wrong_passwords.forget(Portal::Staff, &user.login);
        acceptable(new, &user.login, PASSWORD_LEAST)?;
        if new == old {
            return Err(OfficeError::field("password", "must be another one"));
        }
        let hash = self.inner.hashing.hash(new)?;
        self.store().set_staff_password(user.id, hash, false, token_hash(token))?;
        self.note(&user.actor(), "staff/password-changed", &user.login, "")
    }

    /// Gives a staff user a one-time password, which is returned once, and signs him out everywhere.
    pub fn reset_password(&self, actor: &Actor, id: i64) -> Result<String, OfficeError> {
        actor.require(Permission::Administer)?;
        let user = self.staff_user(id)?;
        let password = one_time_password()?;
        let hash = self.inner.hashing.hash(&password)?;
        self.store().set_staff_password(id, hash, true, Vec::new())?;
        self.inner.wrong_passwords.forget(Portal::Staff, &user.login);
        self.note(actor, "staff/password-reset", &user.login, "")?;
        Ok(password)
    }

    /// At the first start: makes the administrator `admin` and gives his one-time password. `None` when there are users already.
    pub fn ensure_first_admin(&self) -> Result<Option<String>, OfficeError> {
        if self.store().has_staff()? {
            return Ok(None);
        }
        let password = one_time_password()?;
        let first = NewStaffUser {
            login: FIRST_ADMIN.to_owned(),
            name: "Administrator".to_owned(),
            role: Role::Admin,
            password: password.clone(),
            must_change: true,
        };
        self.create_staff(&Actor::System("first start"), first)?;
        Ok(Some(password))
    }
}
