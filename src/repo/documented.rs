//! Variables that a Markdown document describes: rows of tables, and `NAME` (default `x`) in prose.

use super::fact::{EnvDoc, Facts, Text};
use crate::source::{FileId, Span};

/// Reads the lines of a document, code blocks left out.
#[derive(Debug)]
pub(super) struct Documented {
    file: FileId,
    /// The columns of the table that is open: which one holds defaults.
    table: Option<Option<usize>>,
}

impl Documented {
    pub(super) fn new(file: FileId) -> Documented {
        Documented { file, table: None }
    }

    /// Reads a line that starts at a byte of the text; a name stands in code, if it has any.
    pub(super) fn line(&mut self, line: &str, start: usize, has_code: bool, facts: &mut Facts) {
        if !line.trim_start().starts_with('|') {
            self.table = None;
            if has_code && line.contains("efault") {
                self.prose(line, start, facts);
            }
            return;
        }
        match self.table {
            None => {
                let cells = cells(line);
                let is_default =
                    |it: &(usize, &str)| it.1.trim_matches(['*', '`', ' ']).to_ascii_lowercase().starts_with("default");
                self.table = Some(cells.iter().position(is_default));
            }
            Some(column) if has_code => self.row(&cells(line), column, start, facts),
            Some(_) => {}
        }
    }

    fn row(&self, cells: &[(usize, &str)], column: Option<usize>, start: usize, facts: &mut Facts) {
        let Some((at, name)) = cells.first().and_then(|it| span_of_code(it.1).map(|(at, name)| (it.0 + at, name)))
        else {
            return;
        };
        if !is_variable(name) {
            return;
        }
        let default = column.and_then(|it| cells.get(it)).and_then(|(cell, text)| {
            let (at, value) = span_of_code(text).or_else(|| {
                let value = text.trim();
                let is_word = !value.is_empty() && !value.contains(' ');
                is_word.then(|| (text.len() - text.trim_start().len(), value))
            })?;
            Some(self.text(start + cell + at, value))
        });
        facts.docs.push(EnvDoc { name: self.text(start + at, name), default });
    }

    /// `NAME` (default `2`), `NAME` (default: 2), `NAME` defaults to `2`.
    fn prose(&self, line: &str, start: usize, facts: &mut Facts) {
        let mut at = 0;
        while let Some((found, name)) = span_of_code(&line[at..]) {
            let name_at = at + found;
            at = name_at + name.len() + 1;
            if !is_variable(name) {
                continue;
            }
            let rest = &line[at..];
            let after = rest.trim_start().trim_start_matches(['(', ',']).trim_start();
            let Some(value) = ["default: ", "default ", "defaults to ", "Default: ", "default=", "default is "]
                .iter()
                .find_map(|it| after.strip_prefix(it))
            else {
                continue;
            };
            let value_at = line.len() - value.len();
            let (skip, text) = match value.strip_prefix('`') {
                Some(code) => (1, &code[..code.find('`').unwrap_or(0)]),
                None => {
                    let end = value.find(|it: char| it.is_whitespace() || ",;)".contains(it)).unwrap_or(value.len());
                    (0, value[..end].trim_end_matches('.'))
                }
            };
            // `defaults to one` is prose, not a value, and `default 128 KiB` counts in another unit.
            let is_count = skip == 0 && text.bytes().all(|it| it.is_ascii_digit());
            let unit = value.get(text.len()..).unwrap_or("").split_whitespace().next().unwrap_or("");
            if is_count && is_unit(unit.trim_matches(|it: char| !it.is_ascii_alphabetic())) {
                continue;
            }
            let is_value = skip == 1 || text.bytes().any(|it| it.is_ascii_digit()) || matches!(text, "true" | "false");
            if !text.is_empty() && is_value {
                let default = Some(self.text(start + value_at + skip, text));
                facts.docs.push(EnvDoc { name: self.text(start + name_at, name), default });
            }
        }
    }

    fn text(&self, at: usize, text: &str) -> Text {
        Text::new(text.to_string(), Span::new(self.file, at, at + text.len()))
    }
}

/// Returns whether a word is a unit that programs seldom count in.
fn is_unit(word: &str) -> bool {
    let plain = word.to_ascii_lowercase();
    let plain = plain.strip_suffix('s').unwrap_or(&plain);
    let sizes = ["kb", "kib", "mb", "mib", "gb", "gib", "tb", "tib"];
    let times = ["m", "milli", "millisecond", "min", "minute", "h", "hr", "hour", "day", "week", "month", "year"];
    sizes.contains(&plain) || times.contains(&plain)
}

/// Splits a row of a table; each cell with where it starts in the line.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let body_end = line.trim_end().trim_end_matches('|').len();
    let mut at = line.find('|').map_or(0, |it| it + 1);
    let mut cells = Vec::new();
    for cell in line[at..body_end.max(at)].split('|') {
        cells.push((at, cell));
        at += cell.len() + 1;
    }
    cells
}

/// Returns the first code span of a text.
fn span_of_code(text: &str) -> Option<(usize, &str)> {
    let open = text.find('`')? + 1;
    let close = text[open..].find('`')?;
    Some((open, &text[open..open + close])).filter(|it| !it.1.is_empty())
}

/// Returns whether a word is written as the names of variables are.
fn is_variable(word: &str) -> bool {
    word.len() > 3
        && word.contains('_')
        && word.starts_with(|it: char| it.is_ascii_uppercase())
        && word.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docs(text: &str) -> Vec<(String, Option<String>)> {
        let (mut facts, mut reader, mut at) = (Facts::default(), Documented::new(FileId(0)), 0);
        for line in text.split_inclusive('\n') {
            reader.line(line, at, line.contains('`'), &mut facts);
            at += line.len();
        }
        for it in &facts.docs {
            let default = it.default.as_ref();
            for word in [Some(&it.name), default].into_iter().flatten() {
                assert_eq!(&text[word.span.start as usize..word.span.end as usize], word.value);
            }
        }
        facts.docs.into_iter().map(|it| (it.name.value, it.default.map(|it| it.value))).collect()
    }

    #[test]
    fn tables_and_prose_name_variables_with_their_defaults() {
        let text = "| Variable | Default | What |\n|---|---|---|\n| `MAX_JOBS` | `2` | é |\n| `LOG_LEVEL` | INFO | x |\n| `NO_DEFAULT` | | y |\n| plain | 3 | z |\n\nSet `POOL_SIZE` (default `5`), or `IDLE_MS` (default: 300).\n`RETRY_MAX` defaults to 7.\n| `Name` | other |\n|---|---|\n| `ONLY_NAMED` | text |\n";
        let expected = [
            ("MAX_JOBS", Some("2")),
            ("LOG_LEVEL", Some("INFO")),
            ("NO_DEFAULT", None),
            ("POOL_SIZE", Some("5")),
            ("IDLE_MS", Some("300")),
            ("RETRY_MAX", Some("7")),
            ("ONLY_NAMED", None),
        ];
        let expected: Vec<(String, Option<String>)> =
            expected.iter().map(|(a, b)| (a.to_string(), b.map(str::to_string))).collect();
        assert_eq!(docs(text), expected);
        assert!(docs("the default of `Foo` is `x`").is_empty());
    }
}
