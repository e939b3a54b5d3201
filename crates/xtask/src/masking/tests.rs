//! The mask must hide exactly what is not code.

use super::code_only;

#[test]
fn braces_in_comments_and_literals_disappear_and_code_stays() {
    let text = "fn a() { // {\n  let b = \"}\\\"{\"; /* { /* } */ */ let c = '{'; let d = '\\'';\n}\n";
    let code = code_only(text);
    assert_eq!(code.matches('{').count(), 1, "{code}");
    assert_eq!(code.matches('}').count(), 1, "{code}");
    assert!(code.contains("let d ="));
}

#[test]
fn raw_strings_end_at_their_own_number_of_hashes() {
    let text = "let a = r#\"todo!() \" {\"#; let b = br\"}\"; let attr\"x\";";
    let code = code_only(text);
    assert!(!code.contains("todo!") && !code.contains('{') && !code.contains('}'), "{code}");
    assert!(code.contains("let b ="));
}

#[test]
fn lifetimes_are_not_taken_for_character_literals() {
    let code = code_only("fn a<'a>(x: &'a str) -> &'a str { x }");
    assert!(code.contains("{ x }"), "{code}");
}

#[test]
fn lines_and_columns_are_kept() {
    let text = "/* one\ntwo */ let x = \"\n\";\nend";
    let code = code_only(text);
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(code.lines().nth(1).and_then(|line| line.find("let")), Some(7));
}

#[test]
fn unfinished_literals_end_with_the_text() {
    for text in ["\"abc", "r#\"abc", "/* abc", "'\\", "'"] {
        assert_eq!(code_only(text).len(), text.len(), "{text}");
    }
}
