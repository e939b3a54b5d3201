//! The connector a manifest describes: runs its steps in order against the platform until the desired state is there.
//!
//! A run always begins at the first step, reads before it writes and has no memory of earlier runs but the login; so
//! it may be repeated after anything, also after a time-out that hid whether the platform did the work.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use minijinja::value::Value;

use crate::answer::judge;
use crate::connector::{Applied, Boxed, Connector, PlannedRequest, Profile, Verdict};
use crate::dry_run;
use crate::error::ProvisioningError;
use crate::http;
use crate::manifest::{Manifest, RuleOutcome, Step};
use crate::record::{Exchange, bounded};
use crate::scope::Scopes;
use crate::settings::Settings;
use crate::subscriber::DesiredSubscriber;

/// Most repetitions of one step (devices of one account).
pub const MAX_REPETITIONS: usize = 256;
/// Most requests recorded of one attempt.
const MAX_EXCHANGES: usize = 64;

type Values = BTreeMap<String, Value>;

/// A connector over HTTP, made of a manifest and settings.
#[derive(Debug)]
pub struct HttpConnector {
    manifest: Manifest,
    settings: Settings,
    client: reqwest::Client,
    url: String,
    /// Values of login steps, kept over runs until the platform says they are no good.
    logins: Mutex<BTreeMap<String, Values>>,
}

/// One run in progress.
struct Run<'a> {
    connector: &'a HttpConnector,
    scopes: Scopes,
    exchanges: Vec<Exchange>,
    store_back: BTreeMap<String, String>,
}

/// Why a run ended before its last step.
enum Stop {
    Verdict(Verdict),
    Relogin(String),
}

impl HttpConnector {
    /// Makes a connector.
    ///
    /// # Errors
    /// [`ProvisioningError::Setting`] or [`ProvisioningError::Client`].
    pub fn new(
        manifest: Manifest,
        given: BTreeMap<String, String>,
    ) -> Result<HttpConnector, ProvisioningError> {
        let settings = Settings::new(&manifest, given)?;
        let url = settings.get("url").unwrap_or_default().to_owned();
        let client = http::client(&manifest, &url)?;
        Ok(HttpConnector { manifest, settings, client, url, logins: Mutex::default() })
    }

    async fn run(&self, desired: &DesiredSubscriber) -> Applied {
        let mut run = Run {
            connector: self,
            scopes: Scopes::new(&self.manifest, &self.settings, desired),
            exchanges: Vec::new(),
            store_back: BTreeMap::new(),
        };
        let mut logged_in_again = false;
        let verdict = loop {
            match run.steps().await {
                Ok(()) => break Verdict::Done,
                Err(Stop::Verdict(verdict)) => break verdict,
                Err(Stop::Relogin(reason)) if logged_in_again => {
                    break Verdict::Retry(format!("the session is refused right after login: {reason}"));
                }
                Err(Stop::Relogin(_)) => {
                    logged_in_again = true;
                    self.logins.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    run.scopes = Scopes::new(&self.manifest, &self.settings, desired);
                }
            }
        };
        Applied { verdict, exchanges: run.exchanges, store_back: run.store_back }
    }
}

impl Run<'_> {
    async fn steps(&mut self) -> Result<(), Stop> {
        let connector = self.connector;
        for step in &connector.manifest.steps {
            if step.login {
                let kept =
                    connector.logins.lock().unwrap_or_else(PoisonError::into_inner).get(&step.name).cloned();
                if let Some(values) = kept {
                    self.scopes.set_step(step, &values);
                    continue;
                }
            }
            if !self.wanted(step)? {
                continue;
            }
            for item in self.items(step)? {
                self.scopes.set_item(item);
                let values = self.request(step).await?;
                self.scopes.set_step(step, &values);
                if step.login {
                    let mut logins = connector.logins.lock().unwrap_or_else(PoisonError::into_inner);
                    logins.insert(step.name.clone(), values);
                }
                self.store(step)?;
            }
            self.scopes.set_item(None);
        }
        Ok(())
    }

    fn eval(&self, step: &Step, part: &str, expression: &str) -> Result<Value, Stop> {
        self.connector.manifest.templates.eval(expression, &self.scopes.open).map_err(|reason| {
            let place = format!("step.{}.{part}", step.name);
            Stop::Verdict(Verdict::Fatal(ProvisioningError::Render { place, reason }.to_string()))
        })
    }

    fn wanted(&self, step: &Step) -> Result<bool, Stop> {
        step.when.as_ref().map_or(Ok(true), |when| Ok(self.eval(step, "when", when)?.is_true()))
    }

    /// What a step is repeated for: one `None` for a step without `for_each`.
    fn items(&self, step: &Step) -> Result<Vec<Option<Value>>, Stop> {
        let Some(expression) = &step.for_each else { return Ok(vec![None]) };
        let list = self.eval(step, "for_each", expression)?;
        let fatal =
            |reason: String| Stop::Verdict(Verdict::Fatal(format!("step.{}.for_each: {reason}", step.name)));
        let items: Vec<Option<Value>> =
            list.try_iter().map_err(|error| fatal(error.to_string()))?.map(Some).collect();
        if items.len() > MAX_REPETITIONS {
            return Err(fatal(format!("{} repetitions, at most {MAX_REPETITIONS} are made", items.len())));
        }
        Ok(items)
    }

    async fn request(&mut self, step: &Step) -> Result<Values, Stop> {
        let connector = self.connector;
        let request = http::render(&connector.manifest, step, &self.scopes, &connector.url)
            .map_err(|error| Stop::Verdict(Verdict::Fatal(error.to_string())))?;
        let begun = Instant::now();
        let sent = http::send(&connector.client, &request).await;
        let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut exchange = Exchange {
            step: step.name.clone(),
            request: bounded(request.recorded),
            status: None,
            answer: None,
            judgement: String::new(),
            took_ms,
        };
        let result = match sent {
            Err(reason) => {
                exchange.judgement = format!("retry: {reason}");
                Err(Stop::Verdict(Verdict::Retry(format!("{}: {reason}", step.title))))
            }
            Ok(answer) => {
                let judged = judge(&connector.manifest, step, &answer, &self.scopes.open);
                exchange.status = Some(answer.status);
                let mut secrets = connector.settings.secrets().to_vec();
                if step.login {
                    secrets
                        .extend(judged.values.values().filter_map(|value| value.as_str().map(str::to_owned)));
                }
                exchange.answer = Some(bounded(http::recorded(&answer, &secrets)));
                let (word, result) = outcome(step, judged);
                exchange.judgement = word;
                result
            }
        };
        if self.exchanges.len() < MAX_EXCHANGES {
            self.exchanges.push(exchange);
        } else if let Some(last) = self.exchanges.last_mut() {
            // The latest is the one that explains how the attempt ended.
            *last = exchange;
        }
        result
    }

    fn store(&mut self, step: &Step) -> Result<(), Stop> {
        for (name, expression) in &step.store {
            let value = self.eval(step, "store", expression)?;
            if !value.is_none() {
                self.store_back.insert(name.clone(), value.to_string());
            }
        }
        Ok(())
    }
}

fn outcome(step: &Step, judged: crate::answer::Judged) -> (String, Result<Values, Stop>) {
    let reason = format!("{}: {}", step.title, judged.note);
    match judged.outcome {
        RuleOutcome::Done => (format!("done: {}", judged.note), Ok(judged.values)),
        RuleOutcome::Retry => (format!("retry: {}", judged.note), Err(Stop::Verdict(Verdict::Retry(reason)))),
        RuleOutcome::Relogin => (format!("log in again: {}", judged.note), Err(Stop::Relogin(reason))),
        RuleOutcome::Fatal => (format!("fatal: {}", judged.note), Err(Stop::Verdict(Verdict::Fatal(reason)))),
        RuleOutcome::Auth => (format!("refused: {}", judged.note), Err(Stop::Verdict(Verdict::Auth(reason)))),
    }
}

impl Connector for HttpConnector {
    fn profile(&self) -> &Profile {
        &self.manifest.profile
    }

    fn apply<'a>(&'a self, desired: &'a DesiredSubscriber) -> Boxed<'a, Applied> {
        Box::pin(self.run(desired))
    }

    fn dry_run(&self, desired: &DesiredSubscriber) -> Result<Vec<PlannedRequest>, ProvisioningError> {
        dry_run::plan(&self.manifest, &self.settings, &self.url, desired)
    }
}
