//! Partitions, mailboxes, group commit, recovery, timers.
