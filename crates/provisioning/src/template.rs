//! Templates and expressions of manifests: minijinja with fuel, strict about unknown names, and escaping chosen by the
//! place a value is written to, so that no subscriber's name can break out of a request.
//!
//! | place            | escaping |
//! |------------------|----------|
//! | XML body         | `&lt;` and so on; characters that XML 1.0 forbids become U+FFFD |
//! | JSON body        | the value as a JSON literal, with its quotes |
//! | path, query, form body | percent-encoding of everything but unreserved characters (RFC 3986 2.3) |
//! | header           | control characters are refused |
//! | text body        | none |

use std::collections::BTreeMap;
use std::io;

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::subscriber::separated_mac;

/// Instructions one template or expression may use.
const FUEL: u64 = 200_000;
/// Nesting of template calls.
const RECURSION: usize = 32;
/// Longest rendered text, in bytes.
pub const MAX_RENDERED_BYTES: usize = 256 * 1024;

/// Where a rendered value ends up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Xml,
    Json,
    Url,
    Header,
    Text,
}

impl Place {
    fn suffix(self) -> &'static str {
        match self {
            Place::Xml => "xml",
            Place::Json => "json",
            Place::Url => "url",
            Place::Header => "header",
            Place::Text => "text",
        }
    }
}

/// The values a template can use, by root name.
pub(crate) type Scope = BTreeMap<String, Value>;

/// The compiled templates of one manifest.
#[derive(Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    pub(crate) fn new() -> Templates {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(RECURSION);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.rsplit('.').next() {
            Some("json") => AutoEscape::Json,
            Some("xml") => AutoEscape::Custom("xml".into()),
            Some("url") => AutoEscape::Custom("url".into()),
            Some("header") => AutoEscape::Custom("header".into()),
            _ => AutoEscape::None,
        });
        environment.set_formatter(write_value);
        // The escape hatches would let a manifest undo the escaping.
        for filter in ["safe", "escape", "e"] {
            environment.remove_filter(filter);
        }
        environment.add_filter("mac", mac);
        environment.add_filter("except", except);
        Templates { environment }
    }

    /// Compiles a template and returns its key for [`Templates::render`].
    pub(crate) fn add(&mut self, field: &str, place: Place, source: &str) -> Result<String, String> {
        if source.contains("autoescape") {
            return Err("`autoescape` is not available: escaping follows from the place".to_owned());
        }
        let key = format!("{field}.{}", place.suffix());
        self.environment.add_template_owned(key.clone(), source.to_owned()).map_err(explained)?;
        Ok(key)
    }

    /// The names a template reads, as dotted paths.
    pub(crate) fn names_in_template(&self, key: &str) -> Vec<String> {
        let Ok(template) = self.environment.get_template(key) else { return Vec::new() };
        template.undeclared_variables(true).into_iter().collect()
    }

    /// The names an expression reads, as dotted paths.
    pub(crate) fn names_in_expression(&self, source: &str) -> Result<Vec<String>, String> {
        let expression = self.environment.compile_expression_owned(source.to_owned()).map_err(explained)?;
        Ok(expression.undeclared_variables(true).into_iter().collect())
    }

    /// Renders a template.
    pub(crate) fn render(&self, key: &str, scope: &Scope) -> Result<String, String> {
        let template = self.environment.get_template(key).map_err(explained)?;
        let mut out = Bounded { bytes: Vec::new() };
        template.render_captured_to(Value::from(scope.clone()), &mut out).map_err(explained)?;
        String::from_utf8(out.bytes).map_err(|_| "the rendered text is not UTF-8".to_owned())
    }

    /// Evaluates an expression.
    pub(crate) fn eval(&self, source: &str, scope: &Scope) -> Result<Value, String> {
        let expression = self.environment.compile_expression_owned(source.to_owned()).map_err(explained)?;
        let value = expression.eval(Value::from(scope.clone())).map_err(explained)?;
        if value.is_undefined() { Err(format!("`{source}` has no value")) } else { Ok(value) }
    }
}

fn explained(error: Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{detail} (line {line})"),
        None => detail,
    }
}

struct Bounded {
    bytes: Vec<u8>,
}

impl io::Write for Bounded {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + part.len() > MAX_RENDERED_BYTES {
            return Err(io::Error::other(format!(
                "the rendered text is longer than {MAX_RENDERED_BYTES} bytes"
            )));
        }
        self.bytes.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let AutoEscape::Custom(place) = state.auto_escape().clone() else {
        return minijinja::escape_formatter(out, state, value);
    };
    if value.is_safe() {
        // Captured output of a macro or set block: it was escaped when it was written.
        return out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from);
    }
    let text = match value.kind() {
        ValueKind::None => String::new(),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => value.to_string(),
        other => {
            let message = format!("a {other} can't be written here; loop over it or pick one of its values");
            return Err(Error::new(ErrorKind::InvalidOperation, message));
        }
    };
    match place.as_ref() {
        "xml" => out.write_str(&quick_xml::escape::escape(xml_characters(&text))).map_err(Error::from),
        "url" => out.write_str(&percent_encoded(&text)).map_err(Error::from),
        _ if text.chars().any(char::is_control) => {
            Err(Error::new(ErrorKind::InvalidOperation, "a header can't hold control characters"))
        }
        _ => out.write_str(&text).map_err(Error::from),
    }
}

/// XML 1.0 (fifth edition) 2.2: characters outside the `Char` production can't be written even as references.
fn xml_characters(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}');
    text.chars().map(|c| if allowed(c) { c } else { '\u{FFFD}' }).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Filter `mac(separator=":")`: a hardware address in another spelling.
fn mac(text: String, separator: Option<String>) -> Result<String, Error> {
    separated_mac(&text, separator.as_deref().unwrap_or(":"))
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("`{text}` is not a hardware address")))
}

/// Filter `except(other, key...)`: the items of a list that have no equal in another list; with keys, maps are equal
/// when these values are.
fn except(list: Value, other: Value, keys: Rest<String>) -> Result<Value, Error> {
    let identity = |item: &Value| -> Result<Vec<String>, Error> {
        if keys.is_empty() {
            return Ok(vec![item.to_string()]);
        }
        keys.iter()
            .map(|key| {
                let value = item.get_attr(key)?;
                Ok(if value.is_undefined() || value.is_none() { String::new() } else { value.to_string() })
            })
            .collect()
    };
    let present = other.try_iter()?.map(|item| identity(&item)).collect::<Result<Vec<_>, _>>()?;
    let mut kept = Vec::new();
    for item in list.try_iter()? {
        if !present.contains(&identity(&item)?) {
            kept.push(item);
        }
    }
    Ok(Value::from(kept))
}
