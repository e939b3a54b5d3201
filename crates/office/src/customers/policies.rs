//! Service policies: what the network gets for an account and where each attribute comes from, what the account says itself, and
//! the customer's class.

use super::validation::Faults;
use super::{AccountView, CustomerView};
use crate::office::AuditNote;
use crate::usage::service_name;
use crate::{Actor, IdempotencyKey, Office, OfficeError, Permission, ServiceName, no_records};
use catalog::{FinalAction, Service, Snapshot, always_holds};
use charging::{
    AccountId, AccountPolicy, Attribute, Command, CustomerId, Policy, PolicySource, on_products_only,
};
use std::collections::BTreeMap;

/// Attributes of one policy.
const ATTRIBUTES_MOST: usize = 64;
/// Characters of an attribute's name.
const NAME_MOST: usize = 64;
/// Characters of an attribute's value, of an address or of a filter.
const VALUE_MOST: usize = 500;

/// Attributes that an account sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnAttributes {
    /// Download limit in kbit/s.
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    pub attributes: BTreeMap<String, String>,
}

/// What an account itself says about a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnPolicy {
    /// Usually.
    pub regular: OwnAttributes,
    /// Instead, while a quota that limits is used up.
    pub limited: OwnAttributes,
    /// What the network does after a final grant.
    pub final_action: Option<FinalAction>,
}

/// Where an attribute comes from, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// `account`, `customer`, `product`, `class` or `service`.
    pub kind: &'static str,
    /// Code of the product or class; empty for the others.
    pub code: String,
    /// What people read.
    pub name: String,
}

/// An attribute as the network gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeView {
    /// Name; `down_kbps` and `up_kbps` for speeds.
    pub name: String,
    /// Value.
    pub value: String,
    /// Who decided.
    pub from: SourceView,
    /// Conflicts: other values that do not count.
    pub overruled: Vec<(SourceView, String)>,
}

/// What the network gets for one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyView {
    /// The service.
    pub service: ServiceName,
    /// Usually.
    pub regular: Vec<AttributeView>,
    /// While a quota that limits is used up; empty when that changes nothing.
    pub limited: Vec<AttributeView>,
    /// In turbo times; empty when there are none.
    pub turbo: Vec<AttributeView>,
    /// What the network does after a final grant.
    pub final_action: FinalAction,
    /// Who decided that.
    pub final_from: SourceView,
    /// What the account itself says, if anything.
    pub own: Option<OwnPolicy>,
}

fn source(catalog: &Snapshot, from: PolicySource) -> SourceView {
    let view =
        |kind, code: &str, name: &str| SourceView { kind, code: code.to_owned(), name: name.to_owned() };
    match from {
        PolicySource::Account => view("account", "", "this account"),
        PolicySource::Customer => view("customer", "", "the customer"),
        PolicySource::Service => view("service", "", "the service"),
        PolicySource::Product(id) => {
            catalog.product_by_id(id).map_or(view("product", "", ""), |p| view("product", &p.code, &p.name))
        }
        PolicySource::Class(id) => {
            catalog.class_by_id(id).map_or(view("class", "", ""), |c| view("class", &c.code, &c.name))
        }
    }
}

fn attributes(catalog: &Snapshot, found: Vec<Attribute>) -> Vec<AttributeView> {
    let view = |attribute: Attribute| AttributeView {
        from: source(catalog, attribute.from),
        overruled: attribute
            .overruled
            .into_iter()
            .map(|(from, value)| (source(catalog, from), value))
            .collect(),
        name: attribute.name,
        value: attribute.value,
    };
    found.into_iter().map(view).collect()
}

fn own(policy: &AccountPolicy) -> OwnPolicy {
    let attributes = |policy: &Policy| OwnAttributes {
        down_kbps: policy.down_kbps,
        up_kbps: policy.up_kbps,
        attributes: policy.attributes.iter().cloned().collect(),
    };
    OwnPolicy {
        regular: attributes(&policy.regular),
        limited: attributes(&policy.limited),
        final_action: policy.final_action.clone(),
    }
}

/// Checks attributes; `path` goes before their names.
fn checked(
    faults: &mut Faults,
    path: &str,
    (catalog, service): (&Snapshot, &Service),
    given: OwnAttributes,
) -> Policy {
    let field = format!("{path}attributes");
    faults.check(given.attributes.len() <= ATTRIBUTES_MOST, &field, format!("at most {ATTRIBUTES_MOST}"));
    for (name, speed) in [("down_kbps", given.down_kbps), ("up_kbps", given.up_kbps)] {
        faults.check(speed != Some(0), format!("{path}{name}"), "is more than 0");
        faults.check(!given.attributes.contains_key(name), &field, format!("{name} is a field of its own"));
    }
    for (name, value) in &given.attributes {
        let field = format!("{field}.{name}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let named = !name.is_empty() && name.len() <= NAME_MOST && name.chars().all(plain);
        faults.check(named, &field, format!("a name has 1 to {NAME_MOST} letters, digits and any of _ - ."));
        let fine = value.chars().count() <= VALUE_MOST && !value.chars().any(char::is_control);
        faults.check(fine, &field, format!("at most {VALUE_MOST} characters on one line"));
        let counts = !on_products_only(service.kind, name);
        faults.check(counts, &field, "counts on products only; set it in the catalog");
        let holds = path.is_empty() || !always_holds(name);
        faults.check(holds, &field, "holds at all times; set it in attributes");
        let problem = catalog.catalog().option_problem(service, name, value);
        faults.check(problem.is_none(), &field, problem.unwrap_or_default());
    }
    let attributes = given.attributes.into_iter().collect();
    Policy { down_kbps: given.down_kbps, up_kbps: given.up_kbps, attributes }
}

fn check_action(faults: &mut Faults, action: Option<&FinalAction>) {
    let (text, what) = match action {
        Some(FinalAction::Redirect { url }) => (url, "an address"),
        Some(FinalAction::Restrict { filter }) => (filter, "a filter"),
        Some(FinalAction::Terminate) | None => return,
    };
    let fine = !text.trim().is_empty() && text.len() <= VALUE_MOST && !text.chars().any(char::is_control);
    faults.check(fine, "final_action", format!("names {what} of at most {VALUE_MOST} characters"));
}

impl Office {
    /// What the network gets for an account, service by service, and why; services of which nothing is said are left out.
    pub fn policies(&self, customer: &CustomerView, account: &AccountView) -> Vec<PolicyView> {
        let catalog = self.catalog();
        let found = charging::effective_policies(&catalog, &customer.live.head, &account.live, self.now());
        let view = |policy: charging::EffectivePolicy| {
            let own_policy = account.live.policies.iter().find(|own| own.service == policy.service);
            PolicyView {
                service: service_name(&catalog, policy.service),
                regular: attributes(&catalog, policy.regular),
                limited: attributes(&catalog, policy.limited),
                turbo: attributes(&catalog, policy.turbo),
                final_action: policy.final_action,
                final_from: source(&catalog, policy.final_from),
                own: own_policy.map(own),
            }
        };
        found.into_iter().map(view).collect()
    }

    /// Sets what an account itself says about a service for the network; `None` takes it back.
    pub fn set_policy(
        &self,
        actor: &Actor,
        account: AccountId,
        service: &str,
        policy: Option<OwnPolicy>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let (customer, label) = self.labelled(account)?;
        let (catalog, code) = (self.catalog(), service.trim());
        let service = catalog.service(code);
        let service =
            service.ok_or_else(|| OfficeError::field("service", format!("there is no service {code}")))?;
        let mut faults = Faults::new();
        let policy = policy.map(|policy| {
            check_action(&mut faults, policy.final_action.as_ref());
            Box::new(AccountPolicy {
                service: service.id,
                regular: checked(&mut faults, "", (&catalog, service), policy.regular),
                limited: checked(&mut faults, "limited.", (&catalog, service), policy.limited),
                final_action: policy.final_action,
            })
        });
        let policy = faults.or(policy)?;
        let detail = if policy.is_some() { "set" } else { "taken back" };
        let audit = AuditNote::new("account/policy-changed", label, format!("{}: {detail}", service.name));
        let command = Command::SetPolicy { account, service: service.id, policy };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Names the dialing rules of a customer's calls, or none; an account's own policy comes before them, products and class after.
    pub fn set_dialing_rules(
        &self,
        actor: &Actor,
        customer: CustomerId,
        rules: Option<&str>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let number = self.known(customer)?.number;
        let catalog = self.catalog();
        let code = rules.map(str::trim).filter(|code| !code.is_empty());
        let unknown =
            |code| OfficeError::field("dialing_rules", format!("there are no dialing rules {code}"));
        let found = code.map(|code| catalog.dialing_rules(code).ok_or_else(|| unknown(code))).transpose()?;
        let name = found.map_or("none", |rules| rules.name.as_str());
        let audit = AuditNote::new("customer/dialing-rules-changed", number, name);
        let command = Command::SetDialing { rules: code.map(Into::into) };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Puts a customer into a class of the catalog, or into none.
    pub fn set_class(
        &self,
        actor: &Actor,
        customer: CustomerId,
        class: Option<&str>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let number = self.known(customer)?.number;
        let catalog = self.catalog();
        let class =
            match class.map(str::trim).filter(|code| !code.is_empty()) {
                None => None,
                Some(code) => Some(catalog.class(code).ok_or_else(|| {
                    OfficeError::field("class", format!("there is no customer class {code}"))
                })?),
            };
        let name = class.map_or("none", |class| class.name.as_str());
        let audit = AuditNote::new("customer/class-changed", number, name);
        let command = Command::SetClass { class: class.map(|class| class.id) };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }
}
