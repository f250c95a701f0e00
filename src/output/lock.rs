//! `specc.lock`: which files specc generated, with their hashes, and from what.
//!
//! It is TOML with one line per file, sorted, so that two branches conflict only where both changed the same file.
//! A lock with conflict markers is read as both sides at once: whoever merges resolves the spec and builds again.
//! With `specc.lock merge=union` in `.gitattributes`, git does not even ask.

use std::collections::BTreeMap;

use crate::files::Files;

/// Where the lock lies, beside the spec.
pub const PATH: &str = "specc.lock";
/// The version of the lock's own notation.
const VERSION: u32 = 1;

/// What the last build left.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lock {
    /// The version of specc that wrote it.
    pub tool: String,
    /// What the last whole build read, with what it found there: a hash, or a word for something without content.
    /// Empty if not all files were written from the same input, so that nothing can be concluded.
    pub inputs: BTreeMap<String, String>,
    /// The generated files.
    pub files: BTreeMap<String, Owned>,
}

/// A file of ours.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Owned {
    /// The hash of what we wrote; several after a merge, one per side.
    pub hashes: Vec<String>,
    /// The environments it belongs to.
    pub environments: Vec<String>,
}

/// Why a lock cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unusable {
    /// A line, from 1, that specc did not write.
    Damaged(usize),
    /// Written by a specc that knows more.
    Newer(u32),
    /// It is there and cannot be read.
    Unreadable(String),
}

impl Lock {
    /// Reads the lock; one that is not there owns nothing.
    ///
    /// # Errors
    /// If it is there and cannot be used.
    pub fn load(files: &dyn Files) -> Result<Lock, Unusable> {
        match files.read_text(PATH) {
            Ok(text) => Lock::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lock::default()),
            Err(error) => Err(Unusable::Unreadable(error.to_string())),
        }
    }

    /// Reads the lock's text.
    ///
    /// # Errors
    /// If a line is not one that specc writes.
    pub fn parse(text: &str) -> Result<Lock, Unusable> {
        let mut lock = Lock::default();
        let mut section = Section::Head;
        let mut conflict = false;
        for (index, line) in text.lines().enumerate() {
            let damaged = Unusable::Damaged(index + 1);
            match line.trim_end() {
                "" => {}
                "[inputs]" => section = Section::Inputs,
                "[files]" => section = Section::Files,
                it if it.starts_with('#') => {}
                it if is_conflict_marker(it) => conflict = true,
                it => match section {
                    Section::Head => lock.head(it).map_err(|it| it.unwrap_or(damaged))?,
                    Section::Inputs => {
                        let (path, rest) = entry(it).ok_or(damaged.clone())?;
                        let (found, "") = quoted(rest).ok_or(damaged.clone())? else { return Err(damaged) };
                        // Git's union merge keeps the lines of both sides and leaves no marker.
                        conflict |= lock.inputs.insert(path, found).is_some();
                    }
                    Section::Files => lock.file(it).ok_or(damaged)?,
                },
            }
        }
        if conflict {
            lock.inputs.clear();
        }
        Ok(lock)
    }

    fn head(&mut self, line: &str) -> Result<(), Option<Unusable>> {
        let (key, value) = line.split_once(" = ").ok_or(None)?;
        match key {
            "version" => match value.parse() {
                Ok(it) if it <= VERSION => Ok(()),
                Ok(it) => Err(Some(Unusable::Newer(it))),
                Err(_) => Err(None),
            },
            "specc" => {
                self.tool = quoted(value).ok_or(None)?.0;
                Ok(())
            }
            _ => Err(None),
        }
    }

    fn file(&mut self, line: &str) -> Option<()> {
        let (path, rest) = entry(line)?;
        let (hash, rest) = quoted(rest.strip_prefix("{ sha256 = ")?)?;
        let mut rest = rest.strip_prefix(", environments = [")?;
        let owned = self.files.entry(path).or_default();
        add(&mut owned.hashes, hash);
        while rest.starts_with('"') {
            let (environment, after) = quoted(rest)?;
            add(&mut owned.environments, environment);
            rest = after.strip_prefix(", ").unwrap_or(after);
        }
        (rest == "] }").then_some(())
    }

    /// Writes the lock's text: the same lock gives the same bytes.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(128 * (self.files.len() + self.inputs.len() + 4));
        out += "# The files that specc generated, and what from. Commit it. After a merge conflict: specc build\n";
        out += &format!("version = {VERSION}\nspecc = {}\n", quote(&self.tool));
        if !self.inputs.is_empty() {
            out += "\n[inputs]\n";
        }
        for (path, found) in &self.inputs {
            out += &format!("{} = {}\n", quote(path), quote(found));
        }
        out += "\n[files]\n";
        for (path, owned) in &self.files {
            let environments: Vec<String> = owned.environments.iter().map(|it| quote(it)).collect();
            for hash in &owned.hashes {
                let hash = quote(hash);
                out +=
                    &format!("{} = {{ sha256 = {hash}, environments = [{}] }}\n", quote(path), environments.join(", "));
            }
        }
        out
    }

    /// Returns whether we wrote exactly these bytes at this path.
    pub fn wrote(&self, path: &str, hash: &str) -> bool {
        self.files.get(path).is_some_and(|it| it.hashes.iter().any(|it| it == hash))
    }
}

#[derive(Clone, Copy)]
enum Section {
    Head,
    Inputs,
    Files,
}

/// Returns whether a line is one that git puts around the two sides of a conflict.
pub fn is_conflict_marker(line: &str) -> bool {
    ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|it| line.starts_with(it)) || line == "======="
}

fn add(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Splits `"key" = rest`.
fn entry(line: &str) -> Option<(String, &str)> {
    let (key, rest) = quoted(line)?;
    Some((key, rest.strip_prefix(" = ")?))
}

/// Writes a TOML basic string.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            it if it.is_control() => out += &format!("\\u{:04X}", u32::from(it)),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}

/// Reads a TOML basic string as [`quote`] writes it; returns it and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let stop = rest.find(['"', '\\'])?;
        out += &rest[..stop];
        let after = &rest[stop + 1..];
        if rest.as_bytes()[stop] == b'"' {
            return Some((out, after));
        }
        match after.bytes().next()? {
            b'u' => {
                out.push(char::from_u32(u32::from_str_radix(after.get(1..5)?, 16).ok()?)?);
                rest = &after[5..];
            }
            it @ (b'"' | b'\\') => {
                out.push(char::from(it));
                rest = &after[1..];
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owned(hashes: &[&str], environments: &[&str]) -> Owned {
        let strings = |list: &[&str]| list.iter().map(|it| (*it).to_string()).collect();
        Owned { hashes: strings(hashes), environments: strings(environments) }
    }

    fn sample() -> Lock {
        Lock {
            tool: "0.1.0".to_string(),
            inputs: BTreeMap::from([("specc.yaml".to_string(), "00ff".to_string())]),
            files: BTreeMap::from([
                ("a.yml".to_string(), owned(&["aa"], &["dev", "prod"])),
                ("b \"x\"/\\.yml".to_string(), owned(&["bb"], &[])),
            ]),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let lock = sample();
        assert_eq!(Lock::parse(&lock.render()), Ok(lock));
    }

    #[test]
    fn the_lock_is_toml_with_one_line_for_each_file() {
        let text = sample().render();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["files"]["b \"x\"/\\.yml"]["sha256"].as_str(), Some("bb"));
        assert_eq!(table["files"]["a.yml"]["environments"].as_array().unwrap().len(), 2);
        assert_eq!(text.lines().filter(|it| it.contains("sha256")).count(), 2);
    }

    #[test]
    fn both_sides_of_a_merge_conflict_count_as_ours() {
        let text = "version = 1\nspecc = \"0.1.0\"\n\n[inputs]\n<<<<<<< HEAD\n\"specc.yaml\" = \"11\"\n=======\n\
                    \"specc.yaml\" = \"22\"\n>>>>>>> other\n\n[files]\n<<<<<<< HEAD\n\
                    \"a.yml\" = { sha256 = \"aa\", environments = [\"dev\"] }\n=======\n\
                    \"a.yml\" = { sha256 = \"bb\", environments = [\"dev\"] }\n>>>>>>> other\n";
        let lock = Lock::parse(text).unwrap();
        assert!(lock.wrote("a.yml", "aa") && lock.wrote("a.yml", "bb") && !lock.wrote("a.yml", "cc"));
        assert!(lock.inputs.is_empty(), "nothing can be concluded from inputs in conflict");
        let is_marker = |it: &&str| !is_conflict_marker(it);
        let union = text.lines().filter(is_marker).collect::<Vec<_>>().join("\n");
        assert_eq!(Lock::parse(&union).unwrap(), lock, "so git's union merge does as well");
    }

    #[test]
    fn a_line_that_specc_did_not_write_is_named() {
        let text = sample().render() + "oops\n";
        assert_eq!(Lock::parse(&text), Err(Unusable::Damaged(text.lines().count())));
        assert_eq!(Lock::parse("version = 2\n"), Err(Unusable::Newer(2)));
        assert_eq!(Lock::parse("[files]\n\"a\" = { sha256 = \"x\", environments = [ }\n"), Err(Unusable::Damaged(2)));
    }

    proptest! {
        #[test]
        fn any_path_survives_the_lock(path in "\\PC{0,20}", environment in ".{0,8}", hash in "[0-9a-f]{64}") {
            let mut lock = Lock { tool: "1".to_string(), ..Lock::default() };
            lock.files.insert(path, owned(&[&hash], &[&environment]));
            prop_assert_eq!(Lock::parse(&lock.render()), Ok(lock));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\[files\\]\n)?.{0,80}") {
            let _ = Lock::parse(&text);
        }
    }
}
