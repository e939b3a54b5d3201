//! What somebody typed into a form: fields, ticks and files, read once, with the form token checked before anything else.
//!
//! Flows in: a urlencoded or multipart body behind the gate. Flows out: [`Typed`], from which a form can be shown again with
//! everything in it. Must not know: which form.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::header;
use charging::Refusal;
use office::{FieldError, IdempotencyKey};

use crate::fault::Fault;
use crate::visit::Visit;

/// Largest form without files, in octets.
const FORM_MOST: usize = 256 * 1024;
/// Largest form with files, in octets.
pub(crate) const UPLOAD_MOST: usize = 16 * 1024 * 1024;
/// Most fields of one form.
const FIELDS_MOST: usize = 500;
/// The hidden field that makes a form count once.
pub(crate) const ONCE: &str = "once";

/// One uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// A form as it was sent; empty for a form that is shown for the first time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed {
    pairs: Vec<(String, String)>,
    files: Vec<Upload>,
}

impl Typed {
    /// A form filled in by us.
    pub(crate) fn filled(pairs: &[(&str, &str)]) -> Self {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { pairs: owned.collect(), files: Vec::new() }
    }

    /// The value of a field without spaces around it; empty where it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value exactly as typed (passwords, long texts).
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.get(name) == "on"
    }

    /// The names of all ticked fields.
    pub(crate) fn ticked_names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(|(_, value)| value == "on").map(|(name, _)| name.as_str())
    }

    /// A file that was chosen; `None` where the field was left empty.
    pub(crate) fn file(&self, field: &str) -> Option<&Upload> {
        self.files
            .iter()
            .find(|file| file.field == field && !(file.name.is_empty() && file.content.is_empty()))
    }

    /// The key that makes this form count once, bound to what was typed.
    pub(crate) fn once(&self, what: &str) -> Option<IdempotencyKey> {
        let key = self.get(ONCE);
        let content = self.pairs.iter().filter(|(name, _)| name != web_kit::csrf::FIELD);
        let content: Vec<String> = content.map(|(name, value)| format!("{name}={value}")).collect();
        let name = format!("staff:{what}:{key}");
        (!key.is_empty()).then(|| IdempotencyKey::new(&name, content.join("\n").as_bytes()).ok()).flatten()
    }

    fn from_pairs(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body).into_owned().take(FIELDS_MOST).collect();
        Self { pairs, files: Vec::new() }
    }

    async fn from_multipart(mut parts: Multipart) -> Result<Self, Fault> {
        const BROKEN: Fault = Fault::Unreadable("The upload broke off or is larger than 16 MB.");
        let mut typed = Self::default();
        let mut room = UPLOAD_MOST;
        while let Some(part) = parts.next_field().await.map_err(|_| BROKEN)? {
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(str::to_owned);
            let content = part.bytes().await.map_err(|_| BROKEN)?;
            room = room.checked_sub(content.len()).ok_or(BROKEN)?;
            if typed.pairs.len() + typed.files.len() >= FIELDS_MOST {
                return Err(BROKEN);
            }
            match name {
                Some(name) => typed.files.push(Upload { field, name, content: content.to_vec() }),
                None => typed.pairs.push((field, String::from_utf8_lossy(&content).into_owned())),
            }
        }
        Ok(typed)
    }
}

impl<S: Send + Sync> FromRequest<S> for Typed {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        let kind =
            parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let typed = if kind.starts_with("multipart/form-data") {
            let request = Request::from_parts(parts, body);
            let parts = Multipart::from_request(request, state).await;
            Self::from_multipart(parts.map_err(|_| Fault::Unreadable("The upload could not be read."))?)
                .await?
        } else {
            let body = to_bytes(body, FORM_MOST).await;
            Self::from_pairs(&body.map_err(|_| Fault::Unreadable("The form is larger than 256 kB."))?)
        };
        if visit.portal().csrf.verify(visit.session(), typed.get(web_kit::csrf::FIELD)) {
            Ok(typed)
        } else {
            Err(Fault::Form)
        }
    }
}

/// What is wrong with a form, field by field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Complaints {
    fields: Vec<FieldError>,
}

impl Complaints {
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// The complaints of an office error that concerns what was typed; anything else is a fault of the page.
    pub(crate) fn from_office(error: office::OfficeError) -> Result<Self, Fault> {
        use office::OfficeError;
        match error {
            OfficeError::Invalid(fields) => Ok(Self { fields }),
            OfficeError::Refused(refusal) => Ok(Self {
                fields: vec![FieldError::new(
                    match refusal {
                        Refusal::NotReseller | Refusal::CyclicChain => "reseller",
                        _ => "",
                    },
                    format!("{} ({})", crate::words::capital(&refusal.to_string()), refusal.code()),
                )],
            }),
            OfficeError::Conflict(words) => {
                Ok(Self { fields: vec![FieldError::new("", crate::words::capital(&words))] })
            }
            other => Err(Fault::Office(other)),
        }
    }

    pub(crate) fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.fields.push(FieldError::new(field, reason));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Gives complaints the names the form has for their fields: (the office's path, the form's name).
    pub(crate) fn renamed(mut self, names: &[(String, String)]) -> Self {
        for error in &mut self.fields {
            if let Some((_, name)) = names.iter().find(|(path, _)| *path == error.field) {
                error.field.clone_from(name);
            }
        }
        self
    }

    /// The first complaint about a field, by any of its names.
    pub(crate) fn at(&self, names: &[&str]) -> Option<String> {
        self.fields
            .iter()
            .find(|error| names.contains(&error.field.as_str()))
            .map(|error| crate::words::sentence(&error.reason))
    }

    /// Complaints about none of the fields shown; they go above the form.
    pub(crate) fn beyond(&self, shown: &[&str]) -> Vec<String> {
        let outside = self.fields.iter().filter(|error| !shown.contains(&error.field.as_str()));
        outside
            .map(|error| match error.field.as_str() {
                "" => crate::words::sentence(&error.reason),
                field => format!("{field}: {}", crate::words::sentence(&error.reason)),
            })
            .collect()
    }
}
