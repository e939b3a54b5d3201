//! Problems: what a requester is told when something is refused (RFC 9457), and the table of codes in the guide.
//!
//! A [`Problem`] travels to the outermost layer as a response extension; there it gets the request's id and becomes JSON.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use charging::Refusal;
use office::{FieldError, OfficeError};
use provisioning::ProvisioningError;
use serde::Serialize;
use utoipa::ToSchema;

/// Media type of problems (RFC 9457 3).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";
/// Seconds after which a busy system may be asked again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// One row of the table of problems that the API itself finds; the others come from the office (`OFF-`) and the core (`CHG-`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Stable code.
    pub code: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// Same words for every occurrence (RFC 9457 3.1.3).
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:ident $title:literal),* $(,)?) => {
        $($(#[$doc])* pub(crate) const $name: Kind = Kind { code: $code, status: StatusCode::$status, title: $title };)*
        /// Every problem there is.
        pub(crate) const KINDS: &[Kind] = &[$($name),*];
    };
}

// Three users: the constants, the table on the docs page, the test that the guide lists every code.
kinds! {
    /// Not JSON.
    MALFORMED = "API-001" BAD_REQUEST "The body is not valid JSON or TOML",
    /// Wrong Content-Type.
    MEDIA_TYPE = "API-002" UNSUPPORTED_MEDIA_TYPE "The Content-Type is not accepted here",
    /// Body beyond the limit.
    TOO_LARGE = "API-003" PAYLOAD_TOO_LARGE "The body is too large",
    /// No credentials.
    NO_TOKEN = "API-004" UNAUTHORIZED "A bearer token is needed",
    /// Unknown, expired or withdrawn.
    BAD_TOKEN = "API-005" UNAUTHORIZED "The token is unknown, expired or withdrawn",
    /// Token good, scope missing.
    SCOPE = "API-006" FORBIDDEN "The token lacks a scope",
    /// No such path.
    NO_PATH = "API-007" NOT_FOUND "There is nothing at this path",
    /// Path known, method not.
    METHOD = "API-008" METHOD_NOT_ALLOWED "The method is not allowed here",
    /// Took too long.
    TIME_OUT = "API-009" GATEWAY_TIMEOUT "The request took too long",
    /// If-Match does not match.
    PRECONDITION = "API-010" PRECONDITION_FAILED "The resource changed meanwhile",
    /// Not part of this installation.
    ABSENT = "API-011" NOT_FOUND "This installation does not offer that",
    /// A defect of ours.
    INTERNAL = "API-012" INTERNAL_SERVER_ERROR "Something went wrong here",
    /// Fields that cannot be accepted.
    INVALID = "OFF-001" UNPROCESSABLE_ENTITY "Some fields cannot be accepted",
    /// No such thing.
    NOT_FOUND = "OFF-002" NOT_FOUND "There is no such thing",
    /// Taken, or changed meanwhile.
    CONFLICT = "OFF-003" CONFLICT "The request conflicts with the present state",
    /// Not allowed.
    DENIED = "OFF-004" FORBIDDEN "This is not allowed",
    /// Too much load.
    BUSY = "OFF-005" SERVICE_UNAVAILABLE "The system is busy",
    /// The database.
    STORE = "OFF-006" INTERNAL_SERVER_ERROR "The database cannot be used",
    /// Setting of a connector.
    SETTING = "PRV-003" UNPROCESSABLE_ENTITY "A setting of the connector cannot be accepted",
    /// Template of a connector.
    TEMPLATE = "PRV-004" CONFLICT "The connector's manifest fails for this account",
    /// Connector's name.
    NO_CONNECTOR = "PRV-008" NOT_FOUND "There is no such connector",
    /// Connector without settings.
    NOT_SET_UP = "PRV-009" CONFLICT "The connector has no settings yet",
    /// Connector's settings sealed with another key.
    SEALED = "PRV-010" CONFLICT "The connector's settings cannot be opened",
    /// Refused: CHG-001.
    UNKNOWN_CUSTOMER = "CHG-001" NOT_FOUND "There is no such customer",
    /// Refused: CHG-002.
    CUSTOMER_EXISTS = "CHG-002" CONFLICT "The customer exists already",
    /// Refused: CHG-003.
    UNKNOWN_ACCOUNT = "CHG-003" NOT_FOUND "There is no such account",
    /// Refused: CHG-004.
    CUSTOMER_TERMINATED = "CHG-004" FORBIDDEN "The customer is terminated",
    /// Refused: CHG-005.
    CUSTOMER_SUSPENDED = "CHG-005" FORBIDDEN "The customer is suspended",
    /// Refused: CHG-006.
    CUSTOMER_BLOCKED = "CHG-006" FORBIDDEN "The customer is blocked",
    /// Refused: CHG-007.
    ACCOUNT_TERMINATED = "CHG-007" FORBIDDEN "The account is terminated",
    /// Refused: CHG-008.
    ACCOUNT_BLOCKED = "CHG-008" FORBIDDEN "The account is blocked",
    /// Refused: CHG-009.
    NOT_ALLOWED = "CHG-009" FORBIDDEN "The account's products do not include this",
    /// Refused: CHG-010.
    FUNDS = "CHG-010" PAYMENT_REQUIRED "The available funds do not suffice",
    /// Refused: CHG-011.
    QUOTA = "CHG-011" FORBIDDEN "The included units are used up",
    /// Refused: CHG-012.
    UNKNOWN_SESSION = "CHG-012" NOT_FOUND "There is no such session",
    /// Refused: CHG-013.
    SESSION_ENDED = "CHG-013" CONFLICT "The session has ended",
    /// Refused: CHG-014.
    KEY_REUSED = "CHG-014" UNPROCESSABLE_ENTITY "The key was used for another request",
    /// Refused: CHG-015.
    PRODUCT = "CHG-015" CONFLICT "The product cannot be assigned",
    /// Refused: CHG-016.
    UNKNOWN_ADD_ON = "CHG-016" NOT_FOUND "The account does not have this add-on",
    /// Refused: CHG-017.
    NOT_POSITIVE = "CHG-017" UNPROCESSABLE_ENTITY "The amount must be more than zero",
    /// Refused: CHG-018.
    CURRENCY = "CHG-018" UNPROCESSABLE_ENTITY "The currency is another one",
    /// Refused: CHG-019.
    TOO_MANY = "CHG-019" CONFLICT "A limit is reached",
    /// Refused: CHG-020.
    PERIOD_CLOSED = "CHG-020" CONFLICT "The billing period is closed already",
    /// Refused: CHG-021.
    STALE = "CHG-021" CONFLICT "The customer changed meanwhile",
    /// Refused: CHG-022.
    OUT_OF_RANGE = "CHG-022" UNPROCESSABLE_ENTITY "The numbers are too large",
    /// Refused: CHG-040.
    RESELLER_STOPPED = "CHG-040" FORBIDDEN "The customer's reseller may not serve",
    /// Refused: CHG-041.
    NO_OWN_BALANCE = "CHG-041" CONFLICT "The account has no balance of its own",
    /// Refused: CHG-042.
    NOT_OPENED = "CHG-042" CONFLICT "A balance of its own cannot be opened now",
    /// Refused: CHG-043.
    SPENDING_CAP = "CHG-043" FORBIDDEN "The spending cap of the day is reached",
    /// Refused: CHG-044.
    ALREADY_OVER = "CHG-044" UNPROCESSABLE_ENTITY "It would end before it begins",
    /// Refused: CHG-045.
    UNKNOWN_CHARGE = "CHG-045" NOT_FOUND "Nothing was charged under this reference",
    /// Refused: CHG-046.
    REFUND_TOO_HIGH = "CHG-046" UNPROCESSABLE_ENTITY "Less than this is left of the charge",
    /// Refused: CHG-047.
    TOO_OLD = "CHG-047" CONFLICT "It is too old to be changed",
    /// Refused: CHG-048.
    EXCHANGE = "CHG-048" UNPROCESSABLE_ENTITY "The exchange rates give another amount",
    /// Refused: CHG-049.
    UNKNOWN_VOUCHER = "CHG-049" NOT_FOUND "There is no such voucher",
    /// Refused: CHG-050.
    VOUCHER_USED = "CHG-050" CONFLICT "The voucher was used",
    /// Refused: CHG-051.
    VOUCHER_EXPIRED = "CHG-051" CONFLICT "The voucher has expired",
    /// Refused: CHG-052.
    NOT_RESELLER = "CHG-052" CONFLICT "The customer is not a reseller",
    /// Refused: CHG-053.
    CYCLIC_CHAIN = "CHG-053" CONFLICT "The chain of resellers would be a circle or too long",
    /// Refused: CHG-054.
    OUT_OF_ORDER = "CHG-054" CONFLICT "An earlier message has not arrived yet",
    /// Refused: CHG-056.
    VOUCHER_REVOKED = "CHG-056" CONFLICT "The voucher was revoked",
    /// Refused: CHG-060.
    ADD_ON_CONFLICT = "CHG-060" CONFLICT "The add-on clashes with another product",
    /// Refused: CHG-061.
    UNKNOWN_PLAN = "CHG-061" NOT_FOUND "The account has no such quota, wallet or option",
    /// Refused: CHG-062.
    UNKNOWN_CLASS = "CHG-062" NOT_FOUND "There is no such customer class",
    /// Refused: CHG-063.
    UNKNOWN_DIALING_RULES = "CHG-063" NOT_FOUND "There are no such dialing rules",
    /// Refused: CHG-070.
    TOO_LONG = "CHG-070" FORBIDDEN "The tariff ends the session here",
}

/// The row of a code; codes that are not in the table are defects of ours.
fn kind_of(code: &str) -> Kind {
    KINDS.iter().copied().find(|kind| kind.code == code).unwrap_or(INTERNAL)
}

/// A field of the request and why it cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemField {
    /// Path of the field, such as `account.identifiers[0].value`, or the name of a parameter or header.
    pub field: String,
    /// What is wrong and how to mend it.
    pub reason: String,
}

/// A refusal in the form of RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Where the code is explained, relative to this server.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#CHG-010")]
    pub kind: String,
    /// Words that are the same for every occurrence.
    #[schema(example = "The available funds do not suffice")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 402)]
    pub status: u16,
    /// What happened this time.
    #[schema(example = "available funds are 2.10, needed are 3.99")]
    pub detail: String,
    /// Stable code.
    #[schema(example = "CHG-010")]
    pub code: &'static str,
    /// Fields that cannot be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// Available funds, when they did not suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<String>,
    /// What was needed, when funds did not suffice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<String>,
    /// Id of the request, as in the `X-Request-Id` header and the log.
    pub instance: String,
}

/// A problem on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    body: Box<ProblemBody>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem of a kind, in words.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let mut headers = HeaderMap::new();
        if kind.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if kind.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"talea\""));
        }
        let body = ProblemBody {
            kind: format!("/api/docs#{}", kind.code),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: detail.into(),
            code: kind.code,
            errors: Vec::new(),
            available: None,
            needed: None,
            instance: String::new(),
        };
        Self { body: Box::new(body), headers }
    }

    /// One field that cannot be accepted.
    pub(crate) fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let (field, reason) = (field.into(), reason.into());
        Self::new(INVALID, format!("{field}: {reason}")).with_fields([ProblemField { field, reason }])
    }

    /// The same with the fields at fault.
    pub(crate) fn with_fields(mut self, fields: impl IntoIterator<Item = ProblemField>) -> Self {
        self.body.errors = fields.into_iter().collect();
        self
    }

    /// The same with a header.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// What the office answered; sums are written with `places` decimal places.
    pub(crate) fn from_office(error: OfficeError, places: u8) -> Self {
        let kind = kind_of(error.code());
        match error {
            OfficeError::Invalid(fields) => {
                let detail = OfficeError::Invalid(fields.clone()).to_string();
                let fields =
                    fields.into_iter().map(|FieldError { field, reason }| ProblemField { field, reason });
                Self::new(kind, detail).with_fields(fields)
            }
            OfficeError::Refused(Refusal::InsufficientFunds { available, needed }) => {
                let (available, needed) = (available.text(places), needed.text(places));
                let detail = format!("available funds are {available}, needed are {needed}");
                let mut problem = Self::new(kind, detail);
                problem.body.available = Some(available);
                problem.body.needed = Some(needed);
                problem
            }
            OfficeError::Refused(refusal) => {
                let field = field_of(&refusal);
                let reason = refusal.to_string();
                let fields =
                    field.map(|field| ProblemField { field: field.to_owned(), reason: reason.clone() });
                Self::new(kind, reason).with_fields(fields)
            }
            OfficeError::Store(detail) => {
                tracing::error!(detail, "a request failed in the database");
                Self::new(kind, "the database cannot be used; nothing was changed")
            }
            other => Self::new(kind, other.to_string()),
        }
    }

    /// What provisioning answered.
    pub(crate) fn from_provisioning(error: &ProvisioningError) -> Self {
        let text = error.to_string();
        // The message begins with its code, which has a place of its own here.
        let words = text.split_once(' ').map_or(text.as_str(), |(_, words)| words);
        match error {
            ProvisioningError::Setting { setting, reason, .. } => {
                let field = ProblemField { field: format!("settings.{setting}"), reason: reason.clone() };
                Self::new(SETTING, words).with_fields([field])
            }
            ProvisioningError::Render { .. } => Self::new(TEMPLATE, words),
            ProvisioningError::NoConnector { .. } => Self::new(NO_CONNECTOR, words),
            ProvisioningError::NotSetUp { .. } => Self::new(NOT_SET_UP, words),
            ProvisioningError::Sealed { .. } => Self::new(SEALED, words),
            ProvisioningError::NoAccount { .. } => Self::new(UNKNOWN_ACCOUNT, words),
            ProvisioningError::Manifest { .. }
            | ProvisioningError::Unreadable { .. }
            | ProvisioningError::Client { .. }
            | ProvisioningError::Queue { .. }
            | ProvisioningError::Source { .. } => {
                tracing::error!(%error, "a request failed in provisioning");
                Self::new(INTERNAL, "provisioning could not do this; it is in the log")
            }
        }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code, for the log.
    pub(crate) fn code(&self) -> &'static str {
        self.body.code
    }

    /// The answer, with the request's id.
    pub(crate) fn answer(mut self, request_id: &str) -> Response {
        request_id.clone_into(&mut self.body.instance);
        let status = self.status();
        let bytes = serde_json::to_vec(&self.body).unwrap_or_default();
        let mut response = (status, self.headers, bytes).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        response
    }
}

/// The field a refusal speaks of, where it speaks of one.
fn field_of(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::KeyReused => Some("Idempotency-Key"),
        Refusal::AmountNotPositive | Refusal::RefundTooHigh { .. } | Refusal::ExchangeWrong(_) => {
            Some("amount")
        }
        Refusal::WrongCurrency(_) => Some("currency"),
        Refusal::UnknownVoucher
        | Refusal::VoucherUsed
        | Refusal::VoucherExpired
        | Refusal::VoucherRevoked => Some("code"),
        Refusal::ProductNotAssignable(_) | Refusal::AddOnConflict(_) => Some("product"),
        Refusal::NotAllowed => Some("service"),
        Refusal::NotReseller | Refusal::CyclicChain => Some("reseller"),
        Refusal::NoOwnBalance => Some("account"),
        Refusal::UnknownClass => Some("class"),
        Refusal::UnknownDialingRules => Some("dialing_rules"),
        Refusal::UnknownPlan => Some("plan"),
        _ => None,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
