//! The installation: nodes, staff, tokens, audit, settings, first figures, the development clock.

use crate::wire::{Id, Money, Time};
use ::money::Currency;
use office::{
    AuditRow, DaySums, HomeDay, HomeFigures, Logo, Node, NodeForm, NodeProtocol, OperatorSettings, Paper,
    StaffUser, TokenView,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A network node as an administrator writes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeChange {
    /// Unique name; xDRs and sessions carry it.
    #[schema(example = "bras-1")]
    pub name: String,
    /// `radius` or `diameter`.
    #[schema(value_type = String, example = "radius")]
    pub protocol: NodeProtocol,
    /// IP address, prefix (`10.0.0.0/8`) or Diameter host.
    #[schema(example = "192.0.2.10")]
    pub address: String,
    /// Name of its profile.
    #[serde(default)]
    pub profile: String,
    /// Shared secret; without it the stored one stays.
    #[schema(format = "password")]
    pub secret: Option<String>,
    /// Further settings by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Whether it may talk to us; true without it.
    pub enabled: Option<bool>,
}

impl NodeChange {
    pub(crate) fn form(self) -> NodeForm {
        NodeForm {
            name: self.name,
            protocol: self.protocol,
            address: self.address,
            profile: self.profile,
            secret: self.secret.map(Into::into),
            settings: self.settings,
            enabled: self.enabled.unwrap_or(true),
        }
    }
}

/// A network node.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeBody {
    /// Id.
    pub id: Id,
    /// Unique name.
    pub name: String,
    /// `radius` or `diameter`.
    pub protocol: String,
    /// IP address, prefix or Diameter host.
    pub address: String,
    /// Name of its profile.
    pub profile: String,
    /// Whether a secret is stored; it is never shown.
    pub has_secret: bool,
    /// Further settings by name.
    pub settings: BTreeMap<String, String>,
    /// Whether it may talk to us.
    pub enabled: bool,
}

impl From<Node> for NodeBody {
    fn from(node: Node) -> Self {
        Self {
            id: Id(node.id),
            protocol: node.protocol.name().to_owned(),
            name: node.name,
            address: node.address,
            profile: node.profile,
            has_secret: node.has_secret,
            settings: node.settings,
            enabled: node.enabled,
        }
    }
}

/// A staff user to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaffBody {
    /// Name to sign in with.
    #[schema(example = "anna")]
    pub login: String,
    /// Name for people.
    pub name: String,
    /// `admin`, `agent` or `helpdesk`.
    #[schema(example = "agent")]
    pub role: String,
    /// First password.
    #[schema(format = "password")]
    pub password: String,
    /// Must choose another one when he signs in; true without it.
    pub must_change: Option<bool>,
}

/// What to change of a staff user; fields that are left out stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffChange {
    /// Name for people.
    pub name: Option<String>,
    /// `admin`, `agent` or `helpdesk`.
    pub role: Option<String>,
    /// May not sign in.
    pub disabled: Option<bool>,
}

/// A staff user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffBody {
    /// Id.
    pub id: Id,
    /// Name to sign in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// `admin`, `agent` or `helpdesk`.
    pub role: String,
    /// Must choose another password first.
    pub must_change: bool,
    /// May not sign in.
    pub disabled: bool,
    /// Made then.
    pub created_at: Time,
}

impl From<StaffUser> for StaffBody {
    fn from(user: StaffUser) -> Self {
        Self {
            id: Id(user.id),
            role: user.role.name().to_owned(),
            login: user.login,
            name: user.name,
            must_change: user.must_change,
            disabled: user.disabled,
            created_at: user.created_at.into(),
        }
    }
}

/// A password that is good for signing in once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneTimePassword {
    /// The password.
    pub password: String,
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenBody {
    /// Name for people and the audit.
    #[schema(example = "crm")]
    pub name: String,
    /// `read`, `customers`, `charge`, `money`, `import`, `provision` or `admin`.
    #[schema(example = json!(["read", "charge"]))]
    pub scopes: Vec<String>,
    /// No longer good from then on; without it, good until withdrawn.
    pub expires_at: Option<Time>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewTokenAnswer {
    /// The token. It is shown here only.
    pub token: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub view: TokenBody,
}

/// A token as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenBody {
    /// Names it when it is withdrawn.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// Made then.
    pub created_at: Time,
    /// Made by.
    pub created_by: String,
    /// No longer good from then on.
    pub expires_at: Option<Time>,
    /// Withdrawn then.
    pub revoked_at: Option<Time>,
}

impl From<TokenView> for TokenBody {
    fn from(view: TokenView) -> Self {
        Self {
            id: view.id,
            name: view.name,
            scopes: view.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            created_at: view.created_at.into(),
            created_by: view.created_by,
            expires_at: view.expires_at.map(Time),
            revoked_at: view.revoked_at.map(Time),
        }
    }
}

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditBody {
    /// Position in the trail.
    pub id: Id,
    /// When.
    pub at: Time,
    /// `staff:anna`, `api:crm`, `subscriber:C1000001`, `clock`.
    pub actor: String,
    /// What, such as `payment/received`.
    pub action: String,
    /// Whose record, when it is a customer's.
    pub customer: Option<Id>,
    /// On what.
    pub object: String,
    /// Words for people.
    pub detail: String,
}

impl From<AuditRow> for AuditBody {
    fn from(row: AuditRow) -> Self {
        Self {
            id: Id(row.position),
            at: row.at.into(),
            customer: row.customer.map(Id::from),
            actor: row.actor,
            action: row.action,
            object: row.object,
            detail: row.detail,
        }
    }
}

/// The operator as customers see him.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsBody {
    /// Name.
    pub name: String,
    /// Postal address, one line each.
    pub address: Vec<String>,
    /// E-mail for customers; empty when none.
    pub email: String,
    /// Telephone for customers; empty when none.
    pub phone: String,
    /// Web site; empty when none.
    pub website: String,
    /// Tax registration; empty when none.
    pub tax_id: String,
    /// IANA name of the zone of the operator's day and of new customers.
    pub zone: String,
    /// Days from invoice to due date for new customers.
    pub net_days: u16,
    /// Colour of invoices and portals, `#rrggbb`.
    pub accent: String,
    /// Logo of invoices and of the self-care portal: a PNG file of at most 256 KB, as base64.
    #[schema(value_type = Option<String>, format = "byte")]
    pub logo_png: Option<Logo>,
    /// Sheet of invoices: `a4` or `letter`.
    #[schema(value_type = String, example = "a4")]
    pub paper: Paper,
    /// Language of invoices: `en`, `en-US`, `de`, `es` or `fr`.
    #[schema(example = "en")]
    pub invoice_language: String,
    /// Words on invoices to say otherwise, by name, such as `{"amount_due": "Balance to pay"}`.
    pub invoice_words: BTreeMap<String, String>,
    /// What the foot of each page of an invoice says instead of the operator's name and address; empty when nothing.
    pub invoice_footer: String,
    /// How to pay, one line each.
    pub payment_instructions: Vec<String>,
    /// Remarks on every invoice, one line each.
    pub invoice_notes: Vec<String>,
}

macro_rules! same_fields {
    ($from:ty, $to:ty { $($field:ident),* }) => {
        impl From<$from> for $to {
            fn from(from: $from) -> Self {
                Self { $($field: from.$field),* }
            }
        }
    };
}

// Both directions of one list of fields; a third user is not wanted.
same_fields!(
    OperatorSettings,
    SettingsBody {
        name,
        address,
        email,
        phone,
        website,
        tax_id,
        zone,
        net_days,
        accent,
        logo_png,
        paper,
        invoice_language,
        invoice_words,
        invoice_footer,
        payment_instructions,
        invoice_notes
    }
);
same_fields!(
    SettingsBody,
    OperatorSettings {
        name,
        address,
        email,
        phone,
        website,
        tax_id,
        zone,
        net_days,
        accent,
        logo_png,
        paper,
        invoice_language,
        invoice_words,
        invoice_footer,
        payment_instructions,
        invoice_notes
    }
);

/// Sums of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayBody {
    /// The day, in the operator's zone.
    #[schema(example = "2026-06-01")]
    pub day: String,
    /// Charged for use, purchases and fees.
    pub charged: Money,
    /// Payments.
    pub paid: Money,
    /// xDRs written.
    pub records: u64,
}

impl DayBody {
    fn of(day: String, sums: DaySums, currency: Currency) -> Self {
        let money = |amount| Money::of(amount, currency);
        Self { day, charged: money(sums.charged), paid: money(sums.paid), records: sums.records }
    }
}

/// How many, and their sum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountAndSum {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: Money,
}

/// Figures of the first page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeBody {
    /// When they were true.
    pub as_of: Time,
    /// Currency code of every sum here.
    pub currency: String,
    /// Open sessions.
    pub sessions: u64,
    /// Requests refused since the program started.
    pub refused: u64,
    /// Requests turned away because of load since the program started.
    pub busy: u64,
    /// Customers by status.
    pub customers: BTreeMap<String, u64>,
    /// Invoices not paid in full.
    pub unpaid: CountAndSum,
    /// Of these past their due date.
    pub overdue: CountAndSum,
    /// Deliveries given up.
    pub deliveries_dead: u64,
    /// Deliveries waiting or being sent.
    pub deliveries_waiting: u64,
    /// Closed billing periods whose invoice is still to come.
    pub periods_to_invoice: u64,
    /// Customers who could not be billed.
    pub parked: usize,
    /// The last 14 days, oldest first, today last.
    pub days: Vec<DayBody>,
}

impl HomeBody {
    pub(crate) fn of(figures: &HomeFigures, currency: Currency) -> Self {
        let sum = |(count, sum)| CountAndSum { count, sum: Money::of(sum, currency) };
        let day = |day: &HomeDay| DayBody::of(day.day.to_string(), day.sums, currency);
        Self {
            as_of: figures.as_of.into(),
            currency: currency.code().to_owned(),
            sessions: figures.sessions,
            refused: figures.refused,
            busy: figures.busy,
            customers: figures.customers.iter().cloned().collect(),
            unpaid: sum(figures.unpaid),
            overdue: sum(figures.overdue),
            deliveries_dead: figures.deliveries_dead,
            deliveries_waiting: figures.deliveries_waiting,
            periods_to_invoice: figures.periods_to_invoice,
            parked: figures.parked,
            days: figures.days.iter().map(day).collect(),
        }
    }
}

/// Where the clock is to go: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockChange {
    /// A span as in ISO 8601, at most ten years.
    #[schema(example = "P1M")]
    pub advance: Option<String>,
    /// An instant; the clock never goes back.
    pub to: Option<Time>,
}

/// What the clock shows, and what was done on the way there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockBody {
    /// Now, by the program's clock.
    pub now: Time,
    /// Billing periods closed on the way.
    pub closed: u64,
    /// Invoices sent on the way.
    pub invoiced: u64,
    /// Customers suspended on the way.
    pub suspended: u64,
    /// Customers who could not be billed, and why.
    pub failed: Vec<ClockTrouble>,
}

/// A customer who could not be billed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockTrouble {
    /// Who.
    pub customer: Id,
    /// Why.
    pub reason: String,
}
