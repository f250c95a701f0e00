//! Reads env files and their templates into facts.
//!
//! In a template a line that is commented out (`# NAME=value`) documents a variable. Files encrypted by sops or dotenvx
//! show their names: those count as set, to values that nobody knows. Of dotenv-vault's not even the names are to be seen.

use std::sync::OnceLock;

use super::env_wrapper::is_name;
use super::fact::{EnvEntry, EnvFile, Facts, Quote};
use super::kind::Kind;
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};
use crate::syntax::dotenv;

/// Reads a file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let mut file = EnvFile {
        file: input.file,
        path: input.path.to_string(),
        is_template: input.kind == Kind::EnvTemplate,
        is_encrypted: false,
        is_opaque: false,
        entries: Vec::new(),
        odd_bytes: Vec::new(),
        bad_lines: Vec::new(),
        by_name: OnceLock::new(),
    };
    // sops writes JSON around a file whose format it does not know; a vault is for its own program.
    if input.text.trim_start().starts_with('{') || is_vault(input.path) {
        (file.is_encrypted, file.is_opaque) = (true, true);
        facts.env_files.push(file);
        return;
    }
    let parsed = dotenv::parse(input.text);
    file.entries.reserve_exact(parsed.entries.len());
    for statement in &parsed.entries {
        push(&mut file, input, statement, 0, false);
    }
    if file.is_template {
        commented(&mut file, input, &parsed.comments);
    }
    let span = |range: std::ops::Range<usize>| Span::new(input.file, range.start, range.end);
    file.bad_lines.extend(parsed.errors.into_iter().map(|it| Spanned::new(it.message, span(it.range))));
    if parsed.has_bom {
        file.odd_bytes.push(Spanned::new(
            "a byte order mark".to_string(),
            span(0..input.text.find('\n').unwrap_or(input.text.len())),
        ));
    }
    if let Some(at) = memchr::memmem::find(input.text.as_bytes(), b"\r\n") {
        file.odd_bytes.push(Spanned::new("line ends of Windows".to_string(), span(at..at + 1)));
    }
    let is_cipher = |it: &EnvEntry| it.value.value.starts_with("ENC[") || it.value.value.starts_with("encrypted:");
    file.is_encrypted = file.entries.iter().any(is_cipher);
    file.entries.retain(|it| !(it.name.value.starts_with("sops_") || it.name.value.starts_with("DOTENV_PUBLIC_KEY")));
    facts.env_files.push(file);
}

/// Returns whether a file is what `dotenv-vault pull` makes the `.env` beside it of.
pub fn is_vault(path: &str) -> bool {
    path.rsplit('/').next() == Some(".env.vault")
}

/// Adds an entry for a statement of a text that starts at `shift` in the file.
fn push(file: &mut EnvFile, input: &Input, statement: &dotenv::Entry, shift: usize, is_commented: bool) {
    let span = |range: &std::ops::Range<usize>| Span::new(input.file, range.start + shift, range.end + shift);
    let name = Spanned::new(statement.key.to_string(), span(&statement.key_range));
    let written = statement.written.as_ref();
    let quote = match written.map(|it| it.quote) {
        Some(dotenv::Quote::Single) => Quote::Single,
        Some(dotenv::Quote::Double) => Quote::Double,
        _ => Quote::None,
    };
    let end = statement.key_range.end;
    let (value, place) = written.map_or(("", end..end), |it| match quote {
        Quote::None => (it.text, it.range.clone()),
        // A quote that is closed has another at its end.
        _ => (&it.text[1..it.text.len().max(2) - 1], it.range.start + 1..it.range.end - 1),
    });
    file.entries.push(EnvEntry {
        name,
        value: Spanned::new(value.to_string(), span(&place)),
        quote,
        comment: written.and_then(|it| it.comment.as_ref()).map(span),
        is_exported: statement.export,
        is_spaced: written.is_some_and(|it| it.spaced),
        is_commented,
        line: span(&statement.range),
        text: statement.text.into(),
    });
}

/// Adds the variables that comments document, in the order of the file.
fn commented(file: &mut EnvFile, input: &Input, comments: &[std::ops::Range<usize>]) {
    for range in comments {
        let comment = &input.text[range.clone()];
        let inner = comment.trim_start_matches('#').trim_start();
        let Some((name, _)) = inner.split_once('=') else { continue };
        let name = name.strip_prefix("export ").unwrap_or(name);
        // `# Use A=b to …` is prose.
        if !is_name(name) || !name.contains(|it: char| it.is_ascii_uppercase()) {
            continue;
        }
        let shift = range.start + comment.len() - inner.len();
        if let Some(statement) = dotenv::parse(inner).entries.first() {
            push(file, input, statement, shift, true);
        }
    }
    file.entries.sort_by_key(|it| it.line.start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn file(path: &str, text: &str) -> EnvFile {
        let tree = Tree::default();
        let mut facts = Facts::default();
        let input =
            Input { file: FileId(0), path, text, kind: crate::repo::kind::of(path), in_test: false, tree: &tree };
        read(&input, &mut facts, &mut Diags::default());
        facts.env_files.remove(0)
    }

    #[test]
    fn entries_know_what_they_say_and_where() {
        let text = "# Where the\n# queue is\nA=\"x y\" # why\nexport B=1\nC = 'z'\nbroken line\n";
        let file = file(".env", text);
        let slice = |span: Span| &text[span.start as usize..span.end as usize];
        let values: Vec<_> = file.entries.iter().map(|it| (slice(it.name.span), slice(it.value.span))).collect();
        assert_eq!(values, [("A", "x y"), ("B", "1"), ("C", "z")]);
        assert_eq!(file.entries[0].comment.map(slice), Some("# why"));
        for (entry, written) in file.entries.iter().zip(["\"x y\"", "1", "'z'"]) {
            let (raw, place) = entry.raw().unwrap();
            assert_eq!((slice(place), entry.written().map(slice)), (raw, Some(written)));
        }
        assert!(file.entries[1].is_exported && file.entries[2].is_spaced && file.bad_lines.len() == 1);
    }

    #[test]
    fn templates_document_what_is_commented_out_and_env_files_do_not() {
        let text = "A=1\n# B=2\n#C=\n# Set D=3 for more\n# e=f\n";
        let names = |path: &str| {
            let show = |it: &EnvEntry| format!("{}{}", if it.is_commented { "#" } else { "" }, it.name.value);
            file(path, text).entries.iter().map(show).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(".env.example"), "A #B #C");
        assert_eq!(names(".env"), "A");
    }

    #[test]
    fn encrypted_files_have_names_or_nothing() {
        let found = file(".env.prod", "A=ENC[AES256_GCM,data:x]\nsops_mac=ENC[y]\n");
        assert!(found.is_encrypted && !found.is_opaque && found.entries.len() == 1);
        let found = file(".env.sops", "{\n\t\"data\": \"ENC[…]\"\n}");
        assert!(found.is_opaque && found.entries.is_empty());
        let found = file("api/.env.vault", "DOTENV_VAULT_CI=\"S0yu\"\nDOTENV_VAULT_CI_VERSION=21\n");
        assert!(found.is_opaque && found.entries.is_empty());
    }
}
