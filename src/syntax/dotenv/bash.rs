//! `source .env` in bash: the file is a script. A line is an assignment only if bash sees one; anything else runs a
//! command, writes to a file, or is a syntax error.

use std::str::Chars;

use super::Reading;
use crate::syntax::Lookup;

/// More `${…}` than this in one value are not followed: nobody writes them, and nested ones recurse.
const MAX_DEPTH: usize = 64;

/// Reads a text as a script that should be one assignment.
pub(super) fn read(text: &str, lookup: Lookup<'_>) -> Reading {
    match script(text, lookup) {
        Ok(Some(value)) => Reading::Value(value),
        Ok(None) => Reading::Absent,
        Err(message) => Reading::Error(message),
    }
}

fn is_blank(it: char) -> bool {
    it == ' ' || it == '\t'
}

/// Runs the statements; the value is the first one's.
fn script(text: &str, lookup: Lookup<'_>) -> Result<Option<String>, String> {
    let (value, mut rest) = statement(text, lookup)?;
    while !rest.is_empty() && !rest.starts_with('#') {
        rest = statement(rest, lookup)?.1;
    }
    Ok(value)
}

type Statement<'a> = Result<(Option<String>, &'a str), String>;

/// Runs a statement; returns its value and what follows it.
fn statement<'a>(text: &'a str, lookup: Lookup<'_>) -> Statement<'a> {
    let text = text.trim_start_matches([' ', '\t', '\n']);
    let exported = text.strip_prefix("export").filter(|it| it.starts_with(is_blank));
    let line = exported.map_or(text, |it| it.trim_start_matches(is_blank));
    let end = line.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    let is_name = !name.is_empty() && !name.starts_with(|it: char| it.is_ascii_digit());
    let value = rest.strip_prefix('=').or_else(|| rest.strip_prefix("+=")).filter(|_| is_name);
    let Some(value) = value else {
        let word = line.split([' ', '\t', '\n']).next().unwrap_or(line);
        return match exported {
            Some(_) if is_name && rest.trim_matches([' ', '\t', '\n']).is_empty() => Ok((lookup(name), "")),
            Some(_) => Err(format!("`{word}` is not a valid name")),
            None => Err(format!("it runs the command `{word}`")),
        };
    };
    let mut reader = Words { chars: value.chars(), lookup, depth: 0 };
    let value = reader.word(true)?;
    reader.nothing_more(exported.is_some())?;
    Ok((Some(value), reader.chars.as_str().trim_start_matches([' ', '\t', '\n'])))
}

struct Words<'t, 'l> {
    chars: Chars<'t>,
    lookup: Lookup<'l>,
    depth: usize,
}

impl Words<'_, '_> {
    fn peek(&self) -> Option<char> {
        self.chars.clone().next()
    }

    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let next = self.peek().filter(|it| wanted(*it));
        if next.is_some() {
            self.chars.next();
        }
        next
    }

    /// Reads a word up to what ends it. In an assignment, `~` is the home directory.
    fn word(&mut self, assignment: bool) -> Result<String, String> {
        let mut out = String::new();
        let mut tilde = assignment;
        while let Some(it) = self.peek() {
            match it {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' => break,
                '(' | ')' => return Err("syntax error at an unquoted parenthesis".to_string()),
                _ => {}
            }
            self.chars.next();
            match it {
                '\'' => self.single(&mut out)?,
                '"' => self.double(&mut out)?,
                '\\' => match self.chars.next() {
                    Some('\n') | None => {}
                    Some(other) => out.push(other),
                },
                '$' => self.dollar(&mut out, false)?,
                '`' => return Err("it runs a command".to_string()),
                '~' if tilde => self.tilde(&mut out)?,
                other => out.push(other),
            }
            tilde = assignment && it == ':';
        }
        Ok(out)
    }

    fn tilde(&mut self, out: &mut String) -> Result<(), String> {
        match self.peek() {
            None | Some('/' | ':' | ' ' | '\t' | '\n' | ';') => {
                out.push_str(&(self.lookup)("HOME").unwrap_or_default());
                Ok(())
            }
            Some(_) => Err("`~name` is somebody's home directory".to_string()),
        }
    }

    fn single(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.chars.next() {
                Some('\'') => return Ok(()),
                Some(other) => out.push(other),
                None => return Err("the quote is not closed".to_string()),
            }
        }
    }

    fn double(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.chars.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.chars.next() {
                    Some('\n') => {}
                    Some(it @ ('$' | '`' | '"' | '\\')) => out.push(it),
                    Some(other) => out.extend(['\\', other]),
                    None => return Err("the quote is not closed".to_string()),
                },
                Some('$') => self.dollar(out, true)?,
                Some('`') => return Err("it runs a command".to_string()),
                Some(other) => out.push(other),
                None => return Err("the quote is not closed".to_string()),
            }
        }
    }

    /// Reads what follows a dollar.
    fn dollar(&mut self, out: &mut String, quoted: bool) -> Result<(), String> {
        match self.peek() {
            Some('{') => {
                self.chars.next();
                let value = self.braced()?;
                out.push_str(&value);
            }
            Some('(') => return Err("it runs a command".to_string()),
            Some('[') => return Err("it computes".to_string()),
            Some('$' | '!' | '?' | '#' | '@' | '*' | '-') => return Err("it reads the shell's own state".to_string()),
            Some(it) if it.is_ascii_digit() => {
                // An argument of the script; a sourced file has none of its own.
                self.chars.next();
            }
            Some(it) if it.is_ascii_alphabetic() || it == '_' => {
                let name = self.name();
                out.push_str(&(self.lookup)(&name).unwrap_or_default());
            }
            Some('\'') if !quoted => {
                self.chars.next();
                self.ansi(out)?;
            }
            // `$"…"` is translated text; without a translation it is the text.
            Some('"') if !quoted => {}
            _ => out.push('$'),
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(it) = self.next_if(|it| it.is_ascii_alphanumeric() || it == '_') {
            name.push(it);
        }
        name
    }

    fn braced(&mut self) -> Result<String, String> {
        let name = self.name();
        if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) {
            return Err("bad substitution".to_string());
        }
        let value = (self.lookup)(&name);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} variables"));
        }
        let colon = self.next_if(|it| it == ':').is_some();
        let value = value.filter(|it| !(colon && it.is_empty()));
        match self.chars.next() {
            Some('}') if !colon => Ok(value.unwrap_or_default()),
            Some('-' | '=') => Ok(self.argument(value.is_none())?.unwrap_or_else(|| value.unwrap_or_default())),
            Some('+') => Ok(self.argument(value.is_some())?.unwrap_or_default()),
            Some('?') => {
                self.argument(false)?;
                value.ok_or_else(|| format!("`{name}` is not set"))
            }
            Some(_) => Err("it edits or cuts the value, as only a shell does".to_string()),
            None => Err("`${` is not closed".to_string()),
        }
    }

    /// Reads the argument of an operator up to the brace; returns its value if it is needed.
    fn argument(&mut self, needed: bool) -> Result<Option<String>, String> {
        let mut out = String::new();
        loop {
            match self.chars.next() {
                Some('}') => return Ok(needed.then_some(out)),
                Some('\'') => self.single(&mut out)?,
                Some('"') => self.double(&mut out)?,
                Some('\\') => out.extend(self.chars.next()),
                Some('$') => self.dollar(&mut out, false)?,
                Some('`') => return Err("it runs a command".to_string()),
                Some(other) => out.push(other),
                None => return Err("`${` is not closed".to_string()),
            }
        }
    }

    /// Reads `$'…'`, where backslashes escape as in C.
    fn ansi(&mut self, out: &mut String) -> Result<(), String> {
        loop {
            match self.chars.next() {
                Some('\'') => return Ok(()),
                Some('\\') => match self.chars.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some(it @ ('\'' | '"' | '\\' | '?')) => out.push(it),
                    _ => return Err("an escape of bash's own".to_string()),
                },
                Some(other) => out.push(other),
                None => return Err("the quote is not closed".to_string()),
            }
        }
    }

    /// Makes sure that only a comment follows the assignment, or for `export` more names.
    fn nothing_more(&mut self, exported: bool) -> Result<(), String> {
        loop {
            while self.next_if(is_blank).is_some() {}
            match self.peek() {
                None => return Ok(()),
                Some('#') => while self.next_if(|it| it != '\n').is_some() {},
                // A `;` or a line break ends the statement; what follows would be another.
                Some(';' | '\n') => {
                    self.chars.next();
                    return Ok(());
                }
                Some('&') => return Err("it runs in the background".to_string()),
                Some('|') => return Err("it is a pipe".to_string()),
                Some('<' | '>') => return Err("it reads or writes a file".to_string()),
                Some(_) => {
                    let word = self.word(false)?;
                    let name = word.split('=').next().unwrap_or("");
                    let is_name = !name.is_empty()
                        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
                        && !name.starts_with(|it: char| it.is_ascii_digit());
                    if !(exported || is_name && word.contains('=')) {
                        return Err(format!("it runs the command `{word}`"));
                    }
                    if exported && !is_name {
                        return Err(format!("`{word}` is not a valid name"));
                    }
                }
            }
        }
    }
}
