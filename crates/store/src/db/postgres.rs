//! PostgreSQL's side: one connection, its kept statements, and rows that gather until they go to the server together.
//!
//! Must not know: what a lost connection means for whoever lost it. It stays lost until somebody calls [`Connection::connect_again`].

mod encoding;
mod gathering;

use super::socket::{Socket, Stream, Woken, now};
use super::tls::{Encrypted, Tls, Trust};
use super::{Bound, DatabaseError, Kind, Params, Result, dialect};
use crate::database_url::DatabaseUrl;
use foldhash::quality::FixedState;
use gathering::Gathered;
use hashbrown::HashMap;
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio_postgres::Client;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::{ToSql, Type};

/// A server that takes longer to be reached is not there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Oldest server that will do: 15.0.
const OLDEST: i64 = 150_000;
/// Where a server of this machine listens by default, and its port.
const USUAL_PORT: u16 = 5432;
/// The name of a host behind a Unix socket, which is never asked for.
const THIS_MACHINE: &str = "localhost";

type Task = tokio_postgres::Connection<Stream, Encrypted>;

/// A connection to a server that takes changes.
pub(crate) struct Connection {
    url: Arc<DatabaseUrl>,
    link: Link,
    statements: RefCell<HashMap<String, Arc<Prepared>, FixedState>>,
    posts: RefCell<Vec<Gathered>>,
}

struct Link {
    client: Client,
    /// `None` once it has ended.
    task: RefCell<Option<Pin<Box<Task>>>>,
    socket: Arc<Socket>,
    woken: Arc<Woken>,
    waker: Waker,
    patience: Cell<Duration>,
    lost: Cell<bool>,
    /// A statement failed since the last transaction or savepoint began anew.
    failed: Cell<bool>,
    /// The server's process for this connection, and since when it is there: no other ever has the same name.
    name: String,
}

struct Prepared {
    text: String,
    statement: OnceLock<tokio_postgres::Statement>,
}

/// A statement that is kept.
pub(crate) struct Statement<'c> {
    connection: &'c Connection,
    prepared: Arc<Prepared>,
}

impl Statement<'_> {
    pub fn execute(&self, params: &impl Params) -> Result<usize> {
        self.connection.send_posts()?;
        let values = collect(params)?;
        let statement = self.connection.prepared(&self.prepared, &values)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = self.connection.link.run(self.connection.link.client.execute(&statement, &values))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub fn query(&self, params: &impl Params) -> Result<Vec<tokio_postgres::Row>> {
        self.connection.send_posts()?;
        let values = collect(params)?;
        let statement = self.connection.prepared(&self.prepared, &values)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        self.connection.link.run(self.connection.link.client.query(&statement, &values))
    }
}

fn collect<'a>(params: &'a impl Params) -> Result<Vec<Bound<'a>>> {
    let mut values = Vec::new();
    params.each(&mut |value| {
        values.push(value);
        Ok(())
    })?;
    Ok(values)
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Integer => Type::INT8,
        Kind::Text => Type::TEXT,
        Kind::Blob => Type::BYTEA,
        Kind::Blobs => Type::BYTEA_ARRAY,
    }
}

impl Connection {
    /// Connects to the first of the hosts that takes changes.
    /// A server that takes longer than `patience` to answer is taken for gone.
    pub fn connect(url: Arc<DatabaseUrl>, patience: Duration) -> Result<Self> {
        let link = Link::connect(&url, patience)?;
        Ok(Self { url, link, statements: RefCell::default(), posts: RefCell::default() })
    }

    /// The same anew, after it was lost. What the old one left behind on the server is ended first, if it can be.
    pub fn connect_again(&mut self) -> Result<()> {
        let link = Link::connect(&self.url, self.link.patience.get())?;
        self.forget_posts();
        self.posts.get_mut().clear();
        self.statements.get_mut().clear();
        let old = std::mem::replace(&mut self.link, link).name;
        let ended = self.statement(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
             WHERE CONCAT(pid, ' ', EXTRACT(EPOCH FROM backend_start)) = ?1 AND usename = current_user",
        );
        if let Err(error) = ended.query(&[old]) {
            tracing::debug!(%error, "the old connection is left to the server");
        }
        Ok(())
    }

    pub fn statement(&self, sql: &str) -> Statement<'_> {
        let mut statements = self.statements.borrow_mut();
        let prepared = statements.entry_ref(sql).or_insert_with(|| {
            Arc::new(Prepared { text: dialect::statement(sql), statement: OnceLock::new() })
        });
        Statement { connection: self, prepared: prepared.clone() }
    }

    fn prepared(&self, prepared: &Prepared, values: &[Bound<'_>]) -> Result<tokio_postgres::Statement> {
        if let Some(statement) = prepared.statement.get() {
            return Ok(statement.clone());
        }
        let types: Vec<Type> = values.iter().map(|value| type_of(value.kind())).collect();
        let statement = self.link.run(self.link.client.prepare_typed(&prepared.text, &types))?;
        let _ = prepared.statement.set(statement.clone());
        Ok(statement)
    }

    /// Any number of statements without values, in PostgreSQL's own words.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        if sql.starts_with("ROLLBACK") {
            self.forget_posts();
        } else {
            self.send_posts()?;
        }
        self.link.run(self.link.client.batch_execute(sql))?;
        if sql.starts_with("ROLLBACK") || sql.starts_with("BEGIN") {
            self.link.failed.set(false);
        }
        Ok(())
    }

    /// Fails when a statement of the open transaction did.
    pub fn must_be_whole(&self) -> Result<()> {
        if self.link.failed.get() { Err(DatabaseError::Undone) } else { Ok(()) }
    }

    /// Durable: as durable as the connection is set up to be. Otherwise a crash of the server may take the end of what was written.
    pub fn begin(&self, durable: bool) -> Result<()> {
        self.forget_posts();
        self.execute_batch(if durable { "BEGIN" } else { "BEGIN; SET LOCAL synchronous_commit TO OFF" })
    }

    /// Gathers a row for [`Connection::send_posts`].
    pub fn post(&self, sql: &'static str, params: &impl Params) -> Result<()> {
        let known = |post: &Gathered| std::ptr::eq(post.sql(), sql) || post.sql() == sql;
        let mut posts = self.posts.borrow_mut();
        if !posts.iter().any(known) {
            // Changes of rows leave behind the rows.
            let rows = posts.partition_point(|post| !post.changes());
            let gathered = Gathered::new(sql, &collect(params)?);
            let place = if gathered.changes() { posts.len() } else { rows };
            posts.insert(place, gathered);
        }
        if posts.iter_mut().find(|post| known(post)).map_or(Ok(false), |post| post.repeats(params))? {
            drop(posts);
            self.send_posts()?;
            posts = self.posts.borrow_mut();
            if let Some(post) = posts.iter_mut().find(|post| known(post)) {
                post.repeats(params)?;
            }
        }
        posts.iter_mut().find(|post| known(post)).map_or(Ok(()), |post| post.add(params))
    }

    /// Sends what was gathered, one statement for each kind of row.
    pub fn send_posts(&self) -> Result<()> {
        for post in self.posts.borrow_mut().iter_mut().filter(|post| !post.is_empty()) {
            let statement = match post.statement() {
                Some(statement) => statement,
                None => {
                    let text = post.text().ok_or(DatabaseError::Value)?;
                    let prepared = self.link.run(self.link.client.prepare_typed(&text, &post.types()))?;
                    post.keep(prepared)
                }
            };
            let sent = self.link.run(self.link.client.execute(&statement, &post.lists()));
            post.clear();
            sent?;
        }
        Ok(())
    }

    pub fn forget_posts(&self) {
        self.posts.borrow_mut().iter_mut().for_each(Gathered::clear);
    }

    /// The server's name for this connection; changes when it is made again.
    pub fn name(&self) -> &str {
        &self.link.name
    }

    /// From now on a question may take so long, and a transaction rest for as long as it likes.
    pub fn be_patient(&self, patience: Duration) -> Result<()> {
        self.link.patience.set(patience);
        self.execute_batch("SET idle_in_transaction_session_timeout TO 0")
    }

    /// Gives the connection up: it will be made again.
    pub fn give_up(&self) {
        self.link.lost.set(true);
    }

    /// Whether the connection has ended, as far as can be seen from here.
    pub fn is_lost(&self) -> bool {
        self.link.look();
        self.link.lost.get()
    }
}

impl Link {
    fn connect(url: &DatabaseUrl, patience: Duration) -> Result<Self> {
        let mut last = DatabaseError::Unreachable("no host is named".to_owned());
        for (index, host) in url.hosts().iter().enumerate() {
            let ports = url.ports();
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(USUAL_PORT);
            match Self::connect_to(url, host, port, patience) {
                Ok(link) => return Ok(link),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn connect_to(url: &DatabaseUrl, host: &Host, port: u16, patience: Duration) -> Result<Self> {
        let socket = Socket::connect(host, port, CONNECT_PATIENCE)
            .map_err(|error| DatabaseError::Unreachable(error.to_string()))?;
        let (socket, woken) = (Arc::new(socket), Arc::new(Woken::default()));
        let waker = Waker::from(woken.clone());
        let mut config = url.config().clone();
        let tls = match (host, url.trust()) {
            (Host::Tcp(name), trust) => Tls::new(trust.unwrap_or(&Trust::Anybody), name),
            (Host::Unix(_), _) => {
                config.ssl_mode(SslMode::Disable);
                Tls::new(&Trust::Anybody, THIS_MACHINE)
            }
        };
        let tls = tls.map_err(DatabaseError::Unreachable)?;
        let opening = config.connect_raw(Stream(socket.clone()), tls);
        let opened = run(&socket, &woken, &waker, CONNECT_PATIENCE, opening, |_| true)?;
        let (client, task) = opened?;
        let task = RefCell::new(Some(Box::pin(task)));
        let (lost, failed, name) = (Cell::new(false), Cell::new(false), String::new());
        let patience = Cell::new(patience);
        let mut link = Self { client, task, socket, woken, waker, patience, lost, failed, name };
        // What is durable is never less than on this disk, whatever the server's own default is.
        // A client machine that died is noticed within half a minute, and what it held is free again.
        let set_up = "SET client_min_messages TO warning; SET idle_in_transaction_session_timeout TO '60s';
             SET tcp_keepalives_idle TO 10; SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3;
             SELECT set_config('synchronous_commit', 'on', false)
               WHERE current_setting('synchronous_commit') IN ('off', 'local')";
        link.run(link.client.batch_execute(set_up))?;
        let about = "SELECT pg_is_in_recovery(), CAST(current_setting('server_version_num') AS BIGINT),
               current_setting('server_encoding'),
               (SELECT CONCAT(pid, ' ', EXTRACT(EPOCH FROM backend_start)) FROM pg_stat_activity WHERE pid = pg_backend_pid())";
        let row = link.run(link.client.query_one(about, &[]))?;
        let unfit = |reason: &str| Err(DatabaseError::Unreachable(reason.to_owned()));
        if row.try_get(0)? {
            return unfit("the server is a standby and takes no changes");
        }
        if row.try_get::<_, i64>(1)? < OLDEST {
            return unfit("the server is older than PostgreSQL 15");
        }
        if row.try_get::<_, String>(2)? != "UTF8" {
            return unfit("the database's encoding is not UTF8");
        }
        link.name = row.try_get::<_, Option<String>>(3)?.unwrap_or_default();
        Ok(link)
    }

    /// Waits for the answer to a question.
    fn run<T>(
        &self,
        question: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        if self.lost.get() {
            return Err(DatabaseError::Unreachable("the connection was lost".to_owned()));
        }
        let answer = run(&self.socket, &self.woken, &self.waker, self.patience.get(), question, |context| {
            self.turn(context)
        });
        let answer = match answer {
            Ok(answer) => answer.map_err(DatabaseError::from),
            Err(error) => Err(error),
        };
        self.failed.set(self.failed.get() || answer.is_err());
        if answer.as_ref().is_err_and(DatabaseError::is_lost) {
            self.lost.set(true);
        }
        answer
    }

    /// One turn of what moves octets; whether there is more to come.
    fn turn(&self, context: &mut Context<'_>) -> bool {
        let mut place = self.task.borrow_mut();
        let Some(task) = place.as_mut() else { return false };
        let ended = task.as_mut().poll(context).is_ready();
        if ended {
            *place = None;
            self.lost.set(true);
        }
        !ended
    }

    /// Takes note of what the server did meanwhile.
    fn look(&self) {
        while self.turn(&mut Context::from_waker(&self.waker)) && self.woken.take() {}
    }
}

/// Polls a question and what moves octets in turns until the answer is there.
fn run<F: Future>(
    socket: &Socket,
    woken: &Woken,
    waker: &Waker,
    patience: Duration,
    question: F,
    mut turn: impl FnMut(&mut Context<'_>) -> bool,
) -> Result<F::Output> {
    let mut question = pin!(question);
    let mut context = Context::from_waker(waker);
    let deadline = now() + patience;
    loop {
        if let Poll::Ready(answer) = question.as_mut().poll(&mut context) {
            return Ok(answer);
        }
        let alive = turn(&mut context);
        if woken.take() {
            continue;
        }
        if !alive {
            // Its end has been told to the question, if to anybody.
            return match question.as_mut().poll(&mut context) {
                Poll::Ready(answer) => Ok(answer),
                Poll::Pending => Err(DatabaseError::Unreachable("the connection was lost".to_owned())),
            };
        }
        match socket.wait(deadline) {
            Ok(true) => {}
            Ok(false) => return Err(DatabaseError::Silent),
            Err(error) => return Err(DatabaseError::Unreachable(error.to_string())),
        }
    }
}
