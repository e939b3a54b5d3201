//! A form's fields bound to what was typed and what is wrong with it, so that nothing typed is lost and each error is beside its
//! field. Must not know: which form.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use web_kit::{Field, Flash, Form, Markup};

use crate::typed::{Complaints, ONCE, Typed};
use crate::visit::Visit;

/// Typed values and complaints of one form, while it is drawn.
pub(crate) struct Sheet<'a> {
    typed: &'a Typed,
    complaints: &'a Complaints,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(typed: &'a Typed, complaints: &'a Complaints) -> Self {
        Self { typed, complaints }
    }

    /// Binds a field; `names` are the form's name for it and what the office calls it in its errors.
    pub(crate) fn bind(&self, field: Field, names: &[&str]) -> Field {
        let value = names.first().map(|name| self.typed.raw(name)).unwrap_or_default();
        field.value(value).error(self.complaints.at(names))
    }

    pub(crate) fn text(&self, name: &str, label: &str) -> Field {
        self.bind(Field::text(name, label), &[name])
    }

    pub(crate) fn input(&self, kind: &'static str, name: &str, label: &str) -> Field {
        self.bind(Field::input(kind, name, label), &[name])
    }

    pub(crate) fn area(&self, name: &str, label: &str, rows: u8) -> Field {
        self.bind(Field::area(name, label, rows), &[name])
    }

    pub(crate) fn select<V: Into<String>, W: Into<String>>(
        &self,
        name: &str,
        label: &str,
        options: impl IntoIterator<Item = (V, W)>,
    ) -> Field {
        self.bind(Field::select(name, label, options), &[name])
    }

    pub(crate) fn check(&self, name: &str, label: &str) -> Field {
        self.bind(Field::check(name, label), &[name])
    }

    /// Complaints about nothing shown, as messages above the form.
    pub(crate) fn beyond(&self, shown: &[&str]) -> Markup {
        let words = self.complaints.beyond(shown);
        Markup::join(words.into_iter().map(Flash::bad))
    }

    /// The key of this form: the one it came with, a fresh one when it is shown for the first time.
    pub(crate) fn once(&self) -> String {
        match self.typed.get(ONCE) {
            "" => crate::words::random_key(),
            kept => kept.to_owned(),
        }
    }
}

/// The page of a form again, with what is wrong beside its fields.
pub(crate) fn again(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// A form that changes something, with its token.
pub(crate) fn form(visit: &Visit, path: &str) -> Form {
    Form::post(visit.url(path), &visit.csrf())
}

/// A form that counts once however often it is sent.
pub(crate) fn once_form(visit: &Visit, path: &str, sheet: &Sheet<'_>) -> Form {
    form(visit, path).hidden(ONCE, &sheet.once())
}

/// A one-button form.
pub(crate) fn press(visit: &Visit, path: &str, fields: &[(&str, &str)], button: impl Into<Markup>) -> Markup {
    web_kit::button_form(&visit.url(path), &visit.csrf(), fields, button)
}
