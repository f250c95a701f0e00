//! Node: the package `dotenv`, and `node --env-file`, which is not quite the same. Neither knows variables in values.

use super::Reading;

/// The package `dotenv`: one regular expression, of which this is the meaning.
pub(super) fn dotenv(text: &str) -> Reading {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let line = text.trim_start();
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) && !rest.trim_start().starts_with(['=', ':']) => {
            rest.trim_start()
        }
        _ => line,
    };
    let end = line.find(|it: char| !(it.is_ascii_alphanumeric() || "_.-".contains(it))).unwrap_or(line.len());
    let after = line[end..].trim_start();
    let value = match after.strip_prefix('=') {
        Some(value) => value,
        None => match line[end..].strip_prefix(':') {
            Some(value) if value.starts_with(char::is_whitespace) => value,
            _ => return Reading::Absent,
        },
    };
    if end == 0 {
        return Reading::Absent;
    }
    let start = value.trim_start();
    if let Some(quote) = start.chars().next().filter(|it| "'\"`".contains(*it))
        && let Some(close) = closing(start, quote)
    {
        return Reading::Value(expand(&start[1..close], quote));
    }
    let line = value.split(['#', '\n']).next().unwrap_or(value).trim();
    let quote = line.chars().next().unwrap_or(' ');
    let inner = line.strip_prefix(quote).and_then(|it| it.strip_suffix(quote)).filter(|_| "'\"`".contains(quote));
    Reading::Value(expand(inner.unwrap_or(line), quote))
}

fn expand(text: &str, quote: char) -> String {
    if quote == '"' { text.replace("\\n", "\n").replace("\\r", "\r") } else { text.to_string() }
}

/// Finds the quote that closes the one at the start: the last that can, with nothing but a comment behind it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut candidates = Vec::new();
    for (at, _) in text.match_indices(quote).skip(1) {
        candidates.push(at);
        if !text[..at].ends_with('\\') {
            break;
        }
    }
    let ends = |at: &usize| {
        let rest = text[at + 1..].split('\n').next().unwrap_or("").trim_start();
        rest.is_empty() || rest.starts_with('#')
    };
    candidates.into_iter().rev().find(ends)
}

/// `node --env-file`: node's own parser.
pub(super) fn env_file(text: &str, name: &str) -> Reading {
    let text = text.replace('\r', "");
    let text = text.trim_start_matches([' ', '\n']);
    let Some((key, value)) = text.split_once('=') else { return Reading::Absent };
    let key = key.trim_matches(' ');
    // Only one space is expected after `export`, and a tab is part of the name.
    if key.strip_prefix("export ").unwrap_or(key) != name {
        return Reading::Absent;
    }
    let value = value.trim_matches([' ', '\n']);
    if let Some(quote) = value.chars().next().filter(|it| "'\"`".contains(*it)) {
        if let Some(close) = value[1..].find(quote) {
            let inner = &value[1..=close];
            return Reading::Value(if quote == '"' { inner.replace("\\n", "\n") } else { inner.to_string() });
        }
        return Reading::Value(value.split('\n').next().unwrap_or(value).to_string());
    }
    let line = value.split('\n').next().unwrap_or(value);
    Reading::Value(line.split('#').next().unwrap_or(line).trim_matches(' ').to_string())
}
