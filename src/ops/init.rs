//! `specc init`: the smallest spec for a repository that is only checked, from what stands in it.

use std::fmt::Write as _;

use crate::diag::Diags;
use crate::files::{Files, SPEC_NAMES};
use crate::repo;
use crate::repo::Repo;
use crate::repo::kind::Kind;
use crate::source::Sources;

/// Where it is written to.
pub const PATH: &str = SPEC_NAMES[0];

/// Returns the text of a spec that says nothing but what was found, so that a check finds what it found without it.
///
/// # Errors
/// A sentence for the user, if there is a spec.
pub fn init(files: &dyn Files) -> Result<String, String> {
    if let Some(name) = SPEC_NAMES.into_iter().find(|it| files.kind(it).is_some() || files.is_link(it)) {
        return Err(format!("there is a spec: {name}"));
    }
    let repo = repo::read(files, &repo::Options::default(), &mut Sources::default(), &mut Diags::default());
    Ok(text(&repo))
}

fn text(repo: &Repo) -> String {
    let mut out =
        "# What `specc check` is to know about this repository. It works without this file; a line here says \
                   what cannot be seen\n# from the other files. `specc schema` has all fields.\nspecc: 1\ncheck:\n"
            .to_string();
    let kinds = [Kind::Compose, Kind::EnvFile, Kind::EnvTemplate, Kind::Dockerfile, Kind::Shell, Kind::Workflow];
    let read = kinds.iter().filter_map(|it| Some((it.plural(), *repo.n_read.get(it)?)));
    let read: Vec<String> = read.map(|(what, n)| format!("{what} ({n})")).collect();
    if !read.is_empty() {
        let _ = writeln!(out, "  # Found: {}.", read.join(", "));
    }
    let classes = repo.facts.settings.iter().filter(|it| !it.in_test);
    let mut classes: Vec<String> = classes.map(|it| format!("{}:{}", it.path, it.name.value)).collect();
    classes.sort();
    classes.dedup();
    if !classes.is_empty() {
        out += "  # Settings classes, and the services that use them if that is not seen: {class: …, for: [api]}.\n";
        out += "  settings:\n";
        for class in classes {
            let _ = writeln!(out, "    - {class}");
        }
    }
    for (comment, key) in [
        ("Variables that something outside of the repository sets.", "external"),
        ("Paths that an operator provides and no repository holds.", "operator_provided"),
        ("Paths that are not read.", "exclude"),
        ("Rules that are not judged: codes, or beginnings of codes.", "ignore"),
    ] {
        let _ = writeln!(out, "  # {comment}\n  {key}: []");
    }
    out
}
