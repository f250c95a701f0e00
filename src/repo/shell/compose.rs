//! Takes a `docker compose` command line apart (<https://docs.docker.com/reference/cli/docker/compose/>).

use super::action::option_values;
use crate::repo::fact::{Action, ComposeCommand, Text, Word};
use crate::source::Spanned;

/// Options before the verb that take a value.
const GLOBAL_VALUES: &[&str] = &[
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--profile",
    "--env-file",
    "--project-directory",
    "--ansi",
    "--parallel",
    "--progress",
    "--workdir",
    "--context",
];

/// Options after the verb that take a value.
const VERB_VALUES: &[&str] = &[
    "--scale",
    "-t",
    "--timeout",
    "--wait-timeout",
    "--attach",
    "--no-attach",
    "--exit-code-from",
    "--pull",
    "-e",
    "--env",
    "-v",
    "--volume",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "--name",
    "--entrypoint",
    "-p",
    "--publish",
    "-l",
    "--label",
    "--index",
    "-n",
    "--tail",
    "--since",
    "--until",
    "--build-arg",
    "-m",
    "--memory",
    "--ssh",
    "--rmi",
    "--format",
    "--filter",
    "--status",
    "-s",
    "--signal",
    "-o",
    "--output",
    "--hash",
    "--protocol",
    "--cap-add",
    "--cap-drop",
    "--policy",
    "--env-from-file",
    "--progress",
    "--policy",
    "--builder",
    "--sbom",
    "--provenance",
];

/// Verbs whose words are all services.
const ALL_SERVICES: &[&str] = &[
    "up", "build", "pull", "push", "restart", "start", "stop", "kill", "rm", "create", "pause", "unpause", "logs",
    "ps", "top", "images", "events", "watch", "attach", "wait", "down", "config", "convert",
];

/// Verbs whose first word is a service and the rest is not ours.
const ONE_SERVICE: &[&str] = &["run", "exec", "port", "export", "commit"];

/// Reads what follows `docker compose`.
pub fn of(words: &[Word], variables: &[(Text, Option<Text>)]) -> Action {
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|it| it.text.starts_with('-')) {
        let takes = GLOBAL_VALUES.contains(&word.text.as_str());
        // `-fx.yml` is allowed, too, and nobody writes it.
        at += if takes { 2 } else { 1 };
    }
    let (global, rest) = words.split_at(at.min(words.len()));
    let mut command = ComposeCommand {
        files: option_values(global, &["-f", "--file"]),
        env_files: option_values(global, &["--env-file"]),
        profiles: option_values(global, &["--profile"]),
        project: option_values(global, &["-p", "--project-name"]).into_iter().next_back(),
        project_directory: option_values(global, &["--project-directory", "--workdir"]).into_iter().next_back(),
        ..ComposeCommand::default()
    };
    from_variables(&mut command, variables);
    command.is_dynamic = global.iter().any(|it| it.is_dynamic)
        || rest.first().is_some_and(|it| it.is_dynamic)
        || variables.iter().any(|it| it.0.value.starts_with("COMPOSE_") && it.1.is_none());
    if let Some(verb) = rest.first() {
        command.verb = Some(Spanned::new(verb.text.clone(), verb.span));
        command.services = services(&verb.text, &rest[1..]);
    }
    Action::Compose(command)
}

/// `COMPOSE_FILE=a:b COMPOSE_PROFILES=x,y docker compose …`
fn from_variables(command: &mut ComposeCommand, variables: &[(Text, Option<Text>)]) {
    for (name, value) in variables {
        let Some(value) = value else { continue };
        let split = |separator: char| {
            value.value.split(separator).filter(|it| !it.is_empty()).map(|it| Spanned::new(it.to_string(), value.span))
        };
        match name.value.as_str() {
            "COMPOSE_FILE" if command.files.is_empty() => command.files.extend(split(':')),
            "COMPOSE_PROFILES" => command.profiles.extend(split(',')),
            "COMPOSE_PROJECT_NAME" if command.project.is_none() => command.project = Some(value.clone()),
            "COMPOSE_ENV_FILES" if command.env_files.is_empty() => command.env_files.extend(split(',')),
            _ => {}
        }
    }
}

fn services(verb: &str, words: &[Word]) -> Vec<Text> {
    let is_one = ONE_SERVICE.contains(&verb);
    if !is_one && !ALL_SERVICES.contains(&verb) {
        return Vec::new();
    }
    let mut list = Vec::new();
    let mut skip = false;
    for word in words {
        // `-f` of `logs` and `rm` is a flag; `-t` of `logs` too; `-T` of `exec` anyway.
        let is_flag = matches!(
            (verb, word.text.as_str()),
            ("logs", "-t") | ("run" | "exec", "-t") | ("rm", "-v" | "-s") | ("down", "-v")
        );
        if std::mem::take(&mut skip) {
            continue;
        }
        skip = !is_flag && VERB_VALUES.contains(&word.text.as_str());
        if word.text.starts_with('-') || word.is_dynamic || word.text.is_empty() {
            if word.is_dynamic && is_one {
                break;
            }
            continue;
        }
        list.push(Spanned::new(word.text.clone(), word.span));
        if is_one {
            break;
        }
    }
    list
}
