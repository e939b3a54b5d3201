//! Who plays: the operator, its network, and what the story needs to remember from step to step.

use super::gateway_client::Gateway;
use super::operator_client::OperatorClient;
use super::router_client::AccessNode;
use crate::error::TaleaError;
use crate::system::System;
use office::{Actor, NewStaffUser, NodeForm, NodeProtocol, OperatorSettings, Role, Scope, SecretText};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use testkit::minerva::Simulator;

/// Shared secret of the access node.
const RADIUS_SECRET: &str = "demo-radius-secret";
/// Origin-Host of the packet gateway.
const GATEWAY_HOST: &str = "pgw-1.demo.talea.local";
/// Staff login of the demonstration.
const STAFF: (&str, &str) = ("anna", "talea-demo-2026");

/// What the story plays with.
pub struct Cast<'a> {
    /// The IPTV platform.
    pub minerva: &'a Simulator,
    /// The running system, for the look at the books at the end.
    pub system: &'a System,
    /// The operator's own programs.
    pub api: OperatorClient,
    /// The access node.
    pub node: AccessNode,
    /// A node that nobody knows.
    pub stranger: AccessNode,
    /// The packet gateway.
    pub gateway: Gateway,
    /// Result-Code of its capabilities exchange.
    pub gateway_welcome: u32,
    /// Customer number.
    pub customer: String,
    /// Customer id.
    pub customer_id: String,
    /// Account of the home.
    pub home: String,
    /// Account of the phone.
    pub phone: String,
}

/// Logins to print at the end.
pub struct Logins {
    /// Staff portal.
    pub staff: (String, String),
    /// Self-care portal.
    pub subscriber: (String, String),
    /// API.
    pub token: String,
}

/// Runs an office call on a thread that may block.
pub async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, office::OfficeError> + Send + 'static,
) -> Result<T, TaleaError> {
    let done = tokio::task::spawn_blocking(call).await;
    Ok(done.map_err(|error| TaleaError::Said(error.to_string()))??)
}

/// Sets the operator up as a person would in the staff portal: settings, staff, token, network nodes.
pub async fn set_up(system: &System) -> Result<String, TaleaError> {
    let office = system.office.clone();
    blocking(move || {
        let actor = Actor::System("demo");
        let settings = OperatorSettings {
            name: "Aurora Broadband".to_owned(),
            address: vec!["12 Harbor Street".to_owned(), "Portland, ME 04101".to_owned()],
            email: "care@aurora.example".to_owned(),
            phone: "+1 207 555 0100".to_owned(),
            website: "aurora.example".to_owned(),
            tax_id: "EIN 01-2345678".to_owned(),
            zone: "America/New_York".to_owned(),
            ..office.settings()?
        };
        office.save_settings(&actor, &settings)?;
        let user = NewStaffUser {
            login: STAFF.0.to_owned(),
            name: "Anna Berg".to_owned(),
            role: Role::Admin,
            password: STAFF.1.to_owned(),
            must_change: false,
        };
        office.create_staff(&actor, user)?;
        let node = |name: &str, protocol, address: &str, profile: &str, secret: Option<&str>| NodeForm {
            name: name.to_owned(),
            protocol,
            address: address.to_owned(),
            profile: profile.to_owned(),
            secret: secret.map(|s| SecretText::from(s.to_owned())),
            settings: BTreeMap::new(),
            enabled: true,
        };
        office.create_node(
            &actor,
            node("bras-1", NodeProtocol::Radius, "127.0.0.1", "mikrotik", Some(RADIUS_SECRET)),
        )?;
        office.create_node(&actor, node("pgw-1", NodeProtocol::Diameter, GATEWAY_HOST, "generic", None))?;
        office.create_token(&actor, "demo story", &Scope::ALL, None)
    })
    .await
}

impl<'a> Cast<'a> {
    /// Everybody connected and nobody signed up yet.
    pub async fn assemble(
        system: &'a System,
        minerva: &'a Simulator,
        token: String,
    ) -> Result<Cast<'a>, TaleaError> {
        let (auth, accounting) = (system.radius.auth_address(), system.radius.accounting_address());
        let known = AccessNode::new(Ipv4Addr::LOCALHOST, auth, accounting, RADIUS_SECRET).await?;
        let stranger = AccessNode::new(Ipv4Addr::new(127, 0, 0, 9), auth, accounting, RADIUS_SECRET).await?;
        let server = system.diameter.addresses().first().copied();
        let server = server.ok_or_else(|| TaleaError::Said("Diameter listens nowhere".to_owned()))?;
        let (gateway, gateway_welcome) = Gateway::connect(server, GATEWAY_HOST, "demo.talea.local").await?;
        Ok(Cast {
            minerva,
            system,
            api: OperatorClient::new(system.http.staff, token)?,
            node: known,
            stranger,
            gateway,
            gateway_welcome,
            customer: String::new(),
            customer_id: String::new(),
            home: String::new(),
            phone: String::new(),
        })
    }

    /// The customer's money as the API tells it: (available, balance, reserved).
    pub async fn money(&self) -> Result<(String, String, String), TaleaError> {
        let answer = self.api.get(&format!("/customers/{}/balance", self.customer_id)).await?;
        let answer = answer.expect_success("the balance")?;
        Ok((answer.text("available"), answer.text("balance"), answer.text("reserved")))
    }

    /// Seconds since 1970 on the system's clock.
    pub fn now_seconds(&self) -> u32 {
        u32::try_from(self.system.office.now().unix_seconds()).unwrap_or_default()
    }

    /// Moves the clock with the API's development endpoint, which answers when everything due has been done.
    pub async fn wait_until(&self, instant: &str) -> Result<(), TaleaError> {
        let body = serde_json::json!({ "to": instant });
        self.api.post("/dev/clock", &body).await?.expect_success("moving the clock").map(|_| ())
    }

    /// The staff login of the demonstration.
    pub fn staff_login() -> (String, String) {
        (STAFF.0.to_owned(), STAFF.1.to_owned())
    }
}
