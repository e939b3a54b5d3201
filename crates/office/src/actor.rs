//! Who does something in the office, and what he may ask the core for.
//!
//! Flows in: the identity a front door has checked. Flows out: the word for the audit. Must not know: passwords, tokens, cookies.

use charging::{Command, CustomerId};
use serde::{Deserialize, Serialize};

use crate::OfficeError;

/// Roles of staff, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Customers and money.
    Agent,
    /// Looks, changes nothing.
    Helpdesk,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Agent, Self::Helpdesk];

    /// The name in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Helpdesk => "helpdesk",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody of the operator.
    Staff {
        /// Login.
        login: String,
        /// What he may do.
        role: Role,
    },
    /// An outside system with a token.
    Api {
        /// The token's name.
        name: String,
    },
    /// A customer in the self-care portal.
    Subscriber {
        /// Who.
        customer: CustomerId,
        /// His number for people.
        number: String,
    },
    /// The program itself: `clock`, `import`, `demo`.
    System(&'static str),
}

impl Actor {
    /// The word in the audit: `staff:anna`, `api:crm`, `subscriber:C1000001`, `clock`.
    pub fn text(&self) -> String {
        match self {
            Self::Staff { login, .. } => format!("staff:{login}"),
            Self::Api { name } => format!("api:{name}"),
            Self::Subscriber { number, .. } => format!("subscriber:{number}"),
            Self::System(what) => (*what).to_owned(),
        }
    }

    /// Refuses what this actor may never ask for about this customer: helpdesk changes nothing, a subscriber only his own
    /// contact, password, devices, add-ons, purchases, top-ups and vouchers.
    pub(crate) fn allow(&self, customer: CustomerId, command: &Command) -> Result<(), OfficeError> {
        match self {
            Self::Staff { role: Role::Helpdesk, .. } => {
                Err(OfficeError::Denied("the helpdesk role changes nothing".to_owned()))
            }
            Self::Staff { .. } | Self::Api { .. } | Self::System(_) => Ok(()),
            Self::Subscriber { customer: own, .. } => {
                let may = matches!(
                    command,
                    Command::AnnounceChange { .. }
                        | Command::AddAddOn(_)
                        | Command::RemoveAddOn { .. }
                        | Command::Debit(_)
                        | Command::Pay(_)
                        | Command::RedeemVoucher(_)
                        | Command::TopUp(_)
                );
                if *own == customer && may {
                    Ok(())
                } else {
                    Err(OfficeError::Denied("this cannot be done in self-care".to_owned()))
                }
            }
        }
    }

    /// Refuses writes to records of the installation (nodes, catalog) to everybody but administrators, tokens and the program.
    pub(crate) fn allow_installation(&self) -> Result<(), OfficeError> {
        match self {
            Self::Staff { role: Role::Admin, .. } | Self::Api { .. } | Self::System(_) => Ok(()),
            Self::Staff { .. } | Self::Subscriber { .. } => {
                Err(OfficeError::Denied("only administrators change this".to_owned()))
            }
        }
    }
}
