//! Schedules of cron, as the API server reads them (`github.com/robfig/cron/v3`, standard parser).

/// The five fields: what they are called, their range, and the names that stand for numbers.
static FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of the week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const DESCRIPTORS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Returns what the schedule should be, unless it is one.
pub fn refuses(text: &str) -> Option<String> {
    if text.contains("TZ=") {
        return Some("a schedule without a time zone: that is `timeZone`".to_string());
    }
    if text.starts_with('@') {
        let every = text.strip_prefix("@every ").is_some_and(is_duration);
        let known = DESCRIPTORS.contains(&text) || every;
        return (!known).then(|| "five fields, or one of `@hourly`, `@daily`, `@weekly`, `@monthly`".to_string());
    }
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some(format!("a schedule of five fields, not {}", parts.len()));
    }
    let wrong = parts
        .iter()
        .zip(&FIELDS)
        .find(|(part, (_, low, high, names))| !part.split(',').all(|it| is_range(it, *low, *high, names)));
    wrong.map(|(part, (name, low, high, _))| format!("a schedule: the {name} goes from {low} to {high}, not `{part}`"))
}

/// `*`, `?`, `5`, `1-5`, each with `/STEP` behind it if need be.
fn is_range(text: &str, low: u32, high: u32, names: &[&str]) -> bool {
    let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|it| !it.parse::<u32>().is_ok_and(|it| it > 0)) {
        return false;
    }
    if matches!(range, "*" | "?") {
        return true;
    }
    let number = |it: &str| {
        let named = names.iter().position(|name| it.eq_ignore_ascii_case(name));
        let number = named.map(|at| at as u32 + low).or_else(|| it.parse().ok());
        number.filter(|it| (low..=high).contains(it))
    };
    match range.split_once('-') {
        Some((first, last)) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
        None => number(range).is_some(),
    }
}

/// Go's durations: numbers with units, one after the other.
fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|it| it.is_ascii_digit() || *it == b'.').count();
        let Some(unit) = ["ns", "us", "ms", "s", "m", "h"].into_iter().find(|it| rest[digits..].starts_with(it)) else {
            return false;
        };
        if digits == 0 {
            return false;
        }
        rest = &rest[digits + unit.len()..];
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::refuses;

    #[test]
    fn schedules_are_taken_and_refused_as_the_api_server_does() {
        for taken in ["* * * * *", "*/5 0-6 1,15 jan-mar MON", "0 0 ? * 0", "@daily", "@every 1h30m", "5/15 * * * *"] {
            assert_eq!(refuses(taken), None, "{taken}");
        }
        for refused in [
            "99 99 * * *",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "@often",
            "",
            "TZ=UTC * * * * *",
            "@every day",
            "a * * * *",
        ] {
            assert!(refuses(refused).is_some(), "{refused}");
        }
    }
}
