//! Forms: labels above, help below, errors beside the field, and nothing typed is ever lost (give the value back).
//! Works as plain HTML. Must not know: what is asked for, or how it is validated.

use crate::csrf;
use crate::markup::{Markup, components, el};

/// One field: label, control, help, error. Named by its form key.
#[derive(Clone, Debug)]
pub struct Field {
    name: String,
    label: String,
    control: Control,
    value: String,
    help: Option<Markup>,
    error: Option<String>,
    required: bool,
    autofocus: bool,
    wide: bool,
    attributes: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
enum Control {
    Input(&'static str),
    Area(u8),
    Select(Vec<(String, String)>),
    Check,
    Radio(Vec<(String, Markup)>),
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>, control: Control) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            control,
            value: String::new(),
            help: None,
            error: None,
            required: false,
            autofocus: false,
            wide: false,
            attributes: Vec::new(),
        }
    }

    /// A line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input("text"))
    }

    /// Any input kind: `email`, `tel`, `password`, `date`, `number`, `url`, `file`...
    pub fn input(kind: &'static str, name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input(kind))
    }

    /// A password; its value is never given back.
    pub fn password(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Input("password"))
    }

    /// An amount of money, typed as a decimal.
    pub fn amount(name: impl Into<String>, label: impl Into<String>, currency: &str) -> Self {
        Self::text(name, format!("{} ({currency})", label.into()))
            .attr("inputmode", "decimal")
            .attr("autocomplete", "off")
            .attr("data-kind", "amount")
    }

    /// Several lines.
    pub fn area(name: impl Into<String>, label: impl Into<String>, rows: u8) -> Self {
        Self::new(name, label, Control::Area(rows))
    }

    /// One of a list of (value, words).
    pub fn select<V, W>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = (V, W)>,
    ) -> Self
    where
        V: Into<String>,
        W: Into<String>,
    {
        let options = options.into_iter().map(|(value, words)| (value.into(), words.into())).collect();
        Self::new(name, label, Control::Select(options))
    }

    /// One of few, all visible: (value, words).
    pub fn radio<V, W>(
        name: impl Into<String>,
        label: impl Into<String>,
        options: impl IntoIterator<Item = (V, W)>,
    ) -> Self
    where
        V: Into<String>,
        W: Into<Markup>,
    {
        let options = options.into_iter().map(|(value, words)| (value.into(), words.into())).collect();
        Self::new(name, label, Control::Radio(options))
    }

    /// Yes or no; posts `on` where ticked. Give `.value("on")` to tick it.
    pub fn check(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Check)
    }

    /// What the field holds (what was typed before, where the form comes back).
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A line below the field.
    #[must_use]
    pub fn help(mut self, help: impl Into<Markup>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong and how to mend it; `None` changes nothing.
    #[must_use]
    pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
        self.error = error.map(Into::into).or(self.error);
        self
    }

    /// Must be filled in.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Takes the focus when the page opens.
    #[must_use]
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// Spans all columns of the form.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Any further attribute of the control (`autocomplete`, `inputmode`, `pattern`, `placeholder`, `maxlength`).
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    fn render(&self) -> Markup {
        let id = format!("f-{}", self.name);
        let error = self.error.as_ref().map(|words| {
            el("p")
                .class("field-error")
                .attr("id", format!("{id}-error"))
                .child(crate::icon::Icon::Alert)
                .child(el("span").child(words))
        });
        let help = self
            .help
            .as_ref()
            .map(|words| el("p").class("field-help").attr("id", format!("{id}-help")).child(words));
        let frame = if matches!(self.control, Control::Radio(_)) { "fieldset" } else { "div" };
        let label = match self.control {
            Control::Radio(_) => el("legend").child(&self.label),
            _ => el("label").attr("for", &id).child(&self.label),
        }
        .child(
            (!self.required).then(|| el("span").class("optional").child(" optional")).filter(|_| self.asks()),
        );
        let field =
            el(frame).class("field").class_if(self.wide, "wide").class_if(self.error.is_some(), "invalid");
        match self.control {
            Control::Check => field
                .class("check")
                .child(el("div").class("check-line").child(self.control(&id)).child(label))
                .child(error)
                .child(help)
                .into(),
            _ => field.child(label).child(self.control(&id)).child(error).child(help).into(),
        }
    }

    /// Text controls say when they may stay empty; a choice always has an answer.
    fn asks(&self) -> bool {
        matches!(self.control, Control::Input(_) | Control::Area(_))
    }

    fn control(&self, id: &str) -> Markup {
        let dressed = |element: crate::markup::Element| {
            let described = match (&self.error, &self.help) {
                (Some(_), Some(_)) => Some(format!("{id}-error {id}-help")),
                (Some(_), None) => Some(format!("{id}-error")),
                (None, Some(_)) => Some(format!("{id}-help")),
                (None, None) => None,
            };
            let element = element
                .attr("id", id)
                .attr("name", &self.name)
                .attr_opt("aria-describedby", described)
                .attr_opt("aria-invalid", self.error.as_ref().map(|_| "true"))
                .flag("required", self.required)
                .flag("autofocus", self.autofocus);
            self.attributes.iter().fold(element, |element, (name, value)| element.attr(name, value))
        };
        match &self.control {
            Control::Input(kind) => {
                let shown = if *kind == "password" { "" } else { self.value.as_str() };
                dressed(el("input").attr("type", kind).attr("value", shown)).into()
            }
            // The newline after the tag is eaten by HTML parsers; without it a leading newline typed would be lost.
            Control::Area(rows) => {
                dressed(el("textarea").attr("rows", rows.to_string())).child("\n").child(&self.value).into()
            }
            Control::Select(options) => dressed(el("select"))
                .children(options.iter().map(|(value, words)| {
                    el("option").attr("value", value).flag("selected", *value == self.value).child(words)
                }))
                .into(),
            Control::Check => dressed(el("input").attr("type", "checkbox"))
                .flag("checked", matches!(self.value.as_str(), "on" | "true" | "1"))
                .into(),
            Control::Radio(options) => Markup::join(options.iter().map(|(value, words)| {
                el("label")
                    .class("radio")
                    .child(
                        el("input")
                            .attr("type", "radio")
                            .attr("name", &self.name)
                            .attr("value", value)
                            .flag("required", self.required)
                            .flag("checked", *value == self.value),
                    )
                    .child(el("span").child(words))
            })),
        }
    }
}

/// A form with its fields, token and buttons.
#[derive(Clone, Debug)]
pub struct Form {
    action: String,
    method: &'static str,
    hidden: Markup,
    body: Markup,
    submit: String,
    danger: bool,
    extra: Markup,
    columns: bool,
    multipart: bool,
}

impl Form {
    /// A form that changes something; `csrf_token` from [`csrf::Csrf::token`].
    pub fn post(action: impl Into<String>, csrf_token: &str) -> Self {
        Self { method: "post", hidden: csrf::field(csrf_token), ..Self::get(action) }
    }

    /// A form that only asks (search, filters): its fields become the address.
    pub fn get(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            method: "get",
            hidden: Markup::new(),
            body: Markup::new(),
            submit: "Save".to_owned(),
            danger: false,
            extra: Markup::new(),
            columns: false,
            multipart: false,
        }
    }

    /// Adds a field (or any part).
    #[must_use]
    pub fn field(mut self, field: impl Into<Markup>) -> Self {
        self.body.push(field);
        self
    }

    /// Adds a value that is not shown (an idempotency key, where to return to).
    #[must_use]
    pub fn hidden(mut self, name: &str, value: &str) -> Self {
        self.hidden.push(el("input").attr("type", "hidden").attr("name", name).attr("value", value));
        self
    }

    /// Words on the button: say what will happen ("Take payment", not "OK").
    #[must_use]
    pub fn submit(mut self, words: impl Into<String>) -> Self {
        self.submit = words.into();
        self
    }

    /// The button does something hard to undo.
    #[must_use]
    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    /// A link beside the button (cancel), or further buttons.
    #[must_use]
    pub fn beside(mut self, extra: impl Into<Markup>) -> Self {
        self.extra.push(extra);
        self
    }

    /// Two columns where there is room.
    #[must_use]
    pub fn columns(mut self) -> Self {
        self.columns = true;
        self
    }

    /// Carries files.
    #[must_use]
    pub fn multipart(mut self) -> Self {
        self.multipart = true;
        self
    }

    fn render(&self) -> Markup {
        let kind = if self.danger { "button danger" } else { "button primary" };
        el("form")
            .class("form")
            .class_if(self.columns, "columns")
            .attr("method", self.method)
            .attr("action", &self.action)
            .attr_opt("enctype", self.multipart.then_some("multipart/form-data"))
            .child(&self.hidden)
            .child(&self.body)
            .child(
                el("div")
                    .class("form-buttons")
                    .child(el("button").class(kind).attr("type", "submit").child(&self.submit))
                    .child(&self.extra),
            )
            .into()
    }
}

/// A form that is one button (sign out, end session, retry); `fields` are hidden values.
pub fn button_form(
    action: &str,
    csrf_token: &str,
    fields: &[(&str, &str)],
    button: impl Into<Markup>,
) -> Markup {
    let hidden = fields
        .iter()
        .map(|(name, value)| el("input").attr("type", "hidden").attr("name", name).attr("value", value));
    el("form")
        .class("button-form")
        .attr("method", "post")
        .attr("action", action)
        .child(csrf::field(csrf_token))
        .children(hidden)
        .child(button)
        .into()
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The one thing to do on this page.
    Primary,
    /// Everything else.
    Plain,
    /// No border until touched.
    Quiet,
    /// Hard to undo.
    Danger,
}

impl Weight {
    fn classes(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Quiet => "button quiet",
            Self::Danger => "button danger",
        }
    }
}

/// A submit button: `button(Weight::Plain, "Retry")`.
pub fn button(weight: Weight, words: impl Into<Markup>) -> Markup {
    el("button").class(weight.classes()).attr("type", "submit").child(words).into()
}

/// A link that looks like a button.
pub fn button_link(weight: Weight, href: &str, words: impl Into<Markup>) -> Markup {
    el("a").class(weight.classes()).attr("href", href).child(words).into()
}

components!(Field, Form);
