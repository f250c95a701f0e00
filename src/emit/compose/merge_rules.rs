//! How compose merges a later file into an earlier one, as data: compose 2.40 with compose-go 2.9.
//!
//! Where nothing is said, maps merge key by key, lists are joined and anything else replaces. `tests/it/compose_real.rs`
//! holds this table against the real docker compose.

use crate::syntax::yaml_out::Yaml;

/// What compose does with two values at one path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rule {
    /// The later value stands, whole.
    Replace,
    /// Maps merge, but half of one is not valid by the specification's schema.
    Whole,
    /// Lists are joined; an item with the same identity takes the earlier one's place. Order says nothing.
    Set(Identity),
    /// The same, and the order counts.
    Ordered(Identity),
    /// As text and as a map with `context` it is the same.
    Build,
    /// Merges if the drivers are the same, else replaces.
    Logging,
}

/// What makes two items of a list the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Identity {
    /// The text before `=`, which is all of it where there is none.
    Key,
    /// The path in the container.
    Target,
    /// The path of a file.
    Path,
    /// Nothing: equal items stand twice.
    None,
}

/// The rules. `*` stands for any key.
static RULES: &[(&[&str], Rule)] = &[
    (&["services", "*", "command"], Rule::Replace),
    (&["services", "*", "entrypoint"], Rule::Replace),
    (&["services", "*", "healthcheck", "test"], Rule::Replace),
    (&["services", "*", "ulimits", "*"], Rule::Replace),
    (&["services", "*", "depends_on", "*"], Rule::Whole),
    (&["services", "*", "build"], Rule::Build),
    (&["services", "*", "logging"], Rule::Logging),
    (&["services", "*", "labels"], Rule::Set(Identity::Key)),
    (&["services", "*", "annotations"], Rule::Set(Identity::Key)),
    (&["services", "*", "environment"], Rule::Set(Identity::Key)),
    (&["services", "*", "sysctls"], Rule::Set(Identity::Key)),
    (&["services", "*", "deploy", "labels"], Rule::Set(Identity::Key)),
    (&["services", "*", "build", "args"], Rule::Set(Identity::Key)),
    (&["services", "*", "build", "labels"], Rule::Set(Identity::Key)),
    (&["services", "*", "build", "tags"], Rule::Set(Identity::Key)),
    (&["services", "*", "build", "additional_contexts"], Rule::Set(Identity::Key)),
    (&["services", "*", "cap_add"], Rule::Set(Identity::Key)),
    (&["services", "*", "cap_drop"], Rule::Set(Identity::Key)),
    (&["services", "*", "networks"], Rule::Set(Identity::Key)),
    (&["services", "*", "networks", "*", "aliases"], Rule::Set(Identity::Key)),
    (&["services", "*", "profiles"], Rule::Set(Identity::Key)),
    (&["services", "*", "expose"], Rule::Set(Identity::Key)),
    (&["services", "*", "tmpfs"], Rule::Set(Identity::Key)),
    (&["services", "*", "ports"], Rule::Set(Identity::Key)),
    (&["services", "*", "security_opt"], Rule::Set(Identity::None)),
    (&["services", "*", "volumes"], Rule::Set(Identity::Target)),
    (&["services", "*", "configs"], Rule::Set(Identity::Target)),
    (&["services", "*", "secrets"], Rule::Set(Identity::Target)),
    (&["services", "*", "env_file"], Rule::Ordered(Identity::Path)),
    (&["services", "*", "dns"], Rule::Ordered(Identity::Key)),
    (&["services", "*", "dns_opt"], Rule::Ordered(Identity::Key)),
    (&["services", "*", "dns_search"], Rule::Ordered(Identity::Key)),
];

/// Returns the rule for a path, if it has one of its own.
pub(super) fn rule(path: &[&str]) -> Option<Rule> {
    let matches = |pattern: &[&str]| {
        pattern.len() == path.len() && pattern.iter().zip(path).all(|(pattern, key)| *pattern == "*" || pattern == key)
    };
    RULES.iter().find(|(pattern, _)| matches(pattern)).map(|(_, rule)| *rule)
}

impl Identity {
    /// Returns what identifies an item; `None` if nothing does.
    pub(super) fn of(self, item: &Yaml) -> Option<&str> {
        match (self, item) {
            (Identity::None, _) => None,
            (Identity::Key, Yaml::Str(text)) => Some(text.split_once('=').map_or(text, |(key, _)| key)),
            (Identity::Path, Yaml::Str(text)) => Some(text),
            (Identity::Target, Yaml::Str(text)) => target_of_short(text),
            (Identity::Path, Yaml::Map(map)) => text_of(map.get("path")),
            (Identity::Target, Yaml::Map(map)) => text_of(map.get("target")),
            _ => None,
        }
    }
}

/// `source:target:options`, where nothing that is written short has a `:` in it.
fn target_of_short(text: &str) -> Option<&str> {
    text.split(':').nth(1)
}

fn text_of(yaml: Option<&Yaml>) -> Option<&str> {
    if let Some(Yaml::Str(text)) = yaml { Some(text) } else { None }
}
