//! Events of one customer, as his timeline shows them.

use crate::db::Row;
use crate::db::Value;
use crate::{Partition, Store, StoreError, customers};
use calendar::Instant;
use charging::{CustomerId, Event, EventKind, RowId};

fn event(row: &Row<'_>) -> crate::db::Result<Option<Event>> {
    let kind: String = row.get(3)?;
    let Some(kind) = EventKind::parse(&kind) else { return Ok(None) };
    Ok(Some(Event {
        id: RowId(row.get(0)?),
        kind,
        customer: CustomerId(row.get(1)?),
        account: row.get::<_, Option<i64>>(2)?.map(RowId),
        at: Instant::from_micros(row.get(4)?),
        detail: row.get(5)?,
    }))
}

impl Store {
    /// Events of a customer before one, newest first, of these kinds only. Kinds that this program does not know are left out.
    pub fn events_of(
        &self,
        customer: CustomerId,
        before: Option<i64>,
        kinds: &[EventKind],
        most: usize,
    ) -> Result<Vec<Event>, StoreError> {
        let (first, end) = customers::rows_of(customer);
        let end = before.map_or(end, |before| before.min(end));
        let mut values: Vec<Value> = vec![Partition::of(customer).sql().into(), first.into(), end.into()];
        values.extend(kinds.iter().map(|kind| Value::from(kind.name().to_owned())));
        values.push(i64::try_from(most).unwrap_or(i64::MAX).into());
        let marks = vec!["?"; kinds.len()].join(", ");
        let sql = format!(
            "SELECT event_id, customer_id, account_id, kind, at, detail FROM event
             WHERE partition = ? AND event_id >= ? AND event_id < ? AND kind IN ({marks}) ORDER BY event_id DESC LIMIT ?",
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(values, event)?;
            let found: Vec<Option<Event>> = rows.collect::<Result<_, _>>()?;
            Ok(found.into_iter().flatten().collect())
        })
    }
}
