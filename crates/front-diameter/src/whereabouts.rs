//! Where the subscriber is: the visited network as the request names it (a profile says in which AVP), and the zone the operator has
//! put it into. Prices follow the zone through access codes ([`access_code`]).

use crate::profile::{PeerProfile, ServiceEntry};
use charging::SmolStr;
use diameter::Message;
pub(crate) use office::{Whereabouts, Zones};

/// Of a request; free for peers whose profile names no place.
pub(crate) fn whereabouts(profile: &PeerProfile, message: &Message<'_>, zones: &Zones) -> Whereabouts {
    let told = profile.location.iter().find_map(|place| place.0.text(message));
    told.map_or_else(Whereabouts::default, |text| zones.place(&text))
}

/// The access code of a use: each `{word}` becomes what the request says; a part between dots that lacks its value is left out.
pub(crate) fn access_code(
    entry: &ServiceEntry,
    at: &Whereabouts,
    (rating_group, service_identifier): (Option<u32>, Option<u32>),
) -> SmolStr {
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    if !entry.access_code.contains('{') {
        return entry.access_code.as_str().into();
    }
    let others =
        [("{service_identifier}", number(service_identifier)), ("{rating_group}", number(rating_group))];
    at.access_code(&entry.access_code, &others).into()
}
