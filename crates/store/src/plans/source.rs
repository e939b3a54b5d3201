//! The statements of this crate, read from its source.

use std::path::Path;

/// A statement and where it stands.
pub(super) struct Stated {
    /// File below `src`, such as `load.rs`.
    pub file: String,
    pub line: usize,
    pub sql: String,
}

/// What stands for the parts of a statement that are chosen while it is made.
const CHOSEN: &[(&str, &str)] = &[
    ("{column}", "mac"),
    ("{marks}", "'a', 'b'"),
    ("{was}", "free"),
    ("{is}", "claimed"),
    ("{EVENTS_MOST}", "100"),
];

/// Every statement whose text is known, and the others: those put together from the filters of a page.
pub(super) fn statements() -> (Vec<Stated>, Vec<Stated>) {
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read_folder(&source, &source, &mut found);
    assert!(found.len() > 200, "the source has many statements: {}", found.len());
    found.into_iter().partition(|stated| !stated.sql.contains('{'))
}

fn read_folder(source: &Path, folder: &Path, found: &mut Vec<Stated>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            read_folder(source, &path, found);
        } else if name.ends_with(".rs") && !name.contains("test") && !folder.ends_with("plans") {
            let file = path.strip_prefix(source).unwrap().display().to_string();
            read_file(&file, &std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn read_file(file: &str, text: &str, found: &mut Vec<Stated>) {
    let literals = literals(text);
    // What a constant holds: the literal behind `const NAME: &str =`.
    let constant = |literal: &Literal| -> Option<String> {
        let before = text.get(..literal.start)?.trim_end().strip_suffix(": &str =")?;
        Some(format!("{{{}}}", before.rsplit(' ').next()?))
    };
    let constants: Vec<(String, &str)> =
        literals.iter().filter_map(|l| Some((constant(l)?, l.text.as_str()))).collect();
    for literal in &literals {
        let mut sql = literal.text.clone();
        for (name, value) in &constants {
            sql = sql.replace(name, value);
        }
        for (name, value) in CHOSEN {
            sql = sql.replace(name, value);
        }
        let is_statement = ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "WITH "]
            .iter()
            .any(|verb| sql.starts_with(verb));
        let is_part = constants.iter().any(|(name, value)| {
            *value == literal.text && literals.iter().any(|other| other.text.contains(name.as_str()))
        });
        if is_statement && !is_part {
            let line = text.get(..literal.start).unwrap().matches('\n').count() + 1;
            found.push(Stated { file: file.to_owned(), line, sql });
        }
    }
}

struct Literal {
    /// Where its first quote is.
    start: usize,
    text: String,
}

/// The string literals of a file; those in comments do not count.
fn literals(text: &str) -> Vec<Literal> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("'\"'") {
            at += 3;
        } else if rest.starts_with('"') {
            let (literal, length) = quoted(rest);
            found.push(Literal { start: at, text: literal });
            at += length;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// The text of a literal, and how long it is with its quotes.
fn quoted(rest: &str) -> (String, usize) {
    let (mut text, mut letters) = (String::new(), rest.char_indices().skip(1).peekable());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, at + 1),
            '\\' => match letters.next() {
                // A line goes on: what the next one begins with does not count.
                Some((_, '\n')) => while letters.next_if(|(_, letter)| letter.is_whitespace()).is_some() {},
                Some((_, escaped)) => text.push(escaped),
                None => {}
            },
            _ => text.push(letter),
        }
    }
    (text, rest.len())
}
