//! What needs somebody's attention, in words, each with the page where it is mended.
//!
//! Flows in: the books, the engine's counters, and what the doors see of connectors and nodes. Must not know: HTML, how a connector works.

use crate::nodes::NodeState;
use crate::{NodeLink, Office, OfficeError, OperatorSettings};
use calendar::Seconds;
use store::DeliveryState;

/// Imports older than this are no news.
const IMPORTS_FOR: Seconds = Seconds(7 * 24 * 3_600);
/// Imported files looked at, newest first.
const IMPORTS_MOST: usize = 50;
/// Names that are listed before "and so many more".
const NAMES_MOST: usize = 3;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Commits that failed.
    FailedCommits,
    /// Connectors that do not reach their platform.
    ConnectorDown,
    /// Deliveries that were given up.
    DeadLetters,
    /// Diameter peers without a connection.
    PeerDown,
    /// Customers who could not be billed.
    ParkedCustomers,
    /// Messages between resellers and their customers that were refused for good.
    ParkedMessages,
    /// Files with rejected lines.
    RejectedLines,
    /// Settings that invoices need.
    MissingSettings,
}

impl NoticeKind {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FailedCommits => "failed_commits",
            Self::ConnectorDown => "connector_down",
            Self::DeadLetters => "dead_letters",
            Self::PeerDown => "peer_down",
            Self::ParkedCustomers => "parked_customers",
            Self::ParkedMessages => "parked_messages",
            Self::RejectedLines => "rejected_lines",
            Self::MissingSettings => "missing_settings",
        }
    }

    /// Something fails now, rather than waits for somebody's leisure.
    pub const fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::FailedCommits
                | Self::ConnectorDown
                | Self::DeadLetters
                | Self::ParkedCustomers
                | Self::ParkedMessages
        )
    }
}

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// What is the matter.
    pub title: String,
    /// What it means, or what to do.
    pub detail: String,
    /// Where it is mended: a path of the staff portal.
    pub url_path: String,
}

/// A connector that does not reach its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownConnector {
    /// The manifest's name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// Why.
    pub trouble: String,
}

fn notice(kind: NoticeKind, title: String, detail: impl Into<String>, path: impl Into<String>) -> Notice {
    Notice { kind, title, detail: detail.into(), url_path: path.into() }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `a, b, c and 4 more`.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

impl OperatorSettings {
    /// What invoices lack as long as it is not set.
    fn missing(&self) -> Vec<&'static str> {
        let usual = Self::default();
        let lacks = [
            (self.name == usual.name, "name"),
            (self.address.is_empty(), "postal address"),
            (self.email.is_empty() && self.phone.is_empty(), "e-mail or phone"),
            (self.payment_instructions.is_empty(), "how to pay"),
        ];
        lacks.into_iter().filter(|(missing, _)| *missing).map(|(_, words)| words).collect()
    }
}

impl Office {
    /// Everything that needs attention, the urgent first. `links` is `None` where there is no network front door.
    pub fn notices(
        &self,
        connectors: &[DownConnector],
        links: Option<&[NodeLink]>,
    ) -> Result<Vec<Notice>, OfficeError> {
        let mut notices = self.failed_commits();
        notices.extend(connectors.iter().map(|connector| {
            let path = format!("/provisioning/{}", connector.name);
            notice(
                NoticeKind::ConnectorDown,
                format!("{} is not reached", connector.title),
                &*connector.trouble,
                path,
            )
        }));
        notices.extend(self.dead_letters()?);
        notices.extend(self.parked_customers());
        notices.extend(self.parked_between_levels()?);
        notices.extend(links.map(|links| self.peers_down(links)).transpose()?.flatten());
        notices.extend(self.rejected_lines()?);
        notices.extend(self.missing_settings()?);
        Ok(notices)
    }

    fn failed_commits(&self) -> Vec<Notice> {
        let failed = self.engine().metrics().failed_commits.get();
        let words = "Since the start. What was in flight was answered busy and nothing was lost; look into the log and at the disk.";
        let title = format!("{} failed", counted(failed, "commit", "commits"));
        let made = (failed > 0).then(|| notice(NoticeKind::FailedCommits, title, words, "/notices"));
        made.into_iter().collect()
    }

    fn dead_letters(&self) -> Result<Option<Notice>, OfficeError> {
        let queues = self.store().delivery_queue_lengths()?;
        let dead = queues.iter().filter(|queue| queue.state == DeliveryState::Dead);
        let dead = dead.map(|queue| queue.count.max(0).unsigned_abs()).fold(0, u64::saturating_add);
        let title = format!("{} given up", counted(dead, "delivery was", "deliveries were"));
        let words = "A platform does not have what the books say. Look at the answer it gave, mend the cause and send them again.";
        let path = "/provisioning/deliveries?state=dead";
        Ok((dead > 0).then(|| notice(NoticeKind::DeadLetters, title, words, path)))
    }

    fn parked_customers(&self) -> Option<Notice> {
        let parked = self.parked();
        let first = parked.first()?;
        let number = u64::try_from(parked.len()).unwrap_or(u64::MAX);
        let title = format!("{} not be billed", counted(number, "customer could", "customers could"));
        Some(notice(NoticeKind::ParkedCustomers, title, &*first.reason, "/money/run"))
    }

    fn parked_between_levels(&self) -> Result<Option<Notice>, OfficeError> {
        let parked = self.message_counts()?.parked;
        let title =
            format!("{} parked", counted(parked, "message between levels is", "messages between levels are"));
        let words = "A reseller was not charged for use below him, or was not told. Look at the reason, mend it and try again.";
        let made = || notice(NoticeKind::ParkedMessages, title, words, "/resellers/messages");
        Ok((parked > 0).then(made))
    }

    fn peers_down(&self, links: &[NodeLink]) -> Result<Option<Notice>, OfficeError> {
        let standings = self.node_standings(links)?;
        let down: Vec<&str> = standings
            .iter()
            .filter(|standing| standing.state == NodeState::Down)
            .map(|standing| standing.node.name.as_str())
            .collect();
        let number = u64::try_from(down.len()).unwrap_or(u64::MAX);
        let title = format!("{} not connected", counted(number, "Diameter peer is", "Diameter peers are"));
        Ok((!down.is_empty()).then(|| notice(NoticeKind::PeerDown, title, listed(&down), "/network/nodes")))
    }

    fn rejected_lines(&self) -> Result<Option<Notice>, OfficeError> {
        let files = self.store().import_files(i64::MAX, IMPORTS_MOST)?;
        let now = self.now();
        let recent = files.iter().filter(|file| now.since(file.received_at) < IMPORTS_FOR);
        let faulty: Vec<_> = recent.filter(|file| file.rejected > 0).collect();
        let Some(newest) = faulty.first() else { return Ok(None) };
        let lines = faulty.iter().map(|file| file.rejected).fold(0, u64::saturating_add);
        let names: Vec<&str> = faulty.iter().map(|file| file.name.as_str()).collect();
        let title =
            format!("{} rejected", counted(lines, "imported purchase was", "imported purchases were"));
        let path = match faulty.len() {
            1 => format!("/imports/{}?outcome=rejected", newest.id),
            _ => "/imports".to_owned(),
        };
        Ok(Some(notice(
            NoticeKind::RejectedLines,
            title,
            format!("In the last 7 days: {}", listed(&names)),
            path,
        )))
    }

    fn missing_settings(&self) -> Result<Option<Notice>, OfficeError> {
        let missing = self.settings()?.missing();
        let words = format!("Invoices and portals lack: {}.", missing.join(", "));
        let title = "The operator's details are not complete".to_owned();
        Ok((!missing.is_empty()).then(|| notice(NoticeKind::MissingSettings, title, words, "/settings")))
    }
}
