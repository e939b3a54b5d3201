//! The pages, one file each; a page asks the office, builds its parts with `web-kit` and answers.

pub(crate) mod account_form;
pub(crate) mod audit;
pub(crate) mod bill_run;
pub(crate) mod catalogue;
pub(crate) mod customer;
pub(crate) mod customers;
pub(crate) mod deliveries;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod invoice;
pub(crate) mod invoices;
pub(crate) mod ledger;
pub(crate) mod me;
pub(crate) mod network;
pub(crate) mod new_customer;
pub(crate) mod nodes;
pub(crate) mod provisioning;
pub(crate) mod publish;
pub(crate) mod reports;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod staff_users;
pub(crate) mod tokens;
pub(crate) mod try_charge;
pub(crate) mod why;
