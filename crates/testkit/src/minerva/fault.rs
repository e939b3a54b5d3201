//! Faults on demand: what the platform does wrong with its next calls, in the order planned.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Most faults planned at a time.
const MAX_PLANNED: usize = 10_000;

/// Something that goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// The connection is accepted and closed without a byte.
    AcceptThenClose,
    /// HTTP 503, nothing done.
    Busy,
    /// The SOAP fault `INTERNAL`, nothing done.
    Internal,
    /// The work is done, the answer comes this much later.
    LateAfterWork {
        /// Delay in milliseconds.
        ms: u64,
    },
    /// The work is done, the answer is XML that breaks off.
    BadXml,
    /// HTTP 200 with a page for people, nothing done (a proxy in between).
    HtmlPage,
    /// HTTP 401, nothing done.
    Unauthorized,
}

#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    planned: VecDeque<Fault>,
}

impl FaultPlan {
    pub(super) fn plan(&mut self, fault: Fault, times: usize) {
        let room = MAX_PLANNED.saturating_sub(self.planned.len());
        self.planned.extend(std::iter::repeat_n(fault, times.min(room)));
    }

    pub(super) fn clear(&mut self) {
        self.planned.clear();
    }

    /// Whether the connection that is just coming in is to be closed.
    pub(super) fn close_connection(&mut self) -> bool {
        let close = self.planned.front() == Some(&Fault::AcceptThenClose);
        if close {
            self.planned.pop_front();
        }
        close
    }

    /// The fault of the call that is just coming in.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.planned.pop_front()
    }
}
