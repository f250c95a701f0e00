//! Programs of others that Dockerfiles bring into images of ours: their variables are read where nobody sees it.

use std::collections::BTreeSet;

use super::fact::{Dockerfile, Stage};
use super::known_variable::bare_name;

/// Returns their names, in lower case: `litestream` of `COPY --from=litestream/litestream:0.3`, or of a URL.
pub fn names(dockerfiles: &[Dockerfile]) -> BTreeSet<String> {
    let of = |file: &Dockerfile| file.stages.iter().flat_map(|it| of_stage(file, it)).collect::<Vec<_>>();
    dockerfiles.iter().flat_map(of).collect()
}

fn of_stage(file: &Dockerfile, stage: &Stage) -> Vec<String> {
    let is_stage = |name: &str| {
        name.bytes().all(|it| it.is_ascii_digit())
            || file.stages.iter().any(|it| it.name.as_ref().is_some_and(|it| it.value == name))
    };
    let images = stage.copies.iter().filter_map(|it| Some(it.from.as_ref()?.value.as_str()));
    let images = images.filter(|it| !is_stage(it)).filter_map(|it| bare_name(it).rsplit('/').next());
    let added = stage.copies.iter().flat_map(|it| &it.sources).map(|it| it.value.as_str());
    let fetched = stage.runs.iter().flat_map(|it| it.value.split_whitespace());
    let urls = added.chain(fetched).filter_map(of_url);
    images.chain(urls).map(str::to_ascii_lowercase).collect()
}

/// Returns the program that a URL is of: `https://github.com/OWNER/PROGRAM/releases/…`, `https://HOST/…/PROGRAM-1.2.tar.gz`.
fn of_url(word: &str) -> Option<&str> {
    let (_, address) = word.trim_matches(['"', '\'', '(', ')', ';']).split_once("://")?;
    match address.strip_prefix("github.com/") {
        Some(path) => path.split('/').nth(1),
        None => address.rsplit_once('/')?.1.split(['-', '_', '.']).next(),
    }
}

/// Returns whether a variable is named for one of the programs: `LITESTREAM_ACCESS_KEY_ID`.
pub fn may_read(names: &BTreeSet<String>, variable: &str) -> bool {
    /// Shorter words begin the names of anything.
    const LEAST: usize = 4;
    let first = variable.split('_').next().unwrap_or(variable);
    first.len() >= LEAST && first.len() < variable.len() && names.contains(&first.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_the_url_that_it_is_fetched_from() {
        for (word, expected) in [
            (
                "https://github.com/benbjohnson/litestream/releases/download/v0.3/litestream-v0.3.tar.gz",
                Some("litestream"),
            ),
            ("\"https://dl.example.com/x/migrator-1.2.tar.gz\"", Some("migrator")),
            ("https://example.com", None),
            ("curl", None),
        ] {
            assert_eq!(of_url(word), expected, "{word}");
        }
    }

    #[test]
    fn a_variable_is_of_the_program_that_it_is_named_for() {
        let names = BTreeSet::from(["litestream".to_string(), "uv".to_string()]);
        for (variable, expected) in
            [("LITESTREAM_BUCKET", true), ("LITESTREAM", false), ("UV_CACHE", false), ("A_B", false)]
        {
            assert_eq!(may_read(&names, variable), expected, "{variable}");
        }
    }
}
