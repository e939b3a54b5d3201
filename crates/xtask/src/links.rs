//! Links between our own pages lead somewhere: `[text](path)` and `![picture](path)` in Markdown.
//!
//! Outside addresses are never opened.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::finding::Finding;
use crate::source::SourceFile;

/// Findings for one page; `exists` answers for a path from the workspace root.
pub fn check(page: &SourceFile, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let anchors = anchors(&page.text);
    for (line, target) in targets(&page.text) {
        if is_outside(&target) {
            continue;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let broken = match resolve(&page.path, path) {
            _ if path.is_empty() => !anchors.contains(anchor),
            Some(resolved) => !exists(&resolved),
            None => true,
        };
        if broken {
            let advice = format!("`{target}` leads nowhere; correct the link or add the page");
            findings.push(Finding::deny(&page.path, line, "link", &target, advice));
        }
    }
    findings
}

/// Anything with a scheme (`https:`, `mailto:`).
fn is_outside(target: &str) -> bool {
    target.split(['/', '#']).next().is_some_and(|first| first.contains(':'))
}

/// Link targets with their lines, code fences and code spans left out.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, words) in prose_lines(text) {
        // Every second piece between backticks is code.
        let prose: String = words.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (at, _) in prose.match_indices("](") {
            let rest = prose.get(at + 2..).unwrap_or_default();
            let Some((inside, _)) = rest.split_once(')') else { continue };
            // A title may follow the address: (path "title").
            let target = inside.split_whitespace().next().unwrap_or_default();
            found.push((line, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

/// Lines outside code fences, numbered from 1.
fn prose_lines(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((at + 1, line));
        }
    }
    lines
}

/// The anchors that headings of the page make: lower case, spaces to `-`, punctuation gone.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose_lines(text).into_iter().filter(|(_, line)| line.starts_with('#'));
    headings
        .map(|(_, line)| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|character| if character == ' ' { '-' } else { character }).collect()
        })
        .collect()
}

/// The path from the workspace root; none when it climbs out of it.
fn resolve(page: &str, target: &str) -> Option<String> {
    let start =
        if target.starts_with('/') { PathBuf::new() } else { Path::new(page).parent()?.to_path_buf() };
    let mut parts: Vec<String> = Vec::new();
    for part in start.join(target.trim_start_matches('/')).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests;
