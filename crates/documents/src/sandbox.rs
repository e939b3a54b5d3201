//! The world that a template sees: itself, the invoice's facts, the logo, the bundled typefaces and the invoice's date.
//!
//! There is nothing else in it: no directory, no package, no network, no clock. What a template asks for beyond that is
//! answered "not found" or "access denied", which typst reports at the line that asked.

use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::DocumentError;
use crate::fonts::TYPEFACES;

/// Where templates find the invoice's facts.
pub(crate) const DATA_PATH: &str = "/invoice.json";
/// Where templates find the logo, if there is one.
pub(crate) const LOGO_PATH: &str = "/logo.svg";
const TEMPLATE_PATH: &str = "/invoice.typ";

/// The standard library is the same for all documents and costs a few milliseconds, so it is made once.
static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The world of one document.
pub(crate) struct Sandbox {
    template: Source,
    data: (FileId, Bytes),
    logo: Option<(FileId, Bytes)>,
    today: Datetime,
}

impl Sandbox {
    pub(crate) fn new(
        template: &str,
        data: Vec<u8>,
        logo: Option<Vec<u8>>,
        today: Datetime,
    ) -> Result<Self, DocumentError> {
        let logo = match logo {
            Some(svg) => Some((file_id(LOGO_PATH)?, Bytes::new(svg))),
            None => None,
        };
        Ok(Self {
            template: Source::new(file_id(TEMPLATE_PATH)?, template.to_owned()),
            data: (file_id(DATA_PATH)?, Bytes::new(data)),
            logo,
            today,
        })
    }

    /// The template, to find the line of a problem.
    pub(crate) fn template(&self) -> &Source {
        &self.template
    }
}

impl World for Sandbox {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &TYPEFACES.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(refused(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let files = [Some(&self.data), self.logo.as_ref()];
        match files.into_iter().flatten().find(|(known, _)| *known == id) {
            Some((_, bytes)) => Ok(bytes.clone()),
            None => Err(refused(id)),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        TYPEFACES.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        Some(self.today)
    }
}

/// Only constant paths come here: typst keeps every id for the life of the process.
fn file_id(path: &str) -> Result<FileId, DocumentError> {
    let path =
        VirtualPath::new(path).map_err(|error| DocumentError::Typesetter(format!("{path}: {error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn refused(id: FileId) -> FileError {
    let path = id.get();
    match path.root() {
        VirtualRoot::Package(_) => FileError::AccessDenied,
        VirtualRoot::Project => FileError::NotFound(PathBuf::from(path.vpath().get_with_slash())),
    }
}
