//! Hop-by-Hop and End-to-End Identifiers of the requests that we start (RFC 6733 3).

/// Gives out identifiers. One per connection is enough for Hop-by-Hop; End-to-End must differ for all requests of one
/// Origin-Host within four minutes and across restarts, so connections need different seeds.
#[derive(Debug, Clone)]
pub struct Identifiers {
    hop_by_hop: u32,
    end_to_end: u32,
}

impl Identifiers {
    /// Both begin at bits of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let mixed = mix(seed);
        Self { hop_by_hop: mixed as u32, end_to_end: (mixed >> 32) as u32 }
    }

    /// As the RFC suggests: the low 12 bits of the start second above 20 bits of `seed`, so that a restarted node does not
    /// repeat End-to-End Identifiers.
    #[must_use]
    pub const fn started_at(unix_seconds: u64, seed: u64) -> Self {
        let mixed = mix(seed);
        let second = (unix_seconds & 0xfff) as u32;
        Self { hop_by_hop: mixed as u32, end_to_end: (second << 20) | ((mixed >> 44) as u32) }
    }

    /// The next Hop-by-Hop Identifier.
    pub const fn next_hop_by_hop(&mut self) -> u32 {
        self.hop_by_hop = self.hop_by_hop.wrapping_add(1);
        self.hop_by_hop
    }

    /// The next End-to-End Identifier.
    pub const fn next_end_to_end(&mut self) -> u32 {
        self.end_to_end = self.end_to_end.wrapping_add(1);
        self.end_to_end
    }

    /// The next of both, in the order of the header.
    pub const fn next_pair(&mut self) -> (u32, u32) {
        (self.next_hop_by_hop(), self.next_end_to_end())
    }
}

/// Spreads the bits of a number (the finalizer of SplitMix64), so that seeds 1, 2, 3 give unlike results.
pub(super) const fn mix(seed: u64) -> u64 {
    let a = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    c ^ (c >> 31)
}
