//! Quantities: times, processors, memory.

use super::codes::BAD_QUANTITY;
use crate::diag::{Diagnostic, Diags, Level};
use crate::ir::service::Duration;
use crate::spec::text::Text;
use crate::syntax::{bytes, duration};

/// Reads a time such as `30s`, `1m30s`, `500ms`.
pub fn duration(text: &Text, diags: &mut Diags) -> Option<Duration> {
    // A bare number has no unit, and tools disagree on which one is meant; days and weeks are compose's only.
    let plain = text.value.bytes().all(|it| it.is_ascii_digit()) || text.value.contains(['d', 'w']);
    match duration::parse(text.value.trim()).ok().filter(|_| !plain) {
        Some(found) => Some(Duration { millis: u64::try_from(found.as_millis()).unwrap_or(u64::MAX) }),
        None => bad(text, "a time", "such as `30s`, `1m30s` or `500ms`", diags),
    }
}

/// Reads processors, such as `2`, `0.5` or `500m`, in thousandths.
pub fn cpu_millis(text: &Text, diags: &mut Diags) -> Option<u64> {
    let value = text.value.trim();
    let found = match value.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => decimal_millis(value),
    };
    match found.filter(|it| *it > 0) {
        Some(millis) => Some(millis),
        None => bad(text, "a number of processors", "such as `2`, `0.5` or `500m`", diags),
    }
}

/// Reads a decimal number with at most three places, in thousandths: exact, unlike a float.
fn decimal_millis(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
    whole.checked_mul(1000)?.checked_add(fraction)
}

/// Reads an amount of memory: `512m`, `2g`, `1.5g`; units are powers of 1024, as compose has them.
pub fn bytes(text: &Text, diags: &mut Diags) -> Option<u64> {
    // `10Gi` says what `10g` means: compose has only the second, Kubernetes only the first.
    let value = text.value.trim().to_ascii_lowercase();
    let value = value.strip_suffix("ib").or(value.strip_suffix('i')).unwrap_or(&value);
    match bytes::parse(value).ok().filter(|it| *it > 0) {
        Some(found) => Some(found),
        None => bad(text, "an amount of memory", "such as `512m` or `2g` (powers of 1024)", diags),
    }
}

fn bad<T>(text: &Text, what: &str, examples: &str, diags: &mut Diags) -> Option<T> {
    let message = format!("`{}` is not {what}", text.value);
    diags.push(
        Diagnostic::new(BAD_QUANTITY, Level::Error, text.span, message).help(format!("write {what}, {examples}")),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, millis) in
            [("0.5", Some(500)), ("2", Some(2000)), (".25", Some(250)), ("1.2345", None), ("", None), ("x", None)]
        {
            assert_eq!(decimal_millis(text), millis, "{text}");
        }
    }
}
