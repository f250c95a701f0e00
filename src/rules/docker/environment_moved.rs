//! `virtual-environment-moved`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Arguments;
use crate::repo::container::Container;
use crate::repo::fact::{Dockerfile, Stage, Text};
use crate::rules::{Findings, Rule};
use crate::source::{Spanned, normalize};

/// A program of a virtual environment that was copied to another path than it was made at.
pub static RULE: Rule = Rule {
    code: Code { id: "DKR006", name: "virtual-environment-moved" },
    level: Level::Error,
    summary: "an image starts a program of a virtual environment that was copied to another path",
    docs: r#"
## What it does
Finds virtual environments that one stage makes at one path and another copies to a different one, if the image then
starts a program of theirs by its name.
## Why it matters
The first line of each of these programs holds the path of the interpreter it was installed for. That path is not in
the image: the container ends with `no such file or directory`, although the program is there.
## Example
```sample
#- Dockerfile
FROM python:3.13-slim AS builder
WORKDIR /build
RUN uv sync --frozen
FROM python:3.13-slim
WORKDIR /app
COPY --from=builder /build/.venv .venv/
#                                ~~~~~~ here it is copied to `/app/.venv`
ENV PATH="/app/.venv/bin:$PATH"
CMD ["uvicorn", "app:app"]
#     ^^^^^^^ error: `uvicorn` looks for its interpreter in `/build/.venv`, which is not in the image
```
## Silent
```sample
#- Dockerfile
FROM python:3.13-slim AS builder
WORKDIR /build
RUN uv sync --frozen
FROM python:3.13-slim
WORKDIR /app
COPY --from=builder /build/.venv .venv/
ENV PATH="/app/.venv/bin:$PATH"
CMD ["python", "-m", "uvicorn", "app:app"]
#- same/Dockerfile
FROM python:3.13-slim AS builder
WORKDIR /app
RUN uv sync --frozen
FROM python:3.13-slim
WORKDIR /app
COPY --from=builder /app/.venv /app/.venv
ENV PATH="/app/.venv/bin:$PATH"
CMD ["uvicorn", "app:app"]
#- movable/Dockerfile
FROM python:3.13-slim AS builder
RUN uv venv --relocatable /build/.venv && uv pip install uvicorn
FROM python:3.13-slim
COPY --from=builder /build/.venv /app/.venv
ENV PATH="/app/.venv/bin:$PATH"
CMD ["uvicorn", "app:app"]
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for dockerfile in &repo.facts.dockerfiles {
        let Some(container) = Container::of_stage(dockerfile, None) else { continue };
        let Some(started) = container.entrypoint().or(container.cmd()) else { continue };
        let Some(program) = program(started) else { continue };
        for stage in &container.stages {
            for copy in &stage.copies {
                let (Some(from), [source]) = (&copy.from, copy.sources.as_slice()) else { continue };
                let Some(maker) = maker(dockerfile, &container, &from.value) else { continue };
                let (Some(old), Some(new)) = (absolute("", &source.value), moved_to(stage, &copy.destination)) else {
                    continue;
                };
                if old == new || !is_environment(maker, &old) || !is_of(&container, &new, &program.value) {
                    continue;
                }
                let name = program.value.rsplit('/').next().unwrap_or(&program.value);
                let message = format!("`{name}` looks for its interpreter in `{old}`, which is not in the image");
                let finding = RULE
                    .finding(program.span, message)
                    .also(copy.destination.span, format!("here it is copied to `{new}`"))
                    .help(format!("start it with `python -m {name}`, or make the environment at `{new}`"));
                findings.push(finding);
            }
        }
    }
}

/// Returns the stage that a copy comes from, unless the image is made from it: then the old path is there, too.
fn maker<'a>(dockerfile: &'a Dockerfile, container: &Container, from: &str) -> Option<&'a Stage> {
    let called = |it: &&Stage| it.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(from));
    let by_number = || dockerfile.stages.get(from.parse::<usize>().ok()?);
    let found = dockerfile.stages.iter().find(called).or_else(by_number)?;
    container.stages.iter().all(|it| it.span != found.span).then_some(found)
}

/// Returns a path as an absolute one; none if part of it is not known.
fn absolute(directory: &str, path: &str) -> Option<String> {
    let joined = if path.starts_with('/') { path.to_string() } else { format!("{directory}/{path}") };
    let plain = normalize(joined.trim_start_matches('/')).filter(|_| !joined.contains(['$', '*']))?;
    Some(format!("/{plain}"))
}

fn moved_to(stage: &Stage, destination: &Text) -> Option<String> {
    absolute(stage.workdir.as_ref().map_or("", |it| it.value.as_str()), &destination.value)
}

/// Returns whether a stage makes a virtual environment at a path, one that cannot be moved.
fn is_environment(stage: &Stage, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let makes = |run: &str| {
        let by_name = run.contains("-m venv") || run.contains("virtualenv ") || run.contains("uv venv");
        (by_name && run.contains(name))
            || (name == ".venv" && ["uv sync", "poetry install", "pdm "].iter().any(|it| run.contains(it)))
    };
    let is_movable = stage.runs.iter().any(|it| it.value.contains("relocatable") || it.value.contains("sed -i"))
        || stage.env.iter().any(|it| it.0.value.contains("RELOCATABLE"));
    !is_movable && stage.runs.iter().any(|it| makes(&it.value))
}

/// Returns whether a program is one of an environment, by its path or by the search path of the image.
fn is_of(container: &Container, environment: &str, program: &str) -> bool {
    if let Some(inner) = program.strip_prefix(environment) {
        return !inner.starts_with("/bin/python");
    }
    let programs = format!("{environment}/bin");
    let is_first = |value: &str| value.split(':').next().is_some_and(|it| it.trim_matches('"') == programs);
    let finds = |stage: &&Stage| stage.env.iter().any(|it| it.0.value == "PATH" && is_first(&it.1.value));
    !program.contains('/') && PROGRAMS.contains(&program) && container.stages.iter().any(finds)
}

/// Programs that come with Python packages.
const PROGRAMS: &[&str] = &[
    "uvicorn",
    "gunicorn",
    "hypercorn",
    "daphne",
    "granian",
    "fastapi",
    "flask",
    "celery",
    "arq",
    "rq",
    "dramatiq",
    "alembic",
    "streamlit",
    "chainlit",
    "dagster",
    "dagster-webserver",
    "prefect",
    "mlflow",
    "litestar",
    "sanic",
    "taskiq",
    "django-admin",
    "jupyter",
    "airflow",
    "gradio",
    "pytest",
    "huey_consumer",
    "faststream",
];

/// Returns the program that a command starts.
fn program(command: &Arguments) -> Option<Text> {
    let first = command.words.first()?;
    let mut words = first.value.split_whitespace();
    let word = words.next().filter(|it| *it != "exec").or_else(|| words.next())?;
    let exact = (first.span.end - first.span.start) as usize == first.value.len();
    let at = first.value.find(word)?;
    let span = if command.is_shell && exact { first.span.part(at, at + word.len()) } else { first.span };
    Some(Spanned::new(word.to_string(), span))
}
