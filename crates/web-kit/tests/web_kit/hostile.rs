//! Hostile text in every place that takes text.

use web_kit::*;

/// Closes attributes and elements, opens a script, an image with a handler, a link that is a script, a comment.
const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)> <!-- javascript:alert(3) \u{0} {{7*7}}";

fn every_part() -> Vec<(&'static str, Markup)> {
    let h = HOSTILE;
    let state = TableState::new("/x", &format!("sort=-name&{0}={0}&q={0}", form_encode(h)));
    let table = Table::new(h, &state)
        .column(Column::text("name", h).sortable())
        .column(Column::figure("other", h))
        .search("q", h)
        .choice("c", h, [(h, h)])
        .view(h, h)
        .csv(h)
        .column_picker()
        .found(h)
        .totals([h, h])
        .pages(Some(h))
        .row(Row::new().cell(h).cell(h).opens(h).in_drawer());
    let field = Field::text(h, h).value(h).help(h).error(Some(h)).attr("placeholder", h);
    let brand = Brand { name: h.into(), accent: None, logo: Some(h.into()), small_print: Some(h.into()) };
    let frame = StaffFrame {
        base: h.into(),
        user: h.into(),
        role: h.into(),
        environment: h.into(),
        csrf_token: h.into(),
        ..StaffFrame::default()
    };
    let my = SelfCareFrame {
        base: h.into(),
        brand: brand.clone(),
        user: h.into(),
        csrf_token: h.into(),
        choices: Choices::default(),
    };
    let signed_out = SignInPage {
        title: h.into(),
        brand: brand.clone(),
        staff: true,
        lead: Some(h.into()),
        flashes: vec![Flash::bad(h)],
        body: h.into(),
        choices: Choices::default(),
    };
    let mut parts = small_parts(h);
    parts.extend([
        ("table", table.into()),
        ("field", field.into()),
        ("area", Field::area(h, h, 2).value(h).into()),
        ("select", Field::select(h, h, [(h, h)]).value(h).into()),
        ("radio", Field::radio(h, h, [(h, h)]).into()),
        ("form", Form::post(h, h).field(h).hidden(h, h).submit(h).beside(h).into()),
        ("staff", staff(&frame, StaffPage::new(h, StaffSection::Home, h).flash(Flash::done(h)).banner(h))),
        ("self-care", self_care(&my, SelfCarePage::new(h, SelfCareSection::Home, h).banner(h))),
        ("sign-in", sign_in(signed_out)),
        ("error", error_page(&brand, Choices::default(), h, h, h)),
    ]);
    parts
}

fn small_parts(h: &'static str) -> Vec<(&'static str, Markup)> {
    vec![
        ("element", el("p").class(h).attr("title", h).attr("href", h).child(h).into()),
        ("money", money(1, h, 2).into()),
        ("instant", instant(0, h).into()),
        ("copyable", copyable(h)),
        ("chip", chip(Tone::Bad, h)),
        ("status", status(h)),
        ("tag", tag(h)),
        ("flash", Flash::warn(h).into()),
        ("head", PageHead::new(h).crumb(h, h).beside(h).subtitle(h).action(h).fact(h, h).into()),
        ("card", Card::new(h).action(h).child(h).into()),
        ("facts", Facts::new().fact(h, h).into()),
        ("empty", EmptyState::new(Icon::Home, h, h).step(h).into()),
        ("tabs", tabs(h, [(h, h, true)])),
        ("menu", menu(h, h)),
        ("pages", pages(Some(h.into()), None)),
        ("timeline", Timeline::new().entry(Icon::Home, h, h, h).into()),
        ("reasons", Reasons::new().step(h, h).outcome(h).into()),
        ("drawer link", drawer_link(h, h)),
        ("live", live(h, h, 5, h)),
        ("progress", progress(1, 2, h)),
        ("spark", sparkline(&[1, 2], h)),
        ("tile", Tile::new(h, h, h).note(h).tone(Tone::Warn).series(&[1], h).into()),
        ("usage", UsageBar::new(h, 1, 2, h).ends(h).into()),
        ("chart", Chart::new(h, &[1, 2], h).line(h, &[1, 2]).into()),
        ("button form", button_form(h, h, &[(h, h)], button(Weight::Plain, h))),
        ("button link", button_link(Weight::Plain, h, h)),
        ("results", results(h, [ResultGroup::new(h).item(Icon::User, h, h, h)])),
        ("no results", results(h, [])),
    ]
}

fn form_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn no_part_lets_typed_text_become_an_element_or_an_attribute() {
    let known = "a address aside body br button code data dd details div dl dt fieldset figcaption figure footer form h1 h2 \
        head header hr html img input kbd label legend li link main meta nav ol optgroup option p path rect circle progress \
        script section select small span strong summary svg table tbody td textarea tfoot th thead time title tr ul caption";
    for (part, html) in every_part() {
        let html = html.as_str();
        assert!(!html.contains("<script>") && !html.contains("alert(1)</script>"), "{part}: {html}");
        assert!(!html.contains('\0'), "{part} prints NUL");
        for (tag, attributes) in crate::tags(html) {
            let name = tag.trim_start_matches('/');
            assert!(
                name == "!doctype" || known.split_whitespace().any(|known| known == name),
                "{part}: <{tag}>"
            );
            for attribute in attributes {
                assert!(!attribute.starts_with("on"), "{part}: <{tag} {attribute}>");
                assert!(attribute != "style", "{part}: inline style is blocked by the policy");
                assert!(
                    attribute.chars().all(|letter| letter.is_ascii_alphanumeric() || "-/".contains(letter)),
                    "{part}: <{tag} {attribute}>"
                );
            }
        }
    }
}

#[test]
fn an_address_can_not_run_a_script_or_leave_unnoticed() {
    for bad in [
        "javascript:alert(1)",
        "  JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
    ] {
        assert_eq!(safe_address(bad), "#", "{bad:?}");
    }
    for good in [
        "/customers?q=a:b",
        "?after=1",
        "#main",
        "https://example.com/",
        "mailto:a@b.c",
        "tel:+1555",
        "invoice-7",
    ] {
        assert_eq!(safe_address(good), good);
    }
}

#[test]
fn text_is_escaped_once_and_markup_is_not_escaped_again() {
    let inner = Markup::text("a < b & \"c\"");
    assert_eq!(inner.as_str(), "a &lt; b &amp; &quot;c&quot;");
    assert_eq!(Markup::from(el("b").child(&inner)).as_str(), "<b>a &lt; b &amp; &quot;c&quot;</b>");
}

#[test]
fn a_part_is_safe_in_an_askama_template_without_a_filter() {
    #[derive(askama::Template)]
    #[template(source = "{{ part }}|{{ typed }}", ext = "html")]
    struct Page {
        part: Money,
        typed: &'static str,
    }
    let page = Page { part: money(1_000_000, "USD", 2), typed: "<b>" };
    let html = askama::Template::render(&page).unwrap();
    assert!(html.starts_with("<data class=\"money\""), "{html}");
    assert!(html.ends_with("|&#60;b&#62;"), "{html}");
}
