//! Files in, xDRs out.
