//! Simulator of the Minerva (iTVManager) back office: customers with status, service packages and devices behind SOAP 1.1
//! with HTTP Basic.
//!
//! The contract is *assumed* (the vendor's reference is not public); `docs/guide/connectors.md` tells it. The
//! simulator refuses whatever that contract does not name. A second port serves the test endpoints, so that the
//! state can be seen while the platform itself is down.
//!
//! ```no_run
//! # async fn demo() -> Result<(), testkit::minerva::SimulatorError> {
//! let minerva = testkit::minerva::Simulator::start(testkit::minerva::Config::default()).await?;
//! println!("platform {}, state {}/_sim/customers", minerva.url(), minerva.inspect_url());
//! minerva.fault(testkit::minerva::Fault::Busy, 2);
//! minerva.go_down().await;
//! minerva.come_back().await?;
//! # Ok(())
//! # }
//! ```

mod door;
mod fault;
mod inspect;
mod platform;
mod soap;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use fault::Fault;
pub use platform::{Customer, CustomerDevice, Purchase};

use door::Serving;

/// Most requests kept; older ones are forgotten.
pub const MAX_RECORDED: usize = 10_000;

/// How the simulated platform is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// HTTP Basic user.
    pub user: String,
    /// HTTP Basic password.
    pub password: String,
    /// Service packages that exist on the platform.
    pub packages: Vec<String>,
    /// Port of the platform on loopback; 0 takes a free one.
    pub port: u16,
}

impl Default for Config {
    /// User `talea`, password `minerva-demo`, the packages of the sample operator, a free port.
    fn default() -> Config {
        let packages = ["Local Channels", "News", "Sports", "Spanish Channels", "HBO", "DVR"];
        Config {
            user: "talea".to_owned(),
            password: "minerva-demo".to_owned(),
            packages: packages.map(str::to_owned).to_vec(),
            port: 0,
        }
    }
}

/// Why a simulator could not listen.
#[derive(Debug, thiserror::Error)]
#[error("the Minerva simulator can't listen on {address}: {reason}")]
pub struct SimulatorError {
    address: String,
    reason: String,
}

/// One request as it arrived and how it was answered.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RecordedRequest {
    /// Request line and headers, raw but for the password.
    pub head: String,
    /// Body, raw.
    pub body: String,
    /// The operation, where one could be recognized.
    pub operation: String,
    /// The customer it is about, where one could be recognized.
    pub customer_id: String,
    /// `ok`, a fault code, or what the simulator did instead of answering.
    pub answered: String,
}

/// What the platform and its test endpoints share.
#[derive(Debug, Default)]
struct Shared {
    platform: platform::Platform,
    user: String,
    password: String,
    faults: fault::FaultPlan,
    requests: Vec<RecordedRequest>,
    connections: u64,
}

type SharedState = Arc<Mutex<Shared>>;

fn lock(shared: &SharedState) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running simulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: SharedState,
    address: SocketAddr,
    inspect_address: SocketAddr,
    serving: tokio::sync::Mutex<Option<Serving>>,
    _inspecting: oneshot::Sender<()>,
}

impl Simulator {
    /// Starts on loopback, inside the current tokio runtime.
    ///
    /// # Errors
    /// [`SimulatorError`] when a port can't be listened on.
    pub async fn start(config: Config) -> Result<Simulator, SimulatorError> {
        let shared: SharedState = Arc::new(Mutex::new(Shared {
            platform: platform::Platform::new(config.packages),
            user: config.user,
            password: config.password,
            ..Shared::default()
        }));
        let (listener, address) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, config.port))).await?;
        let (inspect_listener, inspect_address) = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let serving = door::open(listener, shared.clone());
        let inspecting = inspect::open(inspect_listener, shared.clone());
        Ok(Simulator {
            shared,
            address,
            inspect_address,
            serving: tokio::sync::Mutex::new(Some(serving)),
            _inspecting: inspecting,
        })
    }

    /// The platform's address, for the connector's `url` setting.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the test endpoints, up also while the platform is down.
    pub fn inspect_url(&self) -> String {
        format!("http://{}", self.inspect_address)
    }

    /// Stops listening: connections are refused from when this returns. Requests under way are still answered.
    pub async fn go_down(&self) {
        if let Some(serving) = self.serving.lock().await.take() {
            serving.close().await;
        }
    }

    /// Listens again on the same port, with the state it had.
    ///
    /// # Errors
    /// [`SimulatorError`] when somebody else took the port.
    pub async fn come_back(&self) -> Result<(), SimulatorError> {
        let mut serving = self.serving.lock().await;
        if serving.is_none() {
            let (listener, _) = listen(self.address).await?;
            *serving = Some(door::open(listener, self.shared.clone()));
        }
        Ok(())
    }

    /// Plans a fault for each of the next `times` calls, after those planned before.
    pub fn fault(&self, fault: Fault, times: usize) {
        lock(&self.shared).faults.plan(fault, times);
    }

    /// Forgets the planned faults that have not happened yet.
    pub fn clear_faults(&self) {
        lock(&self.shared).faults.clear();
    }

    /// Adds a service package to the platform.
    pub fn add_package(&self, name: &str) {
        lock(&self.shared).platform.add_package(name);
    }

    /// Adds a VOD purchase that `getPurchases` will tell.
    pub fn add_purchase(&self, purchase: Purchase) {
        lock(&self.shared).platform.add_purchase(purchase);
    }

    /// Changes the accepted password.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.shared).password);
    }

    /// All customers by id.
    pub fn customers(&self) -> Vec<Customer> {
        lock(&self.shared).platform.customers()
    }

    /// One customer.
    pub fn customer(&self, id: &str) -> Option<Customer> {
        lock(&self.shared).platform.customer(id)
    }

    /// Every request that arrived, oldest first.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared).requests.clone()
    }

    /// Forgets the recorded requests.
    pub fn clear_requests(&self) {
        lock(&self.shared).requests.clear();
    }

    /// Connections accepted, also those closed at once.
    pub fn connections(&self) -> u64 {
        lock(&self.shared).connections
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SimulatorError> {
    let failed =
        |error: std::io::Error| SimulatorError { address: address.to_string(), reason: error.to_string() };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let local = listener.local_addr().map_err(failed)?;
    Ok((listener, local))
}

#[cfg(test)]
mod tests;
