//! What dialing rules must be before they can be published, and the policies that name them.

use super::Checker;
use crate::dialing::is_dialled;
use crate::{Catalog, CatalogProblem, DialingRule, DialingRules, ServicePolicy, always_holds};

/// Sets of dialing rules.
const SETS_MOST: usize = 1_000;
/// Rules of one set; a number is compared with one after the other.
const RULES_MOST: usize = 1_000;
/// Symbols of a number in a rule.
const NUMBER_LONGEST: usize = 32;

impl Checker<'_> {
    pub(super) fn dialing(&mut self) {
        let catalog = self.catalog;
        self.unique("dialing rules", catalog.dialing_rules.iter().map(|rules| rules.code.as_str()));
        if catalog.dialing_rules.len() > SETS_MOST {
            self.report("dialing rules".to_owned(), "dialing_rules", format!("at most {SETS_MOST} sets"));
        }
        for set in &catalog.dialing_rules {
            let object = format!("dialing rules {}", set.code);
            if set.rules.len() > RULES_MOST {
                self.report(object, "rules", format!("at most {RULES_MOST} rules"));
                continue;
            }
            for (position, rule) in set.rules.iter().enumerate() {
                let object = format!("{object}, rule {} ({})", position + 1, rule.name);
                self.asked(&object, set, position, rule);
                self.made(&object, rule);
            }
        }
    }

    /// Which numbers a rule is for.
    fn asked(&mut self, object: &str, set: &DialingRules, position: usize, rule: &DialingRule) {
        let mut fault = |field, reason: &str| self.report(object.to_owned(), field, reason);
        if rule.name.trim().is_empty() {
            fault("name", "is empty");
        }
        match (&rule.number, &rule.prefix, rule.length) {
            (None, None, None) => fault("number", "is missing: give a number, a prefix or a length"),
            (Some(_), Some(_), _) => fault("prefix", "stands beside a number: a rule has one of them"),
            (Some(_), _, Some(_)) => fault("length", "stands beside a number: a rule has one of them"),
            _ => {}
        }
        if rule.length == Some(0) {
            fault("length", "a number has at least one digit");
        } else if rule.length.is_some_and(|length| usize::from(length) > NUMBER_LONGEST) {
            fault("length", &format!("at most {NUMBER_LONGEST}"));
        } else if let (Some(length), Some(prefix)) = (rule.length, &rule.prefix)
            && prefix.len() > usize::from(length)
        {
            fault("length", "is less than the prefix has");
        }
        let same = |other: &DialingRule| {
            (&other.number, &other.prefix, other.length) == (&rule.number, &rule.prefix, rule.length)
        };
        if set.rules.iter().take(position).any(same) {
            fault("number", "an earlier rule is for the same numbers, so this one is never reached");
        }
    }

    /// What its numbers become.
    fn made(&mut self, object: &str, rule: &DialingRule) {
        let texts = [
            ("number", rule.number.as_deref()),
            ("prefix", rule.prefix.as_deref()),
            ("replace", rule.replace.as_deref()),
            ("prepend", Some(rule.prepend.as_str()).filter(|text| !text.is_empty())),
        ];
        for (field, text) in texts {
            if text.is_some_and(|text| !is_dialled(text) || text.len() > NUMBER_LONGEST) {
                let reason =
                    format!("has 1 to {NUMBER_LONGEST} digits, * and #, without + or separating signs");
                self.report(object.to_owned(), field, reason);
            }
        }
        let (strip, shortest) = (usize::from(rule.strip), rule.shortest());
        // Numbers of any length can be what only begins so; the bare prefix itself stays as it was dialled.
        let is_fixed = rule.number.is_some() || rule.length.is_some();
        let leaves_nothing = strip == shortest && strip > 0 && rule.prepend.is_empty() && is_fixed;
        if rule.replace.is_some() && (strip > 0 || !rule.prepend.is_empty()) {
            self.report(
                object.to_owned(),
                "replace",
                "stands beside strip or prepend: it is the whole number",
            );
        } else if strip > shortest || leaves_nothing {
            let reason = format!("leaves nothing of a number of {shortest}");
            self.report(object.to_owned(), "strip", reason);
        }
    }

    /// The options that a policy sets.
    pub(super) fn options(&mut self, object: &str, policy: &ServicePolicy) {
        let catalog = self.catalog;
        let Some(service) = catalog.services.iter().find(|s| s.code == policy.service) else { return };
        for (name, value) in &policy.attributes {
            if let Some(reason) = catalog.option_problem(service, name, value) {
                self.report(object.to_owned(), "policies", format!("{name} of {}: {reason}", policy.service));
            }
        }
        let instead = policy.limited.iter().chain(&policy.turbo).flat_map(|other| other.attributes.keys());
        for name in instead.filter(|name| always_holds(name)) {
            let reason = format!("{name} of {}: holds at all times; set it in attributes", policy.service);
            self.report(object.to_owned(), "policies", reason);
        }
    }
}

/// Published rules that are missing: accounts and customers may name them.
pub(super) fn removals(published: &Catalog, next: &Catalog, problems: &mut Vec<CatalogProblem>) {
    let kept = |old: &&DialingRules| next.dialing_rules.iter().any(|rules| rules.code == old.code);
    problems.extend(published.dialing_rules.iter().filter(|old| !kept(old)).map(|old| CatalogProblem {
        object: format!("dialing rules {}", old.code),
        field: "code",
        reason: "was published and may be in use: keep it, without rules when it shall do nothing".to_owned(),
    }));
}
