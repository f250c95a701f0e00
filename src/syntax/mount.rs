//! Compose's short syntax of mounts: `./a:/b:ro`, `data:/x`, `${HF:-./models}:/app`, `C:\x:/y`.

use std::ops::Range;

use super::Malformed;
use super::piece::{Covered, Piece};

/// A mount.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mount {
    /// The path or volume; none for a volume without a name.
    pub source: Option<Piece>,
    /// The path in the container.
    pub target: Piece,
    /// The options, as `ro` and `z`. Compose ignores those that it does not know.
    pub options: Vec<Piece>,
}

/// What a source is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A path on the host.
    Path,
    /// The name of a volume.
    Volume,
    /// Known only when the variable it starts with is.
    Variable,
}

impl Mount {
    /// Returns whether the container cannot write: the last of `ro` and `rw` decides.
    pub fn is_read_only(&self) -> bool {
        self.options.iter().rfind(|it| it.text == "ro" || it.text == "rw").is_some_and(|it| it.text == "ro")
    }

    /// Returns what the source is; a mount without one is a volume.
    pub fn kind(&self) -> Kind {
        self.source.as_ref().map_or(Kind::Volume, |it| kind_of(&it.text))
    }
}

/// Returns what a source is: compose looks at its first characters.
pub fn kind_of(source: &str) -> Kind {
    let drive = source.as_bytes().get(1) == Some(&b':') && source.starts_with(|it: char| it.is_ascii_alphabetic());
    if source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || drive {
        Kind::Path
    } else if source.starts_with('$') && !source.starts_with("$$") {
        Kind::Variable
    } else {
        Kind::Volume
    }
}

/// The options that compose knows.
pub static OPTIONS: [&str; 11] =
    ["ro", "rw", "nocopy", "z", "Z", "private", "rprivate", "shared", "rshared", "slave", "rslave"];

/// Reads a mount. `/x:ro` is a mount of `/x` at `ro`, as compose reads it.
///
/// # Errors
/// What compose refuses.
pub fn parse(text: &str) -> Result<Mount, Malformed> {
    if text.is_empty() {
        return Err(Malformed::new(0..0, "an empty mount").help("write `SOURCE:TARGET`, as `./data:/data`"));
    }
    let covered = Covered::new(text)?;
    if text.chars().count() <= 2 {
        return Ok(Mount { source: None, target: covered.piece(0..text.len()), options: Vec::new() });
    }
    let sections = sections(&covered);
    if let Some(empty) = sections.iter().find(|it| it.is_empty()) {
        let around = empty.start.saturating_sub(1)..(empty.end + 1).min(text.len());
        return Err(Malformed::new(around, "nothing stands before or after this colon"));
    }
    let piece = |it: &Range<usize>| covered.piece(it.clone());
    match sections.as_slice() {
        [target] => Ok(Mount { source: None, target: piece(target), options: Vec::new() }),
        [source, target] => Ok(Mount { source: Some(piece(source)), target: piece(target), options: Vec::new() }),
        [source, target, options] => {
            let options = covered.split(options.clone(), b',').iter().map(piece).collect();
            Ok(Mount { source: Some(piece(source)), target: piece(target), options })
        }
        [_, _, _, more, ..] => {
            let message = "more than three parts: source, target and options";
            Err(Malformed::new(more.start - 1..text.len(), message))
        }
        [] => Err(Malformed::new(0..text.len(), "an empty mount")),
    }
}

/// Splits at colons, save for that of a Windows drive.
fn sections(covered: &Covered<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut drive = None;
    for section in covered.split(0..covered.bytes.len(), b':') {
        let start = drive.take().unwrap_or(section.start);
        let letter = section.len() == 1 && start == section.start && covered.bytes[section.start].is_ascii_alphabetic();
        if letter && section.end < covered.bytes.len() {
            drive = Some(start);
        } else {
            found.push(start..section.end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mounts_are_read_as_compose_reads_them() {
        let rows: [(&str, Option<&str>, &str, &str, Kind); 16] = [
            ("./a:/b:ro", Some("./a"), "/b", "ro", Kind::Path),
            ("vol:/x", Some("vol"), "/x", "", Kind::Volume),
            ("/abs:/x:ro,z", Some("/abs"), "/x", "ro,z", Kind::Path),
            ("/x", None, "/x", "", Kind::Volume),
            ("a", None, "a", "", Kind::Volume),
            ("a:", None, "a:", "", Kind::Volume),
            ("/x:ro", Some("/x"), "ro", "", Kind::Path),
            ("a:b", None, "a:b", "", Kind::Volume),
            ("c:/x", None, "c:/x", "", Kind::Volume),
            ("v:/x:nocopy", Some("v:/x"), "nocopy", "", Kind::Path),
            ("C:\\x:D:\\y:ro", Some("C:\\x"), "D:\\y", "ro", Kind::Path),
            ("\\\\.\\pipe\\x:/y", Some("\\\\.\\pipe\\x"), "/y", "", Kind::Path),
            (".:/app:cached", Some("."), "/app", "cached", Kind::Path),
            ("~/a:/b", Some("~/a"), "/b", "", Kind::Path),
            ("${HF:-./models}:/app", Some("${HF:-./models}"), "/app", "", Kind::Variable),
            ("./${A}:/b:${MODE:-ro}", Some("./${A}"), "/b", "${MODE:-ro}", Kind::Path),
        ];
        for (text, source, target, options, kind) in rows {
            let mount = parse(text).unwrap();
            let found: Vec<_> = mount.options.iter().map(|it| it.text.as_str()).collect();
            assert_eq!(mount.source.as_ref().map(|it| it.text.as_str()), source, "{text}");
            assert_eq!(
                (mount.target.text.as_str(), found.join(","), mount.kind()),
                (target, options.to_string(), kind)
            );
        }
    }

    #[test]
    fn the_last_of_ro_and_rw_decides() {
        for (text, read_only) in
            [("./a:/b", false), ("./a:/b:ro", true), ("./a:/b:ro,rw", false), ("./a:/b:z,ro", true)]
        {
            assert_eq!(parse(text).unwrap().is_read_only(), read_only, "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error_at_its_place() {
        for (text, place) in [("", ""), ("./a::/b", "::"), (":/b", ":"), ("./a:/b:ro:x", ":x"), ("${A:/b", "${A:/b")] {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c:/\\\\.~,{}$A\u{e9}]{0,14}") {
            match parse(&text) {
                Ok(mount) => prop_assert_eq!(&text[mount.target.range.clone()], &mount.target.text),
                Err(error) => prop_assert!(text.get(error.range).is_some()),
            }
        }
    }
}
