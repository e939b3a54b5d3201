//! One HTTP request to a platform: rendering it, sending it, reading a bounded answer. Knows no steps and no rules.

use std::error::Error as _;
use std::time::Duration;

use rustls::crypto::CryptoProvider;

use crate::answer::Answer;
use crate::error::ProvisioningError;
use crate::manifest::{Auth, Manifest, Step};
use crate::record::{MASK, header_for_record, masked};
use crate::scope::Scopes;
use crate::template::Scope;

/// Longest answer read, in bytes.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept; short, because a stale one costs a failed attempt.
const IDLE: Duration = Duration::from_secs(15);

/// A request ready to be sent, and its recorded form.
#[derive(Debug)]
pub(crate) struct Request {
    method: reqwest::Method,
    url: String,
    headers: Vec<(String, String)>,
    auth: Option<Credentials>,
    body: Option<String>,
    /// As recorded, secrets masked.
    pub recorded: String,
}

enum Credentials {
    Basic(String, String),
    Bearer(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(MASK)
    }
}

/// The client of one connector. Redirects are not followed: they would carry credentials to an address nobody configured.
pub(crate) fn client(manifest: &Manifest, url: &str) -> Result<reqwest::Client, ProvisioningError> {
    // Fails only when somebody installed one before, which is as good.
    if CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = reqwest::Client::builder()
        .timeout(manifest.timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(manifest.timeout))
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if url.starts_with("http://") {
        // Plain HTTP needs no certificates, so it must not fail where the system has none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| ProvisioningError::Client {
        connector: manifest.profile.name.clone(),
        reason: chain(&error),
    })
}

/// Renders a step's request in both forms.
pub(crate) fn render(
    manifest: &Manifest,
    step: &Step,
    scopes: &Scopes,
    url: &str,
) -> Result<Request, ProvisioningError> {
    let open = parts(manifest, step, &scopes.open)?;
    let shown = parts(manifest, step, &scopes.masked)?;
    let auth = credentials(manifest, &scopes.open)?;
    let method = reqwest::Method::from_bytes(step.method.as_bytes())
        .map_err(|error| failed(step, "method", error.to_string()))?;
    let mut recorded = format!("{} {url}{}\n", step.method, shown.path);
    match credentials(manifest, &scopes.masked)? {
        Some(Credentials::Basic(user, _)) => {
            recorded.push_str(&format!("Authorization: Basic {user}:{MASK}\n"))
        }
        Some(Credentials::Bearer(_)) => recorded.push_str(&format!("Authorization: Bearer {MASK}\n")),
        None => {}
    }
    for (name, value) in &shown.headers {
        recorded.push_str(&format!("{name}: {}\n", header_for_record(name, value)));
    }
    if let Some(body) = &shown.body {
        recorded.push('\n');
        recorded.push_str(body);
    }
    Ok(Request {
        method,
        url: format!("{url}{}", open.path),
        headers: open.headers,
        auth,
        body: open.body,
        recorded,
    })
}

struct Parts {
    path: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

fn failed(step: &Step, part: &str, reason: String) -> ProvisioningError {
    ProvisioningError::Render { place: format!("step.{}.{part}", step.name), reason }
}

fn parts(manifest: &Manifest, step: &Step, scope: &Scope) -> Result<Parts, ProvisioningError> {
    let render = |part: &str, key: &String| {
        manifest.templates.render(key, scope).map_err(|reason| failed(step, part, reason))
    };
    let headers = step
        .headers
        .iter()
        .map(|(name, key)| Ok((name.clone(), render("headers", key)?)))
        .collect::<Result<Vec<_>, ProvisioningError>>()?;
    let body = step.body.as_ref().map(|key| render("body", key)).transpose()?;
    Ok(Parts { path: render("path", &step.path)?, headers, body })
}

fn credentials(manifest: &Manifest, scope: &Scope) -> Result<Option<Credentials>, ProvisioningError> {
    let eval = |field: &str, expression: &str| -> Result<String, ProvisioningError> {
        let value = manifest.templates.eval(expression, scope);
        let value = value.map_err(|reason| ProvisioningError::Render { place: field.to_owned(), reason })?;
        Ok(if value.is_none() { String::new() } else { value.to_string() })
    };
    Ok(match &manifest.auth {
        None => None,
        Some(Auth::Basic { user, password }) => {
            Some(Credentials::Basic(eval("auth.user", user)?, eval("auth.password", password)?))
        }
        // A login step itself has no token yet.
        Some(Auth::Bearer { token }) => {
            Some(eval("auth.token", token)?).filter(|t| !t.is_empty()).map(Credentials::Bearer)
        }
    })
}

/// Sends a request. Whether the platform did anything is unknown after an error.
///
/// # Errors
/// A sentence that says what happened on the way.
pub(crate) async fn send(client: &reqwest::Client, request: &Request) -> Result<Answer, String> {
    let mut builder = client.request(request.method.clone(), &request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    builder = match &request.auth {
        Some(Credentials::Basic(user, password)) => builder.basic_auth(user, Some(password)),
        Some(Credentials::Bearer(token)) => builder.bearer_auth(token),
        None => builder,
    };
    if let Some(body) = &request.body {
        builder = builder.body(body.clone());
    }
    let mut response = builder.send().await.map_err(|error| trouble(&error))?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut body: Vec<u8> = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| trouble(&error))? {
        if body.len() + part.len() > MAX_ANSWER_BYTES {
            return Err(format!("the answer is longer than {MAX_ANSWER_BYTES} bytes"));
        }
        body.extend_from_slice(&part);
    }
    Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

/// The recorded form of an answer.
pub(crate) fn recorded(answer: &Answer, secrets: &[String]) -> String {
    let mut text = format!("HTTP {}\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {}\n", header_for_record(name, value)));
    }
    text.push('\n');
    text.push_str(&answer.body);
    masked(text, secrets)
}

fn trouble(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time; what the platform did is unknown".to_owned()
    } else if error.is_connect() {
        format!("the platform can't be reached: {}", chain(error))
    } else {
        format!("the connection broke; what the platform did is unknown: {}", chain(error))
    }
}

/// An error and its causes in one line, without the address.
fn chain(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push(inner.to_string());
        cause = inner.source();
    }
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}
