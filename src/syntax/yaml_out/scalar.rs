//! How a text is written in YAML: plain, in quotes, or as a block.
//!
//! A text is plain only if no reader could take it for anything else. Readers differ: go-yaml v2 and v3 (docker,
//! kubectl, Traefik) and PyYAML know YAML 1.1's `yes`, `0755`, `1_000`, `22:22` and dates, Ruby's reader `1,000`,
//! others only YAML 1.2. What looks like a number or a date to none of them but nearly does is quoted as well,
//! because people are readers too.

const SPACE: u8 = 1;
const COLON: u8 = 2;
const HASH: u8 = 4;
/// `"` and `\`, which double quotes would have to escape.
const ESCAPED: u8 = 8;
const APOSTROPHE: u8 = 16;
/// Needs a look at the character: beyond ASCII.
const WIDE: u8 = 32;
/// A control character, line breaks and tabs among them.
const CONTROL: u8 = 64;

/// What each byte means for the choice of quotes.
static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' => SPACE,
            b':' => COLON,
            b'#' => HASH,
            b'"' | b'\\' => ESCAPED,
            b'\'' => APOSTROPHE,
            0..=0x1f | 0x7f => CONTROL,
            0x80..=0xff => WIDE,
            _ => 0,
        };
        byte += 1;
    }
    table
}

fn flags(text: &str) -> u8 {
    text.bytes().fold(0, |flags, byte| flags | CLASS[byte as usize])
}

/// Writes a text on one line: plain if that is safe, else in quotes.
pub(super) fn write_on_one_line(out: &mut String, text: &str) {
    let flags = flags(text);
    if is_safe_plain(text, flags) {
        out.push_str(text);
    } else if flags & ESCAPED != 0 && flags & (APOSTROPHE | CONTROL) == 0 && all_visible(text, flags) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
    } else {
        write_quoted(out, text);
    }
}

/// Writes a text in double quotes.
pub(super) fn write_quoted(out: &mut String, text: &str) {
    let flags = flags(text);
    out.push('"');
    if flags & (ESCAPED | CONTROL | WIDE) == 0 {
        out.push_str(text);
    } else {
        text.chars().for_each(|it| push_escaped(out, it));
    }
    out.push('"');
}

fn push_escaped(out: &mut String, it: char) {
    match it {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\0' => out.push_str("\\0"),
        '\x1b' => out.push_str("\\e"),
        it if is_visible(it) => out.push(it),
        it if (it as u32) < 0x100 => out.push_str(&format!("\\x{:02X}", it as u32)),
        it if (it as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04X}", it as u32)),
        it => out.push_str(&format!("\\U{:08X}", it as u32)),
    }
}

/// Writes a number with a fraction, so that it does not read as a whole one.
pub(super) fn write_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str(".nan");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { ".inf" } else { "-.inf" });
    } else {
        // Rust writes `1e300` out in full here; PyYAML would take the short form for text.
        let text = value.to_string();
        out.push_str(&text);
        if !text.contains('.') {
            out.push_str(".0");
        }
    }
}

/// Returns whether a text has lines and can be written as a `|` block that reads back exactly the same.
///
/// Blank lines at the end could be kept with `|+`, and spaces at line ends as they are, but editors and hooks
/// remove both; quotes keep them.
pub(super) fn fits_block(text: &str) -> bool {
    if !text.contains('\n') || text.starts_with([' ', '\t', '\n']) || text.ends_with("\n\n") {
        return false;
    }
    text.split('\n').all(|line| !line.ends_with([' ', '\t']) && line.chars().all(|it| it == '\t' || is_visible(it)))
}

/// Returns whether some reader of YAML ends a line at this character.
pub(super) fn is_break(it: char) -> bool {
    matches!(it, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character may stand for itself: allowed by YAML, and visible, so that nobody is deceived
/// by text that runs the other way or has a space which is none.
pub(super) fn is_visible(it: char) -> bool {
    match it {
        ' '..='~' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' => false,
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' => false,
        // The last two code points of each plane are not characters, neither are these 32.
        '\u{fdd0}'..='\u{fdef}' => false,
        '\u{e0000}'..='\u{e0fff}' => false,
        it => it as u32 & 0xfffe != 0xfffe && !it.is_whitespace(),
    }
}

fn all_visible(text: &str, flags: u8) -> bool {
    flags & WIDE == 0 || text.chars().all(is_visible)
}

fn is_safe_plain(text: &str, flags: u8) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if flags & CONTROL != 0 || first == b' ' || last == b' ' || last == b':' {
        return false;
    }
    if flags & SPACE != 0 && (flags & COLON != 0 && text.contains(": ") || flags & HASH != 0 && text.contains(" #")) {
        return false;
    }
    let start_is_safe = match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'~' => !is_word(bytes),
        b'-' => !matches!(bytes.get(1), None | Some(b' ' | b'-')) && !is_number_like(bytes) || is_long_option(bytes),
        b'0'..=b'9' | b'+' | b'.' => !is_number_like(bytes),
        b'=' => bytes.len() > 1,
        b'<' => !bytes.starts_with(b"<<"),
        b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
        | b'%' | b'@' | b'`' => false,
        _ => true,
    };
    start_is_safe && all_visible(text, flags)
}

/// `--config=x`, but not `---`, which starts a document, and not `-- x`.
fn is_long_option(bytes: &[u8]) -> bool {
    bytes.starts_with(b"--") && matches!(bytes.get(2), Some(b'a'..=b'z' | b'A'..=b'Z'))
}

/// The words of YAML 1.1 and 1.2 for null and the booleans, however they are capitalised.
fn is_word(bytes: &[u8]) -> bool {
    const WORDS: [&[u8]; 10] = [b"~", b"y", b"n", b"no", b"on", b"yes", b"off", b"null", b"true", b"false"];
    bytes.len() <= 5 && WORDS.iter().any(|it| it.eq_ignore_ascii_case(bytes))
}

/// Returns whether a text that starts with a digit, a sign or a dot could be a number, a date or a time.
fn is_number_like(bytes: &[u8]) -> bool {
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let signed = unsigned.len() < bytes.len();
    match unsigned {
        [] => true,
        // A path, as in `build: .`
        b"." | b".." => signed,
        // go-yaml drops every `_` first, so that `-_1` is a number to it.
        [first, ..] if !matches!(first, b'0'..=b'9' | b'.' | b'_') => false,
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] => true,
        // A date, or a date and a time.
        [a, b, c, d, b'-', e, ..] if [a, b, c, d, e].iter().all(|it| it.is_ascii_digit()) => true,
        [b'.', word @ ..] if word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan") => true,
        _ => {
            let number = |it: &u8| matches!(it, b'0'..=b'9' | b'.' | b'_' | b',' | b':' | b'+' | b'-' | b'e' | b'E');
            unsigned.iter().all(number) && !is_dotted(unsigned)
        }
    }
}

/// Three or more numbers with dots between: a version or an address, which nobody takes for a number.
fn is_dotted(bytes: &[u8]) -> bool {
    let mut parts = bytes.split(|&it| it == b'.');
    bytes.iter().filter(|&&it| it == b'.').count() >= 2
        && parts.all(|it| !it.is_empty() && it.iter().all(u8::is_ascii_digit))
}
