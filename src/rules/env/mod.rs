//! Rules about variables on their way from env files to the code that reads them.

pub mod bad_value;
pub mod build_argument_unknown;
pub mod build_argument_unset;
pub mod buildtime_in_runtime;
pub mod case_mismatch;
pub mod conditional_required;
pub mod dollar_unescaped;
pub mod duplicate_key;
pub mod env_file_not_interpolated;
pub mod file_missing;
pub mod interpolation_unset;
pub mod key_unread;
pub mod localhost_default;
pub mod near_duplicate;
pub mod nested_ignored;
pub mod not_passed;
pub mod parity;
pub mod pass_through_unset;
pub mod prefix_unused;
pub mod public_secret;
pub mod replica_mismatch;
pub mod required_missing;
pub mod script_variable_undocumented;
pub mod secret_default;
pub mod set_but_unread;
pub mod shadowed;
pub mod typo;
pub mod undocumented;
mod unread;

use std::collections::HashSet;
use std::sync::Arc;

use crate::repo::Repo;
use crate::repo::compose::{FieldReference, File};
use crate::repo::environment::{Environment, Source};
use crate::repo::fact::{Command, CommandHost, EnvEntry};
use crate::repo::provenance;
use crate::secret::has_stem;
use crate::source::{Span, normalize};
use crate::syntax::interpolation::Operator;

/// Returns the references of an environment's files that have nothing to fall back to.
fn bare_references<'a>(
    repo: &'a Repo,
    environment: &'a Environment,
) -> impl Iterator<Item = (&'a File, &'a FieldReference)> {
    let files = environment.compose_files.iter().filter_map(|it| repo.compose_file(it));
    files.flat_map(|file| {
        // In the default of another one it may never be asked for.
        let inner = inner(file);
        let bare = file.references.iter().filter(move |it| is_bare(it) && !inner.contains(&it.span));
        bare.map(move |it| (file, it))
    })
}

/// Returns the places of references that stand in others.
fn inner(file: &File) -> HashSet<Span> {
    let mut places: Vec<Span> = file.references.iter().map(|it| it.span).collect();
    // What holds another one comes before it.
    places.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    places.dedup();
    let mut open: Option<Span> = None;
    let is_inner = |it: &Span| {
        let is_within = open.is_some_and(|outer| outer.contains(*it));
        open = open.filter(|_| is_within).or(Some(*it));
        is_within
    };
    places.into_iter().filter(is_inner).collect()
}

fn is_bare(it: &FieldReference) -> bool {
    let has_way_out = it.reference.operation.as_ref().is_some_and(|it| it.operator != Operator::Required);
    !has_way_out && !is_from_the_shell(&it.reference.name)
}

/// Returns whether a program, and not a person reading a document, is known to start the environment like this.
fn is_started_by_program(repo: &Repo, environment: &Environment) -> bool {
    let Source::Command { span } = &environment.source else { return false };
    repo.facts.commands.iter().any(|it| it.span == *span && it.host != CommandHost::Document)
}

/// Returns whether only a document shows the environment while programs start its files in another way.
fn is_hearsay(repo: &Repo, environment: &Environment) -> bool {
    let is_from_document =
        matches!(environment.source, Source::Command { .. }) && !is_started_by_program(repo, environment);
    let starts_same = |it: &Environment| {
        is_started_by_program(repo, it) && it.compose_files.first() == environment.compose_files.first()
    };
    is_from_document && repo.environments.iter().any(starts_same)
}

/// Returns whether a program starts the environment on the machine where the repository is, with the env files there.
fn is_started_here(repo: &Repo, environment: &Environment) -> bool {
    let Source::Command { span } = &environment.source else { return false };
    let is_here = |it: &Command| it.host != CommandHost::Document && !it.is_remote;
    repo.facts.commands.iter().any(|it| it.span == *span && is_here(it))
}

/// Returns whether the same files demand a variable elsewhere (`${X:?}`), so that it is set whenever they are used.
fn is_demanded(repo: &Repo, environment: &Environment, name: &str) -> bool {
    let files = environment.compose_files.iter().filter_map(|it| repo.compose_file(it));
    files.flat_map(|it| &it.references).any(|it| it.reference.is_required() && it.reference.name == name)
}

/// Returns whether every shell, or the machine that deploys, has a variable by itself.
fn is_from_the_shell(name: &str) -> bool {
    let own = [
        "HOME",
        "USER",
        "PWD",
        "PATH",
        "UID",
        "GID",
        "HOSTNAME",
        "SHELL",
        "TMPDIR",
        "LOGNAME",
        "DISPLAY",
        "XDG_RUNTIME_DIR",
        "XAUTHORITY",
        "SSH_AUTH_SOCK",
        "APPDATA",
        "BUILD_ID",
        "BUILD_NUMBER",
        "BUILD_SOURCEVERSION",
        "COMPUTERNAME",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "USERNAME",
        "USERPROFILE",
        "WAYLAND_DISPLAY",
    ];
    // What platforms that take compose files fill in: Coolify, Railway and their like, and what runs pipelines.
    let platforms = [
        "COMPOSE_",
        "GITHUB_",
        "CI_",
        "SERVICE_FQDN_",
        "SERVICE_URL_",
        "SERVICE_PASSWORD_",
        "SERVICE_USER_",
        "SERVICE_BASE64_",
        "COOLIFY_",
        "DOKPLOY_",
        "CAPROVER_",
        "RAILWAY_",
        "RENDER_",
        "FLY_",
        "HEROKU_",
        "BITBUCKET_",
        "BUILDKITE_",
        "CIRCLE_",
        "CODEBUILD_",
        "DRONE_",
        "GITLAB_",
        "JENKINS_",
        "TRAVIS_",
    ];
    own.contains(&name) || platforms.iter().any(|it| name.starts_with(it))
}

/// Returns whether a field is a command line that a container runs.
fn is_command(field: &[Arc<str>]) -> bool {
    let key = field.get(2).map_or("", |it| &**it);
    field.first().is_some_and(|it| &**it == "services") && matches!(key, "command" | "entrypoint" | "healthcheck")
}

/// Returns an entry of any env file or template that names a variable.
fn mention_anywhere<'a>(repo: &'a Repo, name: &str) -> Option<(&'a str, &'a EnvEntry)> {
    let of = |file: &'a crate::repo::fact::EnvFile| Some((file.path.as_str(), file.behind_prefix(name)?));
    repo.facts.env_files.iter().find_map(of)
}

/// Returns an env file of a service in an environment that has a variable, with the entry of `env_file:`.
fn env_file_with<'a>(
    repo: &'a Repo,
    environment: &'a Environment,
    name: &str,
) -> Option<(String, crate::source::Span, crate::source::Span)> {
    let files = environment.model.services.iter().flat_map(|it| &it.env_files);
    files.into_iter().find_map(|it| {
        let path = normalize(&format!("{}/{}", environment.directory, it.path.value))?;
        let found = provenance::in_file(repo, &path, name).found()?;
        Some((path, it.path.span, found.span))
    })
}

/// Returns whether an env file is a copy that somebody put aside: `backups/.env.20251207_140130`.
fn is_backup(path: &str) -> bool {
    let is_word = |it: &str| matches!(it, "backups" | "backup" | "bak");
    let is_time = |it: &str| it.len() >= 8 && it.starts_with("20") && it.bytes().all(|it| it.is_ascii_digit());
    path.split(['/', '.', '-', '_']).any(|it| is_word(it) || is_time(it))
}

/// Returns whether a name says that its value must not be seen: the last words decide, and public keys are public.
pub fn is_secret_name(name: &str) -> bool {
    if !has_stem(name) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    let public = ["PUBLIC", "PUBLISHABLE", "SITE", "ANON", "CLIENT"];
    let kinds = ["API", "SECRET", "PRIVATE", "ACCESS", "ENCRYPTION", "SIGNING", "SERVER", "MASTER", "ADMIN"];
    let secret = ["PASSWORD", "PASSWD", "PASS", "SECRET", "TOKEN", "CREDENTIALS", "PWD"];
    let last = words.last().copied().unwrap_or("");
    let is_key = last == "KEY" && words.len() > 1 && kinds.contains(&words[words.len() - 2]);
    // `GOOGLE_CLIENT_ID` is public, and what belongs to it is not.
    let is_public = words.iter().any(|it| public.contains(it)) && !upper.ends_with("CLIENT_SECRET");
    !is_public && (is_key || secret.contains(&last))
}

/// Returns the name that is probably meant: a typing error, one word exchanged, or a word in front left out.
fn near_name<'a>(name: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let typo = candidates.clone().find(|it| is_typo(name, it));
    typo.or_else(|| candidates.clone().find(|it| is_longer(name, it) || is_longer(it, name)))
        .or_else(|| candidates.into_iter().find(|it| differs_in_one_word(name, it)))
}

/// Returns whether two names are the same but for a typing error.
fn is_typo(a: &str, b: &str) -> bool {
    // `PRICE_A` and `PRICE_B`, `SHARD_1` and `SHARD_2` are a family.
    let same_but_last = a.len() == b.len() && a.len() > 1 && a.as_bytes()[..a.len() - 1] == b.as_bytes()[..b.len() - 1];
    let allowed = if a.len() < 8 { 1 } else { 2 };
    // Lengths come first: most names are ruled out by them.
    a.len().abs_diff(b.len()) <= allowed
        && a != b
        && a.len() > 4
        && !same_but_last
        && !is_of_another_part(a, b)
        && digits(a).eq(digits(b))
        && a.is_ascii()
        && b.is_ascii()
        && strsim::damerau_levenshtein(a, b) <= allowed
}

fn digits(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_digit)
}

/// Returns whether two names are the same but for a short first word: `QS_VERSION` is not `GSD_VERSION`. Letters that
/// were exchanged are a typing error.
fn is_of_another_part(a: &str, b: &str) -> bool {
    let (Some((a, after)), Some((b, rest))) = (a.split_once('_'), b.split_once('_')) else { return false };
    let sorted = |it: &str| {
        let mut letters: Vec<char> = it.chars().collect();
        letters.sort_unstable();
        letters
    };
    after == rest && a.len().max(b.len()) <= 4 && sorted(a) != sorted(b)
}

/// Returns whether the second name is the first with a word in front.
fn is_longer(short: &str, long: &str) -> bool {
    short.contains('_') && long.strip_suffix(short).is_some_and(|it| it.ends_with('_') && it.len() > 1)
}

fn differs_in_one_word(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('_').collect(), b.split('_').collect());
    a.len() == b.len() && a.len() >= 3 && a[0] == b[0] && a.iter().zip(&b).filter(|it| it.0 != it.1).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_typing_errors_and_exchanged_words_but_not_families() {
        let cases = [
            ("MINIO_PUBLIC_URL", "MINIO_PUBLIC_ENDPOINT", true),
            ("ORCHESTRATOR_URL", "GATEWAY_ORCHESTRATOR_URL", true),
            ("POSTGRES_PASWORD", "POSTGRES_PASSWORD", true),
            ("DATABASE_URL", "REDIS_URL", false),
            ("STRIPE_PRICE_A", "STRIPE_PRICE_B", true),
            ("SHARD_A", "SHARD_B", false),
            ("PORT", "HOST", false),
            ("API_VERSION", "APP_VERSION", false),
            ("DB_HOSTNAME", "BD_HOSTNAME", true),
        ];
        for (a, b, expected) in cases {
            assert_eq!(near_name(a, std::iter::once(b)).is_some(), expected, "{a} {b}");
        }
    }
}
