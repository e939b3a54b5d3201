//! What an account holds at a moment, in the order in which it is consumed: add-ons by precedence, then by earliest expiry, then the
//! main product.

use crate::{Account, AddOn};
use calendar::Instant;
use catalog::{ProductId, Snapshot};
use smallvec::SmallVec;
use std::cmp::Reverse;

/// The end of time: what never ends by itself.
pub(crate) const NEVER: Instant = Instant::from_micros(i64::MAX);

/// A product that gives plans to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub product: ProductId,
    /// Row counter of the add-on assignment; 0 for the main product.
    pub source: u32,
    /// Precedence of an add-on; -1 for the main product.
    pub rank: i16,
    pub from: Instant,
    /// Ends then; [`NEVER`] when open.
    pub to: Instant,
    /// It begins with its first use: `from` and `to` are as if that were now.
    pub waits: bool,
}

/// Products as rating looks at them, and the same as plans need them.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    pub products: SmallVec<[ProductId; 8]>,
    pub list: SmallVec<[Holding; 4]>,
}

impl Holdings {
    /// What the account holds now. Without add-ons nothing is allocated or looked up.
    pub fn of(account: &Account, now: Instant, catalog: &Snapshot) -> Self {
        let mut held = Self::default();
        held.list.extend(account.add_ons_at(now).map(|add_on| add_on_holding(add_on, now, catalog)));
        if held.list.len() > 1 {
            held.list.sort_by_key(|h| (Reverse(h.rank), h.to, h.source));
        }
        let main = account.products.iter().rev().find(|span| span.held(now));
        held.list.extend(main.map(|span| Holding {
            product: span.product,
            source: 0,
            rank: -1,
            from: span.from,
            to: NEVER,
            waits: false,
        }));
        held.products.extend(held.list.iter().map(|h| h.product));
        held
    }
}

fn add_on_holding(add_on: &AddOn, now: Instant, catalog: &Snapshot) -> Holding {
    let product = catalog.product_by_id(add_on.product);
    let waits = add_on.waits();
    let lasts = || product.and_then(|p| p.lasts).map_or(NEVER, |lasts| now.plus(lasts.seconds()));
    Holding {
        product: add_on.product,
        source: add_on.id.counter(),
        rank: product.map_or(0, |p| i16::from(p.precedence)),
        from: if waits { now } else { add_on.from },
        to: add_on.to.unwrap_or_else(|| if waits { lasts() } else { NEVER }),
        waits,
    }
}
