//! API tokens: a name, scopes and perhaps an end. The token is shown once; only its SHA-256 is stored.

use crate::passwords::random;
use crate::sign_in::{hex, token_hash};
use crate::{Actor, Office, OfficeError, Permission};
use calendar::Instant;
use store::TokenRow;

/// How a token begins, so that leaked ones can be found.
const PREFIX: &str = "talea_";
/// Characters of a token's name at most.
const NAME_MOST: usize = 60;
/// Tokens listed.
const TOKENS_MOST: usize = 1_000;
/// Hexadecimal digits of a token's id in lists.
const ID_DIGITS: usize = 16;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read everything.
    Read,
    /// Sign up and change customers and accounts.
    Customers,
    /// Charge purchases and ask for prices and balances.
    Charge,
    /// Payments, corrections, invoices.
    Money,
    /// Upload files.
    Import,
    /// Handle deliveries.
    Provision,
    /// Everything, catalogue, nodes, users and settings included.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Customers, Self::Charge, Self::Money, Self::Import, Self::Provision, Self::Admin];

    /// The word in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Customers => "customers",
            Self::Charge => "charge",
            Self::Money => "money",
            Self::Import => "import",
            Self::Provision => "provision",
            Self::Admin => "admin",
        }
    }

    /// The scope of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == word)
    }
}

/// Whom a good token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiIdentity {
    /// The token's name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

impl ApiIdentity {
    /// Whether the token may be used for this.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    /// The token's owner as one who acts.
    pub fn actor(&self) -> Actor {
        Actor::Api { name: self.name.clone() }
    }
}

/// A token in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// Beginning of its hash: names it when it is withdrawn.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Made then.
    pub created_at: Instant,
    /// Made by.
    pub created_by: String,
    /// No longer good from then on.
    pub expires_at: Option<Instant>,
    /// Withdrawn then.
    pub revoked_at: Option<Instant>,
}

fn scopes(words: &str) -> Vec<Scope> {
    words.split(' ').filter_map(Scope::parse).collect()
}

fn id(hash: &[u8]) -> String {
    hex(hash).chars().take(ID_DIGITS).collect()
}

impl Office {
    /// Makes a token and gives its text, which is not kept.
    pub fn create_token(
        &self,
        actor: &Actor,
        name: &str,
        scopes: &[Scope],
        expires_at: Option<Instant>,
    ) -> Result<String, OfficeError> {
        actor.require(Permission::Administer)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            return Err(OfficeError::field("name", format!("1 to {NAME_MOST} characters")));
        }
        if scopes.is_empty() {
            return Err(OfficeError::field("scopes", "name at least one"));
        }
        let now = self.now();
        if expires_at.is_some_and(|at| at <= now) {
            return Err(OfficeError::field("expires_at", "must be in the future"));
        }
        let mut scopes: Vec<Scope> = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let words: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
        let words = words.join(" ");
        let text = format!("{PREFIX}{}", hex(&random::<32>()?));
        self.store().add_token(TokenRow {
            token_hash: token_hash(&text),
            name: name.to_owned(),
            scopes: words.clone(),
            created_at: now,
            created_by: actor.text(),
            expires_at,
            revoked_at: None,
        })?;
        self.note(actor, "token/created", name, &words)?;
        Ok(text)
    }

    /// Whom a bearer token stands for; `None` when it is unknown, expired or withdrawn.
    pub fn token(&self, bearer: &str) -> Result<Option<ApiIdentity>, OfficeError> {
        if !bearer.starts_with(PREFIX) {
            return Ok(None);
        }
        let now = self.now();
        let row = self.store().token_by_hash(&token_hash(bearer))?;
        let good = row.filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now));
        Ok(good.map(|row| ApiIdentity { scopes: scopes(&row.scopes), name: row.name }))
    }

    /// All tokens, newest first.
    pub fn tokens(&self) -> Result<Vec<TokenView>, OfficeError> {
        let rows = self.store().token_list(TOKENS_MOST)?;
        let view = |row: TokenRow| TokenView {
            id: id(&row.token_hash),
            scopes: scopes(&row.scopes),
            name: row.name,
            created_at: row.created_at,
            created_by: row.created_by,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        };
        Ok(rows.into_iter().map(view).collect())
    }

    /// Withdraws a token by the id it has in the list.
    pub fn revoke_token(&self, actor: &Actor, token: &str) -> Result<(), OfficeError> {
        actor.require(Permission::Administer)?;
        let rows = self.store().token_list(TOKENS_MOST)?;
        let row = rows.into_iter().find(|row| id(&row.token_hash) == token);
        let row = row.ok_or_else(|| OfficeError::not_found("token", token))?;
        if self.store().revoke_token(row.token_hash, self.now())? {
            self.note(actor, "token/revoked", &row.name, "")?;
        }
        Ok(())
    }
}
