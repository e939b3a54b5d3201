//! Working off a file: every line once, what became of it on record, and going on after an interruption.

use crate::purchase_file::{FILE_MOST, LinePurchase, PurchaseLine, Rejection, read};
use crate::{MediationError, lanes};
use calendar::Seconds;
use office::{Actor, ImportDoor, Office, OfficeError, Page, Permission, Purchase, REALMS, Who, page_limit};
use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{ImportFileRow, ImportLineRow, NewImportFile};

/// Lines worked off between two notes of what became of them.
const LINES_AT_A_TIME: usize = 256;
/// Characters of a file name kept.
const NAME_MOST: usize = 200;
/// Channel of imported purchases.
const CHANNEL: &str = "import";
/// A purchase may be so far in the future, for clocks that differ.
const AHEAD_MOST: Seconds = Seconds(300);

/// Imports of batch files. Cheap to clone.
#[derive(Clone)]
pub struct Mediation {
    office: Office,
    at_work: Arc<Mutex<BTreeSet<String>>>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The file with its counts.
    pub file: ImportFileRow,
    /// The same content had been imported before: nothing was done now.
    pub repeated: bool,
}

impl ImportDoor for Mediation {
    fn import(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError> {
        Self::import(self, actor, name, content).map(|report| report.file.id).map_err(|error| match error {
            MediationError::Office(error) => error,
            other => OfficeError::field("file", other.to_string()),
        })
    }
}

impl Mediation {
    /// Imports through this office.
    pub fn new(office: Office) -> Self {
        Self { office, at_work: Arc::default() }
    }

    /// Works off a file. The same content again does nothing, whatever its name; a file that was interrupted goes on where it
    /// stopped. Blocks the thread.
    pub fn import(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<ImportReport, MediationError> {
        actor.require(Permission::Import)?;
        if content.len() > FILE_MOST {
            return Err(MediationError::TooLarge { octets: content.len(), most: FILE_MOST });
        }
        let hash: String = digest(&SHA256, content).as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let _working = self.work_on(&hash)?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_MOST).collect();
        let new = NewImportFile {
            name,
            content_hash: hash,
            source: actor.text(),
            octets: u64::try_from(content.len()).unwrap_or(u64::MAX),
            received_at: self.office.now(),
        };
        let (file, _) = self.store().begin_import(new).map_err(OfficeError::from)?;
        if file.finished_at.is_some() {
            return Ok(ImportReport { file, repeated: true });
        }
        self.work_off(actor, file.id, content)?;
        let file = self.file(file.id)?;
        tracing::info!(
            file = file.name,
            charged = file.charged,
            skipped = file.skipped,
            rejected = file.rejected,
            "imported"
        );
        Ok(ImportReport { file, repeated: false })
    }

    fn work_off(&self, actor: &Actor, file: i64, content: &[u8]) -> Result<(), MediationError> {
        let known = self.store().import_progress(file).map_err(OfficeError::from)?;
        let lines: Vec<PurchaseLine> = read(content).into_iter().filter(|line| line.line > known).collect();
        for some in lines.chunks(LINES_AT_A_TIME) {
            let outcomes = lanes::serve(some, |line| self.charge(actor, line));
            let mut rows = Vec::with_capacity(some.len());
            let mut stopped = None;
            for (line, outcome) in some.iter().zip(outcomes) {
                match outcome {
                    Ok(row) => rows.push(row),
                    Err(error) => {
                        // Lines after it may be charged already; asked again they are skipped.
                        stopped =
                            Some(MediationError::Stopped { line: line.line, reason: error.to_string() });
                        break;
                    }
                }
            }
            self.store().add_import_lines(file, rows, None).map_err(OfficeError::from)?;
            if let Some(error) = stopped {
                return Err(error);
            }
        }
        let now = self.office.now();
        Ok(self.store().add_import_lines(file, Vec::new(), Some(now)).map_err(OfficeError::from)?)
    }

    /// One line. An error means that nothing is known about it and the file must stop here.
    fn charge(&self, actor: &Actor, line: &PurchaseLine) -> Result<ImportLineRow, OfficeError> {
        let mut row = ImportLineRow {
            line: line.line,
            outcome: "rejected".to_owned(),
            field: String::new(),
            reason: String::new(),
            reference: line.reference.clone(),
            xdr: None,
            raw: line.raw.clone(),
        };
        let outcome = match &line.content {
            Ok(purchase) => self.buy(actor, &line.reference, purchase)?,
            Err(rejection) => Err(rejection.clone()),
        };
        match outcome {
            Ok(bought) => {
                row.outcome = if bought.repeated { "skipped" } else { "charged" }.to_owned();
                if bought.repeated {
                    row.reason = "was charged before".to_owned();
                }
                row.xdr = Some(bought.xdr);
            }
            Err(rejection) => (row.field, row.reason) = (rejection.field, rejection.reason),
        }
        Ok(row)
    }

    fn buy(
        &self,
        actor: &Actor,
        reference: &str,
        line: &LinePurchase,
    ) -> Result<Result<office::Purchased, Rejection>, OfficeError> {
        if line.occurred_at > self.office.now().plus(AHEAD_MOST) {
            return Ok(Err(Rejection::new("occurred_at", "is in the future")));
        }
        let purchase = Purchase {
            who: who(&line.account),
            service: line.service.clone(),
            item: line.item.clone(),
            units: line.units,
            description: line.description.clone(),
            reference: Some(reference.to_owned()),
            at: Some(line.occurred_at),
            channel: CHANNEL.to_owned(),
        };
        match self.office.purchase(actor, purchase, None) {
            Ok(bought) => Ok(Ok(bought)),
            Err(error @ (OfficeError::Busy | OfficeError::Store(_))) => Err(error),
            Err(error) => Ok(Err(rejection(error))),
        }
    }

    fn store(&self) -> &store::Store {
        self.office.store()
    }

    /// Imported files, newest first.
    pub fn files(&self, cursor: Option<&str>, limit: usize) -> Result<Page<ImportFileRow>, MediationError> {
        let limit = page_limit(limit);
        let before = number(cursor, i64::MAX)?;
        let rows = self.store().import_files(before, limit + 1).map_err(OfficeError::from)?;
        Ok(Page::from_surplus(rows, limit, |row| row.id.to_string()))
    }

    /// One imported file.
    pub fn file(&self, file: i64) -> Result<ImportFileRow, MediationError> {
        let row = self.store().import_file(file).map_err(OfficeError::from)?;
        Ok(row.ok_or_else(|| OfficeError::not_found("imported file", file))?)
    }

    /// Lines of a file in order, all or only those with one outcome (`charged`, `skipped`, `rejected`).
    pub fn lines(
        &self,
        file: i64,
        outcome: Option<&str>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<ImportLineRow>, MediationError> {
        let limit = page_limit(limit);
        let after = u64::try_from(number(cursor, 0)?).unwrap_or(0);
        let rows = self.store().import_lines(file, outcome, after, limit + 1).map_err(OfficeError::from)?;
        Ok(Page::from_surplus(rows, limit, |row| row.line.to_string()))
    }

    fn work_on(&self, hash: &str) -> Result<Working, MediationError> {
        if !self.at_work.lock().insert(hash.to_owned()) {
            return Err(MediationError::AtWork);
        }
        Ok(Working { at_work: self.at_work.clone(), hash: hash.to_owned() })
    }
}

fn number(cursor: Option<&str>, otherwise: i64) -> Result<i64, MediationError> {
    let Some(cursor) = cursor else { return Ok(otherwise) };
    let wrong = || OfficeError::field("cursor", "is not a cursor of this list");
    Ok(cursor.parse().map_err(|_| wrong())?)
}

/// `user:anna` names the realm; a MAC address has colons, too, but no realm in front.
fn who(account: &str) -> Who {
    let named = account.split_once(':').filter(|(realm, _)| REALMS.contains(realm));
    match named {
        Some((realm, value)) => {
            Who::Identifier { realm: Some(realm.to_owned()), value: value.trim().to_owned() }
        }
        None => Who::Identifier { realm: None, value: account.to_owned() },
    }
}

/// The office's "no" as a line's fault.
fn rejection(error: OfficeError) -> Rejection {
    match error {
        OfficeError::Invalid(fields) => match fields.into_iter().next() {
            Some(field) => Rejection { field: column(&field.field), reason: field.reason },
            None => Rejection::new("", "cannot be accepted"),
        },
        OfficeError::NotFound { what, .. } => Rejection::new(&column(what), error.to_string()),
        OfficeError::Refused(refusal) => Rejection::new("", format!("{} ({})", refusal, refusal.code())),
        other => Rejection::new("", other.to_string()),
    }
}

/// The column that a field of the office comes from.
fn column(field: &str) -> String {
    let column = match field {
        "who" | "value" | "realm" | "identifier" | "customer" => "account",
        "at" => "occurred_at",
        what if what.starts_with("account") => "account",
        other => other,
    };
    column.to_owned()
}

struct Working {
    at_work: Arc<Mutex<BTreeSet<String>>>,
    hash: String,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.at_work.lock().remove(&self.hash);
    }
}
