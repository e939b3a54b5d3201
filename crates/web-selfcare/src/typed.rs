//! What somebody typed into a form, read once, with the form token checked before anything else.
//!
//! Flows in: a urlencoded body behind the gate. Flows out: [`Typed`], from which a form can be shown again with everything in it,
//! and [`Complaints`], what is wrong with it field by field. Must not know: which form.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use office::{FieldError, IdempotencyKey, OfficeError};
use web_kit::{Field, Flash, Form};

use crate::fault::{Fault, refusal_words};
use crate::visit::Visit;

/// Largest form, in octets.
pub(crate) const FORM_MOST: usize = 64 * 1024;
/// Most fields of one form.
const FIELDS_MOST: usize = 100;
/// The hidden field that makes a form count once.
const ONCE: &str = "once";

/// A form as it was sent; empty for a form that is shown for the first time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pairs: Vec<(String, String)>,
}

impl Typed {
    /// A form filled in by us.
    pub(crate) fn filled(pairs: &[(&str, &str)]) -> Self {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { pairs: owned.collect() }
    }

    /// The value of a field without spaces around it; empty where it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value exactly as typed (passwords, long texts).
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The key that makes this form count once for `what`.
    pub(crate) fn once(&self, what: &str) -> Option<IdempotencyKey> {
        self.once_with(what, &[])
    }

    /// The same, bound to what was typed into these fields.
    pub(crate) fn once_with(&self, what: &str, fields: &[&str]) -> Option<IdempotencyKey> {
        let key = self.get(ONCE);
        let name = format!("selfcare:{what}:{key}");
        let typed = fields.iter().map(|field| self.get(field));
        let content = [name.as_str()].into_iter().chain(typed).collect::<Vec<_>>().join("\n");
        (!key.is_empty()).then(|| IdempotencyKey::new(&name, content.as_bytes()).ok()).flatten()
    }
}

impl<S: Send + Sync> FromRequest<S> for Typed {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        let body = to_bytes(body, FORM_MOST).await.map_err(|_| Fault::Unreadable)?;
        let pairs = form_urlencoded::parse(&body).into_owned().take(FIELDS_MOST).collect();
        let typed = Self { pairs };
        if visit.portal().csrf.verify(visit.session(), typed.get(web_kit::csrf::FIELD)) {
            Ok(typed)
        } else {
            Err(Fault::Form)
        }
    }
}

/// A form that changes something, with its token.
pub(crate) fn form(visit: &Visit, path: &str) -> Form {
    Form::post(path.to_owned(), &visit.csrf())
}

/// A form that counts once however often it is sent.
pub(crate) fn once_form(visit: &Visit, path: &str) -> Form {
    form(visit, path).hidden(ONCE, &crate::words::random_key())
}

/// What is wrong with a form, field by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Complaints {
    fields: Vec<FieldError>,
}

impl Complaints {
    /// The complaints of an office error that concerns what was typed; anything else is a fault of the page.
    pub(crate) fn from_office(error: OfficeError) -> Result<Self, Fault> {
        match error {
            OfficeError::Invalid(fields) => Ok(Self { fields }),
            OfficeError::Refused(refusal) => Ok(Self::plain(&refusal_words(&refusal))),
            OfficeError::Conflict(words) | OfficeError::Denied(words) => Ok(Self::plain(&words)),
            other => Err(Fault::Office(other)),
        }
    }

    fn plain(words: &str) -> Self {
        Self { fields: vec![FieldError::new("", words)] }
    }

    pub(crate) fn about(field: &str, reason: &str) -> Self {
        Self { fields: vec![FieldError::new(field, reason)] }
    }

    /// Binds a field: what was typed into it, and the first complaint under its own name or what the office calls it.
    pub(crate) fn bind(&self, field: Field, typed: &Typed, names: &[&str]) -> Field {
        let value = names.first().map(|name| typed.raw(name)).unwrap_or_default();
        let wrong = self.fields.iter().find(|error| names.contains(&error.field.as_str()));
        field.value(value).error(wrong.map(|error| crate::words::sentence(&error.reason)))
    }

    /// Complaints about none of the fields shown; they go above the form.
    pub(crate) fn beyond(&self, shown: &[&str]) -> Vec<Flash> {
        let outside = self.fields.iter().filter(|error| !shown.contains(&error.field.as_str()));
        outside.map(|error| Flash::bad(crate::words::sentence(&error.reason))).collect()
    }
}
