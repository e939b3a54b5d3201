//! Vouchers and their batches.

use crate::wire::{Id, Money, Time};
use ::money::Currency;
use office::{FieldError, NewVouchers, OfficeError, SecretText, VoucherBatch, VoucherView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Vouchers to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVouchersBody {
    /// Name of the batch, for people.
    #[schema(example = "Summer 2026")]
    pub name: String,
    /// How many, 1 to 100,000.
    #[schema(minimum = 1, maximum = 100_000)]
    pub count: u32,
    /// What each is worth.
    #[schema(example = "10.00")]
    pub amount: Money,
    /// Currency code; the catalog's without it.
    #[schema(example = "USD")]
    pub currency: Option<String>,
    /// Redeemed before then; good for ever without it.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub expires_at: Option<Time>,
}

impl NewVouchersBody {
    /// The vouchers, in `usual` currency where none is named.
    pub(crate) fn form(self, usual: Currency) -> Result<NewVouchers, OfficeError> {
        let currency = self.currency.map_or(Ok(usual), |code| Currency::parse(&code));
        let currency = currency
            .map_err(|error| OfficeError::Invalid(vec![FieldError::new("currency", error.to_string())]))?;
        Ok(NewVouchers {
            name: self.name,
            count: self.count,
            amount: self.amount.amount(),
            currency,
            expires_at: self.expires_at.map(|time| time.0),
        })
    }
}

/// A batch of vouchers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherBatchBody {
    /// Id.
    pub id: Id,
    /// Name for people.
    pub name: String,
    /// What each voucher is worth.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Redeemed before then; null = good for ever.
    pub expires_at: Option<Time>,
    /// Made then.
    pub created_at: Time,
    /// Made by, such as `staff:anna` or `api:shop`.
    pub created_by: String,
    /// All its vouchers.
    pub count: u64,
    /// Nobody has redeemed these; after `expires_at` nobody can.
    pub free: u64,
    /// Being redeemed.
    pub claimed: u64,
    /// Redeemed.
    pub redeemed: u64,
    /// Taken back.
    pub revoked: u64,
}

impl From<VoucherBatch> for VoucherBatchBody {
    fn from(batch: VoucherBatch) -> Self {
        Self {
            id: Id(batch.id),
            count: batch.count(),
            amount: Money::of(batch.amount, batch.currency),
            currency: batch.currency.code().to_owned(),
            expires_at: batch.expires_at.map(Time::from),
            created_at: batch.created_at.into(),
            created_by: batch.created_by,
            name: batch.name,
            free: batch.free,
            claimed: batch.claimed,
            redeemed: batch.redeemed,
            revoked: batch.revoked,
        }
    }
}

/// A batch whose rest was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevokedBatchBody {
    /// How many vouchers were taken back now.
    pub revoked_now: u64,
    /// The batch.
    pub batch: VoucherBatchBody,
}

/// A voucher's code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VoucherCodeBody {
    /// The code in any usual spelling: case, spaces and hyphens do not matter.
    #[schema(value_type = String, example = "ABCD-EFGH-JKMN-PQRS")]
    pub code: SecretText,
}

/// A voucher to redeem.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedeemBody {
    /// The code in any usual spelling: case, spaces and hyphens do not matter.
    #[schema(value_type = String, example = "ABCD-EFGH-JKMN-PQRS")]
    pub code: SecretText,
    /// Account with a balance of its own; the customer's balance without it.
    pub account: Option<Id>,
}

/// A voucher.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherBody {
    /// Its batch.
    pub batch: Id,
    /// The batch's name.
    pub batch_name: String,
    /// What it is worth.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Redeemed before then; null = good for ever.
    pub expires_at: Option<Time>,
    /// `free`, `expired`, `claimed` (being redeemed), `redeemed` or `revoked`.
    pub state: String,
    /// Who redeemed it or is redeeming it.
    pub customer: Option<Id>,
    /// To which account's own balance; null = the customer's.
    pub account: Option<Id>,
    /// The credit in the ledger.
    pub entry: Option<Id>,
    /// Claimed, redeemed or revoked then.
    pub changed_at: Option<Time>,
}

impl From<VoucherView> for VoucherBody {
    fn from(voucher: VoucherView) -> Self {
        Self {
            batch: Id(voucher.batch),
            batch_name: voucher.batch_name,
            amount: Money::of(voucher.amount, voucher.currency),
            currency: voucher.currency.code().to_owned(),
            expires_at: voucher.expires_at.map(Time::from),
            state: voucher.standing.name().to_owned(),
            customer: voucher.customer.map(|(id, _, _)| id.into()),
            account: voucher.account.map(Id::from),
            entry: voucher.entry.map(Id::from),
            changed_at: voucher.changed_at.map(Time::from),
        }
    }
}
