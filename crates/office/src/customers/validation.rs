//! Checking forms field by field: every fault is told at once, with its path, and values come out in their stored spelling.

use super::{NewAccount, NewDevice, NewIdentifier, SignUp};
use crate::directory::{DEVICE, mac, normalise};
use crate::{FieldError, OfficeError};
use calendar::BillingZone;
use catalog::{ClassId, Product, ProductId, ProductKind, Snapshot};

/// Characters of a name.
const NAME_MOST: usize = 200;
/// Characters of an e-mail address (RFC 5321 4.5.3.1.3).
const EMAIL_MOST: usize = 254;
/// Characters of a phone number.
const PHONE_MOST: usize = 40;
/// Characters of a postal address.
const ADDRESS_MOST: usize = 500;
/// Characters of a language tag (RFC 5646).
const LANGUAGE_MOST: usize = 35;
/// Characters of a label, serial number or model.
const LABEL_MOST: usize = 100;
/// Octets of a service password (RFC 2865 5.2).
const PASSWORD_MOST: usize = 128;
/// Identifiers, devices or add-ons of one account.
const LIST_MOST: usize = 100;
/// Days from invoice to due date.
const NET_DAYS_MOST: u16 = 366;
/// Kinds of device.
pub(crate) const DEVICE_KINDS: [&str; 4] = ["stb", "modem", "router", "phone"];

/// Gathers faults.
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.push(FieldError::new(field, reason));
    }

    pub fn check(&mut self, fine: bool, field: impl Into<String>, reason: impl Into<String>) {
        if !fine {
            self.add(field, reason);
        }
    }

    /// The value when nothing was found.
    pub fn or<T>(self, value: T) -> Result<T, OfficeError> {
        if self.0.is_empty() { Ok(value) } else { Err(OfficeError::Invalid(self.0)) }
    }
}

/// An account form with everything looked up and normalised.
pub(crate) struct CheckedAccount {
    pub product: ProductId,
    pub add_ons: Vec<ProductId>,
    pub label: String,
    pub identifiers: Vec<(String, String)>,
    pub password: Option<String>,
    pub devices: Vec<NewDevice>,
}

impl CheckedAccount {
    /// What nobody else may have: the identifiers, and the devices' MAC addresses.
    pub fn claims(&self) -> Vec<(String, String)> {
        let devices = self.devices.iter().filter_map(device_claim);
        self.identifiers.iter().cloned().chain(devices).collect()
    }
}

/// What a device holds in the directory; nothing where it has no MAC address.
pub(crate) fn device_claim(device: &NewDevice) -> Option<(String, String)> {
    (!device.mac.is_empty()).then(|| (DEVICE.to_owned(), device.mac.clone()))
}

pub(crate) fn name(faults: &mut Faults, field: &str, text: &str) -> String {
    let text = one_line(text);
    let fine = !text.is_empty() && text.chars().count() <= NAME_MOST;
    faults.check(fine, field, format!("has 1 to {NAME_MOST} characters"));
    text
}

/// Trimmed, blanks for control characters.
fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(crate) fn email(faults: &mut Faults, text: &str) -> String {
    let text = text.trim();
    let parts = text.split_once('@');
    let fine = parts.is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    });
    let fine = text.is_empty() || fine && text.len() <= EMAIL_MOST;
    faults.check(fine, "email", "is an e-mail address such as anna@example.net, or empty");
    text.to_owned()
}

pub(crate) fn phone(faults: &mut Faults, text: &str) -> String {
    let text = text.trim();
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '(' | ')' | '/');
    let fine = text.len() <= PHONE_MOST && text.chars().all(allowed);
    faults.check(fine, "phone", "is a phone number such as +1 555 0100, or empty");
    text.to_owned()
}

pub(crate) fn address(faults: &mut Faults, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).filter(|line| !line.is_empty()).collect();
    let text = lines.join("\n");
    let fine = text.chars().count() <= ADDRESS_MOST;
    faults.check(fine, "address", format!("has at most {ADDRESS_MOST} characters"));
    text
}

pub(crate) fn language(faults: &mut Faults, text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return "en".to_owned();
    }
    let fine = text.len() <= LANGUAGE_MOST && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    faults.check(fine, "language", "is a language tag such as en or es-MX");
    text.to_owned()
}

pub(crate) fn identifier(
    faults: &mut Faults,
    path: &str,
    identifier: &NewIdentifier,
) -> Option<(String, String)> {
    let realm = identifier.realm.trim().to_lowercase();
    match normalise(&realm, &identifier.value) {
        Ok(value) => Some((realm.clone(), value.into_owned())),
        Err(reason) => {
            let field = if reason.starts_with("realm ") { "realm" } else { "value" };
            faults.add(format!("{path}{field}"), reason.strip_prefix("realm ").unwrap_or(reason));
            None
        }
    }
}

pub(crate) fn password(faults: &mut Faults, field: &str, text: &str) {
    let fine = !text.is_empty() && text.len() <= PASSWORD_MOST;
    faults.check(fine, field, format!("has 1 to {PASSWORD_MOST} octets"));
}

pub(crate) fn label(faults: &mut Faults, field: &str, text: &str) -> String {
    let text = one_line(text);
    let fine = text.chars().count() <= LABEL_MOST;
    faults.check(fine, field, format!("has at most {LABEL_MOST} characters"));
    text
}

pub(crate) fn device(faults: &mut Faults, path: &str, device: &NewDevice) -> NewDevice {
    let kind = device.kind.trim().to_lowercase();
    let known = DEVICE_KINDS.contains(&kind.as_str());
    faults.check(known, format!("{path}kind"), format!("is one of {}", DEVICE_KINDS.join(", ")));
    let written = device.mac.trim();
    let canonical = mac(written);
    let readable = written.is_empty() || canonical.is_some();
    faults.check(readable, format!("{path}mac"), "is a MAC address of 12 hexadecimal digits");
    let serial = label(faults, &format!("{path}serial"), &device.serial);
    let model = label(faults, &format!("{path}model"), &device.model);
    let named = !written.is_empty() || !serial.is_empty();
    faults.check(named, format!("{path}mac"), "a device has a MAC address or a serial number");
    NewDevice { kind, mac: canonical.unwrap_or_default(), serial, model }
}

fn product<'a>(catalog: &'a Snapshot, code: &str, kind: ProductKind) -> Option<&'a Product> {
    catalog.product(code.trim()).filter(|p| p.kind == kind)
}

pub(crate) fn main_product(
    faults: &mut Faults,
    catalog: &Snapshot,
    field: &str,
    code: &str,
) -> Option<ProductId> {
    let found = product(catalog, code, ProductKind::Main);
    faults.check(found.is_some(), field, format!("there is no main product {code}"));
    found.map(|p| p.id)
}

pub(crate) fn add_on(faults: &mut Faults, catalog: &Snapshot, field: &str, code: &str) -> Option<ProductId> {
    let found = product(catalog, code, ProductKind::AddOn);
    faults.check(found.is_some(), field, format!("there is no add-on {code}"));
    found.map(|p| p.id)
}

/// Checks an account form; `path` goes before its field names.
pub(crate) fn account(
    faults: &mut Faults,
    catalog: &Snapshot,
    path: &str,
    form: &NewAccount,
) -> CheckedAccount {
    let product = main_product(faults, catalog, &format!("{path}product"), &form.product);
    for (list, length) in [
        ("add_ons", form.add_ons.len()),
        ("identifiers", form.identifiers.len()),
        ("devices", form.devices.len()),
    ] {
        faults.check(length <= LIST_MOST, format!("{path}{list}"), format!("at most {LIST_MOST}"));
    }
    let mut add_ons = Vec::new();
    for (position, code) in form.add_ons.iter().take(LIST_MOST).enumerate() {
        let field = format!("{path}add_ons[{position}]");
        let Some(id) = add_on(faults, catalog, &field, code) else { continue };
        faults.check(!add_ons.contains(&id), field, "is there twice");
        add_ons.push(id);
    }
    let mut identifiers = Vec::new();
    for (position, form) in form.identifiers.iter().take(LIST_MOST).enumerate() {
        let path = format!("{path}identifiers[{position}].");
        let Some(found) = identifier(faults, &path, form) else { continue };
        faults.check(!identifiers.contains(&found), format!("{path}value"), "is there twice");
        identifiers.push(found);
    }
    let mut devices: Vec<NewDevice> = Vec::new();
    for (position, form) in form.devices.iter().take(LIST_MOST).enumerate() {
        let path = format!("{path}devices[{position}].");
        let found = device(faults, &path, form);
        let twice = devices.iter().any(|d| !d.mac.is_empty() && d.mac == found.mac);
        faults.check(!twice, format!("{path}mac"), "is there twice");
        devices.push(found);
    }
    let secret = form.password.as_ref().map(|p| p.expose().to_owned()).filter(|p| !p.is_empty());
    if let Some(secret) = &secret {
        password(faults, &format!("{path}password"), secret);
    }
    let first = identifiers.first().map(|(_, value)| value.clone());
    let written = label(faults, &format!("{path}label"), &form.label);
    let label = if written.is_empty() { first.unwrap_or_default() } else { written };
    CheckedAccount {
        product: product.unwrap_or_default(),
        add_ons,
        label,
        identifiers,
        password: secret,
        devices,
    }
}

/// A sign-up form with everything normalised.
pub(crate) struct CheckedSignUp {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub address: String,
    pub language: String,
    pub zone: BillingZone,
    pub net_days: u16,
    pub class: Option<ClassId>,
    pub account: Option<CheckedAccount>,
}

pub(crate) fn sign_up(
    catalog: &Snapshot,
    form: &SignUp,
    defaults: (&str, u16),
) -> Result<CheckedSignUp, OfficeError> {
    let mut faults = Faults::new();
    let zone = form.zone.as_deref().map(str::trim).filter(|z| !z.is_empty()).unwrap_or(defaults.0);
    let zone = BillingZone::named(zone).unwrap_or_else(|error| {
        faults.add("zone", error.to_string());
        BillingZone::utc()
    });
    let net_days = form.net_days.unwrap_or(defaults.1);
    faults.check(net_days <= NET_DAYS_MOST, "net_days", format!("at most {NET_DAYS_MOST}"));
    let negative = form.credit_limit.is_some_and(money::Amount::is_negative);
    faults.check(!negative, "credit_limit", "is not negative");
    let code = form.class.trim();
    let class = catalog.class(code).map(|class| class.id);
    let known = code.is_empty() || class.is_some();
    faults.check(known, "class", format!("there is no customer class {code}"));
    let account = form.account.as_ref().map(|form| account(&mut faults, catalog, "account.", form));
    let checked = CheckedSignUp {
        name: name(&mut faults, "name", &form.name),
        email: email(&mut faults, &form.email),
        phone: phone(&mut faults, &form.phone),
        address: address(&mut faults, &form.address),
        language: language(&mut faults, &form.language),
        zone,
        net_days,
        class,
        account,
    };
    faults.or(checked)
}
