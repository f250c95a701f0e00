//! One value on one line of an env file, so that everybody who reads the file reads the same.
//!
//! `A="two words"` has its quotes taken off by compose and by a shell and kept by `docker stack`; `A=$B` is expanded
//! by compose and taken as it is by `docker stack`. A value of letters, digits and a few signs is read alike by all;
//! any other is written in the notation that the file's real readers share, or refused with the reader's name.

use std::fmt;

/// Who reads an env file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reader {
    /// `docker compose`, for `env_file` and for `--env-file`.
    Compose,
    /// `docker stack deploy`, for `env_file`: takes everything after the `=`.
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
}

/// Why a value cannot stand in a file with these readers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// Who would misread it as it is, and how, as a clause after the reader's name.
    pub bare: (Reader, &'static str),
    /// Who would misread it in quotes, where those could be tried.
    pub quoted: Option<(Reader, &'static str)>,
}

impl fmt::Display for Misread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reader, how) = self.bare;
        write!(out, "{} {how}", reader.name())?;
        match self.quoted {
            Some((reader, how)) => write!(out, ", and in quotes {} {how}", reader.name()),
            None => Ok(()),
        }
    }
}

/// Writes a value so that all readers read exactly it.
///
/// # Errors
/// If no notation does that.
pub fn write(value: &str, readers: &[Reader]) -> Result<String, Misread> {
    if value.contains(['\n', '\r', '\0']) {
        let reader = readers.iter().copied().max().unwrap_or(Reader::Compose);
        return Err(Misread { bare: (reader, "takes one line for one value"), quoted: None });
    }
    let fault = |notation| readers.iter().find_map(|it| fault(value, notation, *it).map(|how| (*it, how)));
    let Some(bare) = fault(Notation::Bare) else { return Ok(value.to_string()) };
    if fault(Notation::Single).is_none() {
        return Ok(format!("'{value}'"));
    }
    let Some(quoted) = fault(Notation::Double) else { return Ok(format!("\"{value}\"")) };
    Err(Misread { bare, quoted: Some(quoted) })
}

/// Returns whether every reader of env files takes the character for itself, anywhere in a value.
pub fn is_portable(char: char) -> bool {
    char.is_alphanumeric() || "_-./:@%+,=^".contains(char)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Bare,
    Single,
    Double,
}

/// Returns what a reader would do to a value in a notation, if not take it as it is.
fn fault(value: &str, notation: Notation, reader: Reader) -> Option<&'static str> {
    if value.chars().all(is_portable) && notation == Notation::Bare {
        return None;
    }
    match (reader, notation) {
        (Reader::Stack, Notation::Bare) => None,
        (Reader::Stack, _) => Some("takes the quotes for a part of the value"),
        (Reader::Compose | Reader::Shell, Notation::Bare) => Some(bare_fault(value, reader)),
        (Reader::ShellInPassing, Notation::Bare) => passing_fault(value),
        (_, Notation::Single) if value.contains('\'') => Some("ends the value at the `'`"),
        (_, Notation::Double) if value.contains(['"', '\\', '$', '`']) => {
            Some("gives `\"`, `\\`, `$` and `` ` `` a meaning of their own")
        }
        (_, Notation::Single | Notation::Double) => None,
    }
}

fn bare_fault(value: &str, reader: Reader) -> &'static str {
    if value.contains('$') {
        "fills in what follows the `$`"
    } else if value.contains(['"', '\'']) {
        "takes the quotes away"
    } else if value.contains(' ') && reader == Reader::Shell {
        "runs what follows the space as a program"
    } else if value.contains('#') {
        "may take what follows the `#` for a comment"
    } else {
        "gives some of its characters a meaning of their own"
    }
}

/// What a shell would do, rather than merely understand, on the way past a value.
fn passing_fault(value: &str) -> Option<&'static str> {
    if value.contains(char::is_whitespace) {
        Some("runs what follows the space as a program")
    } else if value.contains(['$', '`']) {
        Some("runs or fills in what follows the `$` or `` ` ``")
    } else if value.contains([';', '&', '|', '<', '>', '(', ')']) {
        Some("takes `;`, `&`, `|`, `<`, `>`, `(` and `)` for its own")
    } else if value.contains(['\'', '\\']) || value.matches('"').count() % 2 == 1 {
        Some("waits for a quote that never ends")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &[Reader] = &[Reader::Compose];
    const SWARM: &[Reader] = &[Reader::Stack, Reader::Shell];
    const DELIVERED: &[Reader] = &[Reader::Stack, Reader::ShellInPassing];

    #[test]
    fn portable_values_stand_as_they_are() {
        for value in ["", "abc", "https://a.b:8080/c?x".split('?').next().unwrap(), "a@b.c,d=e+f%g^h", "0755", "Größe"]
        {
            for readers in [COMPOSE, SWARM, DELIVERED] {
                assert_eq!(write(value, readers).as_deref(), Ok(value));
            }
        }
    }

    #[test]
    fn quotes_serve_readers_that_take_them_off() {
        for (value, expected) in [
            ("two words", "'two words'"),
            ("[\"http://a\"]", "'[\"http://a\"]'"),
            ("x$B", "'x$B'"),
            ("a#b", "'a#b'"),
            (" padded ", "' padded '"),
            ("tab\there", "'tab\there'"),
            ("it's", "\"it's\""),
            ("a\\nb", "'a\\nb'"),
        ] {
            assert_eq!(write(value, COMPOSE).as_deref(), Ok(expected), "{value}");
            assert_eq!(write(value, &[Reader::Compose, Reader::Shell]).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn a_value_that_readers_disagree_on_is_refused_with_the_readers_name() {
        for (value, readers, message) in [
            (
                "two words",
                SWARM,
                "a shell that sources the file runs what follows the space as a program, \
                 and in quotes docker stack takes the quotes for a part of the value",
            ),
            (
                "two words",
                DELIVERED,
                "a shell that sources the file runs what follows the space as a program, \
                 and in quotes docker stack takes the quotes for a part of the value",
            ),
            (
                "it's $5",
                COMPOSE,
                "docker compose fills in what follows the `$`, \
                 and in quotes docker compose gives `\"`, `\\`, `$` and `` ` `` a meaning of their own",
            ),
            ("a\nb", COMPOSE, "docker compose takes one line for one value"),
        ] {
            assert_eq!(write(value, readers).unwrap_err().to_string(), message, "{value}");
        }
        for (value, how) in [
            ("a\"b", "waits for a quote that never ends"),
            ("a;b", "takes `;`, `&`, `|`, `<`, `>`, `(` and `)` for its own"),
            ("a`b", "runs or fills in what follows the `$` or `` ` ``"),
        ] {
            assert_eq!(write(value, DELIVERED).unwrap_err().bare, (Reader::ShellInPassing, how), "{value}");
        }
    }

    #[test]
    fn json_goes_through_docker_stack_when_the_shell_only_passes_by() {
        assert_eq!(write("[\"http://a\"]", DELIVERED).as_deref(), Ok("[\"http://a\"]"));
        assert_eq!(write("[\"http://a\"]", SWARM).unwrap_err().bare.0, Reader::Shell);
    }
}
