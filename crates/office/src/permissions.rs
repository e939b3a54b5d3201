//! What staff may do, by role. Tokens are limited by their scopes at the API's door, subscribers to their own portal.

use crate::{Actor, OfficeError, Role};

/// Groups of things that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look at everything.
    View,
    /// Sign up and change customers, accounts, products.
    ChangeCustomers,
    /// Payments, corrections, credit limits.
    MoveMoney,
    /// Send deliveries again, stop and start connectors.
    Provision,
    /// Import files.
    Import,
    /// Start and stop traces of the network.
    Trace,
    /// See personal data in traces, and download them.
    PersonalData,
    /// Catalogue, nodes, users, tokens, settings.
    Administer,
}

impl Permission {
    /// Words for a refusal: "this needs ...".
    const fn words(self) -> &'static str {
        match self {
            Self::View => "permission to look at this",
            Self::ChangeCustomers => "permission to change customers",
            Self::MoveMoney => "permission to move money",
            Self::Provision => "permission to handle deliveries",
            Self::Import => "permission to import files",
            Self::Trace => "permission to trace the network",
            Self::PersonalData => "permission to see personal data",
            Self::Administer => "the administrator role",
        }
    }
}

impl Role {
    /// Whether the role includes the permission.
    pub const fn may(self, permission: Permission) -> bool {
        match (self, permission) {
            (Self::Admin, _) | (_, Permission::View) => true,
            (Self::Agent, Permission::Administer | Permission::PersonalData) => false,
            (Self::Agent, _) => true,
            (Self::Helpdesk, _) => false,
        }
    }
}

impl Actor {
    /// Whether the actor may do such things. A subscriber may not: what he may do is decided per request.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::Staff { role, .. } => role.may(permission),
            Self::Api { .. } | Self::System(_) => true,
            Self::Subscriber { .. } => false,
        }
    }

    /// Refuses what the actor may not do.
    pub fn require(&self, permission: Permission) -> Result<(), OfficeError> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(OfficeError::Denied(format!("this needs {}", permission.words())))
        }
    }
}
