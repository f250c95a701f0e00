//! nginx's configuration as text: directives, blocks, and where each line came from.

use crate::origin::Origin;
use crate::syntax::yaml_out::LineOrigin;

/// The text so far.
pub(super) struct Page {
    pub text: String,
    line: u32,
    depth: usize,
    pub origins: Vec<LineOrigin>,
}

impl Page {
    pub(super) fn new(header: &[String]) -> Page {
        let mut page = Page { text: String::new(), line: 1, depth: 0, origins: Vec::new() };
        header.iter().for_each(|it| page.comment(it));
        page
    }

    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            (0..self.depth).for_each(|_| self.text.push_str("    "));
        }
        self.text.push_str(text);
        self.text.push('\n');
        self.line += 1;
    }

    /// Writes comment lines; no text can end its line early and so become a directive.
    pub(super) fn comment(&mut self, text: &str) {
        text.split(['\n', '\r']).for_each(|line| self.line(format!("# {line}").trim_end()));
    }

    /// Sets something apart, unless it is the first of its block.
    pub(super) fn blank(&mut self) {
        if !self.text.ends_with("{\n") && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.line("");
        }
    }

    /// Writes a directive. Its arguments are safe as they are, or quoted by the caller.
    pub(super) fn put(&mut self, directive: &str) {
        self.line(&format!("{directive};"));
    }

    /// Writes a block, and notes where it came from.
    pub(super) fn block(&mut self, head: &str, origin: Option<&Origin>, inner: impl FnOnce(&mut Page)) {
        let (first, at) = (self.line, self.origins.len());
        self.line(&format!("{head} {{"));
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        self.line("}");
        if let Some(origin) = origin {
            // An outer entry stands before the entries in it.
            self.origins.insert(at, LineOrigin { first, last: self.line - 1, origin: origin.clone() });
        }
    }
}

/// Quotes an argument where nginx would not read it as one word otherwise.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/.-_~+,:@!&=*()?^%[]|".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_string();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes bytes as nginx does: `1g`, `100m`, `512k`.
pub(super) fn size(bytes: u64) -> String {
    for (unit, many) in [("g", 1_u64 << 30), ("m", 1 << 20), ("k", 1 << 10)] {
        if bytes >= many && bytes.is_multiple_of(many) {
            return format!("{}{unit}", bytes / many);
        }
    }
    bytes.to_string()
}

/// Writes a time as nginx does.
pub(super) fn time(millis: u64) -> String {
    if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_they_would_be_read_otherwise() {
        let cases = [
            ("nosniff", "nosniff"),
            ("max-age=1; includeSubDomains", "\"max-age=1; includeSubDomains\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("", "\"\""),
            ("default-src 'self'", "\"default-src 'self'\""),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn sizes_have_the_largest_unit_that_is_exact() {
        assert_eq!([size(1 << 30), size(3 << 19), size(1000), size(100 << 20)], ["1g", "1536k", "1000", "100m"]);
    }

    #[test]
    fn a_comment_cannot_become_a_directive() {
        let page = Page::new(&["a\nreturn 444;\rb".to_string()]);
        assert_eq!(page.text, "# a\n# return 444;\n# b\n");
    }
}
