//! (state, catalog, command, now) -> (reply, effects).
