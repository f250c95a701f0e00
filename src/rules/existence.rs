//! Whether a path that a command or a file names will be there when it is needed: tracked, ignored, or made on the way.

use std::collections::BTreeSet;

use crate::diag::{Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::compose::{Model, Resource, Service};
use crate::repo::environment::{Environment, Source};
use crate::repo::fact::{Action, Command, CommandHost};
use crate::source::{FileId, normalize};

/// Returns the paths from the root that a path in a command may mean, the likeliest first; none if it lies elsewhere.
pub fn candidates(command: &Command, path: &str) -> Vec<String> {
    let is_remote =
        path.contains("://") || path.contains("?ref=") || path.starts_with("github.com/") || path.starts_with("git@");
    if path.starts_with(['/', '~', '-', '$']) || is_remote {
        return Vec::new();
    }
    let mut list: Vec<String> = normalize(&format!("{}/{path}", command.directory)).into_iter().collect();
    if !command.is_directory_certain || command.elsewhere.is_some() {
        list.extend(normalize(path));
        let mut folder = folder(&command.path);
        while folder != "." {
            list.extend(normalize(&format!("{folder}/{path}")));
            folder = self::folder(folder);
        }
    }
    let mut seen = BTreeSet::new();
    list.retain(|it| seen.insert(it.clone()));
    list
}

/// Returns the folder of a path, "." for the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |it| it.0)
}

/// Returns whether something is at a path, or will be: git ignores it, or a command makes it.
pub fn will_be_there(repo: &Repo, path: &str) -> bool {
    repo.tree.exists(path) || repo.tree.is_ignored(path) || repo.is_made(path)
}

/// Returns whether a script looks for a path, as it is written there, before it uses it.
pub fn is_tested(repo: &Repo, file: FileId, path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    let is_end = |of: &str, it: &str| of == it || of.strip_suffix(it).is_some_and(|it| it.ends_with('/'));
    // `$SCRIPT_DIR/a`, whatever folder that is.
    let below = |tested: &str| tested.strip_prefix('$').and_then(|it| Some(it.split_once('/')?.1.to_string()));
    let is_it = |tested: &str| is_end(tested, path) || below(tested).is_some_and(|it| is_end(path, &it));
    repo.tested_like(file, path).any(is_it)
}

/// Returns whether a path stands for any: `scripts/your-script.sh`.
pub fn is_example(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let words = [
        "example",
        "foo",
        "bar",
        "baz",
        "your",
        "my",
        "specific",
        "nnn",
        "xx",
        "xxx",
        "xxxx",
        "xxxxx",
        "something",
        "dummy",
        "tmp",
    ];
    lower.split(['/', '.', '-', '_']).any(|it| words.contains(&it))
}

/// Paths that commands make, for many questions.
#[derive(Debug)]
pub struct Made {
    paths: BTreeSet<String>,
    directories: BTreeSet<String>,
}

impl Made {
    /// Collects them.
    pub fn by_commands(repo: &Repo) -> Made {
        let (mut paths, mut directories) = (BTreeSet::new(), BTreeSet::new());
        for command in &repo.facts.commands {
            let place = |it: &str| normalize(&format!("{}/{it}", command.directory));
            match &command.action {
                Action::MakeDirectory(list) => directories.extend(list.iter().filter_map(|it| place(&it.value))),
                Action::MakeFile(list) => paths.extend(list.iter().filter_map(|it| place(&it.value))),
                Action::Copy(copy) if !copy.to_remote => {
                    let into = copy.destination.value.trim_end_matches('/');
                    paths.extend(place(into));
                    for source in &copy.sources {
                        let name = source.value.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                        paths.extend(place(&format!("{into}/{name}")));
                    }
                }
                _ => {}
            }
        }
        // What the repository has is not only made.
        directories.retain(|it| it != "." && !repo.tree.exists(it));
        Made { paths, directories }
    }

    /// Returns whether a path is made, or something in it, or the directory it lies in.
    pub fn holds(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let has_inner =
            |set: &BTreeSet<String>| set.range(prefix.clone()..).next().is_some_and(|it| it.starts_with(&prefix));
        let outer = path.match_indices('/').map(|(at, _)| &path[..at]).any(|it| self.directories.contains(it));
        outer
            || self.paths.contains(path)
            || self.directories.contains(path)
            || has_inner(&self.paths)
            || has_inner(&self.directories)
    }
}

/// Returns what a missing path was probably meant to be: where it went, or one that is named alike.
pub fn hint(repo: &Repo, path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let elsewhere = || {
        // Each folder may have a README, and that of the root is everybody's last resort.
        let is_meant = |it: &&str| it.contains('/') || !name.starts_with("README");
        let mut found = repo.tree.named(name).filter(is_meant);
        found.next().filter(|_| found.next().is_none())
    };
    if let Some(deletion) = repo.tree.deletion(path) {
        let new = deletion.became.as_deref().filter(|it| repo.tree.exists(it));
        return Some(match (new, elsewhere()) {
            (Some(new), _) => format!("it became `{new}` in {}", deletion.commit),
            (None, _) if deletion.commit == "HEAD" => "it is deleted since the last commit".to_string(),
            (None, Some(other)) => format!("commit {} deleted it; `{other}` has its name", deletion.commit),
            (None, None) => format!("commit {} deleted it", deletion.commit),
        });
    }
    let within = || repo.tree.within(folder(path)).iter().map(|it| &**it).filter(|it| folder(it) == folder(path));
    let meant = did_you_mean(path, within()).or_else(|| spelled_out(path, within())).or_else(elsewhere);
    meant.map(|it| format!("did you mean `{it}`?"))
}

/// Returns the one path that is a longer form of another: `test_specification.md` for `TEST_SPEC.md`.
fn spelled_out<'r>(path: &str, others: impl Iterator<Item = &'r str>) -> Option<&'r str> {
    /// Shorter names begin many others.
    const SHORTEST: usize = 5;
    let fold = |it: &str| it.to_lowercase().replace('_', "-");
    let (stem, extension) = path.rsplit_once('.')?;
    let start = fold(stem);
    let is_longer = |it: &&str| {
        it.len() > path.len()
            && it.rsplit_once('.').is_some_and(|it| it.1 == extension && fold(it.0).starts_with(&start))
    };
    let mut found = others.filter(is_longer);
    let is_long = stem.rsplit('/').next().is_some_and(|it| it.len() >= SHORTEST);
    found.next().filter(|_| is_long && found.next().is_none())
}

/// Returns how bad a mistake in a command is: a document only misleads, and what is put away hurts nobody.
pub fn level(command: &Command) -> Level {
    match command.host {
        _ if is_put_away(&command.path.to_ascii_lowercase()) => Level::Info,
        CommandHost::Document if is_historical(&command.path) || is_taught(&command.path) => Level::Info,
        CommandHost::Document => Level::Warning,
        _ => Level::Error,
    }
}

/// Returns whether a document teaches agents about repositories in general: `.claude/skills/…`.
fn is_taught(path: &str) -> bool {
    path.starts_with('.') && path.split('/').any(|it| matches!(it, "skills" | "agents" | "commands" | "prompts"))
}

/// Returns what files beside an environment's declare. Where no program starts exactly these files, one beside them
/// may be meant to go with them: `networks.yml` next to `redis.yml`.
pub fn declared_beside<'r>(
    repo: &'r Repo,
    environment: &Environment,
    section: impl Fn(&'r Model) -> &'r Vec<Resource>,
) -> BTreeSet<&'r str> {
    let by_program = match environment.source {
        Source::Command { span } => {
            repo.facts.commands.iter().any(|it| it.span == span && it.host != CommandHost::Document)
        }
        _ => false,
    };
    if by_program {
        return BTreeSet::new();
    }
    let others = repo.facts.compose_files.iter().filter(|it| folder(&it.path) == environment.directory);
    others.flat_map(|it| section(&it.model)).map(|it| it.name.value.as_str()).collect()
}

/// Returns what compose files declare at the top level and no service uses. It counts as used if some environment with
/// its file uses it.
pub fn unused_resources<'r>(
    repo: &'r Repo,
    section: fn(&'r Model) -> &'r Vec<Resource>,
    uses: impl Fn(&Service, &str) -> bool,
) -> Vec<&'r Resource> {
    let mut unused = Vec::new();
    for file in &repo.facts.compose_files {
        let with_it = || repo.environments.iter().filter(|it| it.compose_files.contains(&file.path));
        if with_it().next().is_none() || with_it().any(|it| it.is_partial || !it.model.includes.is_empty()) {
            continue;
        }
        let is_used = |name: &str| with_it().flat_map(|it| &it.model.services).any(|it| uses(it, name));
        unused.extend(section(&file.model).iter().filter(|it| !is_used(&it.name.value)));
    }
    unused
}

/// Returns whether a file is kept and not used, by the folder that it lies in or by its ending.
pub fn is_put_away(lower: &str) -> bool {
    let away = ["archive", "archived", "archives", "legacy", "old", "deprecated", "attic", "backup"];
    let ends = [".archived", ".archive", ".old", ".bak", ".disabled", ".orig"];
    // The values in `.env.backup` are brought back as they are.
    let is_backup = lower.ends_with(".backup") && !lower.contains(".env");
    lower.split('/').any(|it| away.contains(&it.trim_matches(['_', '.'])))
        || ends.iter().any(|it| lower.ends_with(it))
        || is_backup
}

/// Returns whether a path that a command needs is there or will be. A document does not say in which folder its
/// reader is: there, a file of that path anywhere counts.
pub fn is_served(repo: &Repo, command: &Command, paths: &[String]) -> bool {
    let is_document = command.host == CommandHost::Document;
    let anywhere = |it: &String| is_document && repo.tree.is_end_of_a_path(it);
    paths.iter().any(|it| will_be_there(repo, it) || anywhere(it))
}

/// Words in the name of a document, or of its folder, that tells of what was or will be.
#[rustfmt::skip]
const HISTORICAL: &[&str] = &[
    "archive", "archived", "changelog", "history", "historical", "sprint", "sprints", "adr", "adrs",
    "decision", "decisions", "rfc", "rfcs", "proposal", "proposals", "plan", "plans", "planning", "task",
    "tasks", "retro", "release", "releases", "legacy", "old", "migration", "migrations", "journal", "log",
    "logs", "logbook", "report", "reports", "postmortem", "summary", "roadmap", "backlog", "todo", "notes",
    "worklog", "diary", "news", "completion", "review", "reviews", "audit", "handoff", "ticket", "tickets",
    "issues", "prd", "drafts", "draft", "progress", "mission", "missions", "deprecated",
    "fix", "fixes", "fixed", "resolved", "changes", "refactor", "refactoring", "cleanup", "punchlist", "walkthrough", "analysis",
    "results", "findings", "snapshot", "overhaul", "removal", "investigation", "epic", "epics", "story", "stories",
    "milestone", "milestones", "prompt", "prompts",
];

/// Returns whether a document tells of what was or will be, rather than of what is: archives, plans, decisions.
pub fn is_historical(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    // What somebody is to do, or has seen, is asked for in the words of then.
    if is_put_away(&lower) || lower.contains("issue_template") || is_of_a_feature(&lower) {
        return true;
    }
    let is_document =
        [".md", ".mdx", ".rst", ".txt", ".adoc", ".markdown", ".sql"].iter().any(|it| lower.ends_with(it));
    // Lists of tasks are kept as data, too.
    let is_among_documents = || lower.starts_with("docs/") || lower.contains("/docs/");
    let is_data = || [".json", ".jsonl", ".csv", ".yaml", ".yml"].iter().any(|it| lower.ends_with(it));
    let is_document = is_document || is_data() && is_among_documents();
    // `sprint12` is one, too; what has many digits is named by a machine.
    let says = |it: &str| {
        let word = it.trim_end_matches(|it: char| it.is_ascii_digit());
        it.len() - word.len() < 4 && HISTORICAL.contains(&word)
    };
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    is_document
        && (is_ticket(name)
            || is_dated(name)
            || is_of_a_change(name)
            || lower.split(['/', '.', '-', '_', ' ']).any(says))
}

/// Returns whether a file is part of what is written before a feature is: `specs/001-login/contracts/api.yaml`.
fn is_of_a_feature(lower: &str) -> bool {
    let mut folders = folder(lower).split('/');
    let is_number = |it: &str| it.len() >= 3 && it.bytes().all(|it| it.is_ascii_digit());
    folders.any(|it| matches!(it, "specs" | "spec" | ".specify"))
        && folders.any(|it| it.split_once(['-', '_']).is_some_and(|it| is_number(it.0)))
}

/// Returns whether a file is named for a ticket, as `S2-043-batch.md` is.
fn is_ticket(name: &str) -> bool {
    let mut parts = name.split('-');
    let (project, number) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    project.len() <= 5
        && project.starts_with(|it: char| it.is_ascii_alphabetic())
        && number.len() >= 2
        && number.bytes().all(|it| it.is_ascii_digit())
}

/// Returns whether a file describes one change, as `PR_MESSAGE.md` does.
fn is_of_a_change(name: &str) -> bool {
    let words: Vec<&str> = name.split(['.', '-', '_', ' ']).collect();
    let says = |list: &[&str]| words.iter().any(|it| list.contains(it));
    says(&["pr", "pull", "commit", "merge", "mr"]) && says(&["message", "description", "body", "text", "msg", "desc"])
}

/// Returns whether a file is named for a day, as `2024-05-01-cache.md` is.
fn is_dated(name: &str) -> bool {
    let is_month = |it: &[u8]| {
        it.starts_with(b"20") && matches!(it[4], b'-' | b'_') && it.iter().filter(|it| it.is_ascii_digit()).count() == 6
    };
    // `20240501`
    let is_day = |it: &str| {
        let number = |from: usize| it[from..from + 2].parse::<u8>().unwrap_or(0);
        it.len() == 8 && it.starts_with("20") && (1..=12).contains(&number(4)) && (1..=31).contains(&number(6))
    };
    let mut digits = name.split(|it: char| !it.is_ascii_digit());
    let is_spaced = |it: &[u8]| is_month(it) && it[7] == it[4];
    name.len() > 8 && (name.as_bytes().windows("2024-05-".len()).any(is_spaced) || digits.any(is_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_and_not_used_is_known_by_its_folder_or_its_ending() {
        let cases = [
            ("dockerfile.backup", true),
            ("api/dockerfile.bak", true),
            ("_archive/a.yml", true),
            (".env.backup", false),
            ("scripts/backup.sh", false),
            ("scripts/db-backup/a.sh", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_put_away(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_written_before_a_feature_is_known_by_its_numbered_folder() {
        let cases = [
            ("specs/001-login/contracts/api.yaml", true),
            ("docs/specs/012_x/plan.md", true),
            ("specs/login/api.md", false),
            ("spec/models/001.rb", false),
            ("src/001-a/specs/x.md", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_of_a_feature(path), expected, "{path}");
        }
    }
}
