//! `module-missing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::{Arguments, known};
use crate::repo::fact::Text;
use crate::repo::python::module_path::{Module, find};
use crate::rules::existence;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A command line that runs a Python module which its package does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "REF010", name: "module-missing" },
    level: Level::Error,
    summary: "a command runs a Python module that its package does not have",
    docs: r#"
## What it does
Finds modules in `python -m`, `uvicorn`, `gunicorn`, `hypercorn`, `celery -A`, `arq` and `dramatiq` command lines of
compose files, Dockerfiles, scripts, Makefiles and workflows, and in `DJANGO_SETTINGS_MODULE`, whose package is in the
repository while the module is not.
## Why it matters
The container starts, Python says `No module named …`, and the container starts again, for ever.
## Example
```sample
#- docker-compose.yml
services:
  worker:
    build: .
    command: ["python", "-m", "app.workers.maim"]
#                             ^^^^^^^^^^^^^^^^^^ error: the package `app` has no module `app.workers.maim`
  api:
    build: .
    command: uvicorn app.servr:app --port 8000
#                    ^^^^^^^^^^^^^ error: the package `app` has no module `app.servr`
    environment:
      DJANGO_SETTINGS_MODULE: app.settings.production
#                             ^^^^^^^^^^^^^^^^^^^^^^^ error: the package `app` has no module `app.settings.production`
#- Dockerfile
FROM python:3.12
COPY app app
#- app/workers/main.py
print(1)
#- app/server.py
app = 1
#- Makefile
seed:
	python -m app.seed
#          ^^^^^^^^ error: the package `app` has no module `app.seed`
```
## Silent
```sample
#- docker-compose.yml
services:
  worker:
    build: .
    command: ["python", "-m", "app.workers.main"]
  jobs:
    build: .
    command: arq app.workers.jobs.WorkerSettings
  queue:
    build: .
    command: celery -A app.queue.tasks:app worker
  api:
    build: .
    command: sh -c "alembic upgrade head && uvicorn app.server:app"
  tool:
    build: .
    command: python -m http.server
    environment:
      DJANGO_SETTINGS_MODULE: app.server
#- Dockerfile
FROM python:3.12
COPY app app
#- app/workers/main.py
print(1)
#- app/workers/jobs.py
class WorkerSettings: pass
#- app/queue/tasks/__init__.py
app = 1
#- app/server.py
app = 1
#- Makefile
test:
	python -m pytest app
```
## When it may be wrong
When the module is made while the image is built.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for service in environment.model.services.iter().filter(|it| it.build.is_some()) {
            let context = service.build.as_ref().and_then(|it| it.context.as_ref());
            let written = context.map_or(Some(".".to_string()), |it| known::with_defaults(&it.value));
            let Some(directory) = written.and_then(|it| normalize(&format!("{}/{it}", environment.directory))) else {
                continue;
            };
            for arguments in service.command.iter().chain(&service.entrypoint) {
                line(repo, &directory, arguments, findings);
            }
            let variables = service.environment.iter().filter_map(|it| Some((&*it.name.value, it.value.as_ref()?)));
            settings_modules(repo, &directory, variables, findings);
        }
    }
    for dockerfile in &repo.facts.dockerfiles {
        for stage in &dockerfile.stages {
            for arguments in stage.cmd.iter().chain(&stage.entrypoint) {
                line(repo, existence::folder(&dockerfile.path), arguments, findings);
            }
        }
    }
    for file in repo.facts.env_files.iter().filter(|it| !it.is_encrypted) {
        let entries = file.entries.iter().filter(|it| !it.is_commented).map(|it| (&*it.name.value, &it.value));
        settings_modules(repo, existence::folder(&file.path), entries, findings);
    }
    let sets = repo.facts.sets.iter().filter_map(|it| Some((&*it.name.value, it.value.as_ref()?)));
    settings_modules(repo, ".", sets, findings);
    for command in repo.facts.commands.iter().filter(|it| !it.is_remote && it.elsewhere.is_none()) {
        let words: Vec<&str> = command.words.iter().map(|it| it.text.as_str()).collect();
        for (at, modules) in modules(&words).into_iter().filter(|it| !command.words[it.0].is_dynamic) {
            let place = Text::new(words[at].to_string(), command.words[at].span);
            let level = existence::level(command);
            judge(repo, &command.directory, (&place, &modules), level, findings);
        }
    }
}

/// `DJANGO_SETTINGS_MODULE` is a module that Django imports first of all.
fn settings_modules<'r>(
    repo: &Repo,
    directory: &str,
    variables: impl Iterator<Item = (&'r str, &'r Text)>,
    findings: &mut Findings,
) {
    for (_, value) in variables.filter(|it| it.0 == "DJANGO_SETTINGS_MODULE") {
        if value.value.contains('.') && value.value.split('.').all(is_identifier) {
            judge(repo, directory, (value, std::slice::from_ref(&value.value)), RULE.level, findings);
        }
    }
}

/// Judges a command line of a container.
fn line(repo: &Repo, directory: &str, arguments: &Arguments, findings: &mut Findings) {
    if !arguments.is_shell {
        let words: Vec<&str> = arguments.words.iter().map(|it| it.value.as_str()).collect();
        for (at, modules) in modules(&words) {
            judge(repo, directory, (&arguments.words[at], &modules), RULE.level, findings);
        }
    }
    // What a shell is given to read is one word, with commands one after the other.
    for text in arguments.words.iter().filter(|it| it.value.contains(' ')) {
        for part in text.value.split(['&', ';', '|', '\n']) {
            let words: Vec<&str> = part.split_whitespace().collect();
            for (_, modules) in modules(&words) {
                judge(repo, directory, (text, &modules), RULE.level, findings);
            }
        }
    }
}

fn judge(repo: &Repo, directory: &str, (place, modules): (&Text, &[String]), level: Level, findings: &mut Findings) {
    let mut missing = None;
    for module in modules {
        let relative = module.replace('.', "/");
        let is_somewhere = [".py", "/__init__.py", "/__main__.py"]
            .iter()
            .any(|it| repo.tree.is_end_of_a_path(&format!("{relative}{it}")));
        match find(&repo.tree, directory, module) {
            Module::Missing { package } if !is_somewhere => missing = Some((module, package, relative)),
            // The whole package is gone: only the history says that it was one of this repository.
            Module::External if was_deleted(repo, directory, &relative) => {
                missing = Some((module, existence::folder(&relative).to_string(), relative));
            }
            _ => return,
        }
    }
    let Some((module, package, relative)) = missing else { return };
    // `python -m app.providers.yourservice` is for the reader to fill in.
    if module.split('.').any(|it| it.starts_with("your") || it.starts_with("example") || it.starts_with("my_")) {
        return;
    }
    let path = match package.rsplit_once('/') {
        Some((outer, _)) => format!("{outer}/{relative}.py"),
        None => format!("{relative}.py"),
    };
    if repo.tree.is_ignored(&path) || repo.is_made(&path) {
        return;
    }
    let message = format!("the package `{package}` has no module `{module}`");
    let help = existence::hint(repo, &path).unwrap_or_else(|| "correct the name, or remove the command".to_string());
    findings.push_about(RULE.finding_at(level, place.span, message).help(help), vec![path]);
}

fn was_deleted(repo: &Repo, directory: &str, relative: &str) -> bool {
    let path = normalize(&format!("{directory}/{relative}.py"));
    path.is_some_and(|it| repo.tree.was_deleted(&it)) || repo.tree.was_deleted(&format!("{relative}.py"))
}

/// Finds what a command line runs: the word that says it, and the modules that it may mean.
fn modules(words: &[&str]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let program = word.rsplit('/').next().unwrap_or(word);
        let is_python =
            program.strip_prefix("python").is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit() || it == b'.'));
        let argument = match program {
            _ if is_python => flag(words, at, "-m").filter(|it| it.0 == at + 2 || words[at + 1].starts_with('-')),
            "uvicorn" | "gunicorn" | "hypercorn" | "granian" | "daphne" => words
                .iter()
                .enumerate()
                .skip(at + 1)
                .find(|it| it.1.split_once(':').is_some_and(|it| it.0.split('.').all(is_identifier)))
                .map(|it| (it.0, *it.1)),
            "celery" => flag(words, at, "-A").or_else(|| flag(words, at, "--app")),
            "arq" | "dramatiq" => words.get(at + 1).map(|it| (at + 1, *it)),
            _ => None,
        };
        let Some((place, argument)) = argument else { continue };
        let module = argument.split(':').next().unwrap_or(argument);
        let is_name = module.contains('.') && module.split('.').all(is_identifier);
        if is_name {
            let mut modules = vec![module.to_string()];
            // The last part may be what stands in the module.
            if !is_python {
                modules.extend(module.rsplit_once('.').filter(|it| it.0.contains('.')).map(|it| it.0.to_string()));
            }
            found.push((place, modules));
        }
    }
    found
}

fn flag<'a>(words: &[&'a str], from: usize, name: &str) -> Option<(usize, &'a str)> {
    let at = words.iter().skip(from).position(|it| *it == name)? + from + 1;
    Some((at, *words.get(at)?))
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && word.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}
