//! Templates and logos that operators edit: errors have a place, and nothing outside can be reached.

use crate::pdf_text::Pdf;
use documents::{DEFAULT_TEMPLATE, DocumentError, InvoiceDocument, TemplateProblem};
use documents::{check_logo, check_template, render, sample_invoice};

fn problems(template: &str) -> Vec<TemplateProblem> {
    match check_template(template) {
        Err(DocumentError::Template(problems)) if !problems.is_empty() => problems,
        other => panic!("{template:?} gave {other:?}"),
    }
}

#[test]
fn an_operators_own_template_is_used() {
    let template = "#let inv = json(\"/invoice.json\")\nDear #inv.customer.name, #inv.amount_due please.";
    let text = Pdf::new(&render(&sample_invoice(), Some(template)).expect("it renders")).text();
    assert_eq!(text.trim(), "Dear Anna Lindqvist, 59.38 please.");
}

#[test]
fn a_broken_template_is_refused_with_line_and_column() {
    let syntax = problems("#let a = 1\n\nHello #let b = (\n");
    assert_eq!(syntax[0].position, Some((3, 16)), "{syntax:?}");
    let unknown = problems("= Bill\n#let inv = json(\"/invoice.json\")\n#inv.nubmer");
    assert_eq!(unknown[0].position, Some((3, 6)), "{unknown:?}");
    assert!(unknown[0].message.contains("nubmer"), "{unknown:?}");
    let shown = check_template("\n#oops").expect_err("refused").to_string();
    assert!(shown.contains("line 2, column 2") && shown.contains("oops"), "{shown}");
}

#[test]
fn a_failed_document_does_not_harm_the_next() {
    let before = render(&sample_invoice(), None).expect("it renders");
    problems("#panic(\"no\")");
    assert!(render(&sample_invoice(), None).expect("it renders") == before);
}

#[test]
fn templates_reach_nothing_but_their_own_facts() {
    for (template, line) in [
        ("\n#read(\"/etc/passwd\")", 2),
        ("#read(\"../../../../etc/passwd\")", 1),
        ("#read(\"Cargo.toml\")", 1),
        ("#import \"@preview/cetz:0.3.0\": canvas", 1),
        ("#include \"other.typ\"", 1),
        ("\n\n#image(\"/etc/logo.png\")", 3),
    ] {
        let problems = problems(template);
        assert_eq!(problems[0].position.map(|(line, _)| line), Some(line), "{template:?}: {problems:?}");
    }
    let today = "#datetime.today().display()";
    let text = Pdf::new(&render(&sample_invoice(), Some(today)).expect("it renders")).text();
    assert_eq!(text.trim(), "2026-07-01", "the clock of a template is the invoice's date");
}

#[test]
fn templates_that_never_end_are_stopped() {
    for template in [
        "#while true {}",
        "#let f(n) = f(n + 1)\n#f(0)",
        "#let f(n) = [#block(f(n + 1))]\n#f(0)",
        "#let nest(n) = if n == 0 [x] else { block(pad(1pt, nest(n - 1))) }\n#nest(75)",
    ] {
        problems(template);
    }
    let deep = "[".repeat(100_000);
    problems(&format!("#{deep}"));
}

#[test]
fn a_logo_is_checked_before_it_is_used() {
    let svg = |body: &str| {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{body}</svg>")
    };
    check_logo(svg("<rect width=\"5\" height=\"5\"/>").as_bytes()).expect("a good logo");
    for broken in ["", "<svg", "not a picture", "<html></html>"] {
        match check_logo(broken.as_bytes()) {
            Err(DocumentError::Invalid { field, .. }) => assert_eq!(field, "logo"),
            other => panic!("{broken:?} gave {other:?}"),
        }
    }
    assert_eq!(
        check_logo(&vec![b' '; documents::MAX_LOGO_BYTES + 1]).expect_err("too large").code(),
        "DOC-002"
    );
}

#[test]
fn the_default_template_does_without_logo_and_options() {
    check_template(DEFAULT_TEMPLATE).expect("the default template is good");
    let mut bare = InvoiceDocument {
        logo: None,
        sections: Vec::new(),
        taxes: Vec::new(),
        previous_balance: None,
        payments_received: None,
        payment_instructions: Vec::new(),
        notes: Vec::new(),
        accent: "#ffee00".to_owned(),
        ..sample_invoice()
    };
    bare.operator = documents::Party { name: "Operator".to_owned(), ..Default::default() };
    bare.customer = documents::Party { name: "Customer".to_owned(), ..Default::default() };
    let text = Pdf::new(&render(&bare, None).expect("it renders")).text();
    assert!(text.contains("Operator") && text.contains("Customer") && text.contains("USD 59.38"), "{text}");
}
