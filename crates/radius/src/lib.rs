//! RADIUS packets, attributes, dictionary, authenticators, duplicate rules.
