//! What commands that copy folders put where nothing of it is tracked: `cp -r templates/shop out` makes
//! `out/compose.yml` if there is a `templates/shop/compose.yml`.

use std::collections::HashMap;

use super::fact::{Action, Command, CommandHost};
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
        for command in commands.iter().filter(is_here) {
            let Action::Copy(copy) = &command.action else { continue };
            if copy.to_remote || copy.destination.value.starts_with(['/', '~', '$']) {
                continue;
            }
            let at = |it: &str| normalize(&format!("{}/{it}", command.directory));
            let Some(into) = at(&copy.destination.value) else { continue };
            for source in &copy.sources {
                let source = source.value.as_str();
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
                let below = normalize(&format!("{into}/{name}")).unwrap_or_default();
                let contents = ["/*", "/."].iter().find_map(|it| source.strip_suffix(it)).unwrap_or(source);
                let is_unknown = copy.from_remote || contents.starts_with(['/', '~']) || contents.contains(['$', '*']);
                let mut add = |to: &str, source: Source| {
                    let list = found.entry(to.to_string()).or_default();
                    list.push(if list.len() < MANY { source } else { Source::Unknown });
                    list.truncate(MANY + 1);
                };
                match at(contents).filter(|it| !is_unknown && tree.is_directory(it)) {
                    Some(folder) => {
                        add(&into, Source::Folder(folder.clone()));
                        add(&below, Source::Folder(folder));
                    }
                    // What goes into a folder of the repository is one file more there, whatever it is.
                    None if is_unknown && !tree.is_directory(&into) => add(&into, Source::Unknown),
                    None => {}
                }
            }
        }
        Copied(found)
    }

    /// Returns whether a path is, or may be, in a copy.
    pub fn hold(&self, path: &str, tree: &Tree) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| (&path[..at], &path[at + 1..]));
        folders.chain([(".", path)]).any(|(folder, rest)| {
            let sources = self.0.get(folder).into_iter().flatten();
            sources.into_iter().any(|it| match it {
                Source::Folder(from) => normalize(&format!("{from}/{rest}")).is_some_and(|it| tree.exists(&it)),
                Source::Unknown => true,
            })
        })
    }
}
