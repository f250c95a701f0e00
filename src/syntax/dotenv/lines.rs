//! Readers that take a line as it is: `docker stack`, `docker run` and `kubectl`. Quotes, dollars, comments behind
//! a value and spaces at its end are all part of the value.

use super::Reading;
use crate::syntax::Lookup;

/// `docker stack` and `docker run`: docker's `kvfile` package.
pub(super) fn docker(text: &str, lookup: Lookup<'_>) -> Reading {
    let mut lines = text.split('\n').map(|it| it.strip_suffix('\r').unwrap_or(it).trim_start());
    let first = lines.next().unwrap_or("");
    let bad = |line: &str| {
        let key = line.split('=').next().unwrap_or("");
        !line.is_empty() && !line.starts_with('#') && (key.is_empty() || key.contains([' ', '\t']))
    };
    // The other lines of a value with lines are statements of their own here.
    if let Some(line) = std::iter::once(first).chain(lines).find(|it| bad(it)) {
        let key = line.split('=').next().unwrap_or("");
        return Reading::Error(format!("variable `{key}` contains whitespace"));
    }
    match first.split_once('=') {
        Some((_, value)) => Reading::Value(value.to_string()),
        None => lookup(first).map_or(Reading::Absent, Reading::Value),
    }
}

/// `kubectl --from-env-file`. A name without `=` is empty if the process does not have it.
pub(super) fn kubectl(text: &str, lookup: Lookup<'_>) -> Reading {
    let mut lines = text.split('\n').map(|it| it.strip_suffix('\r').unwrap_or(it).trim_start());
    let first = lines.next().unwrap_or("");
    let bad = |line: &str| {
        let key = line.split('=').next().unwrap_or("");
        !line.is_empty() && !line.starts_with('#') && !is_name(key)
    };
    if let Some(line) = std::iter::once(first).chain(lines).find(|it| bad(it)) {
        let key = line.split('=').next().unwrap_or("");
        return Reading::Error(format!("`{key}` is not a valid key name"));
    }
    match first.split_once('=') {
        Some((_, value)) => Reading::Value(value.to_string()),
        None => Reading::Value(lookup(first).unwrap_or_default()),
    }
}

fn is_name(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|it: char| it.is_ascii_digit())
        && key.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it))
}
