//! Turns a manifest's text into a checked [`Manifest`], or lists every fault by field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use charging::EventKind;
use minijinja::value::Value;

use super::names::{Known, RESERVED};
use super::source::{
    AuthSource, ConnectorSource, FieldSource, OneOrMany, ReadSource, RequestSource, RetrySource, RuleSource,
    SetSource, StepSource,
};
use super::{
    Auth, Format, MAX_MANIFEST_BYTES, MAX_PARALLEL, MAX_STEPS, MAX_TIMEOUT_MS, Manifest, Read, Rule,
    RuleOutcome, SettingKind, SettingSpec, Shape, Step,
};
use crate::backoff::RetryPolicy;
use crate::connector::Profile;
use crate::error::ManifestFault;
use crate::template::{Place, Templates};
use crate::tree::Path;

/// Most attempts a manifest may ask for.
const MAX_ATTEMPTS: u32 = 10_000;
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(super) fn fault(field: impl Into<String>, reason: impl Into<String>) -> ManifestFault {
    ManifestFault { field: field.into(), reason: reason.into() }
}

/// The work in progress: faults so far, templates so far, names known so far.
struct Checker {
    faults: Vec<ManifestFault>,
    templates: Templates,
    known: Known,
    answer_names: BTreeSet<String>,
}

/// A step's request: templates by their keys.
struct RequestParts {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    answer_format: Format,
}

pub(super) fn manifest(text: &str) -> Result<Manifest, Vec<ManifestFault>> {
    if text.len() > MAX_MANIFEST_BYTES {
        return Err(vec![fault("(file)", format!("is longer than {MAX_MANIFEST_BYTES} bytes"))]);
    }
    let source = super::source::read(text).map_err(|fault| vec![fault])?;
    let mut checker = Checker {
        faults: Vec::new(),
        templates: Templates::new(),
        known: Known::default(),
        answer_names: source.answer_values.keys().cloned().collect(),
    };
    let timeout = Duration::from_millis(source.connector.timeout_ms);
    let profile = checker.profile(source.connector, &source.retry);
    let settings = checker.settings(source.settings);
    let answer_values = source
        .answer_values
        .iter()
        .filter_map(|(name, path)| {
            Some((name.clone(), checker.path(&format!("answer_values.{name}"), path)?))
        })
        .collect();
    let rules = source.answers.into_iter().enumerate();
    let rules =
        rules.filter_map(|(at, rule)| checker.rule(&format!("answer[{}]", at + 1), rule, false)).collect();
    if source.steps.is_empty() {
        checker.complain("step", "at least one [[step]] is needed");
    }
    if source.steps.len() > MAX_STEPS {
        checker.complain("step", format!("at most {MAX_STEPS} steps"));
    }
    let steps: Vec<Step> = source
        .steps
        .into_iter()
        .enumerate()
        .filter_map(|(at, s)| checker.step(at, s, &source.request))
        .collect();
    // Last, because a token may come from a login step.
    let auth = source.auth.map(|auth| checker.auth(auth));
    if checker.faults.is_empty() {
        let templates = Arc::new(checker.templates);
        Ok(Manifest { profile, timeout, settings, auth, answer_values, rules, steps, templates })
    } else {
        Err(checker.faults)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl Checker {
    fn complain(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.faults.push(fault(field, reason));
    }

    fn name(&mut self, field: &str, text: &str) {
        if !is_name(text) {
            self.complain(
                field,
                format!("`{text}` must be lower-case letters, digits and `_`, beginning with a letter"),
            );
        }
    }

    fn within(&mut self, field: &str, value: u64, low: u64, high: u64) {
        if value < low || value > high {
            self.complain(field, format!("is {value}, must be from {low} to {high}"));
        }
    }

    fn profile(&mut self, source: ConnectorSource, retry: &RetrySource) -> Profile {
        self.name("connector.name", &source.name);
        if source.title.trim().is_empty() {
            self.complain("connector.title", "must not be empty");
        }
        if source.service.trim().is_empty() {
            self.complain("connector.service", "must be the code of a service of the catalog, such as `tv`");
        }
        self.within("connector.parallel", source.parallel.into(), 1, MAX_PARALLEL.into());
        self.within("connector.timeout_ms", source.timeout_ms, 1, MAX_TIMEOUT_MS);
        let mut events = Vec::new();
        for name in &source.events {
            match EventKind::parse(name) {
                Some(kind) if !events.contains(&kind) => events.push(kind),
                Some(_) => {}
                None => {
                    let known = EventKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
                    self.complain(
                        "connector.events",
                        format!("there is no event `{name}`; there is {known}"),
                    );
                }
            }
        }
        if source.events.is_empty() {
            self.complain("connector.events", "must name at least one event");
        }
        let usual = RetryPolicy::default();
        let retry = RetryPolicy {
            first_ms: retry.first_ms.unwrap_or(usual.first_ms),
            max_ms: retry.max_ms.unwrap_or(usual.max_ms),
            attempts: retry.attempts.unwrap_or(usual.attempts),
            probe_ms: retry.probe_ms.unwrap_or(usual.probe_ms),
        };
        self.within("retry.first_ms", retry.first_ms, 1, 3_600_000);
        self.within("retry.max_ms", retry.max_ms, retry.first_ms, 86_400_000);
        self.within("retry.attempts", retry.attempts.into(), 1, MAX_ATTEMPTS.into());
        self.within("retry.probe_ms", retry.probe_ms, 1, 86_400_000);
        let super::source::KindSource::Http = source.kind;
        Profile {
            name: source.name,
            title: source.title,
            contract: source.contract,
            source: source.source,
            service: source.service,
            device_kinds: source.device_kinds,
            events,
            parallel: usize::try_from(source.parallel).unwrap_or(1),
            order: source.order,
            retry,
        }
    }

    fn settings(&mut self, sources: Vec<super::source::SettingSource>) -> Vec<SettingSpec> {
        for source in &sources {
            let field = format!("setting.{}", source.name);
            self.name(&field, &source.name);
            if !self.known.settings.insert(source.name.clone()) {
                self.complain(&field, "is declared twice");
            }
            if source.kind == SettingKind::Secret && source.default.is_some() {
                self.complain(&field, "a secret can't have a default");
            }
        }
        if !sources
            .iter()
            .any(|source| source.name == "url" && source.kind == SettingKind::Url && source.required)
        {
            self.complain(
                "setting.url",
                "a required [[setting]] named `url` of kind `url` is needed: the platform's address",
            );
        }
        sources
            .into_iter()
            .map(|s| SettingSpec {
                name: s.name,
                title: s.title,
                kind: s.kind,
                required: s.required,
                default: s.default,
            })
            .collect()
    }

    fn auth(&mut self, source: AuthSource) -> Auth {
        match source {
            AuthSource::Basic { user, password } => {
                self.expression("auth.user", &user);
                self.expression("auth.password", &password);
                Auth::Basic { user, password }
            }
            AuthSource::Bearer { token } => {
                self.expression("auth.token", &token);
                Auth::Bearer { token }
            }
        }
    }

    fn path(&mut self, field: &str, text: &str) -> Option<Path> {
        Path::parse(text).map_err(|reason| self.complain(field, reason)).ok()
    }

    fn expression(&mut self, field: &str, text: &str) {
        match self.templates.names_in_expression(text) {
            Err(reason) => self.complain(field, format!("is not an expression: {reason}")),
            Ok(names) => {
                for complaint in self.known.complaints(names) {
                    self.complain(field, complaint);
                }
            }
        }
    }

    fn template(&mut self, field: &str, place: Place, text: &str) -> String {
        match self.templates.add(field, place, text) {
            Err(reason) => {
                self.complain(field, format!("is not a template: {reason}"));
                String::new()
            }
            Ok(key) => {
                for complaint in self.known.complaints(self.templates.names_in_template(&key)) {
                    self.complain(field, complaint);
                }
                key
            }
        }
    }

    fn rule(&mut self, field: &str, source: RuleSource, in_step: bool) -> Option<Rule> {
        let before = self.faults.len();
        let mut status = Vec::new();
        for text in source.status.map(OneOrMany::into_list).unwrap_or_default() {
            match status_range(&text) {
                Some(range) => status.push(range),
                None => self.complain(
                    format!("{field}.status"),
                    format!("`{text}` is not a status; write `200`, `5xx` or `400-499`"),
                ),
            }
        }
        let has = source.has.as_ref().and_then(|text| self.path(&format!("{field}.has"), text));
        let mut values = Vec::new();
        for (name, wanted) in source.value {
            if !self.answer_names.contains(&name) {
                self.complain(
                    format!("{field}.value.{name}"),
                    format!("`{name}` is not declared in [answer_values]"),
                );
            }
            values.push((name, wanted.into_list()));
        }
        if let Some(condition) = &source.condition {
            let outer = self.known.answer.replace(self.answer_names.clone());
            self.expression(&format!("{field}.if"), condition);
            self.known.answer = outer;
        }
        if status.is_empty() && has.is_none() && values.is_empty() && source.condition.is_none() {
            self.complain(field, "says nothing about the answer; give `status`, `has`, `value` or `if`");
        }
        if !source.set.is_empty() && (!in_step || source.outcome != RuleOutcome::Done) {
            self.complain(format!("{field}.set"), "is for `done` rules of a step");
        }
        let set = source.set.into_iter().map(|(name, value)| (name, set_value(value))).collect();
        (self.faults.len() == before).then_some(Rule {
            status,
            has,
            values,
            condition: source.condition,
            outcome: source.outcome,
            set,
            message: source.message,
        })
    }

    fn read(&mut self, field: &str, source: ReadSource) -> Option<Read> {
        match source {
            ReadSource::Path(path) => Some(Read::One { path: self.path(field, &path)?, shape: Shape::Text }),
            ReadSource::Shaped(shaped) => {
                Some(Read::One { path: self.path(field, &shaped.path)?, shape: shaped.shape })
            }
            ReadSource::List(list) => {
                let at = self.path(&format!("{field}.list"), &list.list)?;
                let mut fields = Vec::new();
                for (name, field_source) in list.fields {
                    let (path, shape) = match field_source {
                        FieldSource::Path(path) => (path, Shape::Text),
                        FieldSource::Shaped(shaped) => (shaped.path, shaped.shape),
                    };
                    fields.push((name.clone(), self.path(&format!("{field}.fields.{name}"), &path)?, shape));
                }
                Some(if fields.is_empty() {
                    Read::Texts { list: at }
                } else {
                    Read::Maps { list: at, fields }
                })
            }
        }
    }

    fn step(&mut self, at: usize, source: StepSource, usual: &RequestSource) -> Option<Step> {
        let before = self.faults.len();
        let field = format!(
            "step.{}",
            if source.name.is_empty() { (at + 1).to_string() } else { source.name.clone() }
        );
        self.name(&format!("{field}.name"), &source.name);
        if RESERVED.contains(&source.name.as_str()) || self.known.steps.contains_key(&source.name) {
            self.complain(format!("{field}.name"), "is taken; choose another name");
        }
        for (part, text) in [("when", &source.when), ("for_each", &source.for_each)] {
            if let Some(text) = text {
                self.expression(&format!("{field}.{part}"), text);
            }
        }
        if source.login && source.for_each.is_some() {
            self.complain(format!("{field}.for_each"), "a login step can't be repeated");
        }
        self.known.item = source.for_each.is_some();
        let request = self.request(&field, &source, usual);
        let read: Vec<(String, Read)> = source
            .read
            .into_iter()
            .filter_map(|(name, read)| {
                Some((name.clone(), self.read(&format!("{field}.read.{name}"), read)?))
            })
            .collect();
        let rules: Vec<Rule> = source
            .answers
            .into_iter()
            .enumerate()
            .filter_map(|(at, rule)| self.rule(&format!("{field}.answer[{}]", at + 1), rule, true))
            .collect();
        if !rules.iter().any(|rule| rule.outcome == RuleOutcome::Done) && self.faults.len() == before {
            self.complain(format!("{field}.answer"), "no rule says which answer means `done`");
        }
        let declared = declared(&read, &rules);
        let names = declared.keys().cloned().collect();
        self.known.steps.insert(source.name.clone(), names);
        for (name, expression) in &source.store {
            self.expression(&format!("{field}.store.{name}"), expression);
        }
        self.known.item = false;
        (self.faults.len() == before).then(|| Step {
            title: if source.title.is_empty() { source.name.clone() } else { source.title },
            name: source.name,
            login: source.login,
            when: source.when,
            for_each: source.for_each,
            method: request.method,
            path: request.path,
            headers: request.headers,
            body: request.body,
            answer_format: request.answer_format,
            read,
            store: source.store.into_iter().collect(),
            rules,
            declared: declared.into_iter().collect(),
        })
    }

    fn request(&mut self, field: &str, step: &StepSource, usual: &RequestSource) -> RequestParts {
        let format = step.format.or(usual.format).unwrap_or(Format::Json);
        let answer_format = step.answer_format.or(usual.answer_format).unwrap_or(match format {
            Format::Form => Format::Json,
            other => other,
        });
        let method =
            step.method.as_ref().or(usual.method.as_ref()).cloned().unwrap_or_else(|| "POST".to_owned());
        if !METHODS.contains(&method.as_str()) {
            self.complain(
                format!("{field}.method"),
                format!("`{method}` is not one of {}", METHODS.join(", ")),
            );
        }
        let path = step.path.as_ref().or(usual.path.as_ref()).cloned().unwrap_or_default();
        if !path.starts_with('/') {
            self.complain(format!("{field}.path"), "is needed, here or in [request], and begins with `/`");
        }
        let path = self.template(&format!("{field}.path"), Place::Url, &path);
        let mut merged: BTreeMap<String, String> = BTreeMap::new();
        if step.body.is_some() {
            merged.insert("content-type".to_owned(), content_type(format).to_owned());
        }
        for (name, value) in usual.headers.iter().chain(&step.headers) {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
                self.complain(format!("{field}.headers"), format!("`{name}` is not a header name"));
            }
            merged.retain(|other, _| !other.eq_ignore_ascii_case(name));
            merged.insert(name.clone(), value.clone());
        }
        let headers = merged
            .into_iter()
            .map(|(name, value)| {
                let key = self.template(&format!("{field}.headers.{name}"), Place::Header, &value);
                (name, key)
            })
            .collect();
        let place = match format {
            Format::Xml => Place::Xml,
            Format::Json => Place::Json,
            Format::Form => Place::Url,
            Format::Text => Place::Text,
        };
        let body = step.body.as_ref().map(|body| self.template(&format!("{field}.body"), place, body));
        RequestParts { method, path, headers, body, answer_format }
    }
}

fn content_type(format: Format) -> &'static str {
    match format {
        Format::Xml => "text/xml; charset=utf-8",
        Format::Json => "application/json",
        Format::Form => "application/x-www-form-urlencoded",
        Format::Text => "text/plain; charset=utf-8",
    }
}

/// The names a step can give values to; lists begin empty, everything else as none.
fn declared(read: &[(String, Read)], rules: &[Rule]) -> BTreeMap<String, Value> {
    let mut declared = BTreeMap::new();
    for (name, read) in read {
        let empty = match read {
            Read::One { .. } => Value::from(()),
            Read::Texts { .. } | Read::Maps { .. } => Value::from(Vec::<Value>::new()),
        };
        declared.insert(name.clone(), empty);
    }
    for (name, _) in rules.iter().flat_map(|rule| &rule.set) {
        declared.entry(name.clone()).or_insert_with(|| Value::from(()));
    }
    declared
}

fn set_value(source: SetSource) -> Value {
    match source {
        SetSource::Bool(value) => Value::from(value),
        SetSource::Number(value) => Value::from(value),
        SetSource::Text(value) => Value::from(value),
    }
}

/// `200`, `5xx` or `400-499`, as an inclusive range.
fn status_range(text: &str) -> Option<(u16, u16)> {
    let valid = |status: u16| (100..=599).contains(&status).then_some(status);
    if let Some(class) = text.strip_suffix("xx") {
        let base = valid(class.parse::<u16>().ok()?.checked_mul(100)?)?;
        return Some((base, base + 99));
    }
    match text.split_once('-') {
        Some((low, high)) => Some((valid(low.parse().ok()?)?, valid(high.parse().ok()?)?)),
        None => {
            let status = valid(text.parse().ok()?)?;
            Some((status, status))
        }
    }
}
