//! Why a period cannot be billed. Neither is caused by a customer: the catalog or the books must be looked at.

use catalog::ProductId;
use charging::{AccountId, FeeProblem};
use money::MoneyError;

/// Why fees or an invoice cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillingError {
    /// An account holds a product that the catalog does not have.
    #[error("account {account} holds product {product}, which is not in the catalog")]
    UnknownProduct {
        /// Which account.
        account: AccountId,
        /// Which product.
        product: ProductId,
    },
    /// A sum leaves the range of amounts.
    #[error("the sums of this period cannot be added up: {0}")]
    Money(#[from] MoneyError),
}

impl From<FeeProblem> for BillingError {
    fn from(problem: FeeProblem) -> Self {
        match problem {
            FeeProblem::UnknownProduct { account, product } => Self::UnknownProduct { account, product },
            FeeProblem::Money(error) => Self::Money(error),
        }
    }
}

impl BillingError {
    /// The stable code, as in the guide.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownProduct { .. } => "BIL-001",
            Self::Money(_) => "BIL-002",
        }
    }
}
