//! A credit-control request between its arrival and its answer: what is asked of the core, and the form its answer must have.

use crate::answer_additions::Addition;
use crate::enquiry::Question;
use crate::told::{Tells, Told};
use crate::wire_money::wire_money;
use calendar::Instant as Moment;
use charging::{Debit, RequestKey, SessionRequest};
use diameter::FailedAvp;
use diameter::answer::Echo;
use diameter::codes::AvpId;
use diameter::credit_control::{GrantedUnits, Units};
use money::{Amount, Currency};
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::Instant;

/// What is asked. Customer and account are filled in when the subscriber is found.
#[derive(Debug)]
pub(crate) enum Intent {
    /// A step of a session (SCUR, ECUR).
    Session(SessionRequest),
    /// One event charged at once (IEC).
    Debit(Debit),
    /// One interval of the tariff, charged at once or asked about.
    Slice(Debit, Option<Question>),
    /// Would the funds suffice for this?
    CheckBalance(Debit),
    /// What would this cost?
    PriceEnquiry(Debit),
    /// Give an event back.
    Refund(RefundAsk),
    /// May he use what is not metered?
    Unmetered,
    /// Nothing: the subscriber need only be known.
    Nothing,
}

/// An event to be given back.
#[derive(Debug)]
pub(crate) struct RefundAsk {
    /// Names that it may have, or its Session-Id; the first that is known counts.
    pub names: Vec<String>,
    /// The refund's own name: it is given once.
    pub key: RequestKey,
    pub share: RefundShare,
}

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundShare {
    /// All that is left.
    All,
    /// This sum.
    Sum(Amount),
    /// So many of its units.
    Units(u64),
}

/// A request on its way to the core.
#[derive(Debug)]
pub(crate) struct Ask {
    pub intent: Intent,
    /// On the heap: it goes through many hands.
    pub form: Box<AnswerForm>,
}

/// All that is needed to answer when the request's octets are gone.
#[derive(Debug)]
pub(crate) struct AnswerForm {
    pub echo: Echo,
    pub body: Body,
    /// A refused single service decides the command's Result-Code, unless a service policy says otherwise.
    pub raise: bool,
    /// How the number is told that is called instead of the dialled one.
    pub called: CalledForm,
    /// Shown when a service was refused because of an AVP (5031 must show one).
    pub failed: Option<Box<FailedAvp>>,
    /// What of the request is about services that are not metered, in a session that may have begun when they were.
    pub free: Option<FreeUse>,
    pub arrived: Instant,
    /// What the peer wants to be told beside the grant.
    pub tells: Tells,
    /// What it is told; read after the commit.
    pub told: Option<Box<Told>>,
    /// What the profile adds.
    pub added: Option<Arc<Addition>>,
}

impl AnswerForm {
    /// Of an answer that says nothing but its code.
    pub fn bare(echo: Echo, arrived: Instant) -> Self {
        let (body, called, tells) = (Body::Nothing, CalledForm::default(), Tells::default());
        Self {
            echo,
            body,
            raise: false,
            called,
            failed: None,
            free: None,
            arrived,
            tells,
            told: None,
            added: None,
        }
    }
}

/// A step of a session of which something is not metered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FreeUse {
    /// Its use stands behind so many of the request's units.
    pub behind: usize,
    /// The request is about nothing else: it is so also without a session.
    pub whole: bool,
    /// It asks for units then.
    pub asked: bool,
}

/// How an answer tells the called number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CalledForm {
    /// Whether it does, unless a service policy says otherwise.
    pub provision: bool,
    /// In the command itself.
    pub outside: bool,
    /// As a `tel:` URI.
    pub uri: bool,
}

/// Where units are answered: where they were asked.
#[derive(Debug)]
pub(crate) enum Body {
    /// No units were mentioned.
    Nothing,
    /// Units outside a service.
    Root(GrantAs),
    /// In services (MSCC), one for each of the request.
    Services(ServiceForms),
    /// An event of so many units.
    Event {
        units: u64,
        grant_as: GrantAs,
        service: Option<ServiceForm>,
        /// What a refund of it must name, for clients that know this AVP (3GPP contexts).
        refund_information: Option<Vec<u8>>,
    },
}

/// Nearly always one.
pub(crate) type ServiceForms = SmallVec<[ServiceForm; 1]>;

/// The answer to one MSCC.
#[derive(Debug)]
pub(crate) struct ServiceForm {
    pub rating_group: Option<u32>,
    pub service_identifiers: Vec<u32>,
    pub grant_as: GrantAs,
    /// Whether the core was told of it: then its reply has a unit for it.
    pub reported: bool,
    /// Refused here, whatever the core says.
    pub problem: Option<u32>,
    /// Quota-Consumption-Time sent with granted time; 0 = not sent.
    pub quota_consumption_time: u32,
    /// Trigger-Types sent with a grant.
    pub triggers: Option<Vec<i32>>,
}

/// The only AVP a client that asked so understands (RFC 8506 8.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantAs {
    Time,
    TotalOctets,
    InputOctets,
    OutputOctets,
    Specific,
    Money(Currency),
}

impl GrantAs {
    /// Granted-Service-Unit of so many; another price begins at the change (Tariff-Time-Change, RFC 8506 8.20).
    pub fn units(self, count: u64, tariff_change: Option<Moment>) -> GrantedUnits {
        let mut units = Units::default();
        match self {
            Self::Time => units.time = Some(u32::try_from(count).unwrap_or(u32::MAX)),
            Self::TotalOctets => units.total_octets = Some(count),
            Self::InputOctets => units.input_octets = Some(count),
            Self::OutputOctets => units.output_octets = Some(count),
            Self::Specific => units.specific = Some(count),
            Self::Money(currency) => {
                let amount = i64::try_from(count).map_or(Amount::MAX, Amount::from_micros);
                units.money = Some(wire_money(amount, currency));
            }
        }
        GrantedUnits { units, tariff_time_change: tariff_change.map(Moment::unix_seconds) }
    }
}

/// A request that goes no further than this door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub code: u32,
    pub failed: Option<Box<FailedAvp>>,
    pub message: &'static str,
}

impl Refused {
    pub const fn new(code: u32, message: &'static str) -> Self {
        Self { code, failed: None, message }
    }

    /// Because of an AVP that came with these octets.
    pub fn showing(code: u32, message: &'static str, id: AvpId, data: &[u8]) -> Self {
        let data = if data.len() > diameter::error::FAILED_AVP_LIMIT { Vec::new() } else { data.to_vec() };
        Self { code, failed: Some(Box::new(FailedAvp { id, flags: id.flags(), data })), message }
    }

    /// Because of an AVP that is absent.
    pub fn lacking(code: u32, message: &'static str, id: AvpId) -> Self {
        Self { code, failed: Some(FailedAvp::example(id, id.flags())), message }
    }
}
