//! Assets are whole, small, cacheable, and nothing else is served.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use tower::ServiceExt;
use web_kit::assets::{self, CSS_LIMIT, SCRIPT_LIMIT};

async fn get(path: &str) -> Response<Body> {
    let app: Router = assets::router().layer(web_kit::security_headers());
    app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
}

fn header_of<'r>(response: &'r Response<Body>, name: &header::HeaderName) -> &'r str {
    response.headers().get(name).unwrap().to_str().unwrap()
}

#[test]
fn vendored_files_are_the_ones_whose_checksums_were_kept() {
    let folder = format!("{}/assets/vendor", env!("CARGO_MANIFEST_DIR"));
    let list = std::fs::read_to_string(format!("{folder}/CHECKSUMS")).unwrap();
    let listed: Vec<(&str, &str)> = list.lines().map(|line| line.split_once("  ").unwrap()).collect();
    for (sum, name) in &listed {
        let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&hex, sum, "{name}");
    }
    let here = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(here, listed.len() + 1, "every vendored file is listed");
    for licence in ["htmx.LICENSE", "uPlot.LICENSE"] {
        assert!(listed.iter().any(|(_, name)| *name == licence));
    }
}

#[test]
fn style_sheets_and_scripts_stay_under_their_limits() {
    let size = |kind: &str| -> usize {
        assets::all()
            .iter()
            .filter(|asset| asset.content_type.starts_with(kind))
            .map(|asset| asset.bytes.len())
            .sum()
    };
    let ours = assets::all().iter().find(|asset| asset.name == "app.css").unwrap().bytes.len();
    assert!(ours < CSS_LIMIT, "our style sheet has {ours} bytes");
    let scripts = size("text/javascript");
    assert!(scripts < SCRIPT_LIMIT, "scripts have {scripts} bytes");
}

#[test]
fn the_style_sheet_survives_compacting() {
    let css = std::str::from_utf8(assets::all().iter().find(|asset| asset.name == "app.css").unwrap().bytes)
        .unwrap();
    assert_eq!(css.matches('{').count(), css.matches('}').count());
    assert!(css.contains("@layer tokens,base,components,shells,brand,print;"));
    assert!(css.contains("@media (max-width:640px){") && css.contains("--text:light-dark(#171a21,#e7e9ed);"));
    assert!(!css.contains("/*") && !css.contains("http") && !css.contains("@import"));
}

#[test]
fn our_scripts_keep_comments_and_strings_on_one_line_as_compacting_needs() {
    let folder = format!("{}/assets/js", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines().map(str::trim) {
            assert_eq!(line.matches('`').count() % 2, 0, "a string spans lines: {line}");
            assert!(!line.starts_with("/*") || line.ends_with("*/"), "a comment spans lines: {line}");
        }
    }
}

#[tokio::test]
async fn an_asset_is_kept_for_good_under_its_own_hash_and_not_under_another() {
    for asset in assets::all() {
        let kept = get(assets::url(asset.name)).await;
        assert_eq!(kept.status(), StatusCode::OK);
        assert_eq!(header_of(&kept, &header::CONTENT_TYPE), asset.content_type);
        assert_eq!(header_of(&kept, &header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(to_bytes(kept.into_body(), usize::MAX).await.unwrap(), asset.bytes);
        let stale = get(&format!("/assets/000000000000/{}", asset.name)).await;
        assert_eq!(header_of(&stale, &header::CACHE_CONTROL), "no-cache");
    }
}

#[tokio::test]
async fn nothing_but_the_table_is_served() {
    for path in [
        "/assets/x/..%2f..%2fCargo.toml",
        "/assets/../Cargo.toml",
        "/assets/x/%2e%2e/app.css",
        "/assets/x/app.css/",
        "/assets/x/none.css",
        "/assets/",
        "/assets/unknown",
        "/assets/brand/red.css",
        "/assets/brand/0f766e%7d.css",
    ] {
        assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(assets::url("none.css"), "/assets/unknown");
}

#[tokio::test]
async fn a_brand_colour_is_a_style_sheet_of_its_own() {
    let sheet = get("/assets/brand/0f766e.css").await;
    assert_eq!(header_of(&sheet, &header::CONTENT_TYPE), "text/css; charset=utf-8");
    let css = to_bytes(sheet.into_body(), 1_000).await.unwrap();
    assert!(css.starts_with(b"@layer brand{:root{--accent:light-dark(#0f766e,#"), "{css:?}");
}

#[tokio::test]
async fn every_response_carries_the_security_headers_and_forbids_inline_code() {
    let missing = get("/nowhere").await;
    let policy = header_of(&missing, &header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe"));
    assert_eq!(header_of(&missing, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(header_of(&missing, &header::REFERRER_POLICY), "same-origin");
    assert_eq!(header_of(&missing, &header::CACHE_CONTROL), "no-store");
}
