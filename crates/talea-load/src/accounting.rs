//! RADIUS accounting (RFC 2866) over UDP, from the access server's side.

mod replies;
mod requests;

pub use replies::AccountingReceiver;
pub use requests::{AccountingSender, SECRET, WINDOW_MOST};

use crate::LoadError;
use crate::phase::Link;
use crate::plan::Lane;
use requests::Slots;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

/// Longest wait of one read, so that the receiver can look after itself.
const READ_WAIT: Duration = Duration::from_millis(20);

/// Opens a socket for each lane.
///
/// # Errors
/// No socket can be had.
pub fn open(
    address: SocketAddr,
    lanes: &[Lane],
) -> Result<Vec<Link<AccountingSender, AccountingReceiver>>, LoadError> {
    lanes.iter().map(|lane| link(address, *lane)).collect()
}

fn link(address: SocketAddr, lane: Lane) -> Result<Link<AccountingSender, AccountingReceiver>, LoadError> {
    let trouble = || LoadError::io(format!("a UDP socket towards {address}"));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(trouble())?;
    socket.connect(address).map_err(trouble())?;
    socket.set_read_timeout(Some(READ_WAIT)).map_err(trouble())?;
    let copy = socket.try_clone().map_err(trouble())?;
    let slots = Arc::new(Slots::default());
    let sender = AccountingSender::new(socket, slots.clone(), lane)?;
    Ok(Link { lane, sender, receiver: AccountingReceiver::new(copy, slots) })
}
