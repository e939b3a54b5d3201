//! The taxes that the invoice of a charge has on it: what a refund or correction of the charge takes back with it.
//!
//! Must not know: how much goes back; the core computes that from the shares (`charging::ChargeTax`).

use crate::{InvoiceContent, Office, OfficeError, TaxFigure};
use catalog::ClassId;
use charging::{ChargeTax, Charged, CustomerId, NOT_INVOICED, Xdr};
use money::Percent;
use std::collections::HashMap;

impl Office {
    /// A charge with the taxes that its invoice has on it; none while there is no invoice.
    pub fn charge_with_taxes(&self, xdr: &Xdr) -> Result<Charged, OfficeError> {
        InvoicedTaxes::of(self, xdr.customer)?.charged(xdr)
    }
}

/// The taxes on a customer's invoices, each invoice read once.
pub(crate) struct InvoicedTaxes<'o> {
    office: &'o Office,
    customer: CustomerId,
    class: Option<ClassId>,
    invoices: HashMap<u32, Option<InvoiceContent>>,
}

impl<'o> InvoicedTaxes<'o> {
    pub fn of(office: &'o Office, customer: CustomerId) -> Result<Self, OfficeError> {
        let class = office.engine().look(customer, |found| found.and_then(|c| c.head.class))?;
        Ok(Self { office, customer, class, invoices: HashMap::new() })
    }

    /// A charge of the customer with the taxes on it.
    pub fn charged(&mut self, xdr: &Xdr) -> Result<Charged, OfficeError> {
        let mut charged = Charged::from(xdr);
        if xdr.period_number == NOT_INVOICED {
            return Ok(charged);
        }
        if !self.invoices.contains_key(&xdr.period_number) {
            let document = self.office.store().invoice_document(self.customer, xdr.period_number)?;
            let content = document.map(|document| serde_json::from_str(&document)).transpose();
            let content = content.map_err(|error| OfficeError::Store(error.to_string()))?;
            self.invoices.insert(xdr.period_number, content);
        }
        if let Some(Some(invoice)) = self.invoices.get(&xdr.period_number) {
            charged.taxes = self.on(xdr, invoice);
        }
        Ok(charged)
    }

    /// The rates on a charge when its use began, as far as they are on its invoice: who was exempt, or of another class, paid none.
    fn on(&self, xdr: &Xdr, invoice: &InvoiceContent) -> Vec<ChargeTax> {
        let catalog = self.office.catalog();
        let product = xdr.product.and_then(|id| catalog.product_by_id(id));
        let service = xdr.service.and_then(|id| catalog.service_by_id(id));
        let Some(category) = catalog.tax_category(product, service) else { return Vec::new() };
        let rates = catalog.tax_rates(category, self.class, xdr.started_at);
        let printed = rates.iter().filter_map(|rate| {
            let mut lines = invoice.figures.taxes.iter();
            lines.find(|line| (&line.code, line.percent) == (&rate.code, rate.percent))
        });
        let printed: Vec<_> = printed.collect();
        let units = |percent: Percent| percent.units().unsigned_abs();
        let contained: u64 =
            printed.iter().filter(|line| line.included).map(|line| units(line.percent)).sum();
        let tax = |line: &&TaxFigure| ChargeTax {
            name: line.name.clone(),
            share: (units(line.percent), units(Percent::WHOLE) + if line.included { contained } else { 0 }),
            included: line.included,
        };
        printed.iter().map(tax).collect()
    }
}
