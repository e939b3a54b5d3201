//! Service policies: what the network gets, where it comes from, and what an account says itself.

use catalog::FinalAction;
use office::{AttributeView, OwnAttributes, OwnPolicy, PolicyView, SourceView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What the network gets for one service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyBody {
    /// Service code.
    pub service: String,
    /// Usually.
    pub attributes: Vec<AttributeBody>,
    /// While a quota that limits is used up; empty when that changes nothing.
    pub limited: Vec<AttributeBody>,
    /// In turbo times; empty when there are none.
    pub turbo: Vec<AttributeBody>,
    /// What the network does after a final grant.
    pub final_action: FinalActionBody,
    /// Who decided that.
    pub final_action_from: SourceBody,
    /// What the account itself says; null = nothing.
    pub own: Option<OwnPolicyBody>,
}

/// An attribute as the network gets it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttributeBody {
    /// Name; `down_kbps` and `up_kbps` for speeds.
    pub name: String,
    /// Value.
    pub value: String,
    /// Who decided.
    pub from: SourceBody,
    /// Conflicts: what weaker sources say and does not count.
    pub overruled: Vec<OverruledBody>,
}

/// A value that does not count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverruledBody {
    /// Value.
    pub value: String,
    /// Whose.
    pub from: SourceBody,
}

/// Where an attribute comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceBody {
    /// `account`, `customer`, `product`, `class` or `service`.
    pub kind: String,
    /// Code of the product or class; null for the others.
    pub code: Option<String>,
}

impl From<SourceView> for SourceBody {
    fn from(source: SourceView) -> Self {
        Self { kind: source.kind.to_owned(), code: (!source.code.is_empty()).then_some(source.code) }
    }
}

impl From<AttributeView> for AttributeBody {
    fn from(attribute: AttributeView) -> Self {
        let overruled = attribute.overruled.into_iter();
        Self {
            name: attribute.name,
            value: attribute.value,
            from: attribute.from.into(),
            overruled: overruled.map(|(from, value)| OverruledBody { value, from: from.into() }).collect(),
        }
    }
}

impl From<PolicyView> for PolicyBody {
    fn from(policy: PolicyView) -> Self {
        Self {
            service: policy.service.code,
            attributes: policy.regular.into_iter().map(Into::into).collect(),
            limited: policy.limited.into_iter().map(Into::into).collect(),
            turbo: policy.turbo.into_iter().map(Into::into).collect(),
            final_action: policy.final_action.into(),
            final_action_from: policy.final_from.into(),
            own: policy.own.map(Into::into),
        }
    }
}

/// What the network does after a final grant: `terminate`, or one of the others with its address or filter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FinalActionBody {
    /// Ends the service.
    Terminate,
    /// Sends the subscriber to this address.
    Redirect(String),
    /// Lets through only what this filter of the network allows.
    Restrict(String),
}

impl From<FinalAction> for FinalActionBody {
    fn from(action: FinalAction) -> Self {
        match action {
            FinalAction::Terminate => Self::Terminate,
            FinalAction::Redirect { url } => Self::Redirect(url),
            FinalAction::Restrict { filter } => Self::Restrict(filter),
        }
    }
}

impl From<FinalActionBody> for FinalAction {
    fn from(action: FinalActionBody) -> Self {
        match action {
            FinalActionBody::Terminate => Self::Terminate,
            FinalActionBody::Redirect(url) => Self::Redirect { url },
            FinalActionBody::Restrict(filter) => Self::Restrict { filter },
        }
    }
}

/// What an account itself says about a service.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPolicyBody {
    /// Download limit in kbit/s.
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    #[serde(default)]
    #[schema(example = json!({ "vlan": "7" }))]
    pub attributes: BTreeMap<String, String>,
    /// Instead, while a quota that limits is used up.
    pub limited: Option<LimitedBody>,
    /// What the network does after a final grant; without it products, class and service say.
    pub final_action: Option<FinalActionBody>,
}

/// Attributes while a quota is used up; what is not set here stays as usual.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitedBody {
    /// Download limit in kbit/s.
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

impl From<OwnPolicy> for OwnPolicyBody {
    fn from(OwnPolicy { regular, limited, final_action }: OwnPolicy) -> Self {
        let some = limited != OwnAttributes::default();
        let OwnAttributes { down_kbps, up_kbps, attributes } = limited;
        Self {
            down_kbps: regular.down_kbps,
            up_kbps: regular.up_kbps,
            attributes: regular.attributes,
            limited: some.then_some(LimitedBody { down_kbps, up_kbps, attributes }),
            final_action: final_action.map(Into::into),
        }
    }
}

impl OwnPolicyBody {
    pub(crate) fn form(self) -> OwnPolicy {
        let LimitedBody { down_kbps, up_kbps, attributes } = self.limited.unwrap_or_default();
        OwnPolicy {
            regular: OwnAttributes {
                down_kbps: self.down_kbps,
                up_kbps: self.up_kbps,
                attributes: self.attributes,
            },
            limited: OwnAttributes { down_kbps, up_kbps, attributes },
            final_action: self.final_action.map(Into::into),
        }
    }
}

/// A customer's class.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassBody {
    /// Code of a class of the catalog; null = none.
    #[schema(example = "business")]
    pub class: Option<String>,
}

/// The dialing rules of a customer's calls.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialingRulesBody {
    /// Code of dialing rules of the catalog; null = none.
    #[schema(example = "alabama")]
    pub dialing_rules: Option<String>,
}
