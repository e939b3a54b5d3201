//! Gy: Diameter credit control (RFC 8506, 3GPP TS 32.299) over TCP, from the gateway's side.

mod answers;
mod connection;
mod requests;

pub use answers::{Expected, GyReceiver, check};
pub use connection::{Connection, ORIGIN_HOST, Reader, Writer, answer_request, write_all};
pub use requests::{GySender, Requests, Step, session_id};

use crate::LoadError;
use crate::phase::Link;
use crate::plan::Lane;
use std::net::SocketAddr;

/// Opens a connection for each lane: capabilities exchanged, ready for load.
///
/// # Errors
/// The server cannot be reached or does not want us.
pub fn open(address: SocketAddr, lanes: &[Lane]) -> Result<Vec<Link<GySender, GyReceiver>>, LoadError> {
    lanes.iter().map(|lane| link(address, *lane)).collect()
}

fn link(address: SocketAddr, lane: Lane) -> Result<Link<GySender, GyReceiver>, LoadError> {
    let connection = Connection::open(address)?;
    let (writer, reader) = connection.halves()?;
    let requests = Requests::new(lane.run)?;
    let sender = GySender::new(writer.clone(), requests, lane);
    Ok(Link { lane, sender, receiver: GyReceiver::new(reader, writer, lane) })
}
