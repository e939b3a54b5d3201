//! The way to a PostgreSQL server, and waiting for it: the store asks and waits on the thread that asked, whatever that thread is.
//!
//! The client library is made of futures. Here they are polled in turns, and between turns this thread waits for the one socket there
//! is. So there is no runtime, no thread between the question and its answer, and every wait has an end.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::Host;

/// How long the network may keep what was sent from the server.
const UNACKNOWLEDGED_MILLIS: u32 = 20_000;
/// A server that is silent is looked after, so often, so many times.
const LOOK_AFTER: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(5);
const LOOKS: u32 = 3;

/// Set when a future has something to do.
#[derive(Debug, Default)]
pub(super) struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Woken {
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

enum Kind {
    Unix(UnixStream),
    Tcp(TcpStream),
}

/// A connected socket that never blocks.
pub(super) struct Socket {
    kind: Kind,
    /// What was to be written did not all go.
    full: AtomicBool,
}

impl Socket {
    /// Connects to a host, or to a server of this machine by the directory of its socket.
    pub fn connect(host: &Host, port: u16, patience: Duration) -> io::Result<Self> {
        let kind = match host {
            Host::Unix(directory) => {
                let stream = UnixStream::connect(directory.join(format!(".s.PGSQL.{port}")))?;
                stream.set_nonblocking(true)?;
                Kind::Unix(stream)
            }
            Host::Tcp(name) => {
                let mut last = io::Error::from(io::ErrorKind::NotFound);
                let connected = (name.as_str(), port).to_socket_addrs()?.find_map(|address| {
                    TcpStream::connect_timeout(&address, patience).map_err(|error| last = error).ok()
                });
                let stream = connected.ok_or(last)?;
                stream.set_nodelay(true)?;
                look_after(&stream)?;
                stream.set_nonblocking(true)?;
                Kind::Tcp(stream)
            }
        };
        Ok(Self { kind, full: AtomicBool::new(false) })
    }

    /// Waits until there is something to read, or room for what was not written. Tells whether there is before the deadline.
    pub fn wait(&self, deadline: Instant) -> io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut wanted = PollFlags::IN;
        if self.full.load(Ordering::Relaxed) {
            wanted |= PollFlags::OUT;
        }
        let left = deadline.saturating_duration_since(now());
        let left = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        match poll(&mut [PollFd::from_borrowed_fd(self.fd(), wanted)], Some(&left)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Unix(stream) => stream.as_fd(),
            Kind::Tcp(stream) => stream.as_fd(),
        }
    }

    fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        match &self.kind {
            Kind::Unix(stream) => (&*stream).read(into),
            Kind::Tcp(stream) => (&*stream).read(into),
        }
    }

    fn write(&self, octets: &[u8]) -> io::Result<usize> {
        match &self.kind {
            Kind::Unix(stream) => (&*stream).write(octets),
            Kind::Tcp(stream) => (&*stream).write(octets),
        }
    }
}

/// A server whose machine or network is gone answers nothing, not even that: it is taken for lost when what was sent is not acknowledged
/// for so long, or when it does not answer so many looks. Otherwise whoever waits for a long question would wait for all its patience.
fn look_after(stream: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED_MILLIS)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, LOOK_AFTER)?;
    sockopt::set_tcp_keepintvl(stream, LOOK_EVERY)?;
    Ok(sockopt::set_tcp_keepcnt(stream, LOOKS)?)
}

/// The monotonic clock: how long a server may take. Nothing that is stored depends on it.
pub(super) fn now() -> Instant {
    Instant::now()
}

/// The socket as the client library wants it. It is polled again after each wait, so nobody has to be woken.
pub(super) struct Stream(pub Arc<Socket>);

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.0.read(into.initialize_unfilled()) {
            Ok(octets) => {
                into.advance(octets);
                Poll::Ready(Ok(()))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.0.write(octets);
        let full = written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        self.0.full.store(full, Ordering::Relaxed);
        if full { Poll::Pending } else { Poll::Ready(written) }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
