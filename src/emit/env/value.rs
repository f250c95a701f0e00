//! One value on one line of an env file, so that everybody who reads the file reads the same.
//!
//! `A="two words"` has its quotes taken off by compose and by a shell and kept by `docker stack`; `A=$B` is expanded
//! by compose and taken as it is by `docker stack`. What a reader makes of a line is `syntax::dotenv`'s to say; here
//! a notation is chosen that the file's real readers agree on, or the value is refused with a reader's name.

use std::fmt;

use crate::syntax::dotenv::{self, Dialect, Reading};

/// Who reads an env file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reader {
    /// `docker compose`, for `env_file` and for `--env-file`.
    Compose,
    /// `docker stack deploy`, for `env_file`.
    Stack,
    /// A shell that sources the file and needs the value, to fill in `${…}` of a stack.
    Shell,
    /// A shell that sources the file for other values: this one may come out wrong, but must do no harm.
    ShellInPassing,
}

impl Reader {
    /// Names the reader for a message.
    pub fn name(self) -> &'static str {
        match self {
            Reader::Compose => "docker compose",
            Reader::Stack => "docker stack",
            Reader::Shell | Reader::ShellInPassing => "a shell that sources the file",
        }
    }

    fn dialects(self) -> &'static [Dialect] {
        match self {
            Reader::Compose => &[Dialect::ComposeEnvFile, Dialect::ComposeInterpolation],
            Reader::Stack => &[Dialect::SwarmEnvFile],
            Reader::Shell | Reader::ShellInPassing => &[Dialect::Bash],
        }
    }
}

/// Why a value cannot stand in a file with these readers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// Who would misread it as it is, and what they would make of it.
    pub bare: (Reader, Reading),
    /// Who would misread it in quotes.
    pub quoted: Option<(Reader, Reading)>,
}

impl fmt::Display for Misread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reader, reading) = &self.bare;
        write!(out, "{} {}", reader.name(), verb(reading))?;
        match &self.quoted {
            Some((reader, reading)) => write!(out, ", and in quotes {} {}", reader.name(), verb(reading)),
            None => Ok(()),
        }
    }
}

fn verb(reading: &Reading) -> String {
    match reading {
        Reading::Value(value) => format!("reads it as `{value}`"),
        Reading::Error(why) => format!("stumbles over it ({why})"),
        Reading::Absent => "reads nothing".to_string(),
    }
}

/// Writes a value so that all readers read exactly it.
///
/// # Errors
/// If no notation does that.
pub fn write(value: &str, readers: &[Reader]) -> Result<String, Misread> {
    if value.contains(['\n', '\r', '\0']) {
        let reader = readers.iter().copied().max().unwrap_or(Reader::Compose);
        let one_line = Reading::Error("a value is one line there".to_string());
        return Err(Misread { bare: (reader, one_line), quoted: None });
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
    let forms = [value.to_string(), format!("\"{value}\""), format!("'{value}'"), format!("\"{escaped}\"")];
    // A shell and python-dotenv come next: people use both on such files, whatever the file is for.
    for others in [&[Dialect::Bash, Dialect::PythonDotenv][..], &[Dialect::Bash], &[]] {
        let serves = |form: &&String| {
            misread(form, value, readers).is_none() && others.iter().all(|it| is(&read(form, *it), value))
        };
        if let Some(form) = forms.iter().find(serves) {
            return Ok(form.clone());
        }
    }
    match misread(value, value, readers) {
        Some(bare) => Err(Misread { bare, quoted: misread(&forms[1], value, readers) }),
        None => Ok(value.to_string()),
    }
}

/// Returns whether every reader of env files takes the character for itself, anywhere in a value.
pub fn is_portable(char: char) -> bool {
    char.is_alphanumeric() || "_-./:@%+,=^".contains(char)
}

/// Finds a reader that takes a value, written like this, for something else.
fn misread(form: &str, value: &str, readers: &[Reader]) -> Option<(Reader, Reading)> {
    readers.iter().find_map(|reader| {
        let readings = reader.dialects().iter().map(|it| read(form, *it));
        let mut wrong = readings.filter(|it| match reader {
            Reader::ShellInPassing => matches!(it, Reading::Error(_)),
            _ => !is(it, value),
        });
        wrong.next().map(|it| (*reader, it))
    })
}

fn read(form: &str, dialect: Dialect) -> Reading {
    match dotenv::parse(&format!("A={form}\n")).entries.as_slice() {
        [entry] => dotenv::value(entry, dialect, &|_| None),
        _ => Reading::Error("its quotes do not end".to_string()),
    }
}

fn is(reading: &Reading, value: &str) -> bool {
    matches!(reading, Reading::Value(it) if it == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &[Reader] = &[Reader::Compose];
    const SWARM: &[Reader] = &[Reader::Stack, Reader::Shell];
    const DELIVERED: &[Reader] = &[Reader::Stack, Reader::ShellInPassing];

    #[test]
    fn portable_values_stand_as_they_are() {
        for value in ["", "abc", "https://a.b:8080/c", "a@b.c,d=e+f%g^h", "0755", "Größe", "True"] {
            for readers in [COMPOSE, SWARM, DELIVERED] {
                assert_eq!(write(value, readers).as_deref(), Ok(value));
            }
        }
    }

    #[test]
    fn quotes_serve_readers_that_take_them_off() {
        for (value, expected) in [
            ("two words", "\"two words\""),
            ("[\"http://a\"]", "'[\"http://a\"]'"),
            ("x$B", "'x$B'"),
            ("a #b", "\"a #b\""),
            (" padded ", "\" padded \""),
            ("it's", "\"it's\""),
            ("{{ x }}", "\"{{ x }}\""),
            ("a\\nb", "'a\\nb'"),
            ("it's \"$5\"", "\"it's \\\"\\$5\\\"\""),
        ] {
            assert_eq!(write(value, COMPOSE).as_deref(), Ok(expected), "{value}");
            assert_eq!(write(value, &[Reader::Compose, Reader::Shell]).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn a_value_that_readers_disagree_on_is_refused_with_the_readers_name() {
        for (value, readers, reader) in [
            ("two words", SWARM, Reader::Shell),
            ("two words", DELIVERED, Reader::ShellInPassing),
            ("a;b", DELIVERED, Reader::ShellInPassing),
            ("a`b", DELIVERED, Reader::ShellInPassing),
            ("[\"http://a\"]", SWARM, Reader::Shell),
        ] {
            let misread = write(value, readers).unwrap_err();
            assert_eq!(misread.bare.0, reader, "{value}");
            assert_eq!(misread.quoted, Some((Reader::Stack, Reading::Value(format!("\"{value}\"")))), "{value}");
        }
        let said = write("a\nb", COMPOSE).unwrap_err().to_string();
        assert_eq!(said, "docker compose stumbles over it (a value is one line there)");
        let said = write("[\"a\"]", SWARM).unwrap_err().to_string();
        let expected =
            "a shell that sources the file reads it as `[a]`, and in quotes docker stack reads it as `\"[\"a\"]\"`";
        assert_eq!(said, expected);
    }

    #[test]
    fn json_goes_through_docker_stack_when_the_shell_only_passes_by() {
        assert_eq!(write("[\"http://a\"]", DELIVERED).as_deref(), Ok("[\"http://a\"]"));
    }
}
