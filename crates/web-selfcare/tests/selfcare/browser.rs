//! Somebody with a cookie jar who reads pages and sends forms.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use office::Office;
use tempfile::TempDir;
use tower::ServiceExt;
use web_selfcare::WebSelfcare;

use crate::world;

/// A portal on a data directory of its own.
pub struct Portal {
    pub office: Office,
    router: Router,
    _directory: TempDir,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub cookie: Option<String>,
    pub kind: String,
    pub policy: String,
    pub body: String,
}

impl Portal {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let office = world::open(directory.path());
        let state = WebSelfcare {
            office: office.clone(),
            csrf_key: [7; 32],
            session_key: [9; 32],
            secure_cookies: true,
        };
        Self { office, router: web_selfcare::router(state), _directory: directory }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text = |name: header::HeaderName| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (location, cookie) = (text(header::LOCATION).unwrap_or_default(), text(header::SET_COOKIE));
        let policy = text(header::CONTENT_SECURITY_POLICY).unwrap_or_default();
        let (kind, status) = (text(header::CONTENT_TYPE).unwrap_or_default(), response.status());
        let body = to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status, location, cookie, kind, policy, body }
    }

    pub fn stranger(&self) -> Browser<'_> {
        Browser { portal: self, cookie: String::new() }
    }

    /// Tries a login and a password.
    pub async fn knock(&self, login: &str, password: &str) -> Answer {
        let stranger = self.stranger();
        let page = stranger.get("/sign-in").await;
        let token = hidden(&page.body, "csrf");
        stranger.send("/sign-in", &[("csrf", &token), ("login", login), ("password", password)]).await
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, login: &str) -> Browser<'_> {
        let answer = self.knock(login, world::PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        Browser { portal: self, cookie: answer.cookie.unwrap().split(';').next().unwrap().to_owned() }
    }
}

pub struct Browser<'a> {
    portal: &'a Portal,
    pub cookie: String,
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie).body(Body::empty()).unwrap();
        self.portal.ask(request).await
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {} {}", answer.location, answer.body);
        answer.body
    }

    /// Sends exactly these fields.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.portal.ask(request).await
    }

    /// Sends a form with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = hidden(&self.page("/profile").await, "csrf");
        let all: Vec<(&str, &str)> =
            [("csrf", token.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.send(path, &all).await
    }
}

/// The value of a hidden field of a page.
pub fn hidden(page: &str, name: &str) -> String {
    let marker = format!("name=\"{name}\" value=\"");
    let start = page.find(&marker).unwrap_or_else(|| panic!("no field {name} in {page}")) + marker.len();
    page[start..].split('"').next().unwrap().to_owned()
}
