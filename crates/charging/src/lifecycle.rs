//! Sign-up, accounts, products, blocking and termination.

use crate::apply::{Decision, Stop, Work};
use crate::holdings::NEVER;
use crate::limits::move_to_account;
use crate::policy::known_class;
use crate::session_step::end_session;
use crate::{
    Account, AccountId, AddAccount, AddOn, CreateCustomer, Customer, CustomerId, EventKind, Head, Payment,
    ProductSpan, Purse, RareList, Refusal, Reply, RowId, SessionKey, add_on, fees, renewal, reseller,
};
use catalog::{ProductId, ProductKind};
use money::{Amount, Currency};

/// Row ids carry the customer's number in 31 bits.
const CUSTOMER_MOST: u32 = i32::MAX.unsigned_abs();
/// Accounts of one customer.
const ACCOUNTS_MOST: usize = 10_000;

pub(crate) fn create_customer(
    work: &mut Work<'_>,
    state: &mut Option<Customer>,
    id: CustomerId,
    create: &CreateCustomer,
) -> Decision {
    if state.is_some() {
        return Err(Refusal::CustomerExists.into());
    }
    if id.0 == 0 || id.0 > CUSTOMER_MOST {
        return Err(Refusal::OutOfRange.into());
    }
    let catalog = work.context.catalog;
    if !catalog.sells_in(create.currency) {
        return Err(Refusal::WrongCurrency(catalog.currency().code().to_owned()).into());
    }
    if create.credit_limit.is_some_and(Amount::is_negative) {
        return Err(Refusal::AmountNotPositive.into());
    }
    let parent = reseller::placed(id, &create.chain)?;
    known_class(work, create.class)?;
    let prepaid = create.payment == Payment::Prepaid;
    let credit_limit = if prepaid { Some(Amount::ZERO) } else { create.credit_limit };
    let mut head = Head {
        id,
        seq: 0,
        rows: 0,
        currency: create.currency,
        payment: create.payment,
        purse: Purse::new(credit_limit, 0),
        chain: None,
        lapses_at: None,
        plans_due: None,
        shared: RareList::default(),
        class: create.class,
        unbilled: Amount::ZERO,
        closed_total: Amount::ZERO,
        fee_basis: 0,
        zone: create.zone,
        period: create.period,
        period_number: 1,
        period_row: 0,
        period_start: create.period_bounds.0,
        period_end: create.period_bounds.1,
        net_days: create.net_days,
        blocked: false,
        suspended_at: None,
        terminated_at: None,
        created_at: work.now(),
        open_invoices: RareList::default(),
        suspensions: RareList::default(),
        tax_exempt: false,
        dialing: None,
    };
    work.event(&mut head, EventKind::CustomerCreated, None, "");
    reseller::join(work, &mut head, parent);
    *state = Some(Customer::new(head, Vec::new()));
    Ok(Reply::Done(None))
}

fn main_product(work: &Work<'_>, currency: Currency, product: ProductId) -> Result<String, Refusal> {
    in_currency(work, currency, product)?;
    let found = work.context.catalog.product_by_id(product);
    let main = found.filter(|p| p.kind == ProductKind::Main);
    main.map(|p| p.name.clone())
        .ok_or_else(|| Refusal::ProductNotAssignable("it is not a main product".to_owned()))
}

/// Tariff, product and customer share one currency.
pub(crate) fn in_currency(work: &Work<'_>, currency: Currency, product: ProductId) -> Result<(), Refusal> {
    let catalog = work.context.catalog;
    let other = catalog.product_by_id(product).map(|p| catalog.currency_of(p)).filter(|c| *c != currency);
    other.map_or(Ok(()), |other| Err(Refusal::WrongCurrency(other.code().to_owned())))
}

/// An open account of a customer that is not terminated.
pub(crate) fn open_account(
    customer: &mut Customer,
    id: AccountId,
) -> Result<(&mut Head, &mut Account), Refusal> {
    if customer.head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated);
    }
    let account = customer.accounts.iter_mut().find(|a| a.id == id).ok_or(Refusal::UnknownAccount)?;
    if account.terminated_at.is_some() {
        return Err(Refusal::AccountTerminated);
    }
    Ok((&mut customer.head, account))
}

pub(crate) fn add_account(work: &mut Work<'_>, customer: &mut Customer, add: &AddAccount) -> Decision {
    if customer.head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    if customer.accounts.len() >= ACCOUNTS_MOST {
        return Err(Refusal::TooMany("accounts".to_owned()).into());
    }
    main_product(work, customer.head.currency, add.product)?;
    let now = work.now();
    let mut account = Account {
        id: RowId::new(customer.head.id, customer.head.rows + 1),
        products: smallvec::smallvec![ProductSpan { product: add.product, from: now, to: None }],
        add_ons: RareList::default(),
        blocked: false,
        created_at: now,
        terminated_at: None,
        buckets: RareList::default(),
        spent: RareList::default(),
        policies: RareList::default(),
        purse: None,
        fees: RareList::default(),
    };
    // Row numbers are given out only once nothing can be refused any more.
    for (position, product) in add.add_ons.iter().enumerate() {
        in_currency(work, customer.head.currency, *product)?;
        let product = add_on::assignable(work, &account, *product)?;
        if let Some(conflict) = add_on::conflicts(&account, product, now, work.context.catalog).first() {
            return Err(Refusal::AddOnConflict(conflict.said(work.context.catalog)).into());
        }
        let counter = u32::try_from(position).map_err(|_| Refusal::OutOfRange)?;
        let id = RowId::new(customer.head.id, customer.head.rows + 2 + counter);
        account.add_ons.push(AddOn { id, ..add_on::assigned(product, (None, None), now)? });
    }
    let given = u32::try_from(add.add_ons.len()).map_err(|_| Refusal::OutOfRange)?;
    let begun: Vec<ProductId> = account.add_ons_begun().chain([add.product]).collect();
    fees::affordable(work, &customer.head, &account, &begun, &[])?;
    customer.head.rows += 1 + given;
    let id = account.id;
    work.begun.extend(begun.into_iter().map(|product| (id, product)));
    customer.head.fee_basis += 1;
    let ends = account.add_ons.iter().filter_map(|add_on| add_on.to).min();
    add_on::due_at(&mut customer.head, ends.unwrap_or(NEVER));
    if customer.accounts.is_empty() {
        // Most customers have one, and lists begin with room for four.
        customer.accounts.reserve_exact(1);
    }
    customer.accounts.push(account);
    work.effects.changes.account(id);
    work.event(&mut customer.head, EventKind::AccountCreated, Some(id), add.detail.clone());
    Ok(Reply::Done(Some(id)))
}

pub(crate) fn change_product(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    product: ProductId,
) -> Decision {
    let name = main_product(work, customer.head.currency, product)?;
    let now = work.now();
    let (head, account) = open_account(customer, id)?;
    if account.product(now) == Some(product) {
        return Err(Refusal::ProductNotAssignable("the account has it already".to_owned()).into());
    }
    let before = account.products.last().map(|span| span.product);
    let mut after = account.clone();
    after.change_product(product, now);
    fees::affordable(work, head, &after, &[product], before.as_slice())?;
    work.begun.push((id, product));
    work.ended.extend(before.map(|before| (id, before)));
    if let Some(current) = account.products.last() {
        renewal::carry_over(
            account.buckets.iter_mut(),
            (current.product, product),
            now,
            work.context.catalog,
        );
    }
    account.change_product(product, now);
    head.fee_basis += 1;
    work.effects.changes.account(id);
    work.event(head, EventKind::ProductChanged, Some(id), name);
    add_on::announce_units(work, head, account, product);
    Ok(Reply::Done(None))
}

pub(crate) fn block_account(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    blocked: bool,
) -> Decision {
    let (head, account) = open_account(customer, id)?;
    if account.blocked != blocked {
        account.blocked = blocked;
        work.effects.changes.account(id);
        let kind = if blocked { EventKind::AccountBlocked } else { EventKind::AccountUnblocked };
        work.event(head, kind, Some(id), "");
    }
    Ok(Reply::Done(None))
}

pub(crate) fn terminate_account(work: &mut Work<'_>, customer: &mut Customer, id: AccountId) -> Decision {
    open_account(customer, id)?;
    close_account(work, customer, id)?;
    Ok(Reply::Done(None))
}

/// Ends the account's sessions, products and add-ons, then the account.
fn close_account(work: &mut Work<'_>, customer: &mut Customer, id: AccountId) -> Result<(), Stop> {
    let mut running: Vec<SessionKey> =
        customer.open_sessions().filter(|s| s.account == id).map(|s| s.key.clone()).collect();
    running.sort();
    for key in running {
        end_session(work, customer, &key)?;
    }
    let now = work.now();
    let Some(account) = customer.accounts.iter_mut().find(|a| a.id == id) else { return Ok(()) };
    for span in account.products.iter_mut().filter(|s| s.to.is_none_or(|to| to > now)) {
        span.to = Some(now);
        work.ended.push((id, span.product));
    }
    for add_on in account.add_ons.iter_mut().filter(|a| a.to.is_none_or(|to| to > now)) {
        add_on.end(now);
        work.ended.push((id, add_on.product));
    }
    account.buckets.clear();
    account.spent.clear();
    account.terminated_at = Some(now);
    let rest = account.purse.as_ref().map(|purse| purse.balance);
    // What is left goes back to the customer; a rest that does not fit stays where it is.
    if let Some(back) = rest.and_then(|rest| rest.negated().ok()) {
        let _ = move_to_account(work, customer, id, back);
    }
    customer.head.fee_basis += 1;
    work.effects.changes.account(id);
    work.event(&mut customer.head, EventKind::AccountTerminated, Some(id), "");
    Ok(())
}

pub(crate) fn block_customer(work: &mut Work<'_>, customer: &mut Customer, blocked: bool) -> Decision {
    let head = &mut customer.head;
    if head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    if head.blocked != blocked {
        head.blocked = blocked;
        let kind = if blocked { EventKind::CustomerBlocked } else { EventKind::CustomerUnblocked };
        work.event(head, kind, None, "");
    }
    Ok(Reply::Done(None))
}

pub(crate) fn terminate_customer(work: &mut Work<'_>, customer: &mut Customer) -> Decision {
    if customer.head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    let open = customer.accounts.iter().filter(|a| a.terminated_at.is_none());
    for id in open.map(|a| a.id).collect::<Vec<_>>() {
        close_account(work, customer, id)?;
    }
    customer.head.terminated_at = Some(work.now());
    work.event(&mut customer.head, EventKind::CustomerTerminated, None, "");
    Ok(Reply::Done(None))
}

/// Frees the customer from taxes, from the next invoice on, or ends that.
pub(crate) fn set_tax_exempt(work: &mut Work<'_>, customer: &mut Customer, exempt: bool) -> Decision {
    let head = &mut customer.head;
    if head.tax_exempt != exempt {
        head.tax_exempt = exempt;
        let detail = if exempt { "exempt from taxes" } else { "pays taxes" };
        work.event(head, EventKind::CustomerChanged, None, detail);
    }
    Ok(Reply::Done(None))
}

pub(crate) fn announce_change(
    work: &mut Work<'_>,
    customer: &mut Customer,
    kind: EventKind,
    account: Option<AccountId>,
    detail: &str,
) -> Decision {
    if let Some(id) = account {
        customer.account(id).ok_or(Refusal::UnknownAccount)?;
    }
    work.event(&mut customer.head, kind, account, detail);
    Ok(Reply::Done(None))
}
