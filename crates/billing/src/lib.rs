//! (facts, now) -> recurring fees, proration, invoice lines, collection steps.
