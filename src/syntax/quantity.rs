//! Quantities of the Kubernetes API: `500m`, `2Gi`, `1e3`.
//!
//! A suffix is a power of 1000 (`k M G T P E`, and `m u n` below one), a power of 1024 (`Ki Mi Gi Ti Pi Ei`), or a
//! decimal exponent. So `512m` is half a unit, never 512 MiB, and compose's `2g` is refused: the grammar is that of
//! `k8s.io/apimachinery/pkg/api/resource`.

use super::Malformed;

/// The suffixes and what one of them is worth, in nanounits, the smallest that there is.
static SUFFIXES: [(&str, u128); 16] = [
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("", NANO),
    ("k", NANO * 1_000),
    ("M", NANO * 1_000_000),
    ("G", NANO * 1_000_000_000),
    ("T", NANO * 1_000_000_000_000),
    ("P", NANO * 1_000_000_000_000_000),
    ("E", NANO * 1_000_000_000_000_000_000),
    ("Ki", NANO << 10),
    ("Mi", NANO << 20),
    ("Gi", NANO << 30),
    ("Ti", NANO << 40),
    ("Pi", NANO << 50),
    ("Ei", NANO << 60),
];

const NANO: u128 = 1_000_000_000;

/// An amount, in nanounits (of a byte, of a processor).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quantity {
    /// How many nanounits; below zero with the sign.
    pub nanos: i128,
}

impl Quantity {
    /// Returns the whole units, rounded up, as the API server rounds what it counts in whole units.
    pub fn ceil(self) -> i128 {
        let nano = NANO as i128;
        self.nanos.div_euclid(nano) + i128::from(self.nanos.rem_euclid(nano) != 0)
    }

    /// Returns the thousandths, rounded up.
    pub fn millis(self) -> i128 {
        self.nanos.div_euclid(1_000_000) + i128::from(self.nanos.rem_euclid(1_000_000) != 0)
    }

    /// Returns whether it is a whole number of units.
    pub fn is_whole(self) -> bool {
        self.nanos.rem_euclid(NANO as i128) == 0
    }
}

/// Reads a quantity. What is smaller than a nanounit is rounded up, as the API server does.
///
/// # Errors
/// What the API server refuses, with the part that is wrong.
pub fn parse(text: &str) -> Result<Quantity, Malformed> {
    let refused = |at: usize, message: String| {
        Err(Malformed::new(at.min(text.len())..text.len(), message).help("write it as `500m`, `2`, `512Mi` or `2Gi`"))
    };
    let sign_len = usize::from(text.starts_with(['+', '-']));
    let unsigned = &text[sign_len..];
    let number_len = unsigned.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(number_len);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return refused(0, format!("`{text}` is no quantity"));
    }
    let Some((scale, exponent)) = unit(suffix) else {
        return refused(sign_len + number_len, format!("`{suffix}` is no unit of a quantity"));
    };
    match nanos(whole, fraction, scale, exponent) {
        Some(nanos) => Ok(Quantity { nanos: if text.starts_with('-') { -nanos } else { nanos } }),
        None => refused(0, format!("`{text}` is more than there can be")),
    }
}

/// Returns what one unit is worth and the power of ten that goes with it.
fn unit(suffix: &str) -> Option<(u128, i32)> {
    if let Some((_, worth)) = SUFFIXES.iter().find(|(it, _)| *it == suffix) {
        return Some((*worth, 0));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    (!digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())).then_some(())?;
    Some((NANO, exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?))
}

fn nanos(whole: &str, fraction: &str, scale: u128, exponent: i32) -> Option<i128> {
    let digits = format!("{whole}{}", fraction.trim_end_matches('0'));
    let mantissa: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let power = exponent.checked_sub(i32::try_from(fraction.trim_end_matches('0').len()).ok()?)?;
    let product = mantissa.checked_mul(scale)?;
    let nanos = if power >= 0 {
        product.checked_mul(10_u128.checked_pow(power.unsigned_abs())?)?
    } else {
        product.div_ceil(10_u128.checked_pow(power.unsigned_abs())?)
    };
    i128::try_from(nanos).ok()
}

/// Writes an amount of memory or storage: with the largest unit of 1024 that divides it, else in bytes.
pub fn write_bytes(bytes: u64) -> String {
    let unit = (1..=6).rev().find(|it| bytes > 0 && bytes.is_multiple_of(1 << (10 * it)));
    match unit {
        Some(power) => format!("{}{}", bytes >> (10 * power), ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]),
        None => bytes.to_string(),
    }
}

/// Writes an amount of processors: whole ones as a number, else in thousandths.
pub fn write_cpu(millis: u64) -> String {
    if millis.is_multiple_of(1000) { (millis / 1000).to_string() } else { format!("{millis}m") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_are_read_as_the_api_server_reads_them() {
        let rows = [
            ("1", NANO as i128),
            ("0", 0),
            ("500m", 500_000_000),
            ("0.5", 500_000_000),
            (".5", 500_000_000),
            ("5.", 5 * NANO as i128),
            ("-1", -(NANO as i128)),
            ("+1", NANO as i128),
            ("1k", 1_000 * NANO as i128),
            ("1Ki", 1_024 * NANO as i128),
            ("2Gi", (2 << 30) * NANO as i128),
            ("1.5Gi", (3 << 29) * NANO as i128),
            ("1e3", 1_000 * NANO as i128),
            ("1E3", 1_000 * NANO as i128),
            ("1E", 1_000_000_000_000_000_000 * NANO as i128),
            ("12e-1", 1_200_000_000),
            ("100n", 100),
            ("1u", 1_000),
            ("0.0000000001", 1),
        ];
        for (text, nanos) in rows {
            assert_eq!(parse(text), Ok(Quantity { nanos }), "{text}");
        }
    }

    #[test]
    fn what_the_api_server_refuses_is_an_error_at_its_place() {
        let rows = [
            ("", ""),
            ("2g", "g"),
            ("0.5 cores", " cores"),
            ("50x", "x"),
            ("512mb", "mb"),
            ("1K", "K"),
            ("1gi", "gi"),
            ("1e", "e"),
            ("Mi", "Mi"),
            ("1.2.3", "1.2.3"),
            (" 1", " 1"),
            ("1 ", " "),
            ("1_000", "_000"),
        ];
        for (text, place) in rows {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
    }

    #[test]
    fn sizes_and_processors_are_written_exactly() {
        for (bytes, written) in [(0, "0"), (1 << 31, "2Gi"), (512 << 20, "512Mi"), (1500, "1500"), (1536, "1536")] {
            assert_eq!(write_bytes(bytes), written);
        }
        assert_eq!((write_cpu(500), write_cpu(2000), write_cpu(1)), ("500m".into(), "2".into(), "1m".into()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes in 0..i64::MAX as u64, millis in 0_u64..1 << 40) {
            prop_assert_eq!(parse(&write_bytes(bytes)).map(Quantity::ceil), Ok(i128::from(bytes)));
            prop_assert_eq!(parse(&write_cpu(millis)).map(Quantity::millis), Ok(i128::from(millis)));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.+\\-eEmkKMGi \u{e9}]{0,24}") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.range).is_some());
            }
        }
    }
}
