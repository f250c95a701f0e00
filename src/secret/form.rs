//! Secrets that are known by how they stand in a text: tokens of well-known services, credentials in addresses,
//! what is assigned to the name of a secret, keys of random characters.

use std::ops::Range;

use super::{is_telling, may_be_secret};

/// How tokens of well-known services begin, and how long they are at least.
const TOKENS: &[(&str, usize)] = &[
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("rk_test_", 16),
    ("whsec_", 16),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("xoxa-", 16),
    ("xoxs-", 16),
    ("AKIA", 20),
    ("ASIA", 20),
    ("AIza", 30),
    ("eyJ", 40),
    ("npm_", 30),
    ("pypi-", 30),
    ("hf_", 20),
    ("SG.", 30),
    ("dop_v1_", 30),
    ("shpat_", 20),
    ("tskey-", 20),
    ("AGE-SECRET-KEY-1", 30),
];

/// What stands before a credential in a header.
const SCHEMES: [&str; 3] = ["Bearer ", "bearer ", "Basic "];

/// Returns where secrets stand, in no order; ranges may overlap.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        // Most lines have nothing that a secret could stand behind.
        if line.len() >= 8 || line.contains(['=', ':']) {
            let mut scan = Scan { line, start, found: &mut found };
            scan.words();
            if memchr::memchr(b'/', line.as_bytes()).is_some() {
                scan.addresses();
            }
            scan.assignments();
            scan.headers();
        }
        start += line.len();
    }
    keys(text, &mut found);
    found
}

/// Finds the bodies of private keys, which go over several lines.
fn keys(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in text.match_indices("PRIVATE KEY-----") {
        let is_begin = text[..at].rfind("-----").is_some_and(|it| text[it..at].starts_with("-----BEGIN"));
        if is_begin {
            let body = at + "PRIVATE KEY-----".len();
            let end = text[body..].find("-----END").map_or(text.len(), |it| body + it);
            found.push(body..end);
        }
    }
}

struct Scan<'a> {
    line: &'a str,
    /// Where the line starts in the text.
    start: usize,
    found: &'a mut Vec<Range<usize>>,
}

impl Scan<'_> {
    fn hide(&mut self, range: Range<usize>) {
        self.found.push(self.start + range.start..self.start + range.end);
    }

    /// Tokens and keys that are known by themselves.
    fn words(&mut self) {
        let is_part = |it: u8| it.is_ascii_alphanumeric() || b"_-.+=".contains(&it);
        let bytes = self.line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            while at < bytes.len() && is_part(bytes[at]) {
                at += 1;
            }
            if at - start >= 16 {
                self.word(start..at);
            }
            at += 1;
        }
    }

    fn word(&mut self, range: Range<usize>) {
        let word = self.line[range.clone()].trim_end_matches(['.', '+']);
        // Behind `name=`, and in whole.
        let last = word.trim_end_matches('=').rfind('=').map_or(0, |it| it + 1);
        let (word, start) = (&word[last..], range.start + last);
        let is_token = TOKENS.iter().any(|(prefix, len)| word.starts_with(prefix) && word.len() >= *len);
        if is_token && word.bytes().any(|it| it.is_ascii_digit()) || is_random(word) {
            self.hide(start..start + word.len());
        }
    }

    /// `scheme://user:password@host`.
    fn addresses(&mut self) {
        for (at, _) in self.line.match_indices("://") {
            let start = at + 3;
            let rest = &self.line[start..];
            let end = rest.find(|it: char| it.is_whitespace() || "/\"'`<>,;)".contains(it)).unwrap_or(rest.len());
            let Some(login) = rest[..end].rfind('@') else { continue };
            match rest[..login].split_once(':') {
                Some((user, password)) if !is_reference(password) => {
                    self.hide(start + user.len() + 1..start + login);
                }
                None if is_telling(&rest[..login]) && login >= 16 => self.hide(start..start + login),
                _ => {}
            }
        }
    }

    /// `NAME=value`, `name: value`, `--name value`, `"NAME", "value"`, `NAME || "value"`, `${NAME:-value}`.
    fn assignments(&mut self) {
        let bytes = self.line.as_bytes();
        let is_part = |it: u8| it.is_ascii_alphanumeric() || b"_-.".contains(&it);
        let mut at = 0;
        while at < bytes.len() {
            if !is_part(bytes[at]) {
                at += 1;
                continue;
            }
            let start = at;
            while at < bytes.len() && is_part(bytes[at]) {
                at += 1;
            }
            let word = &self.line[start..at];
            let name = word.trim_start_matches('-');
            if name.len() >= 3 && may_be_secret(name) {
                self.value_of(word, start, at);
            }
        }
    }

    /// Hides what is given to a name that ends at a byte of the line.
    fn value_of(&mut self, word: &str, start: usize, end: usize) {
        let rest = &self.line[end..];
        if start > 1 && self.line[..start].ends_with("${") {
            return self.fallback(end);
        }
        let quoted = rest.strip_prefix(['"', '\'', '`']).or_else(|| rest.strip_prefix("\\\""));
        let after = quoted.unwrap_or(rest).trim_start_matches([']', ')']);
        let trimmed = after.trim_start();
        let at = self.line.len() - trimmed.len();
        if let Some(second) = trimmed.strip_prefix(',').filter(|_| quoted.is_some()) {
            let at = self.line.len() - second.trim_start().len();
            return self.value(at, true);
        }
        let signs = [":=", "==", "=>", "||", "??", "?=", "=", ":"];
        if let Some(sign) = signs.iter().find(|it| trimmed.starts_with(**it)) {
            let is_tight = !self.line[at + sign.len()..].starts_with(' ') || *sign == ":";
            let value = self.line.len() - self.line[at + sign.len()..].trim_start().len();
            // A message that quotes the line to add, without a value: "add `API_KEY=` to `.env.example`".
            if self.line[value..].starts_with('`') && self.line[..start].ends_with('`') {
                return;
            }
            return self.assigned(value, is_tight);
        }
        if word.starts_with("--") && trimmed.len() < after.len() {
            self.value(at, false);
        }
    }

    /// `${NAME:-value}`.
    fn fallback(&mut self, end: usize) {
        let rest = &self.line[end..];
        let Some(argument) = [":-", "-", ":=", "="].iter().find_map(|it| rest.strip_prefix(it)) else { return };
        let start = self.line.len() - argument.len();
        let close = argument.find('}').unwrap_or(argument.trim_end().len());
        if !is_reference(&argument[..close]) {
            self.hide(start..start + close);
        }
    }

    /// What stands behind `=` or `:`; `name: type = value` has it behind the second.
    fn assigned(&mut self, at: usize, is_tight: bool) {
        let rest = &self.line[at..];
        if rest.starts_with('{') && !rest.starts_with("{{") {
            // A declaration: any of its parts may be the value.
            for (found, sign) in rest[..rest.find('}').unwrap_or(rest.len())].match_indices(": ") {
                let inner = rest[found + sign.len()..].trim_start();
                self.value(self.line.len() - inner.len(), true);
            }
            return;
        }
        let n = self.found.len();
        if is_tight || rest.starts_with(['"', '\'', '`']) {
            self.value(at, false);
        }
        if self.found.len() == n
            && let Some((_, value)) = rest.split_once(" = ")
        {
            let at = self.line.len() - value.trim_start().len();
            if self.line[at..].starts_with(['"', '\'']) {
                self.value(at, false);
            }
        }
    }

    /// A value that starts at a byte of the line: between quotes, or one word. In a list of names the next one is no
    /// value, so there it must look like one.
    fn value(&mut self, at: usize, is_doubtful: bool) {
        let rest = &self.line[at..];
        let quote = rest.chars().next().filter(|it| "\"'`".contains(*it));
        let (start, value) = match quote {
            Some(it) => {
                let inner = &rest[1..];
                (at + 1, &inner[..inner.find(it).unwrap_or(inner.trim_end().len())])
            }
            None => {
                let end = rest.find(|it: char| it.is_whitespace() || ",;)}]\"'`".contains(it)).unwrap_or(rest.len());
                (at, &rest[..end])
            }
        };
        let is_word = value.chars().all(|it| it.is_ascii_alphabetic() || "_-. ".contains(it));
        let is_code = quote.is_none() && (value.contains(['(', '[', '<']) || is_path_of_names(value));
        let is_weak = (quote.is_none() || is_doubtful) && (is_word || !is_telling(value));
        if !value.is_empty() && !is_reference(value) && !is_code && !is_weak && !is_plain(value) {
            self.hide(start..start + value.len());
        }
    }

    /// `Bearer …`, `Basic …`, and what `curl -u user:…` logs in with.
    fn headers(&mut self) {
        let schemes: &[&str] = if memchr::memchr(b' ', self.line.as_bytes()).is_some() { &SCHEMES } else { &[] };
        for scheme in schemes {
            for (at, _) in self.line.match_indices(*scheme) {
                let start = at + scheme.len();
                let rest = &self.line[start..];
                let end = rest.find(|it: char| it.is_whitespace() || "\"'`,;)".contains(it)).unwrap_or(rest.len());
                if end >= 8 && rest[..end].bytes().any(|it| it.is_ascii_digit()) && !is_reference(&rest[..end]) {
                    self.hide(start..start + end);
                }
            }
        }
        if self.line.contains("curl") {
            self.login();
        }
    }

    /// `-u user:password`, also as two items of a list.
    fn login(&mut self) {
        for flag in ["-u", "--user"] {
            for (at, _) in self.line.match_indices(flag) {
                let rest = self.line[at + flag.len()..].trim_start_matches([' ', '"', '\'', ',', '=']);
                let start = self.line.len() - rest.len();
                let end = rest.find(|it: char| it.is_whitespace() || "\"'".contains(it)).unwrap_or(rest.len());
                let is_flag = start > at + flag.len();
                if let Some((user, password)) = rest[..end].split_once(':').filter(|it| is_flag && !is_reference(it.1))
                {
                    self.hide(start + user.len() + 1..start + user.len() + 1 + password.len());
                }
            }
        }
    }
}

/// Returns whether a whole value is a key that a program made.
pub(super) fn is_key(value: &str) -> bool {
    let is_token = || TOKENS.iter().any(|(prefix, len)| value.starts_with(prefix) && value.len() >= *len);
    let is_plain = || value.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.+=/".contains(&it));
    let is_hex = || value.len() >= 32 && value.bytes().all(|it| it.is_ascii_hexdigit());
    let n_kinds = || value.bytes().collect::<std::collections::BTreeSet<u8>>().len();
    let has_digit = value.bytes().any(|it| it.is_ascii_digit());
    // Most values are too short for one.
    has_digit && (is_token() || is_hex() || is_random(value)) && is_plain() && n_kinds() >= 8
}

/// Returns whether a text is a place for a value rather than one.
fn is_reference(text: &str) -> bool {
    let text = text.trim_start_matches(['"', '\'']);
    text.is_empty()
        || text.starts_with(['$', '{', '<', '%', '@', '*', '?'])
        || text.contains("${")
        || text.contains("{{")
}

/// Returns whether a value says nothing about a secret.
fn is_plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "none" | "null" | "undefined" | "required" | "optional")
}

/// Returns whether a text is `settings.api_key1` or its like.
fn is_path_of_names(text: &str) -> bool {
    let is_name = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
    };
    text.contains('.') && text.split('.').all(is_name)
}

/// Returns whether a word is a key of random characters: long, and of capitals, small letters and digits all mixed
/// up, as no name, path, hash or version is.
fn is_random(word: &str) -> bool {
    let class = |it: u8| match it {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = word.trim_end_matches('=').as_bytes();
    if bytes.len() < 28 || bytes.len() > 4096 {
        return false;
    }
    let count = |wanted: u8| bytes.iter().filter(|it| class(**it) == wanted).count();
    let turns = bytes.windows(2).filter(|it| class(it[0]) != class(it[1])).count();
    count(0) >= 4 && count(1) >= 4 && count(2) >= 2 && count(3) * 8 <= bytes.len() && turns * 3 >= bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{MASK, Masks};
    use super::*;

    #[test]
    fn secrets_are_found_by_their_form() {
        for text in [
            "API_KEY=§hunter2§",
            "export DB_PASSWORD='§a b§'",
            "  password: \"§abc§\"",
            "  - POSTGRES_PASSWORD=§pa55word§",
            "postgres://app:§pw§@db:5432/app",
            "redis://:§p4§@redis",
            "DATABASE_URL=postgresql+asyncpg://u:§x§@h/d?q=1",
            "x = os.getenv(\"API_KEY\", \"§hunter2§\")",
            "const k = process.env.API_KEY || '§hunter2§'",
            "secret_key: str = \"§changethis§\"",
            "apiKey: '§x§',",
            "command: redis-server --requirepass §hunter2§ --port 1",
            "curl -H 'Authorization: Bearer §abcdef123456§' http://x",
            "curl -u admin:§pw§ http://x",
            "test: [\"CMD\", \"curl\", \"-u\", \"admin:§pw§\", \"http://x\"]",
            "- FLOWER_BASIC_AUTH=${FLOWER_BASIC_AUTH:-§admin:admin§}",
            "API_KEY: {default: §hunter2§, doc: a key}",
            "see §sk-proj-abcdefghij0123456789§ there",
            "id §AKIAIOSFODNN7EXAMPLE§.",
            "t §ghp_16C7e42F292c6912E7710c838347Ae178B4a§",
            "k=§wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0§",
            "-----BEGIN RSA PRIVATE KEY-----§\nMIIE\n§-----END RSA PRIVATE KEY-----",
        ] {
            let plain = text.replace('§', "");
            let parts: Vec<&str> = text.split('§').collect();
            let expected: String =
                parts.iter().enumerate().map(|(at, it)| if at % 2 == 0 { *it } else { MASK }).collect();
            assert_eq!(Masks::default().hide(&plain), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_stays_readable() {
        for text in [
            "POSTGRES_PASSWORD=${POSTGRES_PASSWORD}",
            "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}",
            "password: str",
            "secret_key: SecretStr = Field(alias=settings.secret_key)",
            "api_key=settings.api_key1,",
            "token: ${{ secrets.TOKEN }}",
            "for name in [\"API_KEY\", \"DB_PASSWORD\"]:",
            "image: redis@sha256:2f1a5e8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f",
            "uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
            "`API_KEY` is read here, and nothing sets it",
            "http://user@host/ http://localhost:8000/a@b",
            "TOKEN_TTL=3600s",
            "SECRET_KEY=",
            "add `API_SECRET_KEY=` to `.env.example`",
            "a-very-long-name-of-a-file-with-2024-in-it.yaml",
            "PASSWORD_RESET_TEMPLATES_DIRECTORY_NAME_LONG_ENOUGH",
        ] {
            assert_eq!(Masks::default().hide(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_at_characters(text in "(API_KEY|://|[=:@\"'`{}, -]|\\$\\{|\\PC|\n){0,40}") {
            for range in ranges(&text) {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
