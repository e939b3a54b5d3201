//! Which number is called: the dialled one after the dialing rules that account, customer, products or class name. It is decided
//! before anything is priced, once for each use; and what an answer tells the network of it.

use crate::{Account, Dialing, Head, Session, policy};
use catalog::{
    DIALING_RULES, PROVISION_CLD, RISE_MSCC_RESULT_CODE, ServiceId, ServiceKind, Snapshot, yes_or_no,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use crate::holdings::Holdings;

/// How a dialled number became another one; kept in the xDR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// What was dialled.
    pub number: String,
    /// Code of the dialing rules.
    pub rules: String,
    /// Name of the rule.
    pub rule: String,
}

/// What an answer tells beside money and units, to front doors whose protocol can say it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// The number that this request was translated to.
    pub number: Option<Box<str>>,
    /// Whether the network gets it, as the service policy says (Provision CLD); `None` = as its profile says.
    pub provision: Option<bool>,
    /// Whether a refused single service decides the whole answer (Rise MSCC result code), likewise.
    pub raise: Option<bool>,
}

/// A number to be called.
pub(crate) struct Called<'d> {
    pub number: Cow<'d, str>,
    /// `None` = as dialled.
    pub dialled: Option<Box<Dialled>>,
}

/// Whose numbers, of which service.
#[derive(Clone, Copy)]
pub(crate) struct Dialler<'a> {
    pub catalog: &'a Snapshot,
    pub head: &'a Head,
    pub account: &'a Account,
    pub holdings: &'a Holdings,
    pub service: ServiceId,
}

impl<'a> Dialler<'a> {
    /// The number that is called. A number with a leading `+` is international already: no rule is for it, and rates know it
    /// without the `+`.
    pub fn called<'d>(self, dialled: &'d str) -> Called<'d> {
        let as_it_is = |number| Called { number: Cow::Borrowed(number), dialled: None };
        let service = self.catalog.service_by_id(self.service);
        if !service.is_some_and(|s| matches!(s.kind, ServiceKind::Voice | ServiceKind::Message)) {
            return as_it_is(dialled);
        }
        if let Some(international) = dialled.strip_prefix('+') {
            return as_it_is(international);
        }
        let rules = self.attribute(DIALING_RULES).and_then(|code| self.catalog.dialing_rules(code));
        let Some((rules, (rule, number))) = rules.and_then(|rules| Some((rules, rules.translate(dialled)?)))
        else {
            return as_it_is(dialled);
        };
        let found =
            Dialled { number: dialled.to_owned(), rules: rules.code.clone(), rule: rule.name.clone() };
        Called { number: Cow::Owned(number), dialled: Some(Box::new(found)) }
    }

    /// What service policies say of the answers; `None` when they say nothing.
    pub fn answers(self) -> Option<Box<Dialing>> {
        let option = |name| self.attribute(name).and_then(yes_or_no);
        let (provision, raise) = (option(PROVISION_CLD), option(RISE_MSCC_RESULT_CODE));
        let said = provision.is_some() || raise.is_some();
        said.then(|| Box::new(Dialing { provision, raise, numbers: Vec::new() }))
    }

    pub fn attribute(self, name: &str) -> Option<&'a str> {
        let service = self.catalog.service_by_id(self.service)?;
        policy::attribute(self.catalog, self.head, self.account, self.holdings, service, name)
    }
}

/// What the answer to this request of the session tells, now and whenever it is repeated.
pub(crate) fn told(session: &Session, request: u64) -> Option<Box<Told>> {
    let dialing = session.dialing.as_deref()?;
    let number = dialing.numbers.iter().find(|called| called.request == request);
    Some(Box::new(Told {
        number: number.map(|called| called.number.clone()),
        provision: dialing.provision,
        raise: dialing.raise,
    }))
}
