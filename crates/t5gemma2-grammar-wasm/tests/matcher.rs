//! A vocabulary of single bytes, two longer tokens and a twin.

use t5gemma2_grammar_wasm::{Matcher, Vocabulary};

const EOS: u32 = 256;
const TRUE: u32 = 257;
const TWIN: u32 = 258;
const SPECIAL: u32 = 259;

fn vocabulary() -> Vocabulary {
    let mut texts: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    texts.extend([vec![], b"true".to_vec(), b"t".to_vec(), vec![]]);
    let mut end = 0;
    let ends: Vec<u32> = texts
        .iter()
        .map(|text| {
            end += text.len() as u32;
            end
        })
        .collect();
    Vocabulary::of(&texts.concat(), &ends, &[EOS, SPECIAL]).unwrap()
}

fn allowed(matcher: &mut Matcher) -> Vec<u32> {
    let words = matcher.allowed().unwrap();
    (0..words.len() as u32 * 32)
        .filter(|id| words[*id as usize / 32] >> (id % 32) & 1 == 1)
        .collect()
}

fn take(matcher: &mut Matcher, text: &str) {
    for byte in text.bytes() {
        assert!(
            matcher.advance(byte.into()).unwrap(),
            "{text}: {}",
            char::from(byte)
        );
    }
}

#[test]
fn only_what_fits_may_come_next() {
    let vocabulary = vocabulary();
    let mut matcher = vocabulary
        .begin("jsonSchema", r#"{"type": "boolean"}"#, true)
        .unwrap();
    assert_eq!(
        allowed(&mut matcher),
        [u32::from(b'f'), u32::from(b't'), TRUE, TWIN]
    );
    assert!(!matcher.advance(EOS).unwrap());
    let mut other = matcher.fork();
    assert!(matcher.advance(TRUE).unwrap());
    assert_eq!(allowed(&mut matcher), [EOS, SPECIAL], "nothing may follow");
    assert!(matcher.advance(EOS).unwrap());
    assert!(!matcher.advance(9999).unwrap(), "there is no such token");
    assert!(other.advance(TWIN).unwrap());
    assert_eq!(allowed(&mut other), [u32::from(b'r')]);
}

#[test]
fn an_answer_may_end_where_it_fits() {
    let vocabulary = vocabulary();
    let mut matcher = vocabulary.begin("regex", "a[0-9]*", true).unwrap();
    assert!(!allowed(&mut matcher).contains(&EOS));
    take(&mut matcher, "a");
    let digits = allowed(&mut matcher);
    assert_eq!(digits, (48..58).chain([EOS, SPECIAL]).collect::<Vec<u32>>());
    take(&mut matcher, "7");
    assert!(
        matcher.advance(SPECIAL).unwrap(),
        "any of the end tokens ends it"
    );
}

#[test]
fn characters_come_whole_whatever_bytes_they_have() {
    let vocabulary = vocabulary();
    let mut matcher = vocabulary
        .begin("choices", r#"["é.", "è*"]"#, true)
        .unwrap();
    assert_eq!(allowed(&mut matcher), [0xC3]);
    assert!(matcher.advance(0xC3).unwrap());
    assert_eq!(allowed(&mut matcher), [0xA8, 0xA9]);
    assert!(matcher.advance(0xA8).unwrap());
    assert_eq!(allowed(&mut matcher), [u32::from(b'*')]);
}

#[test]
fn whitespace_in_json_is_bounded() {
    let vocabulary = vocabulary();
    let schema = r#"{"type": "array", "items": {"type": "integer"}}"#;
    let mut matcher = vocabulary.begin("jsonSchema", schema, false).unwrap();
    take(&mut matcher, "[\n  1, 2");
    let mut compact = vocabulary.begin("jsonSchema", schema, true).unwrap();
    take(&mut compact, "[1,2");
    take(&mut matcher, "\n");
    for _ in 0..32 {
        take(&mut matcher, " ");
    }
    assert_eq!(allowed(&mut matcher), [u32::from(b','), u32::from(b']')]);
    assert!(!allowed(&mut compact).contains(&u32::from(b' ')));
}

#[test]
fn errors_say_what_is_wrong() {
    let vocabulary = vocabulary();
    let error = |kind, source| vocabulary.begin(kind, source, true).err().unwrap();
    for (kind, source, wanted) in [
        ("regex", "ab(c", "unclosed group"),
        ("regex", r"a(?=b)", "look-around"),
        ("regex", "a^b", "^ and $ can only stand"),
        ("jsonSchema", "{", "EOF"),
        ("jsonSchema", r#"{"type": "strin"}"#, "strin"),
        (
            "jsonSchema",
            r##"{"properties": {"a": {"$ref": "#/$defs/b"}}}"##,
            "$defs",
        ),
        (
            "jsonSchema",
            r#"{"type": "string", "minLength": 3, "maxLength": 2}"#,
            "minLength",
        ),
        ("jsonSchema", r#"{"if": {}}"#, "if"),
        (
            "jsonSchema",
            r##"{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"items": {"anyOf": [{}, {"type": 1}]}}}}"##,
            "at /$defs/b/items/anyOf/1: ",
        ),
    ] {
        let error = error(kind, source);
        assert!(error.contains(wanted), "{source}: {error}");
    }
    let mut endless = vocabulary
        .begin("jsonSchema", r##"{"$ref": "#"}"##, true)
        .unwrap();
    assert!(
        endless
            .allowed()
            .unwrap_err()
            .contains("contradicts itself")
    );
    assert!(Vocabulary::of(b"a", &[1], &[]).is_err());
    assert!(Vocabulary::of(b"a", &[1], &[1]).is_err());
    assert!(Vocabulary::of(b"a", &[1, 3], &[1]).is_err());
}
