//! What a `docker` command does: compose, stack, build, run, networks.

use super::action::{option_values, plain, text};
use super::compose;
use crate::repo::fact::{Action, Text, Word};

pub(super) fn of(words: &[Word], variables: &[(Text, Option<Text>)]) -> Action {
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|it| it.text.starts_with('-')) {
        let takes =
            matches!(word.text.as_str(), "--context" | "-c" | "-H" | "--host" | "--config" | "-l" | "--log-level");
        at += if takes { 2 } else { 1 };
    }
    let word = |offset: usize| words.get(at + offset).map_or("", |it| it.text.as_str());
    let rest = words.get(at + 2..).unwrap_or(&[]);
    match (word(0), word(1)) {
        ("compose", _) => compose::of(words.get(at + 1..).unwrap_or(&[]), variables),
        ("stack", "deploy" | "up") => Action::StackDeploy {
            files: option_values(rest, &["-c", "--compose-file"]),
            name: plain(rest, &["-c", "--compose-file", "--orchestrator", "--resolve-image"]).into_iter().next_back(),
        },
        ("network", "create") => {
            let values = [
                "-d",
                "--driver",
                "--subnet",
                "--gateway",
                "--ip-range",
                "-o",
                "--opt",
                "--label",
                "--scope",
                "--ipam-driver",
                "--ipam-opt",
            ];
            plain(rest, &values).into_iter().next_back().map_or(Action::Other, Action::NetworkCreate)
        }
        ("volume", "create") => {
            let name = option_values(rest, &["--name"]).into_iter().next();
            let values = ["-d", "--driver", "-o", "--opt", "--label", "--name"];
            name.or_else(|| plain(rest, &values).into_iter().next_back()).map_or(Action::Other, Action::VolumeCreate)
        }
        ("secret" | "config", "create") => plain(rest, &["-d", "--driver", "-l", "--label"])
            .into_iter()
            .next()
            .map_or(Action::Other, Action::SecretCreate),
        ("build", _) => build(words.get(at + 1..).unwrap_or(&[])),
        ("buildx" | "image" | "builder", "build") => build(rest),
        ("run" | "create", _) => run(words.get(at + 1..).unwrap_or(&[])),
        ("container", "run" | "create") => run(rest),
        _ => Action::Other,
    }
}

fn build(words: &[Word]) -> Action {
    let values = [
        "-f",
        "--file",
        "-t",
        "--tag",
        "--build-arg",
        "--target",
        "--platform",
        "--cache-from",
        "--cache-to",
        "--output",
        "-o",
        "--secret",
        "--ssh",
        "--label",
        "--network",
        "--progress",
        "--build-context",
        "--builder",
        "--add-host",
        "--iidfile",
        "--metadata-file",
        "--shm-size",
        "-m",
        "--memory",
    ];
    Action::Build {
        dockerfile: option_values(words, &["-f", "--file"]).into_iter().next_back(),
        context: plain(words, &values).into_iter().next_back(),
        target: option_values(words, &["--target"]).into_iter().next_back(),
        tags: option_values(words, &["-t", "--tag"]),
        arguments: option_values(words, &["--build-arg"]),
    }
}

fn run(words: &[Word]) -> Action {
    let flags = [
        "-d",
        "--rm",
        "-i",
        "-t",
        "-it",
        "-ti",
        "--init",
        "--privileged",
        "--detach",
        "--interactive",
        "--tty",
        "-dit",
        "-P",
        "--read-only",
    ];
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|it| it.text.starts_with('-')) {
        at += if flags.contains(&word.text.as_str()) || word.text.contains('=') { 1 } else { 2 };
    }
    let options = &words[..at.min(words.len())];
    Action::Run { env_files: option_values(options, &["--env-file"]), image: words.get(at).map(text) }
}
