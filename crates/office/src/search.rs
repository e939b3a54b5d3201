//! Search from anywhere: what people remember of a customer, grouped by what was found.
//!
//! Flows in: a few letters or digits. Flows out: groups of hits with links. Must not know: pages.

use crate::directory::{DEVICE, mac, shown};
use crate::{Link, Office, OfficeError};
use charging::AccountId;
use hashbrown::{HashMap, HashSet};
use serde::Serialize;
use store::{CustomerHit, CustomerRecord, DeviceRecord, IdentifierRow};

/// Letters that a search needs at least.
const TEXT_LEAST: usize = 2;
/// Letters of a search at most.
const TEXT_MOST: usize = 100;
/// From so many letters on, further words of names are looked at too, which reads all names.
const WORDS_FROM: usize = 3;
/// Hits of a group when nothing else is asked, and at most.
const HITS: usize = 8;
const HITS_MOST: usize = 50;

/// Hits of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchGroup {
    /// `Customers`, `Accounts`, `Devices`, `Invoices`.
    pub title: &'static str,
    /// Best first.
    pub hits: Vec<SearchHit>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchHit {
    /// What it is.
    pub title: String,
    /// Why it was found, and whose it is.
    pub detail: String,
    /// Page in the staff portal.
    pub url_path: String,
    /// The same as a link to a thing.
    pub link: Link,
}

impl SearchHit {
    fn new(title: impl Into<String>, detail: String, link: Link) -> Self {
        Self { title: title.into(), detail, url_path: link.staff_path(), link }
    }
}

/// Customers by account, read once each.
#[derive(Default)]
struct Owners(HashMap<u32, Option<CustomerRecord>>);

impl Office {
    /// Finds customers, accounts, devices and invoices; `limit` hits of each kind (0 = 8, at most 50).
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<SearchGroup>, OfficeError> {
        let text: String = text.trim().chars().take(TEXT_MOST).collect();
        if text.chars().count() < TEXT_LEAST {
            return Ok(Vec::new());
        }
        let limit = if limit == 0 { HITS } else { limit.min(HITS_MOST) };
        let mut owners = Owners::default();
        let groups = [
            ("Customers", self.customer_hits(&text, limit)?),
            ("Accounts", self.account_hits(&text, limit, &mut owners)?),
            ("Devices", self.device_hits(&text, limit, &mut owners)?),
            ("Invoices", self.invoice_hits(&text, limit)?),
        ];
        let groups = groups.into_iter().filter(|(_, hits)| !hits.is_empty());
        Ok(groups.map(|(title, hits)| SearchGroup { title, hits }).collect())
    }

    fn customer_hits(&self, text: &str, limit: usize) -> Result<Vec<SearchHit>, OfficeError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let store = self.store();
        let mut found = store.customers_numbered(&text.to_uppercase(), most)?;
        found.extend(store.customers_named(text, most)?);
        found.extend(store.customers_with_email(text, most)?);
        found.extend(store.customers_with_phone(text, most)?);
        if found.len() < limit && text.chars().count() >= WORDS_FROM {
            found.extend(store.customers_with_word(text, most)?);
        }
        let mut seen = HashSet::new();
        found.retain(|hit| seen.insert(hit.customer));
        found.truncate(limit);
        Ok(found.into_iter().map(customer_hit).collect())
    }

    fn account_hits(
        &self,
        text: &str,
        limit: usize,
        owners: &mut Owners,
    ) -> Result<Vec<SearchHit>, OfficeError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut seen = HashSet::new();
        let mut hits = Vec::new();
        for row in self.identifiers_like(text, limit)? {
            let (Some(account), Some(owner)) = (row.account, self.owner(owners, row.customer.0)?) else {
                continue;
            };
            seen.insert(account);
            let detail = format!("{} · {} · {}", shown(&row.realm), owner.name, owner.number);
            hits.push(SearchHit::new(row.value, detail, account_link(&owner, account)));
        }
        for hit in self.store().accounts_labelled(text, most)? {
            if seen.insert(hit.account) {
                let link = Link::Account { number: hit.number.clone(), account: hit.account };
                let detail = format!("account · {} · {}", hit.name, hit.number);
                hits.push(SearchHit::new(hit.label, detail, link));
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }

    /// Identifiers that start so in any spelling: as typed, in lower case, digits only, as a hardware address.
    fn identifiers_like(&self, text: &str, limit: usize) -> Result<Vec<IdentifierRow>, OfficeError> {
        let mut spellings = vec![text.to_lowercase()];
        spellings.extend(digits_only(text));
        spellings.extend(mac_prefix(text));
        spellings.push(text.to_owned());
        let mut found: Vec<IdentifierRow> = Vec::new();
        let mut asked = HashSet::new();
        for spelling in spellings.into_iter().filter(|s| asked.insert(s.clone())) {
            for row in self.store().identifiers_starting(&spelling, limit)? {
                if row.realm != DEVICE && !found.contains(&row) {
                    found.push(row);
                }
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    fn device_hits(
        &self,
        text: &str,
        limit: usize,
        owners: &mut Owners,
    ) -> Result<Vec<SearchHit>, OfficeError> {
        let mac = mac_prefix(text).unwrap_or_default();
        let mut seen = HashSet::new();
        let mut hits = Vec::new();
        for device in self.store().devices_starting(&mac, text, limit)? {
            let customer = device.account.customer().filter(|_| seen.insert(device.id));
            let Some(customer) = customer else { continue };
            let Some(owner) = self.owner(owners, customer.0)? else { continue };
            let link = account_link(&owner, device.account);
            let detail = format!("{} · {} · {}", device_words(&device), owner.name, owner.number);
            let title = if device.mac.is_empty() { device.serial } else { device.mac };
            hits.push(SearchHit::new(title, detail, link));
        }
        hits.truncate(limit);
        Ok(hits)
    }

    fn invoice_hits(&self, text: &str, limit: usize) -> Result<Vec<SearchHit>, OfficeError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.store().invoices_numbered(&text.to_uppercase(), most)?;
        let hits = found.into_iter().map(|hit| {
            let detail = format!("invoice · {} · {}", hit.name, hit.number);
            SearchHit::new(hit.invoice_number, detail, Link::Invoice { id: hit.invoice })
        });
        Ok(hits.collect())
    }

    fn owner(&self, owners: &mut Owners, customer: u32) -> Result<Option<CustomerRecord>, OfficeError> {
        if let Some(known) = owners.0.get(&customer) {
            return Ok(known.clone());
        }
        let found = self.store().customer_record(charging::CustomerId(customer))?;
        owners.0.insert(customer, found.clone());
        Ok(found)
    }
}

fn account_link(owner: &CustomerRecord, account: AccountId) -> Link {
    Link::Account { number: owner.number.clone(), account }
}

fn customer_hit(hit: CustomerHit) -> SearchHit {
    let kind = if hit.reseller { "reseller" } else { "" };
    let words = [hit.number.as_str(), kind, &hit.email, &hit.phone];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let detail = words.join(" · ");
    SearchHit::new(hit.name, detail, Link::Customer { number: hit.number })
}

fn device_words(device: &DeviceRecord) -> String {
    let kind = match device.kind.as_str() {
        "stb" => "set-top box",
        other => other,
    };
    let state = if device.removed_at.is_some() { ", taken away" } else { "" };
    let model = if device.model.is_empty() { String::new() } else { format!(" {}", device.model) };
    format!("{kind}{model}{state}")
}

/// The digits of something that looks like a phone number.
fn digits_only(text: &str) -> Option<String> {
    let number = text.strip_prefix('+').unwrap_or(text);
    let fits = number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'));
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (fits && digits.len() >= TEXT_LEAST).then_some(digits)
}

/// The beginning of a hardware address in its stored spelling.
fn mac_prefix(text: &str) -> Option<String> {
    if let Some(whole) = mac(text) {
        return Some(whole);
    }
    let separators = [':', '-', '.'];
    let digits: Vec<char> = text.chars().filter(|c| !separators.contains(c)).collect();
    if digits.len() < TEXT_LEAST || digits.len() > 12 || !digits.iter().all(char::is_ascii_hexdigit) {
        return None;
    }
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect::<String>()).collect();
    Some(pairs.join(":").to_uppercase())
}
