//! Compose's sizes: `512m`, `2g`, `1.5gb`. Units are powers of 1024, whatever their spelling.

use super::Malformed;

/// Reads a size in bytes.
///
/// # Errors
/// What compose refuses. `512Mi`, as Kubernetes writes it, is among that.
pub fn parse(text: &str) -> Result<u64, Malformed> {
    let number_end = text.rfind(|it: char| it.is_ascii_digit() || it == '.').map_or(0, |it| it + 1);
    let (number, after) = text.split_at(number_end);
    let suffix = after.strip_prefix(' ').unwrap_or(after);
    let help = "write it as `512m` or `2g`";
    let unit = suffix.to_ascii_lowercase();
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" if matches!(unit.as_str(), "" | "b") => 0,
        letter @ ("k" | "m" | "g" | "t" | "p") if ["", "b", "ib"].contains(&&unit[letter.len()..]) => {
            1 + "kmgtp".find(letter).unwrap_or(0)
        }
        _ if number.is_empty() => return Err(Malformed::new(0..text.len(), format!("`{text}` is no size")).help(help)),
        _ => {
            let range = text.len() - suffix.len()..text.len();
            return Err(Malformed::new(range, format!("`{suffix}` is no unit of size")).help(help));
        }
    };
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit() || b".eE+".contains(&it));
    let value = number.parse::<f64>().ok().filter(|it| is_number && it.is_finite());
    let Some(value) = value else {
        return Err(Malformed::new(0..number_end, format!("`{number}` is no number")).help(help));
    };
    // A whole number does not pass through a float, which holds only 53 bits.
    let size = 1_u64 << (10 * power);
    let bytes = match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(size),
        Err(_) => Some((value * size as f64) as u64),
    };
    bytes
        .filter(|it| i64::try_from(*it).is_ok())
        .ok_or_else(|| Malformed::new(0..text.len(), format!("`{text}` is more than there can be")).help(help))
}

/// Writes a size in its shortest exact form, with the largest unit that divides it.
pub fn write(bytes: u64) -> String {
    let unit = (1..=5).rev().find(|it| bytes > 0 && bytes.is_multiple_of(1 << (10 * it)));
    match unit {
        Some(power) => format!("{}{}", bytes >> (10 * power), ["", "k", "m", "g", "t", "p"][power]),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_as_compose_reads_them() {
        let rows = [
            ("512m", 536_870_912),
            ("2g", 2_147_483_648),
            ("2G", 2_147_483_648),
            ("1.5gb", 1_610_612_736),
            ("1024", 1024),
            ("1k", 1024),
            ("1kb", 1024),
            ("1kib", 1024),
            ("1MiB", 1_048_576),
            ("1 g", 1_073_741_824),
            ("1t", 1_099_511_627_776),
            ("1p", 1_125_899_906_842_624),
            ("1b", 1),
            ("1.5", 1),
            ("1e3", 1000),
            ("10.3m", 10_800_332),
        ];
        for (text, bytes) in rows {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error_at_its_place() {
        let rows = [
            ("1Mi", "Mi"),
            ("2gi", "gi"),
            ("abc", "abc"),
            ("-1", "-1"),
            ("", ""),
            ("1eb", "eb"),
            (" 1g", " 1"),
            ("1g ", "g "),
        ];
        for (text, place) in rows {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
        assert!(parse("99999999999999999999").is_err() && parse("9000p").is_err());
    }

    #[test]
    fn sizes_are_written_shortest() {
        for (bytes, written) in [(0, "0"), (512 << 20, "512m"), (2 << 30, "2g"), (1536 << 20, "1536m"), (1500, "1500")]
        {
            assert_eq!(write(bytes), written);
        }
    }

    proptest! {
        #[test]
        fn written_sizes_are_read_back(bytes in 0..i64::MAX as u64, mebibytes in 0_u64..1 << 40) {
            for bytes in [bytes, mebibytes << 20] {
                prop_assert_eq!(parse(&write(bytes)), Ok(bytes));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.+\\-a-kmMiBe \u{e9}]{0,24}") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.range).is_some());
            }
        }
    }
}
