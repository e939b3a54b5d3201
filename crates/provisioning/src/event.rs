//! The events that can trigger provisioning (requirement ESPF-04), as the words manifests and screens use.
//! Who raises them and where they are stored is none of this module's business.

/// One kind of change a connector can subscribe to. The text form (`account.created`) is what manifests, the delivery
/// queue and the screens use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An account was created.
    AccountCreated,
    /// The main product of an account changed.
    AccountProductChanged,
    /// An add-on product was assigned, expired or removed.
    AccountAddonsChanged,
    /// An account was blocked.
    AccountBlocked,
    /// An account was unblocked.
    AccountUnblocked,
    /// An account was terminated.
    AccountTerminated,
    /// An identifier of an account (phone number, login) changed.
    AccountIdentifierChanged,
    /// A SIM card was assigned or changed.
    AccountSimChanged,
    /// A set-top box, modem or other device was assigned or removed.
    AccountDevicesChanged,
    /// A service policy (attributes for the network) changed.
    AccountPolicyChanged,
    /// A quota is used up.
    AccountQuotaExhausted,
    /// A quota has volume again.
    AccountQuotaAvailable,
    /// A service wallet became empty or expired.
    AccountWalletEmpty,
    /// A service wallet was topped up.
    AccountWalletAvailable,
    /// A custom field of the account or its customer changed.
    AccountCustomFieldChanged,
    /// A customer was created.
    CustomerCreated,
    /// Name, address or contact data of a customer changed.
    CustomerContactChanged,
    /// A customer was suspended.
    CustomerSuspended,
    /// A customer's suspension was lifted.
    CustomerResumed,
    /// A customer was terminated.
    CustomerTerminated,
    /// Available funds are used up.
    CustomerFundsExhausted,
    /// There are available funds again.
    CustomerFundsAvailable,
    /// A credit limit was exceeded.
    CustomerCreditExceeded,
    /// A customer is back under the credit limit.
    CustomerCreditRestored,
    /// A commitment ended.
    CustomerCommitmentEnded,
    /// An invoice was generated.
    InvoiceGenerated,
    /// An invoice is overdue.
    InvoiceOverdue,
    /// Staff asked for the present state to be sent again.
    ResyncRequested,
}

/// Every kind with its text form.
const NAMES: &[(EventKind, &str)] = &[
    (EventKind::AccountCreated, "account.created"),
    (EventKind::AccountProductChanged, "account.product_changed"),
    (EventKind::AccountAddonsChanged, "account.addons_changed"),
    (EventKind::AccountBlocked, "account.blocked"),
    (EventKind::AccountUnblocked, "account.unblocked"),
    (EventKind::AccountTerminated, "account.terminated"),
    (EventKind::AccountIdentifierChanged, "account.identifier_changed"),
    (EventKind::AccountSimChanged, "account.sim_changed"),
    (EventKind::AccountDevicesChanged, "account.devices_changed"),
    (EventKind::AccountPolicyChanged, "account.policy_changed"),
    (EventKind::AccountQuotaExhausted, "account.quota_exhausted"),
    (EventKind::AccountQuotaAvailable, "account.quota_available"),
    (EventKind::AccountWalletEmpty, "account.wallet_empty"),
    (EventKind::AccountWalletAvailable, "account.wallet_available"),
    (EventKind::AccountCustomFieldChanged, "account.custom_field_changed"),
    (EventKind::CustomerCreated, "customer.created"),
    (EventKind::CustomerContactChanged, "customer.contact_changed"),
    (EventKind::CustomerSuspended, "customer.suspended"),
    (EventKind::CustomerResumed, "customer.resumed"),
    (EventKind::CustomerTerminated, "customer.terminated"),
    (EventKind::CustomerFundsExhausted, "customer.funds_exhausted"),
    (EventKind::CustomerFundsAvailable, "customer.funds_available"),
    (EventKind::CustomerCreditExceeded, "customer.credit_exceeded"),
    (EventKind::CustomerCreditRestored, "customer.credit_restored"),
    (EventKind::CustomerCommitmentEnded, "customer.commitment_ended"),
    (EventKind::InvoiceGenerated, "invoice.generated"),
    (EventKind::InvoiceOverdue, "invoice.overdue"),
    (EventKind::ResyncRequested, "account.resync_requested"),
];

impl EventKind {
    /// All kinds, in the order of the guide.
    pub fn all() -> impl Iterator<Item = EventKind> {
        NAMES.iter().map(|(kind, _)| *kind)
    }

    /// The text form, such as `account.created`.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The kind of a text form; `None` when there is no such kind.
    pub fn parse(text: &str) -> Option<EventKind> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind)
    }
}
