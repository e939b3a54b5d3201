//! The values templates see, in two forms that differ in nothing but the secrets: the true one makes what is sent, the
//! masked one makes what is recorded. So a record can't leak a secret, however a template spells it.

use std::collections::BTreeMap;

use minijinja::value::Value;

use crate::manifest::{Manifest, SettingKind, Step};
use crate::record::MASK;
use crate::settings::Settings;
use crate::subscriber::{DesiredSubscriber, canonical_mac};
use crate::template::Scope;

/// Both forms side by side.
#[derive(Debug, Clone)]
pub(crate) struct Scopes {
    /// Makes what is sent.
    pub open: Scope,
    /// Makes what is recorded.
    pub masked: Scope,
}

impl Scopes {
    /// Everything known before the first step: the subscriber, the settings, and every step's names without a value.
    pub(crate) fn new(manifest: &Manifest, settings: &Settings, desired: &DesiredSubscriber) -> Scopes {
        let mut open = Scope::new();
        open.insert("subscriber".to_owned(), subscriber(desired));
        for step in &manifest.steps {
            open.insert(
                step.name.clone(),
                Value::from(step.declared.iter().cloned().collect::<BTreeMap<_, _>>()),
            );
        }
        let mut masked = open.clone();
        let mut shown = BTreeMap::new();
        let mut hidden = BTreeMap::new();
        for spec in &manifest.settings {
            let value = settings.get(&spec.name).unwrap_or_default();
            shown.insert(spec.name.clone(), Value::from(value));
            hidden.insert(
                spec.name.clone(),
                Value::from(if spec.kind == SettingKind::Secret { MASK } else { value }),
            );
        }
        open.insert("setting".to_owned(), Value::from(shown));
        masked.insert("setting".to_owned(), Value::from(hidden));
        Scopes { open, masked }
    }

    /// Gives a step's names their values; those of a login step are secrets.
    pub(crate) fn set_step(&mut self, step: &Step, values: &BTreeMap<String, Value>) {
        let mut all: BTreeMap<String, Value> = step.declared.iter().cloned().collect();
        all.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
        self.open.insert(step.name.clone(), Value::from(all.clone()));
        if step.login {
            all.values_mut().for_each(|value| *value = Value::from(MASK));
        }
        self.masked.insert(step.name.clone(), Value::from(all));
    }

    /// Sets or clears `item`.
    pub(crate) fn set_item(&mut self, item: Option<Value>) {
        for scope in [&mut self.open, &mut self.masked] {
            match &item {
                Some(item) => scope.insert("item".to_owned(), item.clone()),
                None => scope.remove("item"),
            };
        }
    }
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::from(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

/// A desired subscriber as templates see it; `manifest::names` lists the same names.
fn subscriber(desired: &DesiredSubscriber) -> Value {
    let address = map([
        ("lines", Value::from(desired.address.lines.clone())),
        ("line", Value::from(desired.address.line())),
    ]);
    let device = |device: &crate::subscriber::Device| {
        let mac = canonical_mac(&device.mac).unwrap_or_else(|| device.mac.clone());
        map([("mac", Value::from(mac)), ("serial", Value::from(device.serial.trim()))])
    };
    let packages: Vec<Value> = desired.packages.iter().map(|name| Value::from(name.as_str())).collect();
    let custom: BTreeMap<String, Value> =
        desired.custom.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    map([
        ("account_id", Value::from(desired.account_id)),
        ("external_id", Value::from(desired.external_id.as_str())),
        ("name", Value::from(desired.name.trim())),
        ("email", Value::from(desired.email.trim())),
        ("phone", Value::from(desired.phone.trim())),
        ("address", address),
        ("presence", Value::from(desired.presence.as_str())),
        ("packages", Value::from(packages)),
        ("devices", Value::from(desired.devices.iter().map(device).collect::<Vec<_>>())),
        ("custom", Value::from(custom)),
    ])
}
