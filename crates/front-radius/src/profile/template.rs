//! Texts with `${name}` and `${name:-otherwise}` in them; `$$` is a dollar sign. A text with a name that is not set becomes nothing,
//! so an attribute is left out where there is nothing to say.

use std::borrow::Cow;

/// Longest template, in octets: an attribute holds 253.
const LONGEST: usize = 512;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Variable { name: Box<str>, otherwise: Option<Box<str>> },
}

/// A template, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("longer than {LONGEST} octets"));
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            push_text(&mut parts, before);
            rest = if let Some(after) = after.strip_prefix('$') {
                push_text(&mut parts, "$");
                after
            } else {
                let inside = after.strip_prefix('{').and_then(|after| after.split_once('}'));
                let (inside, after) = inside.ok_or("a `$` begins `${name}` or `$$`")?;
                parts.push(variable(inside)?);
                after
            };
        }
        push_text(&mut parts, rest);
        Ok(Self { parts })
    }

    /// The names it asks for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// The text; nothing when a name is not set and has no `:-`.
    pub fn fill<'v>(&self, value: impl Fn(&str) -> Option<Cow<'v, str>>) -> Option<String> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Variable { name, otherwise } => match (value(name), otherwise) {
                    (Some(value), _) => filled.push_str(&value),
                    (None, Some(otherwise)) => filled.push_str(otherwise),
                    (None, None) => return None,
                },
            }
        }
        Some(filled)
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.into()));
    }
}

fn variable(inside: &str) -> Result<Part, String> {
    let (name, otherwise) = match inside.split_once(":-") {
        Some((name, otherwise)) => (name, Some(otherwise.into())),
        None => (inside, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(format!("`{name}` is no name of a variable"));
    }
    Ok(Part::Variable { name: name.into(), otherwise })
}
