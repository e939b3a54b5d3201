//! Deliberately broken systems, one for each promise: proof that the simulation would notice.
//!
//! The product has no switches: each of these sits in the simulation's own wrapper around the real code.

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sabotage {
    /// The shell answers before the batch is durable.
    AnswerEarly,
    /// A front door forgets the request's own key.
    DropKey,
    /// Clients send a step again under another number.
    RenumberResend,
    /// A repeated purchase gets another answer.
    ChangeAnswer,
    /// Locked money is not released when a session ends.
    LoseRelease,
    /// Units are granted without being locked.
    LockNothing,
    /// Batches reach the journal in another order than they were made: an older row image is folded over a newer one.
    OlderOverNewer,
    /// A ledger entry is not written.
    SkipLedger,
    /// The event of a crossing is not written.
    ForgetEvent,
    /// A changed session is not written.
    ForgetRow,
    /// Torn journal records count as whole.
    AcceptTorn,
    /// The disk says that contents are durable when they are not.
    IgnoreFailedSync,
    /// The end of a folding generation is not made durable in the tables, and the journal uses its files again all the same.
    ForgetFolded,
    /// After a failed commit the engine goes on with what is in memory.
    KeepAfterFailure,
    /// After a failed commit the engine loads from tables that do not have yet what is in the journal.
    LoadStale,
    /// A message to the reseller is sent twice under two names.
    DoubleRelay,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::AnswerEarly,
        Self::DropKey,
        Self::RenumberResend,
        Self::ChangeAnswer,
        Self::LoseRelease,
        Self::LockNothing,
        Self::OlderOverNewer,
        Self::SkipLedger,
        Self::ForgetEvent,
        Self::ForgetRow,
        Self::AcceptTorn,
        Self::IgnoreFailedSync,
        Self::ForgetFolded,
        Self::KeepAfterFailure,
        Self::LoadStale,
        Self::DoubleRelay,
    ];
}
