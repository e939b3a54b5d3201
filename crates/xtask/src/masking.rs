//! Rust text with comments, strings and character literals blanked out, so that a rule which looks for a brace or a
//! word cannot be fooled by one inside a literal.
//!
//! A scanner, not a parser: it knows the lexical forms that can hide a brace and nothing of grammar. The result has
//! the same number of lines and the same columns as the input.

/// Blanks everything that is not code. Line breaks stay where they are.
pub fn code_only(text: &str) -> String {
    let mut scanner = Scanner { rest: text, out: String::with_capacity(text.len()), last: ' ' };
    while scanner.step() {}
    scanner.out
}

struct Scanner<'a> {
    rest: &'a str,
    out: String,
    /// The character before the current one: tells `r"` from the end of a name.
    last: char,
}

impl Scanner<'_> {
    /// Consumes one token's worth; false at the end.
    fn step(&mut self) -> bool {
        let Some(next) = self.rest.chars().next() else { return false };
        let inside_name = self.last.is_alphanumeric() || self.last == '_';
        if self.rest.starts_with("//") {
            let length = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(length);
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment(self.rest));
        } else if next == '"' {
            self.blank(quoted(self.rest, '"'));
        } else if let Some(length) = raw_string(self.rest).filter(|_| !inside_name) {
            self.blank(length);
        } else if next == '\'' {
            match character(self.rest) {
                Some(length) => self.blank(length),
                None => self.keep(next),
            }
        } else {
            self.keep(next);
        }
        true
    }

    fn keep(&mut self, character: char) {
        self.out.push(character);
        self.last = character;
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
    }

    fn blank(&mut self, length: usize) {
        let (blanked, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.extend(blanked.chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        self.last = ' ';
        self.rest = rest;
    }
}

/// Length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Length of a literal that starts and ends with `quote` and escapes with a backslash.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + character.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Length of `r"..."`, `r#"..."#`, `br"..."` and the like; none when the text does not start with one.
fn raw_string(text: &str) -> Option<usize> {
    let after =
        text.strip_prefix("br").or_else(|| text.strip_prefix("cr")).or_else(|| text.strip_prefix('r'))?;
    let hashes = after.chars().take_while(|character| *character == '#').count();
    let body = after.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| start + at + end.len()))
}

/// Length of a character literal; none for a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        return Some(quoted(text, '\''));
    }
    let (at, second) = characters.next()?;
    (second == '\'').then_some(at + 1)
}

#[cfg(test)]
mod tests;
