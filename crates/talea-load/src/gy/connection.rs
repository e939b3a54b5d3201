//! A Diameter connection of the generator: capabilities exchange (RFC 6733 5.3), watchdog answers (5.5), leave-taking (5.4).

use crate::LoadError;
use diameter::answer::{Echo, Identity};
use diameter::codes::{command, result};
use diameter::frame::Splitter;
use diameter::peer::LocalNode;
use diameter::peer::disconnect::{self, DisconnectCause};
use diameter::peer::watchdog;
use diameter::{Message, client};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Our Origin-Host, a node of the sample server.
pub const ORIGIN_HOST: &str = "gateway.load.example";
/// Our Origin-Realm.
pub const ORIGIN_REALM: &str = "load.example";
/// Longest wait for a connection, or for an answer to a base request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest wait of one read, so that the reader can look after itself.
const READ_WAIT: Duration = Duration::from_millis(20);
/// Octets read at once.
const CHUNK: usize = 64 * 1024;

/// The side that writes; shared, because the reader answers watchdogs.
pub type Writer = Arc<Mutex<TcpStream>>;

/// Writes whole messages.
///
/// # Errors
/// The socket is broken.
pub fn write_all(writer: &Writer, octets: &[u8]) -> Result<(), LoadError> {
    let mut stream = writer.lock().unwrap_or_else(PoisonError::into_inner);
    stream.write_all(octets).map_err(LoadError::io("sending to the server"))
}

/// Our identity in base messages.
fn identity() -> Identity {
    Identity { host: ORIGIN_HOST.to_owned(), realm: ORIGIN_REALM.to_owned(), state_id: None }
}

/// The side that reads.
#[derive(Debug)]
pub struct Reader {
    stream: TcpStream,
    splitter: Splitter,
    chunk: Vec<u8>,
}

impl Reader {
    /// Waits a moment for octets; `false` when the other side closed.
    ///
    /// # Errors
    /// The socket is broken.
    pub fn fill(&mut self) -> Result<bool, LoadError> {
        match self.stream.read(&mut self.chunk) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.splitter.feed(self.chunk.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(LoadError::io("receiving from the server")(error)),
        }
    }

    /// The next whole message that was read.
    ///
    /// # Errors
    /// What came is no Diameter.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, LoadError> {
        self.splitter
            .next_message()
            .map_err(|error| LoadError::Server(format!("the server sent no Diameter: {error}")))
    }
}

/// Answers a request of the server; `false` when it takes leave.
///
/// # Errors
/// The socket is broken.
pub fn answer_request(message: &Message<'_>, writer: &Writer) -> Result<bool, LoadError> {
    let (mut octets, who, echo) = (Vec::new(), identity(), Echo::of(message));
    let leaves = message.header.command == command::DISCONNECT_PEER;
    if leaves {
        disconnect::write_answer(&who, &echo, &mut octets);
    } else if message.header.command == command::DEVICE_WATCHDOG {
        watchdog::write_answer(&who, &echo, &mut octets);
    }
    write_all(writer, &octets)?;
    Ok(!leaves)
}

/// A connection on which credit-control requests may be sent.
#[derive(Debug)]
pub struct Connection {
    writer: Writer,
    reader: Reader,
}

impl Connection {
    /// Connects and exchanges capabilities.
    ///
    /// # Errors
    /// The server cannot be reached or does not want us.
    pub fn open(address: SocketAddr) -> Result<Self, LoadError> {
        let unreachable = LoadError::io(format!("connecting to {address}"));
        let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(unreachable)?;
        let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(READ_WAIT)));
        set.map_err(LoadError::io("socket options"))?;
        let copy = stream.try_clone().map_err(LoadError::io("a second handle of the socket"))?;
        let reader = Reader { stream: copy, splitter: Splitter::default(), chunk: vec![0; CHUNK] };
        let mut connection = Self { writer: Arc::new(Mutex::new(stream)), reader };
        let local = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let node = LocalNode::credit_control(identity(), local, "talea-load");
        let mut cer = Vec::new();
        client::write_cer(&node, (1, 1), &mut cer);
        write_all(&connection.writer, &cer)?;
        match connection.base_answer(command::CAPABILITIES_EXCHANGE)? {
            Some(result::SUCCESS) => Ok(connection),
            Some(code) => Err(LoadError::Server(format!(
                "the server refused {ORIGIN_HOST} with Result-Code {code}; it must know this peer"
            ))),
            None => Err(LoadError::Server("the server closed before it said its capabilities".to_owned())),
        }
    }

    /// The Result-Code of the answer to a base request; `None` when the server closed.
    fn base_answer(&mut self, command: u32) -> Result<Option<u32>, LoadError> {
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if !self.reader.fill()? {
                return Ok(None);
            }
            while let Some(octets) = self.reader.next_message()? {
                let message =
                    Message::decode(octets).map_err(|error| LoadError::Server(error.to_string()))?;
                if message.header.is_request() {
                    answer_request(&message, &self.writer)?;
                } else if message.header.command == command {
                    return Ok(Some(message.result_code().unwrap_or(0)));
                }
            }
        }
        Err(LoadError::Server(format!("the server did not answer command {command} in time")))
    }

    /// Both sides.
    ///
    /// # Errors
    /// None in practice.
    pub fn halves(self) -> Result<(Writer, Reader), LoadError> {
        Ok((self.writer, self.reader))
    }
}

/// Takes leave (DPR); the answer is not waited for.
pub fn take_leave(writer: &Writer) {
    let mut octets = Vec::new();
    disconnect::write_request(&identity(), DisconnectCause::DoNotWantToTalkToYou, (2, 2), &mut octets);
    // The connection ends either way.
    let _ = write_all(writer, &octets);
}
