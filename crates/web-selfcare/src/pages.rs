//! The pages, one file each.

pub(crate) mod home;
pub(crate) mod invoice;
pub(crate) mod invoices;
pub(crate) mod profile;
pub(crate) mod shop;
pub(crate) mod sign_in;
pub(crate) mod standing;
pub(crate) mod top_up;
pub(crate) mod usage;
pub(crate) mod voucher;
pub(crate) mod why;
