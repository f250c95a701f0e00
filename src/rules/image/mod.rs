//! Rules about images: which version is run, and whether it is the one that was built or tested.

pub mod built_elsewhere;
pub mod floating_tag;
pub mod version_drift;

use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::fact::Action;
use crate::repo::known_variable::bare_name;
use crate::syntax::image::{Image, parse};

/// Reads the name of an image whose variables all have defaults.
fn literal(text: &str) -> Option<Image> {
    let filled = known::with_defaults(text)?;
    parse(&filled).ok().filter(|_| !filled.contains(['$', '{']))
}

/// Returns the first number of a tag: what decides whether data of one version is read by another.
fn major(tag: &str) -> Option<u32> {
    let digits: String = tag.trim_start_matches(['v', 'V']).chars().take_while(char::is_ascii_digit).collect();
    // A date, or a hash, is no version.
    digits.parse().ok().filter(|it| *it < 1000)
}

/// Returns the names, without tags, of the images that the repository builds, with their places.
pub fn built(repo: &Repo) -> Vec<(String, crate::source::Span)> {
    let services = repo.environments.iter().flat_map(|it| &it.model.services).filter(|it| it.build.is_some());
    let own = services.filter_map(|it| it.image.as_ref());
    let tags = repo.facts.commands.iter().filter_map(|it| match &it.action {
        Action::Build { tags, .. } => Some(tags),
        _ => None,
    });
    own.chain(tags.flatten()).map(|it| (bare_name(&it.value).to_string(), it.span)).collect()
}
