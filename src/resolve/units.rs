//! Quantities: times, processors, memory.

use crate::diag::{Code, Diagnostic, Diags, Level};
use crate::ir::service::Duration;
use crate::spec::text::Text;

/// A quantity that cannot be read.
pub static BAD_QUANTITY: Code = Code { id: "SPEC023", name: "bad-quantity" };

/// Reads a time such as `30s`, `1m30s`, `500ms`.
pub fn duration(text: &Text, diags: &mut Diags) -> Option<Duration> {
    match parse_duration(&text.value) {
        Some(millis) => Some(Duration { millis }),
        None => bad(text, "a time", "such as `30s`, `1m30s` or `500ms`", diags),
    }
}

fn parse_duration(text: &str) -> Option<u64> {
    let (mut rest, mut total) = (text.trim(), 0u64);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    Some(total)
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
    let value = text.value.trim().to_ascii_lowercase();
    let digits = value.bytes().take_while(|it| it.is_ascii_digit() || *it == b'.').count();
    let unit: u64 = match &value[digits..] {
        "" | "b" => 1,
        "k" | "kb" | "ki" | "kib" => 1 << 10,
        "m" | "mb" | "mi" | "mib" => 1 << 20,
        "g" | "gb" | "gi" | "gib" => 1 << 30,
        "t" | "tb" | "ti" | "tib" => 1 << 40,
        _ => return bad(text, "an amount of memory", "such as `512m` or `2g` (powers of 1024)", diags),
    };
    let found = decimal_millis(&value[..digits]).and_then(|it| it.checked_mul(unit)).map(|it| it / 1000);
    match found.filter(|it| *it > 0) {
        Some(bytes) => Some(bytes),
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
    fn times_are_exact() {
        for (text, millis) in [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("3m", Some(180_000)),
            ("5", None),
            ("s", None),
            ("", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(parse_duration(text), millis, "{text}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, millis) in
            [("0.5", Some(500)), ("2", Some(2000)), (".25", Some(250)), ("1.2345", None), ("", None), ("x", None)]
        {
            assert_eq!(decimal_millis(text), millis, "{text}");
        }
    }
}
