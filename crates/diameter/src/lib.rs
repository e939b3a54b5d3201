//! Diameter header, AVPs, dictionary, peer state machine.
