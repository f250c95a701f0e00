//! What Dockerfiles copy and the repository does not have: a part of `build-path-missing`.

use super::build_path_missing::RULE;
use crate::diag::Level;
use crate::repo::Repo;
use crate::repo::build_context::{Contexts, contexts};
use crate::repo::fact::{Dockerfile, Text};
use crate::repo::kind::is_test;
use crate::rules::Findings;
use crate::rules::existence::{hint, will_be_there};
use crate::source::normalize;

/// Looks up every source of `COPY`, `ADD` and `RUN --mount=type=bind` that comes from the build's context.
pub fn run(repo: &Repo, findings: &mut Findings) {
    for dockerfile in repo.facts.dockerfiles.iter().filter(|it| !is_test(&it.path)) {
        let contexts = contexts(repo, dockerfile);
        for copy in dockerfile.stages.iter().flat_map(|it| &it.copies).filter(|it| it.from.is_none()) {
            let n = copy.sources.iter().take_while(|it| !is_of_shell(&it.value)).count();
            for source in copy.sources[..n].iter().filter(|it| is_plain(&it.value)) {
                judge(repo, (dockerfile, &contexts), source, findings);
            }
            if let Some(word) = copy.sources.get(n) {
                let message = format!("no shell reads this line: `{}` is taken for a file", word.value);
                let help = "a pattern may find nothing: write `COPY name* ./` for a file that need not be there";
                findings.push(RULE.finding_at(Level::Error, word.span, message).help(help));
            }
        }
    }
}

/// Returns whether a source was meant for a shell: `COPY a ./ 2>/dev/null || true`.
fn is_of_shell(source: &str) -> bool {
    matches!(source, "||" | "&&" | ";" | "|") || source.starts_with("2>") || source.starts_with(">/dev/")
}

/// Returns whether a source is one path: what a pattern finds, or an address gives, is not looked up.
fn is_plain(source: &str) -> bool {
    !source.contains(['$', '*', '?', '[', '{', '<', '\\']) && !source.contains("://") && !source.contains('@')
}

fn judge(repo: &Repo, (dockerfile, contexts): (&Dockerfile, &Contexts), source: &Text, findings: &mut Findings) {
    let inner = source.value.trim_start_matches('/');
    let paths: Vec<String> =
        contexts.folders.iter().filter_map(|it| normalize(&format!("{it}/{inner}"))).filter(|it| it != ".").collect();
    if paths.len() < contexts.folders.len() || paths.iter().any(|it| will_be_there(repo, it)) {
        return;
    }
    let deleted = paths.iter().find(|it| repo.tree.was_deleted(it));
    // What was never there may be put there by whoever builds, if nothing says how it is built.
    let (path, level) = match (deleted, paths.first()) {
        (Some(path), _) => (path, Level::Error),
        (None, Some(path)) if contexts.is_certain && repo.tree.has_history() => (path, Level::Warning),
        _ => return,
    };
    let state = if deleted.is_some() { "was deleted from" } else { "is not in" };
    let finding = RULE.finding_at(level, source.span, format!("`{path}` {state} the repository"));
    let way_out = hint(repo, path).unwrap_or_else(|| "correct the path, or add the file".to_string());
    let label = format!("`{}` copies it", dockerfile.path);
    findings.push_about(finding.label(label).help(way_out), vec![path.clone()]);
}
