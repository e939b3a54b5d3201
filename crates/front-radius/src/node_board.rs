//! What each node has sent since the start, for screens: counters, and the last packet that got no answer.
//!
//! Must not know: packets, secrets, what an answer was.

use calendar::Instant;
use office::LinkFigures;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Nodes that are remembered; renamed ones stay until the next start.
const NODES_MOST: usize = 20_000;

/// What was heard of one node since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its name.
    pub name: Box<str>,
    /// Genuine requests, repeats included.
    pub requests: u64,
    /// Replies sent to it.
    pub answers: u64,
    /// Packets without an answer, repeats of a request that is being worked on left aside.
    pub errors: u64,
    /// Its last packet of any kind.
    pub last_at: Instant,
    /// The last packet without an answer, and why.
    pub last_error: Option<(Instant, String)>,
    /// Repeats, drops by reason, answer times, the last errors.
    pub figures: LinkFigures,
}

/// All nodes that were heard.
#[derive(Debug, Default)]
pub(crate) struct NodeBoard(Mutex<HashMap<Box<str>, NodeView>>);

impl NodeBoard {
    /// A genuine request came.
    pub fn request(&self, node: &str, at: Instant) {
        self.note(node, at, |view| view.requests += 1);
    }

    /// A reply was sent, so many microseconds after its request where that was worked on.
    pub fn answer(&self, node: &str, at: Instant, micros: Option<u64>) {
        self.note(node, at, |view| {
            view.answers += 1;
            micros.into_iter().for_each(|micros| view.figures.latency.count(micros));
        });
    }

    /// A request came again.
    pub fn repeat(&self, node: &str, at: Instant) {
        self.note(node, at, |view| view.figures.repeated += 1);
    }

    /// A packet gets no answer.
    pub fn drop_for(&self, node: &str, at: Instant, reason: &str, words: String) {
        self.error(node, at, words);
        self.note(node, at, |view| view.figures.drop_for(reason));
    }

    /// Something went wrong with a node.
    pub fn error(&self, node: &str, at: Instant, words: String) {
        self.note(node, at, |view| {
            view.errors += 1;
            view.figures.error(at, words.clone());
            view.last_error = Some((at, words));
        });
    }

    /// Every node that was heard, in no order.
    pub fn views(&self) -> Vec<NodeView> {
        self.0.lock().values().cloned().collect()
    }

    fn note(&self, node: &str, at: Instant, change: impl FnOnce(&mut NodeView)) {
        let mut nodes = self.0.lock();
        if let Some(view) = nodes.get_mut(node) {
            view.last_at = at;
            return change(view);
        }
        if nodes.len() >= NODES_MOST {
            return;
        }
        let name: Box<str> = node.into();
        let mut view = NodeView {
            name: name.clone(),
            requests: 0,
            answers: 0,
            errors: 0,
            last_at: at,
            last_error: None,
            figures: LinkFigures::default(),
        };
        change(&mut view);
        nodes.insert(name, view);
    }
}
