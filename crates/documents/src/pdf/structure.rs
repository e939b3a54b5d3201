//! The tree that tells screen readers what is a heading, a paragraph, a cell of a table (ISO 32000-1, 14.7).

use pdf_writer::types::{StructRole, TableHeaderScope};
use pdf_writer::{Chunk, Finish, Pdf, Ref, TextStr};

/// An element of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ElementId(usize);

enum Child {
    Element(ElementId),
    /// Marked content: its page and its number on that page.
    Content(usize, i32),
}

struct Element {
    role: StructRole,
    parent: Option<ElementId>,
    /// Whether the parent knows it: from the first content on, so that children stand in the order of reading.
    attached: bool,
    alternative: Option<String>,
    children: Vec<Child>,
}

impl Element {
    fn new(role: StructRole, parent: Option<ElementId>) -> Self {
        Self { role, parent, attached: false, alternative: None, children: Vec::new() }
    }
}

/// The whole tree; its root is there from the beginning. An element takes its place among the children of its parent when
/// something of it is first drawn; what is never drawn has no place.
pub(crate) struct Structure {
    elements: Vec<Element>,
}

impl Structure {
    pub(crate) const ROOT: ElementId = ElementId(0);

    pub(super) fn new() -> Self {
        Self { elements: vec![Element { attached: true, ..Element::new(StructRole::Document, None) }] }
    }

    pub(crate) fn add(&mut self, parent: ElementId, role: StructRole) -> ElementId {
        let id = ElementId(self.elements.len());
        self.elements.push(Element::new(role, Some(parent)));
        id
    }

    /// A picture and what is said instead of it.
    pub(crate) fn add_figure(&mut self, parent: ElementId, alternative: &str) -> ElementId {
        let id = self.add(parent, StructRole::Figure);
        if let Some(element) = self.elements.get_mut(id.0) {
            element.alternative = Some(alternative.to_owned());
        }
        id
    }

    pub(super) fn add_content(&mut self, id: ElementId, page: usize, number: i32) -> StructRole {
        self.attach(id);
        match self.elements.get_mut(id.0) {
            Some(element) => {
                element.children.push(Child::Content(page, number));
                element.role
            }
            None => StructRole::NonStruct,
        }
    }

    /// Makes the element and what it lies in known to their parents.
    fn attach(&mut self, id: ElementId) {
        let mut child = id;
        while let Some(element) = self.elements.get_mut(child.0).filter(|element| !element.attached) {
            element.attached = true;
            let Some(parent) = element.parent else { return };
            if let Some(parent) = self.elements.get_mut(parent.0) {
                parent.children.push(Child::Element(child));
            }
            child = parent;
        }
    }

    /// How many objects the tree takes in the file, beside the catalog's entry.
    pub(super) fn object_count(&self) -> usize {
        self.elements.len()
    }

    /// Writes the attached elements as objects from `first`.
    pub(super) fn write(&self, chunk: &mut Chunk, first: Ref, root: Ref, pages: &[Ref]) {
        for (index, element) in self.elements.iter().enumerate().filter(|(_, element)| element.attached) {
            let mut writer = chunk.struct_element(offset(first, index));
            writer.kind(element.role);
            writer.parent(element.parent.map_or(root, |parent| offset(first, parent.0)));
            if let Some(alternative) = &element.alternative {
                writer.alt(TextStr(alternative));
            }
            let home = element.children.iter().find_map(|child| match child {
                Child::Content(page, _) => Some(*page),
                Child::Element(_) => None,
            });
            if let Some(page) = home.and_then(|page| pages.get(page)) {
                writer.page(*page);
            }
            if element.role == StructRole::TH {
                writer.attributes().push().table().scope(TableHeaderScope::Column);
            }
            let mut children = writer.children();
            for child in &element.children {
                match child {
                    Child::Element(id) => children.struct_element(offset(first, id.0)),
                    Child::Content(page, number) if home == Some(*page) => {
                        children.marked_content_id(*number)
                    }
                    Child::Content(page, number) => {
                        let mut content = children.marked_content_ref();
                        content.marked_content_id(*number);
                        if let Some(page) = pages.get(*page) {
                            content.page(*page);
                        }
                        content.finish();
                        &mut children
                    }
                };
            }
        }
    }

    /// Writes into the catalog where the tree is, and who owns the marked content of each page.
    pub(super) fn write_root(&self, pdf: &mut Pdf, root: Ref, first: Ref, owners: &[Ref]) {
        let mut tree = pdf.indirect(root).start::<pdf_writer::writers::StructTreeRoot<'_>>();
        tree.child(first);
        let mut parents = tree.parent_tree();
        let mut numbers = parents.nums();
        for (page, owner) in owners.iter().enumerate() {
            numbers.insert(i32::try_from(page).unwrap_or(i32::MAX), *owner);
        }
        numbers.finish();
        parents.finish();
        tree.parent_tree_next_key(i32::try_from(owners.len()).unwrap_or(i32::MAX));
    }
}

impl ElementId {
    /// The object of the element in a file whose elements begin at `first`.
    pub(super) fn object(self, first: Ref) -> Ref {
        offset(first, self.0)
    }
}

fn offset(first: Ref, by: usize) -> Ref {
    Ref::new(first.get() + i32::try_from(by).unwrap_or_default())
}
