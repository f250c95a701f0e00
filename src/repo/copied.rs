//! What commands that copy folders put where nothing of it is tracked: `cp -r templates/shop out` makes
//! `out/compose.yml` if there is a `templates/shop/compose.yml`.

use std::collections::HashMap;

use super::fact::{Action, Command, CommandHost, Word};
use super::tree::Tree;
use crate::source::normalize;

/// Folders that are copied, by where they go.
#[derive(Debug)]
pub struct Copied(HashMap<String, Vec<Source>>);

#[derive(Debug)]
enum Source {
    /// A folder of the repository, whose contents go there.
    Folder(String),
    /// Something that only shows when it runs.
    Unknown,
}

/// More folders than this are not copied to one place by people.
const MANY: usize = 32;

impl Copied {
    /// Collects them.
    pub fn by(commands: &[Command], tree: &Tree) -> Copied {
        let mut found: HashMap<String, Vec<Source>> = HashMap::new();
        let is_here = |it: &&Command| !it.is_remote && it.elsewhere.is_none() && it.host != CommandHost::Dockerfile;
        let mut add = |to: &str, source: Source| {
            let list = found.entry(to.to_string()).or_default();
            list.push(if list.len() < MANY { source } else { Source::Unknown });
            list.truncate(MANY + 1);
        };
        for command in commands.iter().filter(is_here) {
            let at = |it: &str| normalize(&format!("{}/{it}", command.directory));
            // What goes into a folder of the repository is one file more there, whatever it is.
            let unknown = |it: &str| at(it).filter(|it| !tree.is_directory(it));
            let copy = match &command.action {
                Action::Copy(copy) if !copy.to_remote => copy,
                Action::GitPull => {
                    let folder = cloned(command).filter(|it| is_below(it)).and_then(unknown);
                    folder.iter().for_each(|it| add(it, Source::Unknown));
                    continue;
                }
                _ => continue,
            };
            let Some(into) = at(&copy.destination.value).filter(|_| is_below(&copy.destination.value)) else {
                continue;
            };
            for source in &copy.sources {
                let source = source.value.as_str();
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
                let contents = ["/*", "/."].iter().find_map(|it| source.strip_suffix(it)).unwrap_or(source);
                let is_unknown = copy.from_remote || !is_below(contents) || contents.contains(['$', '*']);
                if is_unknown {
                    unknown(&copy.destination.value).iter().for_each(|it| add(it, Source::Unknown));
                } else if let Some(folder) = at(contents).filter(|it| tree.is_directory(it)) {
                    normalize(&format!("{into}/{name}")).iter().for_each(|it| add(it, Source::Folder(folder.clone())));
                    add(&into, Source::Folder(folder));
                }
            }
        }
        Copied(found)
    }

    /// Returns whether a path is, or may be, in a copy.
    pub fn hold(&self, path: &str, tree: &Tree) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], &path[at + 1..]));
        folders.chain([(path, ""), (".", path)]).any(|(folder, rest)| {
            let sources = self.0.get(folder).into_iter().flatten();
            sources.into_iter().any(|it| match it {
                Source::Folder(from) => normalize(&format!("{from}/{rest}")).is_some_and(|it| tree.exists(&it)),
                Source::Unknown => true,
            })
        })
    }
}

/// Returns whether a path may be one of the repository.
fn is_below(path: &str) -> bool {
    !path.starts_with(['/', '~', '$'])
}

/// Returns the folder that `git clone` makes.
fn cloned(command: &Command) -> Option<&str> {
    /// Its options that take a value.
    const VALUES: &[&str] =
        &["-b", "--branch", "--depth", "-o", "--origin", "--reference", "-c", "--config", "--filter"];
    let at = command.words.iter().position(|it| it.text == "clone")?;
    let mut names = plain(&command.words[at + 1..], VALUES);
    let url = names.next()?;
    let last = url.trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).next();
    names.next().or(last).filter(|it| !it.is_empty())
}

/// Returns the words that are no options.
fn plain<'w>(words: &'w [Word], values: &'w [&str]) -> impl Iterator<Item = &'w str> {
    let is_value = |at: usize| at > 0 && values.contains(&words[at - 1].text.as_str());
    let plain = words.iter().enumerate().filter(move |(at, it)| !it.text.starts_with('-') && !is_value(*at));
    plain.map(|it| it.1.text.as_str())
}
