//! From which folders a Dockerfile is built: what its `COPY` paths start from.

use super::Repo;
use super::compose::known;
use super::fact::{Action, Command, Dockerfile, IgnoreFile, Text};
use super::shell::folder;
use crate::source::normalize;
use crate::syntax::glob;

/// The folders that a Dockerfile may be built from.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Contexts {
    /// They, from the root.
    pub folders: Vec<String>,
    /// Whether something in the repository builds it, and from these.
    pub is_certain: bool,
}

/// Returns the folders that a Dockerfile is built from, or any that it may lie in if nothing says so.
pub fn contexts(repo: &Repo, dockerfile: &Dockerfile) -> Contexts {
    let mut found = Contexts { folders: Vec::new(), is_certain: true };
    by_compose(repo, dockerfile, &mut found);
    for command in &repo.facts.commands {
        if let Action::Build { dockerfile: named, context, .. } = &command.action {
            by_command(command, (named.as_ref(), context.as_ref()), dockerfile, &mut found);
        }
    }
    if found.folders.is_empty() || !found.is_certain {
        found.is_certain = false;
        let mut at = folder(&dockerfile.path);
        found.folders.push(at.to_string());
        while at != "." {
            at = folder(at);
            found.folders.push(at.to_string());
        }
    }
    found.folders.sort();
    found.folders.dedup();
    found
}

fn by_compose(repo: &Repo, dockerfile: &Dockerfile, found: &mut Contexts) {
    for (environment, service) in repo.building() {
        let Some(build) = &service.build else { continue };
        let filled = |it: Option<&Text>, default: &str| match it {
            Some(it) => known::with_defaults(&it.value),
            None => Some(default.to_string()),
        };
        let (Some(context), Some(name)) =
            (filled(build.context.as_ref(), "."), filled(build.dockerfile.as_ref(), "Dockerfile"))
        else {
            continue;
        };
        let Some(context) = normalize(&format!("{}/{context}", environment.directory)) else { continue };
        if normalize(&format!("{context}/{name}")).as_ref() == Some(&dockerfile.path) {
            found.folders.push(context);
        }
    }
}

fn by_command(
    command: &Command,
    (named, context): (Option<&Text>, Option<&Text>),
    dockerfile: &Dockerfile,
    found: &mut Contexts,
) {
    let is_dynamic = |it: &Text| it.value.contains(['$', '{', '<', '*', '(']) || it.value == "-";
    let name = named.map_or("Dockerfile", |it| it.value.as_str());
    let ends = name.rsplit('/').next() == dockerfile.path.rsplit('/').next();
    if named.is_some_and(is_dynamic) || context.is_some_and(is_dynamic) {
        // It may be this one, from anywhere.
        found.is_certain &= !named.is_some_and(is_dynamic) && !ends;
        return;
    }
    let context = context.map_or(".", |it| it.value.as_str());
    let file = match named {
        Some(it) => it.value.clone(),
        None => format!("{context}/Dockerfile"),
    };
    let mut directories = vec![command.directory.clone()];
    if !command.is_directory_certain || command.elsewhere.is_some() {
        directories.extend([".".to_string(), folder(&command.path).to_string()]);
    }
    // A build step gives the Dockerfile from the root, others give it from the context.
    for directory in directories {
        let paths = [format!("{directory}/{file}"), format!("{directory}/{context}/{file}")];
        if paths.iter().filter_map(|it| normalize(it)).any(|it| it == dockerfile.path) {
            found.folders.extend(normalize(&format!("{directory}/{context}")));
        }
    }
}

/// Returns the ignore file that counts for a build: one that is named after the Dockerfile, or that of the context.
pub fn ignore_file<'a>(repo: &'a Repo, dockerfile: &Dockerfile, context: &str) -> Option<&'a IgnoreFile> {
    let at = |path: &str| repo.facts.ignore_files.iter().find(|it| it.path == path);
    let own = format!("{}.dockerignore", dockerfile.path);
    at(&own).or_else(|| at(&normalize(&format!("{context}/.dockerignore"))?))
}

impl IgnoreFile {
    /// Returns the pattern that keeps a path out of the build, the last that says anything of it counts; none if
    /// some part of it stays. Docker's patterns start at the context, not anywhere
    /// (<https://docs.docker.com/build/concepts/context/#dockerignore-files>).
    pub fn excludes(&self, path: &str) -> Option<&Text> {
        let mut found = None;
        for pattern in &self.patterns {
            let (is_kept, plain) = match pattern.value.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern.value.as_str()),
            };
            let plain = plain.trim_start_matches('/').trim_start_matches("./").trim_end_matches('/');
            // `!src/a.py` keeps a part of `src`.
            if is_kept && plain.strip_prefix(path).is_some_and(|it| it.starts_with('/')) {
                return None;
            }
            let is_outer = path.match_indices('/').any(|(at, _)| fits(plain, &path[..at]));
            if fits(plain, path) || is_outer {
                found = (!is_kept).then_some(pattern);
            } else if is_kept && plain.contains('*') {
                // Which parts it keeps is not followed.
                found = None;
            }
        }
        found
    }
}

/// Returns whether a pattern fits a path; `folder/**` leaves nothing of the folder either.
fn fits(pattern: &str, path: &str) -> bool {
    glob::fits(pattern, path) || pattern.strip_suffix("/**").is_some_and(|it| glob::fits(it, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span, Spanned};

    #[test]
    fn docker_ignores_from_the_context_and_the_last_pattern_counts() {
        let file = |text: &str| IgnoreFile {
            path: ".dockerignore".to_string(),
            patterns: text.lines().map(|it| Spanned::new(it.to_string(), Span::new(FileId(0), 0, 0))).collect(),
        };
        let cases = [
            ("*.yaml", "config.yaml", true),
            ("*.yaml", "a/config.yaml", false),
            ("**/*.yaml", "a/config.yaml", true),
            ("**/*.yaml", "config.yaml", true),
            ("config", "config/a.json", true),
            ("config\n!config/a.json", "config/a.json", false),
            ("config\n!config/a.json", "config", false),
            ("*\n!src", "src", false),
            ("*\n!src", "src/a.py", false),
            ("*\n!src", "docs", true),
            ("*\n!**/*.py", "docs", false),
            ("/docs/", "docs", true),
            ("docs", "a/docs", false),
        ];
        for (text, path, expected) in cases {
            assert_eq!(file(text).excludes(path).is_some(), expected, "{text:?} {path}");
        }
    }
}
