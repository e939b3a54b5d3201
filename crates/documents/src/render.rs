//! One invoice and one template become one PDF.

use serde::Serialize;
use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst::syntax::{DiagSpan, Source};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use crate::sandbox::{LOGO_PATH, Sandbox};
use crate::{DocumentDate, DocumentError, InvoiceDocument, TemplateProblem, limits, sample_invoice, workers};

/// The template used when the operator has none of his own, and the one to start from when he edits his.
pub const DEFAULT_TEMPLATE: &str = include_str!("../templates/invoice.typ");

const FIRST_YEAR: u16 = 1900;
const LAST_YEAR: u16 = 9999;
/// Problems of one template that are reported; typst may repeat one for every line of the invoice.
const MAX_PROBLEMS: usize = 20;

/// Sets `invoice` with `template` (None: [`DEFAULT_TEMPLATE`]) and returns the PDF.
///
/// CPU-bound, waits while all workers are busy: call it from a blocking thread. The same input gives the same bytes.
///
/// # Errors
/// [`DocumentError`]; an error leaves nothing behind, the next document is not affected.
pub fn render(invoice: &InvoiceDocument, template: Option<&str>) -> Result<Vec<u8>, DocumentError> {
    let template = template.unwrap_or(DEFAULT_TEMPLATE);
    let data = serde_json::to_value(TemplateData { logo: invoice.logo.as_ref().map(|_| LOGO_PATH), invoice })
        .map_err(|error| DocumentError::Typesetter(error.to_string()))?;
    limits::check(invoice, &data, template)?;
    check_accent(&invoice.accent)?;
    let date = calendar_date(invoice.dated)?;
    let sandbox = Sandbox::new(template, data.to_string().into_bytes(), invoice.logo.clone(), date)?;
    workers::run(|| {
        let _eviction = EvictMemoCache;
        typeset(&sandbox, invoice, date)
    })
}

/// Says whether `template` can set invoices, by setting [`sample_invoice`] with it.
///
/// # Errors
/// What [`render`] would answer.
pub fn check_template(template: &str) -> Result<(), DocumentError> {
    render(&sample_invoice(), Some(template)).map(drop)
}

/// Says whether `svg` can be used as a logo.
///
/// # Errors
/// [`DocumentError::TooLarge`], or [`DocumentError::Invalid`] with what is wrong in the file.
pub fn check_logo(svg: &[u8]) -> Result<(), DocumentError> {
    let invoice = InvoiceDocument { logo: Some(svg.to_vec()), ..sample_invoice() };
    match render(&invoice, Some("#image(\"/logo.svg\", height: 10mm)")) {
        Err(DocumentError::Template(problems)) => {
            let reasons: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            Err(DocumentError::Invalid { field: "logo".to_owned(), reason: reasons.join("; ") })
        }
        other => other.map(drop),
    }
}

/// The file that templates read: the invoice, and where its logo lies.
#[derive(Serialize)]
struct TemplateData<'a> {
    #[serde(flatten)]
    invoice: &'a InvoiceDocument,
    logo: Option<&'static str>,
}

/// Typst memoizes into one cache of the process, and a bill run would fill the memory with it. Dropped when a document
/// ends, whether it was made, refused or broken off by a panic. A document that is being set on another thread
/// meanwhile only loses time.
struct EvictMemoCache;

impl Drop for EvictMemoCache {
    fn drop(&mut self) {
        comemo::evict(0);
    }
}

fn typeset(sandbox: &Sandbox, invoice: &InvoiceDocument, date: Datetime) -> Result<Vec<u8>, DocumentError> {
    let refuse = |problems: &[SourceDiagnostic]| template_error(problems, sandbox.template());
    let mut document: PagedDocument =
        typst::compile(sandbox).output.map_err(|problems| refuse(problems.as_slice()))?;
    // What archives and mail programs show must be right even if a template says nothing about it.
    let info = document.info_mut();
    info.title.get_or_insert_with(|| format!("{} {}", invoice.title, invoice.number).into());
    if info.author.is_empty() {
        info.author.push(invoice.operator.name.as_str().into());
    }
    info.date = Smart::Auto;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}/{}", invoice.operator.name, invoice.number)),
        creator: Smart::Custom(Some("Talea".to_owned())),
        timestamp: Some(Timestamp::new_utc(date)),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|problems| refuse(problems.as_slice()))
}

fn template_error(problems: &[SourceDiagnostic], template: &Source) -> DocumentError {
    let problems = problems.iter().take(MAX_PROBLEMS).map(|problem| TemplateProblem {
        message: problem.message.to_string(),
        hints: problem.hints.iter().map(|hint| hint.v.to_string()).collect(),
        position: position_of(problem, template),
    });
    DocumentError::Template(problems.collect())
}

/// The problem's place in the template. What went wrong elsewhere (inside the data, the logo or a library function) is
/// placed at the innermost call in the template that led there.
fn position_of(problem: &SourceDiagnostic, template: &Source) -> Option<(usize, usize)> {
    let calls = problem.trace.iter().map(|call| DiagSpan::from(call.span));
    std::iter::once(problem.span).chain(calls).find_map(|span| {
        let offset = byte_offset(span, template)?;
        let (line, column) = template.lines().byte_to_line_column(offset)?;
        Some((line + 1, column + 1))
    })
}

fn byte_offset(span: DiagSpan, template: &Source) -> Option<usize> {
    use typst::syntax::DiagSpanKind;
    match span.get() {
        DiagSpanKind::Number { id, num, sub_range } if id == template.id() => {
            template.range(num, sub_range).map(|range| range.start)
        }
        DiagSpanKind::Range { id, range } if id == template.id() => Some(range.start),
        _ => None,
    }
}

fn check_accent(accent: &str) -> Result<(), DocumentError> {
    let digits = accent.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(DocumentError::Invalid {
        field: "accent".to_owned(),
        reason: "must be a colour like #1f4e8c".to_owned(),
    })
}

fn calendar_date(date: DocumentDate) -> Result<Datetime, DocumentError> {
    let year = Some(date.year).filter(|year| (FIRST_YEAR..=LAST_YEAR).contains(year));
    let date = year.and_then(|year| Datetime::from_ymd(i32::from(year), date.month, date.day));
    date.ok_or_else(|| DocumentError::Invalid {
        field: "dated".to_owned(),
        reason: format!("must be a day between {FIRST_YEAR}-01-01 and {LAST_YEAR}-12-31"),
    })
}
