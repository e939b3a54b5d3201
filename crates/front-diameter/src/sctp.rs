//! Listening on SCTP, where the kernel has it. Sockets are of the one-to-one style (RFC 6458 4.1), one message a write (RFC 6733
//! 2.1.1), each with the payload protocol identifier of Diameter without DTLS. No machine of ours has SCTP in its kernel: that
//! identifier has been set by the book of Linux and never been seen on a wire. Must not know: messages.

use nix::libc;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::SetStruct;
use socket2::{Domain, Protocol, Socket, Type};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// IANA's protocol number of SCTP; also the level of its socket options.
const SCTP: i32 = 132;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;
/// Payload protocol identifier of Diameter in clear text (RFC 6733 11.4).
const DIAMETER: u32 = 46;
/// `SCTP_DEFAULT_SEND_PARAM` of Linux's `linux/sctp.h` (RFC 6458 8.1.31).
const DEFAULT_SEND_PARAM: i32 = 10;

/// `struct sctp_sndrcvinfo` of Linux.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct SendParam {
    stream: u16,
    ssn: u16,
    flags: u16,
    /// In the octets' order of the network.
    ppid: u32,
    context: u32,
    time_to_live: u32,
    tsn: u32,
    cumulative_tsn: u32,
    association: i32,
}

/// The kernel takes a structure of exactly this size.
const _: () = assert!(size_of::<SendParam>() == 32);

#[derive(Clone)]
struct DefaultSendParam;
nix::setsockopt_impl!(DefaultSendParam, SCTP, DEFAULT_SEND_PARAM, SendParam, SetStruct<'_, SendParam>);

/// A listening socket: it accepts, reads and writes as one of TCP does.
pub(crate) fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::from(SCTP)))?;
    socket.set_nonblocking(true)?;
    // What is set here holds for the connections that it accepts, too.
    let param = SendParam { ppid: DIAMETER.to_be(), ..SendParam::default() };
    if let Err(error) = setsockopt(&socket, DefaultSendParam, &param) {
        tracing::warn!(%address, %error, "SCTP without the payload identifier of Diameter");
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
