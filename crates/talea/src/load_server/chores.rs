//! What a load server does beside its load, so that it can be seen whether the load notices: one word on standard input each, told in a
//! line of JSON when it begins and when it has ended. `prepare` before the word does what only prepares it.
//!
//! A further chore is a variant of [`Chore`]; the load generator passes names through. Must not know: the load.

use catalog::Catalog;
use charging::CustomerId;
use office::{Actor, Clockwork, Office, OfficeError};
use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::time::Duration;
use store::BackupOrder;

/// Rates of the catalog that is published.
const RATES: u32 = 5_000_000;
/// Tariff that gets them.
const TARIFF: &str = "voice-per-minute";
/// Between two looks whether the clockwork has anything left to do.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// One kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chore {
    /// Everything that was committed goes into the tables at once.
    Checkpoint,
    /// A catalog with millions of rates is compiled, stored and put in force.
    Publish,
    /// The clockwork closes the periods of all who are due and sends their invoices.
    BillRun,
    /// The next half of the customers is loaded.
    LoadHalf,
    /// The data directory is backed up into itself.
    Backup,
}

impl Chore {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "checkpoint" => Self::Checkpoint,
            "publish" => Self::Publish,
            "bill-run" => Self::BillRun,
            "load-half" => Self::LoadHalf,
            "backup" => Self::Backup,
            _ => return None,
        })
    }
}

/// Does them.
pub(super) struct Chores {
    pub office: Office,
    /// Where the embedded database is.
    pub data: PathBuf,
    /// How many customers there are.
    pub customers: u32,
    /// How many of them were loaded.
    pub loaded: u32,
    /// How many backups were made.
    pub backups: u32,
}

impl Chores {
    /// Until standard input is closed.
    pub fn serve(mut self) {
        let mut prepared = None;
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let (word, prepares) = line.strip_prefix("prepare ").map_or((&*line, false), |word| (word, true));
            let outcome = match Chore::named(word) {
                Some(Chore::Publish) if prepares => {
                    prepared = Some(large(self.office.catalog().catalog().clone()));
                    Ok(())
                }
                Some(_) if prepares => Ok(()),
                Some(chore) => self.carry_out(chore, prepared.clone()),
                None => Err(OfficeError::Conflict("there is no such chore".to_owned())),
            };
            match outcome {
                Ok(()) => say("done", ""),
                Err(error) => say("failed", &error.to_string()),
            }
        }
    }

    fn carry_out(&mut self, chore: Chore, prepared: Option<Catalog>) -> Result<(), OfficeError> {
        say("begun", "");
        match (chore, prepared) {
            (Chore::Publish, Some(catalog)) => {
                self.office.publish(&Actor::System("load server"), catalog, "Millions of rates").map(|_| ())
            }
            (Chore::Publish, None) => Err(OfficeError::Conflict("it was not prepared".to_owned())),
            (Chore::BillRun, _) => self.bill(),
            (Chore::LoadHalf, _) => self.load_half(),
            (Chore::Checkpoint, _) => Ok(self.office.store().flush()?),
            (Chore::Backup, _) => self.back_up(),
        }
    }

    fn bill(&self) -> Result<(), OfficeError> {
        let clockwork = Clockwork::start(self.office.clone())?;
        let store = self.office.store();
        loop {
            let now = self.office.engine().clock().now();
            if store.due_customers(now, 1)?.is_empty() && store.periods_to_invoice(1)?.is_empty() {
                break;
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
        clockwork.stop();
        Ok(())
    }

    fn back_up(&mut self) -> Result<(), OfficeError> {
        self.backups += 1;
        let to = self.data.join(format!("backup-{}", self.backups));
        let at = self.office.engine().clock().now();
        store::back_up(&BackupOrder { from: &self.data, to: &to, along: &[], at }, &mut |_, _| {})?;
        Ok(())
    }

    fn load_half(&mut self) -> Result<(), OfficeError> {
        let upto = self.customers.min(self.loaded + self.customers.div_ceil(2));
        for number in self.loaded + 1..=upto {
            self.office.engine().look(CustomerId(number), |_| ())?;
        }
        self.loaded = upto;
        Ok(())
    }
}

/// The same catalog with millions of rates more.
fn large(mut catalog: Catalog) -> Catalog {
    if let Some(tariff) = catalog.tariffs.iter_mut().find(|tariff| tariff.code == TARIFF) {
        let mut sheet = String::from("destination,name,first_price,per,first_interval,next_interval\n");
        for row in 0..RATES {
            // Nine digits, each once; names and prices as often as world-wide sheets repeat them.
            let (prefix, name) = (100_000_000 + u64::from(row) * 179, row % 20_000);
            let _ = writeln!(sheet, "{prefix},Destination {name},0.{:05},60,30,6", name * 3);
        }
        tariff.rate_sheet = sheet;
    }
    catalog
}

fn say(state: &str, reason: &str) {
    let line = serde_json::json!({ "state": state, "reason": reason });
    let mut output = std::io::stdout().lock();
    // Nobody reads it any more: the end is near.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
