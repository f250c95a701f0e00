//! URLs in values: their host, port and path, each with its place.

use std::borrow::Cow;

use crate::repo::fact::Text;
use crate::source::Span;

/// A URL in a value.
#[derive(Clone, Debug)]
pub struct Url {
    /// The scheme, lower case.
    pub scheme: String,
    /// The host.
    pub host: String,
    /// Where the host is written; the whole value where quoting hides it.
    pub span: Span,
    /// The port, if given.
    pub port: Option<u16>,
    /// The path, with its slash.
    pub path: String,
    /// What stands before the host: a user, and a password if there is one.
    pub login: Option<(String, Option<String>)>,
}

/// What stands for a part of a URL that is not known.
pub(super) const MARK: &str = "\u{1}";

/// Returns the URLs of a text: `scheme://[user@]host[:port][/path]`. One whose host is not literal is left out.
pub fn all(text: &Text) -> Vec<Url> {
    let value = &text.value;
    let exact = (text.span.end - text.span.start) as usize == value.len();
    let value = &*without_braces(value);
    value.match_indices("://").filter_map(|(at, _)| one(value, at, text.span, exact)).collect()
}

/// Returns a text in which a mark that no host has stands for each byte of what a template engine fills in.
fn without_braces(value: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(value);
    let mut at = 0;
    while let Some((open, close)) = value[at..].find("{{").and_then(|it| Some((it, value[at + it..].find("}}")? + 2))) {
        let range = at + open..at + open + close;
        text.to_mut().replace_range(range.clone(), &MARK.repeat(close));
        at = range.end;
    }
    text
}

fn one(value: &str, at: usize, span: Span, exact: bool) -> Option<Url> {
    let is_scheme = |it: char| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.');
    let start = value[..at]
        .rfind(|it| !is_scheme(it))
        .map_or(0, |it| it + value[it..].chars().next().map_or(1, char::len_utf8));
    let scheme = value[start..at].to_ascii_lowercase();
    let rest_at = at + 3;
    let rest = &value[rest_at..];
    let is_end =
        |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | ',' | ')' | ']' | '|' | ';' | '<' | '>');
    let authority_end = rest.find(|it| is_end(it) || matches!(it, '/' | '?' | '#')).unwrap_or(rest.len());
    let authority = &rest[..authority_end];
    let host_at = authority.rfind('@').map_or(0, |it| it + 1);
    let (host, port) = match authority[host_at..].split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (&authority[host_at..], None),
    };
    let is_host = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    if scheme.is_empty() || host.is_empty() || !host.chars().all(is_host) {
        return None;
    }
    let path = &rest[authority_end..];
    let path = &path[..path.find(|it| is_end(it) || matches!(it, '?' | '#' | '$' | '\u{1}')).unwrap_or(path.len())];
    let offset = rest_at + host_at;
    Some(Url {
        scheme,
        host: host.to_string(),
        span: if exact { span.part(offset, offset + host.len()) } else { span },
        port: port.and_then(|it| it.parse().ok()),
        path: path.to_string(),
        login: host_at.checked_sub(1).map(|end| login(&authority[..end])),
    })
}

fn login(text: &str) -> (String, Option<String>) {
    match text.split_once(':') {
        Some((user, password)) => (user.to_string(), Some(password.to_string())),
        None => (text.to_string(), None),
    }
}

/// Returns whether a host cannot be a service: the machine itself, an address, a name with a domain, a placeholder.
pub fn is_outside(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    lower == "localhost"
        || host.contains('.')
        || host.chars().all(|it| it.is_ascii_digit())
        || host.chars().any(|it| it.is_ascii_uppercase())
        || ["host", "hostname", "example", "your", "user", "server-ip", "domain"].contains(&lower.as_str())
        || lower.starts_with("example")
        || lower.starts_with("your-")
        || lower.starts_with("your_")
        || lower.starts_with("my-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Spanned};

    #[test]
    fn hosts_are_found_with_their_places() {
        type Found = (&'static str, Option<u16>, &'static str);
        let cases: [(&str, &[Found]); 9] = [
            ("redis://redis:6379/0", &[("redis", Some(6379), "/0")]),
            ("postgresql+asyncpg://u:p@db/x", &[("db", None, "/x")]),
            ("curl -f http://localhost:8000/health || exit 1", &[("localhost", Some(8000), "/health")]),
            ("http://a:1,http://b:2", &[("a", Some(1), ""), ("b", Some(2), "")]),
            ("http://$HOST:80", &[]),
            ("é http://x/", &[("x", None, "/")]),
            ("://", &[]),
            ("postgres://u:{{ db_password }}@db:5432/{{ name }}", &[("db", Some(5432), "/")]),
            ("http://{{ host }}:80 http://{{ host }}.x é{{", &[]),
        ];
        for (value, expected) in cases {
            let text = Spanned::new(value.to_string(), Span::new(FileId(0), 0, value.len()));
            let found = all(&text);
            let found: Vec<_> = found.iter().map(|it| (it.host.as_str(), it.port, it.path.as_str())).collect();
            assert_eq!(found, expected, "{value}");
            for url in all(&text) {
                assert_eq!(&value[url.span.start as usize..url.span.end as usize], url.host);
            }
        }
    }
}
