//! A finished canvas becomes the bytes of one PDF 1.7 file. Nothing in it depends on the moment or the machine.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Date, Filter, Finish, Name, Pdf, Rect, Ref, Settings, TextStr, XRefFilter};

use super::canvas::{Canvas, LOGO_NAME};
use super::glyph_use::GlyphUse;
use super::logo::Logo;
use super::typeface_embedding::{FaceObjects, embed};
use crate::length::operand;
use crate::text::{FaceId, Faces};
use crate::{DocumentDate, DocumentError};

const PRODUCT: &str = "Talea";

/// What archives and mail programs show about a document.
pub(crate) struct DocumentFacts<'d> {
    pub(crate) title: String,
    pub(crate) author: &'d str,
    pub(crate) subject: String,
    pub(crate) language: &'d str,
    pub(crate) dated: DocumentDate,
}

/// Hands out the numbers of objects.
struct Objects(i32);

impl Objects {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }

    fn take(&mut self, count: usize) -> Vec<Ref> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// The numbers of the objects that others name.
struct Places {
    tree: Ref,
    pages: Vec<Ref>,
    contents: Vec<Ref>,
    owners: Vec<Ref>,
    faces: Vec<(FaceId, FaceObjects)>,
    logo: Ref,
    logo_mask: Ref,
    structure: Ref,
    first_element: Ref,
}

impl Places {
    fn new(objects: &mut Objects, canvas: &Canvas) -> Self {
        let count = canvas.pages.len();
        let faces = canvas.glyphs.used().map(|(face, _)| {
            let [font, descendant, descriptor, file, texts] = std::array::from_fn(|_| objects.next());
            (face, FaceObjects { font, descendant, descriptor, file, texts })
        });
        let faces = faces.collect();
        let [tree, logo, logo_mask, structure] = std::array::from_fn(|_| objects.next());
        let (pages, contents, owners) = (objects.take(count), objects.take(count), objects.take(count));
        let elements = objects.take(canvas.structure.object_count());
        let first_element = elements.first().copied().unwrap_or(structure);
        Self { tree, pages, contents, owners, faces, logo, logo_mask, structure, first_element }
    }
}

/// # Errors
/// [`DocumentError::Drawing`] when a typeface can't be embedded.
pub(crate) fn write_file(
    canvas: Canvas,
    logo: Option<&Logo>,
    facts: &DocumentFacts<'_>,
) -> Result<Vec<u8>, DocumentError> {
    let mut objects = Objects(0);
    let catalog = objects.next();
    let info = objects.next();
    let places = Places::new(&mut objects, &canvas);
    let mut pdf = Pdf::with_settings(Settings { pretty: false });
    pdf.set_version(1, 7);

    write_info(&mut pdf, info, facts);
    write_catalog(&mut pdf, catalog, &places, facts);
    let faces = Faces::bundled()?;
    for ((face, used), (_, objects)) in canvas.glyphs.used().zip(&places.faces) {
        embed(&mut pdf, face, faces.get(face), used, objects)?;
    }
    if let Some(logo) = logo {
        logo.write(&mut pdf, places.logo, places.logo_mask);
    }
    canvas.structure.write(&mut pdf, places.first_element, places.structure, &places.pages);
    canvas.structure.write_root(&mut pdf, places.structure, places.first_element, &places.owners);
    write_pages(&mut pdf, canvas, &places, logo.is_some());
    let directory = objects.next();
    Ok(pdf.finish_with_xref_stream_and_filter(directory, |data| {
        (compressed(data), XRefFilter::Single(Filter::FlateDecode))
    }))
}

fn write_info(pdf: &mut Pdf, info: Ref, facts: &DocumentFacts<'_>) {
    let DocumentDate { year, month, day } = facts.dated;
    let date = Date::new(year).month(month).day(day).hour(0).minute(0).second(0);
    let mut writer = pdf.document_info(info);
    writer.title(TextStr(&facts.title)).author(TextStr(facts.author)).subject(TextStr(&facts.subject));
    writer.creator(TextStr(PRODUCT)).producer(TextStr(PRODUCT));
    writer.creation_date(date.utc_offset_hour(0).utc_offset_minute(0));
}

fn write_catalog(pdf: &mut Pdf, catalog: Ref, places: &Places, facts: &DocumentFacts<'_>) {
    let mut writer = pdf.catalog(catalog);
    writer.pages(places.tree).lang(TextStr(facts.language));
    writer.mark_info().marked(true);
    writer.pair(Name(b"StructTreeRoot"), places.structure);
    writer.viewer_preferences().display_doc_title(true);
}

fn write_pages(pdf: &mut Pdf, canvas: Canvas, places: &Places, with_logo: bool) {
    let size = Rect::new(operand(0), operand(0), canvas.width.points(), canvas.height.points());
    let count = i32::try_from(places.pages.len()).unwrap_or(i32::MAX);
    let mut tree = pdf.pages(places.tree);
    tree.kids(places.pages.iter().copied()).count(count).media_box(size);
    let mut resources = tree.resources();
    let mut fonts = resources.fonts();
    for (face, objects) in &places.faces {
        fonts.pair(GlyphUse::resource_name(*face), objects.font);
    }
    fonts.finish();
    if with_logo {
        resources.x_objects().pair(LOGO_NAME, places.logo);
    }
    resources.finish();
    tree.finish();
    let numbers = places.pages.iter().zip(places.contents.iter().zip(&places.owners));
    for (index, (sheet, (page, (contents, owners)))) in canvas.pages.into_iter().zip(numbers).enumerate() {
        let mut writer = pdf.page(*page);
        writer.parent(places.tree).contents(*contents);
        writer.struct_parents(i32::try_from(index).unwrap_or(i32::MAX));
        writer.finish();
        pdf.stream(*contents, &compressed(&sheet.content.finish())).filter(Filter::FlateDecode);
        let elements = sheet.marked.iter().map(|element| element.object(places.first_element));
        pdf.indirect(*owners).array().items(elements);
    }
}

/// Zlib, as `FlateDecode` reads it.
pub(super) fn compressed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 2), Compression::default());
    // Writing to memory can't fail.
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
