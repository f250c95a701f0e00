//! Go's durations, as compose has them: `1m30s`, `500ms`; also its weeks and days, which `docker stack` does not know.

use std::time::Duration;

use super::Malformed;

/// The units, in nanoseconds; a longer name stands before one that it starts with.
static UNITS: [(&str, u64); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

/// Reads a duration. A `-` is refused: nothing in a compose file waits for less than no time.
///
/// # Errors
/// What Go refuses, and negative durations.
pub fn parse(text: &str) -> Result<Duration, Malformed> {
    let error = |at: usize, message: String| {
        let end = text.len();
        Err(Malformed::new(at.min(end)..end, message).help("write it as `30s`, `1m30s` or `500ms`"))
    };
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return error(0, "no duration".to_string());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let number_end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(after.len());
        let (name, after) = after.split_at(unit_end);
        if !number.contains(|it: char| it.is_ascii_digit()) || number.matches('.').count() > 1 {
            return error(at, format!("`{rest}` is no duration"));
        }
        let Some((_, unit)) = UNITS.iter().find(|it| it.0 == name) else {
            let message =
                if name.is_empty() { format!("`{text}` has no unit") } else { format!("`{name}` is no unit of time") };
            return error(if name.is_empty() { at } else { at + number_end }, message);
        };
        match nanoseconds(number, *unit).and_then(|it| total.checked_add(it)) {
            Some(sum) if i64::try_from(sum).is_ok() => total = sum,
            _ => return error(0, format!("`{text}` is too long")),
        }
        rest = after;
    }
    Ok(Duration::from_nanos(total))
}

/// Multiplies without rounding, save for what is less than a nanosecond.
fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut scale = unit;
    let mut part = 0;
    for digit in fraction.bytes() {
        part += u64::from(digit - b'0') * scale / 10;
        scale /= 10;
    }
    whole.checked_mul(unit)?.checked_add(part)
}

/// Writes a duration in its shortest exact form, with units that every reader knows.
pub fn write(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_string();
    }
    if nanos < 1_000_000_000 {
        let (unit, size) = [("ms", 1_000_000), ("us", 1_000), ("ns", 1)]
            .into_iter()
            .find(|it| nanos.is_multiple_of(it.1))
            .unwrap_or(("ns", 1));
        return format!("{}{unit}", nanos / size);
    }
    let seconds = duration.as_secs();
    let mut out = String::new();
    for (amount, unit) in [(seconds / 3600, "h"), (seconds / 60 % 60, "m")] {
        if amount > 0 {
            out += &format!("{amount}{unit}");
        }
    }
    let fraction = format!("{:09}", duration.subsec_nanos());
    match (seconds % 60, fraction.trim_end_matches('0')) {
        (0, "") => out,
        (whole, "") => out + &format!("{whole}s"),
        (whole, fraction) => out + &format!("{whole}.{fraction}s"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_compose_reads_them_and_written_shortest() {
        let rows = [
            ("1m30s", "1m30s"),
            ("90s", "1m30s"),
            ("500ms", "500ms"),
            ("0", "0s"),
            ("0s", "0s"),
            ("1h", "1h"),
            ("1.5h", "1h30m"),
            ("1d", "24h"),
            ("+5s", "5s"),
            ("1us", "1us"),
            ("1µs", "1us"),
            ("1m1m", "2m"),
            ("1.s", "1s"),
            (".5s", "500ms"),
            ("1h0m0.5s", "1h0.5s"),
        ];
        for (text, written) in rows {
            assert_eq!(parse(text).map(write), Ok(written.to_string()), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error_at_its_place() {
        for (text, place) in
            [("30", "30"), ("", ""), ("s", "s"), ("1 s", " s"), ("5x", "x"), ("1m3", "3"), ("-5s", "-5s")]
        {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
        assert!(parse("100000000h").is_err() && parse("1.2.3s").is_err());
    }

    proptest! {
        #[test]
        fn written_durations_are_read_back(nanos in 0..i64::MAX as u64, coarse in 0_u64..10_000_000) {
            for duration in [Duration::from_nanos(nanos), Duration::from_millis(coarse)] {
                prop_assert_eq!(parse(&write(duration)), Ok(duration));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.+\\-a-z \u{b5}]{0,24}") {
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.range).is_some());
            }
        }
    }
}
