//! The writing halves of transports: what a connection's writer waits on, and what another thread may write meanwhile without waiting.
//!
//! Must not know: Diameter.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The writing half of a transport.
pub(crate) trait WriteHalf: AsyncWrite + Unpin + Send + 'static {
    /// The same, for writes that do not wait; `None` where the transport has state of its own between octets and the wire (TLS).
    fn at_once(&self) -> Option<Arc<OwnedWriteHalf>>;
}

/// The writing half of a TCP connection, shared.
pub(crate) struct TcpWriteHalf(Arc<OwnedWriteHalf>);

/// Both halves of a TCP connection.
pub(crate) fn split(stream: TcpStream) -> (OwnedReadHalf, TcpWriteHalf) {
    let (read, write) = stream.into_split();
    (read, TcpWriteHalf(Arc::new(write)))
}

impl WriteHalf for TcpWriteHalf {
    fn at_once(&self) -> Option<Arc<OwnedWriteHalf>> {
        Some(self.0.clone())
    }
}

impl<T: Send + 'static> WriteHalf for tokio::io::WriteHalf<T>
where
    Self: AsyncWrite,
{
    fn at_once(&self) -> Option<Arc<OwnedWriteHalf>> {
        None
    }
}

impl AsyncWrite for TcpWriteHalf {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let stream: &TcpStream = (*self.0).as_ref();
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_write(octets) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream: &TcpStream = (*self.0).as_ref();
        Poll::Ready(socket2::SockRef::from(stream).shutdown(std::net::Shutdown::Write))
    }
}
