//! A Credit-Control-Request becomes what is asked of the core (RFC 8506 3.1, TS 32.299 6.3 to 6.5).
//!
//! Pure: request, profile and catalog in, [`Ask`] or [`Refused`] out. Must not know: connections, who the subscriber is.
//!
//! Choices: a request without services and without units asks for the default quota when it is INITIAL and does not say that it
//! will use services later (Multiple-Services-Indicator 1). Units outside services are ignored when there are services. Use in
//! another unit than the service's is ignored: gateways report time beside volume.

use crate::ask::{
    AnswerForm, Ask, Body, CalledForm, FreeUse, GrantAs, Intent, Refused, ServiceForm, ServiceForms,
};
use crate::enforcement::note_client;
use crate::profile::{
    CalledPartyAnswer, CalledPartyForm, CalledPartyPlace, DestinationSource, PeerProfile, Place, ServiceEntry,
};
use crate::told::Tells;
use crate::whereabouts::{Whereabouts, access_code};
use crate::wire_money;
use calendar::Instant;
use catalog::{Service, ServiceKind, Snapshot, Unit};
use charging::{AS_BEFORE, AccountId, Asked, SessionKey, SessionRequest, SmolStr, Step, UnitReport, Used};
use diameter::Message;
use diameter::codes::{avp, result};
use diameter::credit_control::{CreditControlRequest, RequestType, ServiceRequest, Units, UsedUnits};
use money::Currency;
use office::{called, dialled, is_uri};

/// Longest Session-Id, octets: it becomes a part of a request key, which has 255.
pub(crate) const SESSION_ID_MOST: usize = 235;
/// What the number of a sub-session takes of it.
const PART_MOST: usize = 25;
/// Longest text of a request that is kept with a session or record, octets; what is behind is cut off.
const TEXT_MOST: usize = 255;
/// A session is ended by us after this many validity times without a request (RFC 8506 7, Tcc).
const SILENT_VALIDITIES: u32 = 2;
/// Seconds of silence that end a session when the catalog sets no validity time.
const SILENCE_DEFAULT: u32 = 7_200;

/// Tariff-Change-Usage (RFC 8506 8.27).
const BEFORE_CHANGE: i32 = 0;
/// The same.
const AFTER_CHANGE: i32 = 1;

/// What the core knows a request's session by: each sub-session is one of its own (RFC 8506 8.5).
pub(crate) fn session_key(ccr: &CreditControlRequest<'_>) -> SessionKey {
    let session = ccr.session_id.as_bytes();
    ccr.sub_session_id
        .map_or_else(|| SessionKey::diameter(session), |part| SessionKey::diameter_part(session, part))
}

/// Stands where the account will be when the subscriber is found.
pub(crate) const NOBODY: AccountId = charging::RowId(0);

/// What a request is read with.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub catalog: &'a Snapshot,
    pub profile: &'a PeerProfile,
    pub node: &'a str,
    pub now: Instant,
    pub arrived: std::time::Instant,
    /// The whole message, for places that only profiles know.
    pub message: Option<&'a Message<'a>>,
    /// Where the subscriber is.
    pub at: &'a Whereabouts,
}

/// What a use means to the core.
#[derive(Clone, Copy)]
pub(crate) struct Meaning<'a> {
    pub entry: &'a ServiceEntry,
    pub service: &'a Service,
    /// Of sums that the network counts.
    pub currency: Currency,
}

impl<'a> Reader<'a> {
    /// Maps a request.
    pub fn read(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let most = if ccr.sub_session_id.is_some() { SESSION_ID_MOST - PART_MOST } else { SESSION_ID_MOST };
        if ccr.session_id.is_empty() || ccr.session_id.len() > most {
            let (code, data) = (result::INVALID_AVP_VALUE, ccr.session_id.as_bytes());
            let message = "a Session-Id has between 1 and 235 octets here, with sub-sessions 210";
            return Err(Refused::showing(code, message, avp::SESSION_ID, data));
        }
        if !self.profile.knows_context(ccr.service_context_id) {
            let (code, data) = (result::RATING_FAILED, ccr.service_context_id.as_bytes());
            let message = "this Service-Context-Id is not charged for this peer";
            return Err(Refused::showing(code, message, avp::SERVICE_CONTEXT_ID, data));
        }
        match ccr.request_type {
            RequestType::Initial | RequestType::Update | RequestType::Termination if self.is_sliced(ccr) => {
                self.slice(ccr)
            }
            RequestType::Initial => self.session(ccr, Step::Start),
            RequestType::Update => self.session(ccr, Step::Update),
            RequestType::Termination => self.session(ccr, Step::Stop),
            RequestType::Event => self.event(ccr),
        }
    }

    /// The event's time as the client says, but never later than now.
    pub fn event_at(&self, ccr: &CreditControlRequest<'_>) -> Instant {
        ccr.event_timestamp.map_or(self.now, |seconds| Instant::from_unix_seconds(seconds).min(self.now))
    }

    pub fn form(&self, ccr: &CreditControlRequest<'_>, body: Body) -> Box<AnswerForm> {
        let added = self.profile.additions.of(ccr);
        // They are those of a session.
        let wants_attributes = !matches!(body, Body::Event { .. })
            && added.as_ref().is_some_and(|added| added.wants_attributes());
        Box::new(AnswerForm {
            echo: ccr.echo(),
            body,
            raise: self.profile.raise_service_result,
            called: self.called_form(ccr),
            failed: None,
            free: None,
            arrived: self.arrived,
            tells: Tells::of(self.profile, ccr.advice, wants_attributes),
            told: None,
            added,
        })
    }

    fn called_form(&self, ccr: &CreditControlRequest<'_>) -> CalledForm {
        let CalledPartyAnswer { provision, place, form } = self.profile.called_party;
        let uri = match form {
            CalledPartyForm::AsAsked => ccr.called_party.is_some_and(is_uri),
            CalledPartyForm::TelUri => true,
            CalledPartyForm::Digits => false,
        };
        CalledForm { provision, outside: place == CalledPartyPlace::Command, uri }
    }

    /// The service that is used; a profile may name one that the operator does not sell.
    pub fn meaning(
        &self,
        ccr: &CreditControlRequest<'_>,
        rating_group: Option<u32>,
        service_identifiers: &[u32],
    ) -> Option<Meaning<'a>> {
        let holds = |entry: &ServiceEntry| self.holds(entry);
        let entry = self.profile.entry(ccr.service_context_id, rating_group, service_identifiers, holds)?;
        let service = self.catalog.service(&entry.service)?;
        Some(Meaning { entry, service, currency: self.catalog.currency() })
    }

    /// Whether an entry's conditions beyond context and identifiers hold.
    fn holds(&self, entry: &ServiceEntry) -> bool {
        let stands = |(place, values): (&Place, &Vec<String>)| {
            self.message.is_some_and(|message| place.has_one_of(message, values))
        };
        entry.abroad.is_none_or(|abroad| abroad == self.at.is_abroad())
            && entry.incoming.is_none_or(|incoming| incoming == self.is_incoming())
            && entry.when.iter().all(stands)
    }

    /// Whether the subscriber is called, or sent a message. Looked for only where an entry wants to know: most use has no direction.
    fn is_incoming(&self) -> bool {
        self.message.is_some_and(|message| self.profile.comes_in(message))
    }

    /// Whether a later request of a session lacks what the access code depends on: the entry is then that of another direction or
    /// place, and what was said first holds.
    fn is_untold(&self, ccr: &CreditControlRequest<'_>, entry: &ServiceEntry) -> bool {
        ccr.request_type != RequestType::Initial
            && (entry.by_network && self.at.network.is_empty()
                || entry.by_direction && self.message.is_some_and(|m| !self.profile.tells_direction(m)))
    }

    /// The access code of a use and what its price depends on beside the service, as rates are written.
    pub fn place(
        &self,
        ccr: &CreditControlRequest<'_>,
        entry: &ServiceEntry,
        names: (Option<u32>, Option<u32>),
    ) -> (SmolStr, SmolStr) {
        let told = self.message.and_then(|m| entry.destination_from.iter().find_map(|place| place.0.text(m)));
        let destination = match told {
            Some(text) => called(&text).into(),
            None => destination(ccr, (entry, self.dials(entry)), self.at),
        };
        (access_code(entry, self.at, names), short(&destination).into())
    }

    /// Whether the service's destinations are dialled.
    fn dials(&self, entry: &ServiceEntry) -> bool {
        let service = self.catalog.service(&entry.service);
        service.is_some_and(|service| matches!(service.kind, ServiceKind::Voice | ServiceKind::Message))
    }

    fn session(&self, ccr: &CreditControlRequest<'_>, step: Step) -> Result<Ask, Refused> {
        let is_free = ccr.services.is_empty() && self.is_unmetered(ccr);
        // Such an opening says nothing yet of what will be used.
        if is_free && step == Step::Start && ccr.multiple_services != Some(true) {
            return Ok(self.unmetered(ccr, Body::Nothing));
        }
        let mut units = Vec::with_capacity(ccr.services.len().max(1));
        let mut free = Vec::new();
        let (body, failed) = if is_free {
            free.extend(self.free_use_outside(ccr));
            (Body::Nothing, None)
        } else if ccr.services.is_empty() {
            (self.outside_services(ccr, step, &mut units)?, None)
        } else {
            self.services(ccr, &mut units, &mut free)?
        };
        let is_free = is_free && step != Step::Start;
        let free_use = (is_free || !free.is_empty()).then(|| FreeUse {
            behind: units.len(),
            whole: is_free,
            asked: is_free && ccr.requested.is_some(),
        });
        units.append(&mut free);
        let grants = units.iter().filter_map(|unit| self.catalog.service_by_id(unit.service));
        let silence = grants.map(|s| s.grant.validity.saturating_mul(SILENT_VALIDITIES)).max();
        let request = SessionRequest {
            session: session_key(ccr),
            account: NOBODY,
            identifier: Box::default(),
            // Read only where a session begins, as the identifier is.
            node: if step == Step::Start { self.node.into() } else { Box::default() },
            request: u64::from(ccr.request_number),
            step,
            event_at: self.event_at(ccr),
            units,
            grants: true,
            silence: silence.filter(|seconds| *seconds > 0).unwrap_or(SILENCE_DEFAULT),
            details: if step == Step::Start { details(ccr, &self.at.network) } else { Box::default() },
            hotlines: self.profile.hotline_without_funds,
        };
        let mut form = self.form(ccr, body);
        (form.failed, form.free) = (failed, free_use);
        Ok(Ask { intent: Intent::Session(request), form })
    }

    /// Units at the command's own level, as clients with one service send them.
    fn outside_services(
        &self,
        ccr: &CreditControlRequest<'_>,
        step: Step,
        units: &mut Vec<UnitReport>,
    ) -> Result<Body, Refused> {
        let services_will_follow = ccr.multiple_services == Some(true);
        let default = Units::default();
        let requested = match &ccr.requested {
            None if step == Step::Start && !services_will_follow => Some(&default),
            other => other.as_ref(),
        };
        if requested.is_none() && ccr.used.is_empty() {
            return Ok(Body::Nothing);
        }
        let identifiers: Vec<u32> = ccr.service_identifier.into_iter().collect();
        let Some(meaning) = self.meaning(ccr, None, &identifiers) else {
            let (code, data) = (result::RATING_FAILED, ccr.service_context_id.as_bytes());
            return Err(Refused::showing(code, NOT_SOLD, avp::SERVICE_CONTEXT_ID, data));
        };
        let Some((asked, grant_as)) = wish(&meaning, requested) else {
            let code = result::RATING_FAILED;
            return Err(Refused::lacking(code, WRONG_UNIT, counted_by(meaning.service.unit)));
        };
        units.push(self.report(ccr, &meaning, (None, ccr.service_identifier), &ccr.used, asked));
        Ok(Body::Root(grant_as))
    }

    pub fn report(
        &self,
        ccr: &CreditControlRequest<'_>,
        meaning: &Meaning<'_>,
        names: (Option<u32>, Option<u32>),
        reported: &[UsedUnits],
        asked: Asked,
    ) -> UnitReport {
        let (mut access_code, destination) = self.place(ccr, meaning.entry, names);
        if self.is_untold(ccr, meaning.entry) {
            access_code = [AS_BEFORE, &access_code].concat().into();
        }
        UnitReport {
            rating_group: names.0,
            service_identifier: names.1,
            service: meaning.service.id,
            access_code,
            destination,
            used: used(meaning, reported),
            asked,
        }
    }

    fn services(
        &self,
        ccr: &CreditControlRequest<'_>,
        units: &mut Vec<UnitReport>,
        free: &mut Vec<UnitReport>,
    ) -> Result<(Body, Option<Box<diameter::FailedAvp>>), Refused> {
        let mut forms = ServiceForms::new();
        let (mut first_problem, mut is_free) = (None::<Refused>, false);
        for service in &ccr.services {
            let (rating_group, identifiers) = (service.rating_group, service.service_identifiers.as_slice());
            let mut form = ServiceForm {
                rating_group,
                service_identifiers: identifiers.to_vec(),
                grant_as: GrantAs::TotalOctets,
                reported: false,
                problem: None,
                quota_consumption_time: 0,
                triggers: None,
            };
            let named = rating_group.is_some() || !identifiers.is_empty();
            let meaning = self.meaning(ccr, rating_group, identifiers);
            let problem = match meaning {
                _ if !named && !self.profile.without_rating_group => {
                    Some(Refused::lacking(result::RATING_FAILED, NO_RATING_GROUP, avp::RATING_GROUP))
                }
                None => Some(Refused::showing(
                    result::RATING_FAILED,
                    NOT_SOLD,
                    avp::RATING_GROUP,
                    &rating_group.unwrap_or(0).to_be_bytes(),
                )),
                Some(meaning @ Meaning { entry: ServiceEntry { metered: false, .. }, .. }) => {
                    let names = (rating_group, identifiers.first().copied());
                    free.extend(self.free_use(ccr, &meaning, names, &service.used));
                    form.problem = Some(result::CREDIT_CONTROL_NOT_APPLICABLE);
                    is_free = true;
                    None
                }
                Some(meaning) => {
                    let wish = wish(&meaning, service.requested.as_ref().filter(|_| !gives_back(service)));
                    let (asked, grant_as) = wish.unwrap_or((Asked::Nothing, GrantAs::Specific));
                    form.grant_as = grant_as;
                    form.reported = true;
                    form.quota_consumption_time = meaning.entry.quota_consumption_time;
                    form.triggers.clone_from(&meaning.entry.triggers);
                    let names = (rating_group, identifiers.first().copied());
                    units.push(self.report(ccr, &meaning, names, &service.used, asked));
                    let unit = counted_by(meaning.service.unit);
                    wish.is_none().then(|| Refused::lacking(result::RATING_FAILED, WRONG_UNIT, unit))
                }
            };
            if let Some(problem) = problem {
                form.problem = Some(problem.code);
                first_problem.get_or_insert(problem);
            }
            forms.push(form);
        }
        match first_problem {
            // Nothing in it means anything here: the command fails as a whole.
            Some(problem) if units.is_empty() && !is_free => Err(problem),
            problem => Ok((Body::Services(forms), problem.and_then(|p| p.failed))),
        }
    }
}

/// Reporting-Reasons with which a client gives its quota back and wants no other: idle for the holding time, and the end of the service
/// (TS 32.299 7.2.175).
const GIVEN_BACK: [i32; 2] = [1, 2];

fn gives_back(service: &ServiceRequest) -> bool {
    service.reporting_reason.is_some_and(|reason| GIVEN_BACK.contains(&reason))
}

const NOT_SOLD: &str = "no service of the catalog is charged for this context and Rating-Group";
const NO_RATING_GROUP: &str = "this peer's services need a Rating-Group";
pub(crate) const WRONG_UNIT: &str = "the service is counted in another unit than the one requested";

/// The AVP in which a unit is counted on the wire.
pub(crate) const fn counted_by(unit: Unit) -> diameter::AvpId {
    match unit {
        Unit::Octet => avp::CC_TOTAL_OCTETS,
        Unit::Second => avp::CC_TIME,
        Unit::Message | Unit::Event => avp::CC_SERVICE_SPECIFIC_UNITS,
        Unit::Money => avp::CC_MONEY,
    }
}

/// What a Requested-Service-Unit wants and how to say what it gets; `None` when it wants only units the service has not.
pub(crate) fn wish(meaning: &Meaning<'_>, requested: Option<&Units>) -> Option<(Asked, GrantAs)> {
    let unit = meaning.service.unit;
    let Some(units) = requested else { return Some((Asked::Nothing, usual(meaning))) };
    if units.is_empty() {
        return Some((meaning.entry.units.map_or(Asked::Default, Asked::Units), usual(meaning)));
    }
    let grant_as = match (units.total_octets, units.input_octets, units.output_octets) {
        (None, Some(_), None) if unit == Unit::Octet => GrantAs::InputOctets,
        (None, None, Some(_)) if unit == Unit::Octet => GrantAs::OutputOctets,
        _ => usual(meaning),
    };
    Some((Asked::Units(amount(meaning, units)?), grant_as))
}

const fn usual(meaning: &Meaning<'_>) -> GrantAs {
    match meaning.service.unit {
        Unit::Octet => GrantAs::TotalOctets,
        Unit::Second => GrantAs::Time,
        Unit::Message | Unit::Event => GrantAs::Specific,
        Unit::Money => GrantAs::Money(meaning.currency),
    }
}

/// How many of the service's units a group mentions.
pub(crate) fn amount(meaning: &Meaning<'_>, units: &Units) -> Option<u64> {
    match meaning.service.unit {
        Unit::Octet => units.octets(),
        Unit::Second => units.time.map(u64::from),
        Unit::Message | Unit::Event => units.specific,
        Unit::Money => units.money.and_then(|money| wire_money::micros(money, meaning.currency)),
    }
}

/// All use of one service: it may come in parts, before and after a tariff change (RFC 8506 8.19, 8.27). What the client calls
/// undetermined counts as used before.
fn used(meaning: &Meaning<'_>, reported: &[UsedUnits]) -> Used {
    let sum = |is_wanted: fn(&UsedUnits) -> bool| {
        let parts = reported.iter().filter(|used| is_wanted(used));
        parts.filter_map(|used| amount(meaning, &used.units)).reduce(u64::saturating_add)
    };
    let Some(all) = sum(|_| true) else { return Used::None };
    if reported.iter().all(|used| !matches!(used.tariff_change_usage, Some(BEFORE_CHANGE | AFTER_CHANGE))) {
        return Used::Since(all);
    }
    let after = sum(|used| used.tariff_change_usage == Some(AFTER_CHANGE)).unwrap_or(0);
    Used::Parted { before: all.saturating_sub(after), after }
}

/// What the price depends on beside the service, as rates are written; where numbers are dialled an international one keeps its `+`,
/// which tells the core that it was not dialled by local rules.
fn destination(
    ccr: &CreditControlRequest<'_>,
    (entry, dials): (&ServiceEntry, bool),
    at: &Whereabouts,
) -> Box<str> {
    match entry.destination {
        DestinationSource::CalledStationId => {
            ccr.called_station_id.map(str::to_ascii_lowercase).unwrap_or_default().into_boxed_str()
        }
        DestinationSource::CalledParty if dials => ccr.called_party.map(dialled).unwrap_or_default().into(),
        DestinationSource::CalledParty => ccr.called_party.map(called).unwrap_or_default().into(),
        DestinationSource::CallingParty => ccr.calling_party.map(called).unwrap_or_default().into(),
        DestinationSource::Network => at.network.as_str().into(),
        DestinationSource::None => Box::default(),
    }
}

fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_MOST)).unwrap_or(text)
}

/// What people see beside the session.
fn details(ccr: &CreditControlRequest<'_>, network: &str) -> Box<str> {
    let mut text = String::new();
    let parts = [
        ("APN ", ccr.called_station_id),
        ("from ", ccr.calling_party),
        ("to ", ccr.called_party),
        ("in ", Some(network).filter(|network| !network.is_empty())),
    ];
    for (label, value) in parts {
        if let Some(value) = value {
            let separator = if text.is_empty() { "" } else { " " };
            text.push_str(separator);
            text.push_str(label);
            text.push_str(short(value));
        }
    }
    // Nobody's name is longer; such a client is told nothing.
    let names = (short(ccr.origin_host), short(ccr.origin_realm));
    note_client(&mut text, names, ccr.origin_state_id.filter(|state| *state != 0));
    text.into_boxed_str()
}

#[cfg(test)]
mod gateways;
#[cfg(test)]
mod tests;
