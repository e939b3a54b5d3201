//! When the price of a use in progress changes, and to which: another row comes into force, or another off-peak period begins.

use crate::off_peak_calendar::OffPeakCalendar;
use crate::rate_lookup::zone_named;
use crate::tariff_table::TariffTable;
use crate::{AtSwitch, DayPart, Snapshot, TariffRate};
use calendar::{BillingZone, Instant};

/// The changes in a span of time, in order. See [`Snapshot::price_changes`].
#[derive(Debug)]
pub struct PriceChanges<'a> {
    now: TariffRate<'a>,
    /// The period that holds at `from`.
    part: DayPart,
    table: &'a TariffTable,
    /// `None` for tariffs without off-peak periods.
    timed: Option<(&'a OffPeakCalendar, BillingZone)>,
    destination: &'a str,
    from: Instant,
    until: Instant,
}

impl Snapshot {
    /// Price changes after `at` and before `until` of what `found`, the rate at `at`, prices. None for tariffs whose running sessions keep
    /// their price. Where no row comes into force the price stays as it was.
    pub fn price_changes<'a>(
        &'a self,
        found: TariffRate<'a>,
        destination: &'a str,
        (at, until): (Instant, Instant),
        zone: &str,
    ) -> impl Iterator<Item = (Instant, TariffRate<'a>)> + 'a {
        let table =
            (found.tariff.at_switch != AtSwitch::Keep).then(|| self.table_of(found.tariff.id)).flatten();
        let timed =
            table.and_then(|table| table.calendar.as_ref()).map(|calendar| (calendar, zone_named(zone)));
        let changes = table.map(|table| PriceChanges {
            now: found,
            part: found.day_part,
            table,
            timed,
            destination,
            from: at,
            until,
        });
        changes.into_iter().flatten()
    }
}

impl<'a> Iterator for PriceChanges<'a> {
    type Item = (Instant, TariffRate<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            (self.from, self.part) = self.candidate()?;
            let next = self.rate_now();
            if let Some(next) = next
                && (next.day_part != self.now.day_part || !std::ptr::eq(next.rate, self.now.rate))
            {
                self.now = next;
                return Some((self.from, next));
            }
        }
    }
}

impl<'a> PriceChanges<'a> {
    /// The next instant at which a change is possible, and the period that holds then.
    fn candidate(&self) -> Option<(Instant, DayPart)> {
        let switch = self
            .timed
            .as_ref()
            .and_then(|(calendar, zone)| calendar.next_change((self.from, self.part), zone, self.until));
        if !self.table.is_dated() {
            return switch;
        }
        let date = self.table.next_date(self.now.tariff, self.destination, self.from);
        let date = date.filter(|date| *date < self.until).map(|date| (date, self.part));
        // At the same instant the switch tells the period.
        switch.into_iter().chain(date).min_by_key(|(at, _)| *at)
    }

    fn rate_now(&self) -> Option<TariffRate<'a>> {
        let day_part = self.part;
        if !self.table.is_dated() {
            return Some(TariffRate { day_part, ..self.now });
        }
        let row = self.table.find(self.now.tariff, self.destination, self.from)?;
        Some(TariffRate { rate: row.rate, matched: row.length, day_part, ..self.now })
    }
}
