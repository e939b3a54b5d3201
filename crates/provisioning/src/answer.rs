//! Judging an answer: the first rule that matches says what it means. The step's rules come first, then the manifest's, then
//! the usual meaning of HTTP. An answer nobody understands is never a success: it is tried again and stays visible.

use std::collections::BTreeMap;

use minijinja::value::Value;

use crate::manifest::{Format, Manifest, Read, Rule, RuleOutcome, Shape, Step};
use crate::subscriber::canonical_mac;
use crate::template::Scope;
use crate::tree::{Node, Path, parse_json, parse_xml};

/// An HTTP answer as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What an answer means.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub outcome: RuleOutcome,
    /// Why, for people.
    pub note: String,
    /// The step's values, where the outcome is done.
    pub values: BTreeMap<String, Value>,
}

/// Judges an answer to a step.
pub(crate) fn judge(manifest: &Manifest, step: &Step, answer: &Answer, scope: &Scope) -> Judged {
    let document = parsed(step.answer_format, &answer.body);
    let empty = Node::default();
    let tree = document.as_ref().unwrap_or(&empty);
    let known: Vec<(&str, Option<&str>)> =
        manifest.answer_values.iter().map(|(name, path)| (name.as_str(), tree.text_at(path))).collect();
    let seen = seen(answer.status, &known);
    let context = || {
        let mut context = scope.clone();
        let mut members: BTreeMap<String, Value> = known
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map_or(Value::from(()), Value::from)))
            .collect();
        members.insert("status".to_owned(), Value::from(answer.status));
        context.insert("answer".to_owned(), Value::from(members));
        context
    };
    for rule in step.rules.iter().chain(&manifest.rules) {
        // Half an answer can't prove success.
        if rule.outcome == RuleOutcome::Done && document.is_err() {
            continue;
        }
        if !plain_parts_hold(rule, answer.status, tree, &known) {
            continue;
        }
        match &rule.condition {
            None => {}
            Some(condition) => match manifest.templates.eval(condition, &context()) {
                Ok(value) if value.is_true() => {}
                Ok(_) => continue,
                Err(reason) => {
                    let note = format!("{seen}; the rule's `if` failed: {reason}");
                    return Judged { outcome: RuleOutcome::Fatal, note, values: BTreeMap::new() };
                }
            },
        }
        let note = if rule.message.is_empty() { seen } else { format!("{}: {seen}", rule.message) };
        let values =
            if rule.outcome == RuleOutcome::Done { values(step, rule, tree) } else { BTreeMap::new() };
        return Judged { outcome: rule.outcome, note, values };
    }
    let (outcome, why) = usual(answer.status, document.as_ref().err());
    Judged { outcome, note: format!("{seen}; {why}"), values: BTreeMap::new() }
}

fn parsed(format: Format, body: &str) -> Result<Node, String> {
    match format {
        Format::Text | Format::Form => Ok(Node { text: body.to_owned(), ..Node::default() }),
        _ if body.trim().is_empty() => Ok(Node::default()),
        Format::Xml => parse_xml(body),
        Format::Json => parse_json(body),
    }
}

/// The answer in a few words: status and the named values found.
fn seen(status: u16, known: &[(&str, Option<&str>)]) -> String {
    let mut words = format!("HTTP {status}");
    for (name, value) in known {
        if let Some(value) = value {
            words.push_str(&format!(", {name} {}", value.chars().take(200).collect::<String>()));
        }
    }
    words
}

fn plain_parts_hold(rule: &Rule, status: u16, tree: &Node, known: &[(&str, Option<&str>)]) -> bool {
    let status_holds =
        rule.status.is_empty() || rule.status.iter().any(|(low, high)| (*low..=*high).contains(&status));
    let has_holds = rule.has.as_ref().is_none_or(|path| !tree.select(path).is_empty());
    let values_hold = rule.values.iter().all(|(name, wanted)| {
        known.iter().any(|(known, value)| {
            known == name && value.is_some_and(|value| wanted.iter().any(|w| w == value))
        })
    });
    status_holds && has_holds && values_hold
}

fn usual(status: u16, unreadable: Option<&String>) -> (RuleOutcome, String) {
    match (status, unreadable) {
        (401 | 403, _) => (RuleOutcome::Auth, "the platform refuses our credentials".to_owned()),
        (408 | 425 | 429 | 500..=599, _) => (RuleOutcome::Retry, "the platform is busy or faulty".to_owned()),
        (_, Some(reason)) => (RuleOutcome::Retry, format!("the answer can't be read: {reason}")),
        (400..=499, _) => (RuleOutcome::Fatal, "the platform refuses the request".to_owned()),
        _ => (RuleOutcome::Retry, "no rule of the manifest understands this answer".to_owned()),
    }
}

/// The values a step reads from an answer, with the rule's own on top.
fn values(step: &Step, rule: &Rule, tree: &Node) -> BTreeMap<String, Value> {
    let mut values: BTreeMap<String, Value> =
        step.read.iter().map(|(name, read)| (name.clone(), read_value(read, tree))).collect();
    values.extend(rule.set.iter().cloned());
    values
}

fn read_value(read: &Read, tree: &Node) -> Value {
    match read {
        Read::One { path, shape } => shaped(tree, path, *shape),
        Read::Texts { list } => Value::from(
            tree.select(list).iter().map(|node| Value::from(node.text.as_str())).collect::<Vec<_>>(),
        ),
        Read::Maps { list, fields } => {
            let item = |node: &&Node| {
                let members =
                    fields.iter().map(|(name, path, shape)| (name.clone(), shaped(node, path, *shape)));
                Value::from(members.collect::<BTreeMap<_, _>>())
            };
            Value::from(tree.select(list).iter().map(item).collect::<Vec<_>>())
        }
    }
}

fn shaped(node: &Node, path: &Path, shape: Shape) -> Value {
    let Some(text) = node.text_at(path) else { return Value::from(()) };
    match shape {
        Shape::Text => Value::from(text),
        Shape::Upper => Value::from(text.to_uppercase()),
        Shape::Lower => Value::from(text.to_lowercase()),
        Shape::Mac => Value::from(canonical_mac(text).unwrap_or_else(|| text.to_owned())),
    }
}
