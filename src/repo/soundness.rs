//! Whether a text is of its format: a fix must not make a file one that cannot be parsed any more.

use super::kind::{self, Kind};
use super::{dockerfile, python};
use crate::diag::Diags;
use crate::source::FileId;
use crate::syntax::dotenv::Quote;
use crate::syntax::{dotenv, json, toml, yaml};

/// Returns how many faults a text has as the file that its path says it is.
pub fn n_faults(path: &str, text: &str) -> usize {
    let mut diags = Diags::default();
    let file = FileId(0);
    match kind::refine(kind::of(path), path, text) {
        kind if kind.is_yaml() => drop(yaml::parse(text, file, &mut diags)),
        Kind::Json => drop(json::parse(text, file, &mut diags)),
        Kind::Toml => drop(toml::parse(text, file, &mut diags)),
        Kind::EnvFile | Kind::EnvTemplate => return env_faults(text),
        Kind::Python => return python::n_faults(text),
        Kind::Dockerfile => return usize::from(!dockerfile::is_sound(text)),
        _ => {}
    }
    diags.list().len()
}

fn env_faults(text: &str) -> usize {
    let file = dotenv::parse(text);
    let unclosed = file.entries.iter().filter(|it| it.written.as_ref().is_some_and(|it| it.quote == Quote::Unclosed));
    file.errors.len() + unclosed.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_parsed_has_more_faults_than_what_can() {
        for (path, sound, broken) in [
            ("compose.yml", "services: {a: {image: x}}\n", "services: {a: {image: x}\n"),
            ("app/settings.py", "f(a, b)\n", "f(a, b\n"),
            (".env", "A=\"1\"\n", "A=\"1\n"),
            ("Dockerfile", "FROM a\nRUN x\n", "FROM a\nNOPE x\n"),
            ("package.json", "{\"a\": 1}", "{\"a\": 1"),
            ("pyproject.toml", "[a]\nb = 1\n", "[a\nb = 1\n"),
        ] {
            assert_eq!(n_faults(path, sound), 0, "{path}");
            assert!(n_faults(path, broken) > 0, "{path}");
        }
    }
}
