//! Whole pages: well formed, reachable by keyboard, right without scripts.

use axum::http::{HeaderMap, HeaderValue, header};
use web_kit::*;

const VOID: [&str; 7] = ["input", "img", "br", "hr", "meta", "link", "!doctype"];

fn staff_page(frame: &StaffFrame) -> String {
    let body = PageHead::new("Customers").crumb("Home", "/").fact("Owed", money(1, "USD", 2));
    staff(frame, StaffPage::new("Customers", StaffSection::Customers, body).flash(Flash::done("Saved.")))
        .into_string()
}

fn self_care_page(accent: Option<Colour>) -> String {
    let frame = SelfCareFrame {
        base: "/my".into(),
        brand: Brand { accent, ..Brand::named("Acme") },
        user: "Ada".into(),
        csrf_token: "t".into(),
        choices: Choices::default(),
    };
    self_care(&frame, SelfCarePage::new("Usage", SelfCareSection::Usage, PageHead::new("Usage")))
        .into_string()
}

#[test]
fn every_element_of_every_shell_is_closed_in_order() {
    for page in [staff_page(&StaffFrame::default()), self_care_page(None)] {
        let mut open = Vec::new();
        for (tag, _) in crate::tags(&page) {
            let self_closing =
                tag.ends_with('/') || ["path", "circle", "rect"].contains(&tag.trim_start_matches('/'));
            match tag.strip_prefix('/') {
                Some(closed) if !self_closing => assert_eq!(open.pop().as_deref(), Some(closed)),
                Some(_) => {}
                None if VOID.contains(&tag.as_str()) || self_closing => {}
                None => open.push(tag),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn a_page_has_one_heading_one_main_a_skip_link_and_names_its_section() {
    for page in [staff_page(&StaffFrame::default()), self_care_page(None)] {
        assert_eq!(page.matches("<h1>").count(), 1);
        assert_eq!(page.matches("<main id=\"main\"").count(), 1);
        assert!(page.contains("class=\"skip\" href=\"#main\""));
        assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
        assert!(page.contains("<html") && page.contains("lang=\"en\""));
    }
}

#[test]
fn a_mount_point_stands_before_every_link_of_the_frame() {
    let page = staff_page(&StaffFrame { base: "/staff".into(), ..StaffFrame::default() });
    for href in [
        "href=\"/staff\"",
        "href=\"/staff/customers\"",
        "action=\"/staff/search\"",
        "action=\"/staff/sign-out\"",
        "data-search=\"/staff/search\"",
    ] {
        assert!(page.contains(href), "{href}");
    }
    assert_eq!(under("", "/"), "/");
    assert_eq!(under("/my/", "/usage"), "/my/usage");
}

#[test]
fn a_user_sees_only_the_sections_he_may_open() {
    let frame =
        StaffFrame { sections: vec![StaffSection::Home, StaffSection::Customers], ..StaffFrame::default() };
    let page = staff_page(&frame);
    assert!(page.contains("href=\"/customers\"") && !page.contains("href=\"/settings\""));
}

#[test]
fn remembered_choices_are_painted_by_the_server_and_nonsense_is_ignored() {
    let sent = |cookie: &str| {
        Choices::from_headers(&HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_str(cookie).unwrap(),
        )]))
    };
    let page = staff_page(&StaffFrame { choices: sent("theme=dark; rail=narrow"), ..StaffFrame::default() });
    assert!(page.contains("<html class=\"staff narrow-rail\" lang=\"en\" data-theme=\"dark\">"));
    assert_eq!(sent("theme=\"><script>"), Choices::default());
}

#[test]
fn a_brand_brings_its_colour_as_a_style_sheet() {
    assert!(self_care_page(Colour::from_hex("0f766e")).contains("href=\"/assets/brand/0f766e.css\""));
    assert!(!self_care_page(None).contains("/assets/brand/"));
    assert!(self_care_page(None).contains("<title>Usage · Acme</title>"));
}
