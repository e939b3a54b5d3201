//! Somebody with a cookie jar who reads pages and sends forms.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use mediation::Mediation;
use office::{Office, Role, Secrets};
use provisioning::{Manifest, Provisioning, Sealer};
use tempfile::TempDir;
use testkit::minerva::{Config, Simulator};
use tower::ServiceExt;
use web_staff::WebStaff;

use crate::world;

struct Sealed(Secrets);

impl Sealer for Sealed {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.0.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.unseal(sealed)
    }
}

/// A portal on a data directory of its own.
pub struct Portal {
    pub office: Office,
    provisioning: Option<Provisioning>,
    router: Router,
    _directory: TempDir,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub cookie: Option<String>,
    pub kind: String,
    pub refresh: String,
    pub body: String,
}

impl Portal {
    /// With an administrator, an agent, a helpdesk user and one who has a one-time password.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same, wired otherwise.
    pub fn with(change: impl FnOnce(&mut WebStaff)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::over(world::open(directory.path()), directory, change)
    }

    /// With connectors that are not set up, the simulated platform beside it, and a way for uploads.
    pub async fn with_platform() -> (Self, Simulator) {
        let directory = tempfile::tempdir().unwrap();
        let office = world::open(directory.path());
        let packages = ["Local Channels", "News", "Sports", "HBO"].map(str::to_owned).to_vec();
        let platform = Simulator::start(Config { packages, ..Config::default() }).await.unwrap();
        let manifests = vec![Manifest::load_shipped("minerva").unwrap()];
        let sealer = Arc::new(Sealed(office.secrets().clone()));
        let provisioning =
            Provisioning::start(office.engine().clone(), sealer, manifests, Vec::new()).await.unwrap();
        let imports = Arc::new(Mediation::new(office.clone()));
        let portal = Self::over(office, directory, |state| {
            state.provisioning = Some(provisioning);
            state.imports = Some(imports);
        });
        (portal, platform)
    }

    /// Sets the connector up and switches it on.
    pub async fn connect(&self, platform: &Simulator) {
        let settings =
            [("url", platform.url()), ("user", "talea".into()), ("password", "minerva-demo".into())];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let provisioning = self.provisioning.as_ref().unwrap();
        provisioning.configure("minerva", settings).await.unwrap();
        provisioning.set_enabled("minerva", true).await.unwrap();
    }

    fn over(office: Office, directory: TempDir, change: impl FnOnce(&mut WebStaff)) -> Self {
        world::staff(&office, "ada", "Ada Lindqvist", Role::Admin, false);
        world::staff(&office, "anton", "Anton Ruiz", Role::Agent, false);
        world::staff(&office, "hilda", "Hilda Berg", Role::Helpdesk, false);
        world::staff(&office, "nora", "Nora New", Role::Agent, true);
        let mut state = WebStaff {
            office: office.clone(),
            provisioning: None,
            imports: None,
            csrf_key: [7; 32],
            session_key: [9; 32],
            environment: "Test".into(),
            secure_cookies: true,
            base: "/staff".into(),
            network: None,
            selfcare: String::new(),
        };
        change(&mut state);
        let provisioning = state.provisioning.clone();
        Self { office, provisioning, router: web_staff::router(state), _directory: directory }
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text = |name: header::HeaderName| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (location, cookie) = (text(header::LOCATION).unwrap_or_default(), text(header::SET_COOKIE));
        let (kind, refresh) = (text(header::CONTENT_TYPE), text(header::REFRESH));
        let (kind, refresh) = (kind.unwrap_or_default(), refresh.unwrap_or_default());
        let status = response.status();
        let body = to_bytes(response.into_body(), 64 << 20).await.unwrap();
        Answer { status, location, cookie, kind, refresh, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, login: &str) -> Browser<'_> {
        let mut browser = Browser { portal: self, cookie: String::new() };
        let page = browser.get("/staff/sign-in").await;
        let token = hidden(&page.body, "csrf");
        let fields = [("csrf", token.as_str()), ("login", login), ("password", world::PASSWORD)];
        let answer = browser.send("/staff/sign-in", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser.cookie = answer.cookie.unwrap().split(';').next().unwrap().to_owned();
        browser
    }

    pub fn stranger(&self) -> Browser<'_> {
        Browser { portal: self, cookie: String::new() }
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

    /// A token for this session's forms, from any page.
    pub async fn token(&self) -> String {
        hidden(&self.page("/staff/me").await, "csrf")
    }

    /// Uploads a file with the form's token.
    pub async fn upload(&self, path: &str, name: &str, content: &str) -> Answer {
        self.upload_with(path, &[], ("file", name, content.as_bytes())).await
    }

    /// Sends a form with a file: fields, then the file's field, name and content.
    pub async fn upload_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (field, name, content): (&str, &str, &[u8]),
    ) -> Answer {
        let token = self.token().await;
        let mut body = Vec::new();
        for (name, value) in fields.iter().chain([&("csrf", token.as_str())]) {
            let part =
                format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--part\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--part--\r\n");
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=part")
            .body(Body::from(body))
            .unwrap();
        self.portal.ask(request).await
    }

    /// Sends a form with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token().await;
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
