//! The words, numbers and dates inside an invoice's lines, so that an operator can say them in his customers' language. The fixed
//! labels around them belong to whoever draws the document. Must not know: which languages there are.

use charging::FeeWhy;
use jiff::civil::Date;
use money::{Amount, Percent};
use serde::{Deserialize, Serialize};

const MINUS: char = '\u{2212}';

/// Every word of an invoice's content; the defaults are English. Some hold placeholders in braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InvoiceWords {
    /// Heading of the document.
    pub title: String,
    /// Heading of the recurring fees.
    pub monthly_fees: String,
    /// Heading of charges whose service has no name any more.
    pub other_services: String,
    /// Heading of what was given back or corrected.
    pub amended: String,
    /// A session on a line of its own.
    pub one_session: String,
    /// After the number 1.
    pub session: String,
    /// After other numbers.
    pub sessions: String,
    /// After the number 1.
    pub message: String,
    /// After other numbers.
    pub messages: String,
    /// After the number 1.
    pub event: String,
    /// After other numbers.
    pub events: String,
    /// After the number 1.
    pub day: String,
    /// After other numbers.
    pub days: String,
    /// A fee for `{held}` of `{whole}`, the second with its word.
    pub part_of_days: String,
    /// A `{fee}` for getting a product.
    pub fee_activation: String,
    /// The credit for days of a `{fee}` that was charged in advance.
    pub fee_returned: String,
    /// The credit for days of suspension of a `{fee}`.
    pub fee_suspended: String,
    /// What is left of a minimum period of a `{fee}`.
    pub fee_early_end: String,
    /// A tax `{name}` at `{percent}`.
    pub tax: String,
    /// After a number of minutes.
    pub minutes: String,
    /// After a number of seconds.
    pub seconds: String,
    /// Units of volume from the byte up, each 1,024 of the one before, with spaces between.
    pub volume_units: String,
    /// `{count}` purchases beyond those printed one by one.
    pub further_purchases: String,
    /// The remark about charges of earlier invoices that were given back; `{amount}` has its currency.
    pub refunds: String,
    /// The remark about manual corrections; `{amount}` has its currency.
    pub corrections: String,
    /// Before the decimals of an amount.
    pub decimal_mark: String,
    /// Between groups of three digits; may be a space.
    pub group_mark: String,
    /// The twelve months, with spaces between.
    pub months: String,
    /// A date of `{day}`, `{month}` and `{year}`.
    pub date: String,
    /// The first of two dates of one year.
    pub date_in_year: String,
    /// The first of two dates of one month.
    pub date_in_month: String,
    /// The second of two dates of one month; empty: as any date.
    pub last_in_month: String,
    /// Two dates, `{from}` and `{to}`.
    pub date_range: String,
}

impl Default for InvoiceWords {
    fn default() -> Self {
        let words = str::to_owned;
        Self {
            title: words("Invoice"),
            monthly_fees: words("Monthly fees"),
            other_services: words("Other services"),
            amended: words("Refunds and corrections"),
            one_session: words("Session"),
            session: words("session"),
            sessions: words("sessions"),
            message: words("message"),
            messages: words("messages"),
            event: words("event"),
            events: words("events"),
            day: words("day"),
            days: words("days"),
            part_of_days: words("{held} of {whole}"),
            fee_activation: words("{fee}: activation"),
            fee_returned: words("{fee}: credit for days not used"),
            fee_suspended: words("{fee}: credit for days of suspension"),
            fee_early_end: words("{fee}: ended before the minimum period"),
            tax: words("{name} {percent} %"),
            minutes: words("min"),
            seconds: words("s"),
            volume_units: words("B KB MB GB TB PB"),
            further_purchases: words("{count} further purchases"),
            refunds: words("Payments received include {amount} given back of earlier charges."),
            corrections: words("Payments received include credits and corrections of {amount}."),
            decimal_mark: words("."),
            group_mark: words(","),
            months: words(
                "January February March April May June July August September October November December",
            ),
            date: words("{day} {month} {year}"),
            date_in_year: words("{day} {month}"),
            date_in_month: words("{day}"),
            last_in_month: String::new(),
            date_range: words("{from} – {to}"),
        }
    }
}

impl InvoiceWords {
    /// So many of something: `1 session`, `1,204 sessions`.
    pub fn counted(&self, number: u64, one: &str, many: &str) -> String {
        format!("{} {}", self.grouped(&number.to_string()), if number == 1 { one } else { many })
    }

    /// `1,234.50`, negative with a real minus; at least `places` decimal places.
    pub fn money(&self, amount: Amount, places: u8) -> String {
        let plain = amount.text(places);
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => (Some(MINUS), rest),
            None => (None, plain.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let mut text: String = sign.into_iter().collect();
        text.push_str(&self.grouped(whole));
        if let Some(fraction) = fraction {
            text.push_str(&self.decimal_mark);
            text.push_str(fraction);
        }
        text
    }

    /// A tax with its rate: `VAT 7.7 %`.
    pub fn tax(&self, name: &str, percent: Percent) -> String {
        let percent = percent.to_string().replace('.', &self.decimal_mark);
        self.tax.replace("{name}", name).replace("{percent}", &percent)
    }

    /// What a recurring fee's line says: the fee's name, and what for when it is not for days held.
    pub fn fee(&self, name: &str, why: FeeWhy) -> String {
        let words = match why {
            FeeWhy::Held | FeeWhy::Ahead => return name.to_owned(),
            FeeWhy::Activation => &self.fee_activation,
            FeeWhy::Returned => &self.fee_returned,
            FeeWhy::Suspended => &self.fee_suspended,
            FeeWhy::EarlyEnd => &self.fee_early_end,
        };
        words.replace("{fee}", name)
    }

    /// Digits in groups of three.
    pub(crate) fn grouped(&self, digits: &str) -> String {
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                text.push_str(&self.group_mark);
            }
            text.push(digit);
        }
        text
    }

    /// `1 July 2026`.
    pub fn date(&self, day: Date) -> String {
        self.filled(&self.date, day)
    }

    /// First and last day, the year only where it is needed: (`1 June`, `30 June 2026`).
    pub fn date_pair(&self, first: Date, last: Date) -> (String, String) {
        let pattern = if first.year() == last.year() { &self.date_in_year } else { &self.date };
        (self.filled(pattern, first), self.date(last))
    }

    /// `1 – 30 June 2026`, `5 June – 4 July 2026`, `20 June 2026`.
    pub fn date_range(&self, first: Date, last: Date) -> String {
        if first == last {
            return self.date(first);
        }
        let (mut from, mut to) = self.date_pair(first, last);
        if (first.year(), first.month()) == (last.year(), last.month()) {
            from = self.filled(&self.date_in_month, first);
            if !self.last_in_month.is_empty() {
                to = self.filled(&self.last_in_month, last);
            }
        }
        self.date_range.replace("{from}", &from).replace("{to}", &to)
    }

    fn filled(&self, pattern: &str, day: Date) -> String {
        let month = usize::try_from(day.month() - 1).ok().and_then(|n| self.months.split(' ').nth(n));
        pattern
            .replace("{day}", &day.day().to_string())
            .replace("{month}", month.unwrap_or_default())
            .replace("{year}", &day.year().to_string())
    }
}
