//! A link is judged from the folder of its page; code and outside addresses are left alone.

use super::check;
use crate::source::SourceFile;

fn broken(path: &str, text: &str) -> Vec<(usize, String)> {
    let exists = |path: &str| ["README.md", "docs/guide.md", "docs/img/a.png"].contains(&path);
    check(&SourceFile::new(path, text), &exists).into_iter().map(|found| (found.line, found.item)).collect()
}

#[test]
fn links_are_followed_from_the_folder_of_the_page() {
    assert_eq!(
        broken("docs/guide.md", "[a](../README.md) ![b](img/a.png \"title\") [c](/docs/guide.md#x)\n"),
        []
    );
    assert_eq!(broken("docs/guide.md", "x\n[a](README.md)\n"), [(2, "README.md".to_owned())]);
}

#[test]
fn a_link_out_of_the_project_is_broken() {
    assert_eq!(broken("README.md", "[a](../other/page.md)\n").len(), 1);
}

#[test]
fn outside_addresses_and_code_are_not_opened() {
    let text =
        "[a](https://example.org) [b](mailto:a@example.org) `[c](nowhere.md)`\n```\n[d](nowhere.md)\n```\n";
    assert_eq!(broken("README.md", text), []);
}

#[test]
fn anchors_of_the_same_page_must_exist() {
    assert_eq!(broken("README.md", "## The two commands\n[a](#the-two-commands)\n"), []);
    assert_eq!(broken("README.md", "## The two commands\n[a](#three)\n").len(), 1);
}
