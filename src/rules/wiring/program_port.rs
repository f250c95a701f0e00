//! The one port that a service's program opens, as its command line says.

use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::{Arguments, Service};
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::source::Span;

/// Servers that open the port that they are given, and no other.
const SERVERS: &[&str] = &["uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "fastapi", "flask"];

/// Returns the port that the program of a service opens, and where that is said; none where another one may be opened.
pub fn opened(repo: &Repo, environment: &Environment, service: &Service) -> Option<(Span, u16)> {
    let container = Container::of(repo, environment, service);
    let has_entrypoint = service.entrypoint.is_some() || container.as_ref().is_some_and(|it| it.entrypoint().is_some());
    let command = match &service.command {
        Some(it) => Some(it),
        None => container.as_ref().and_then(Container::cmd),
    };
    of_server(command.filter(|_| !has_entrypoint)?)
}

/// Returns whether something says that a container opens a port beside the one of its program.
pub fn may_open(repo: &Repo, environment: &Environment, service: &Service, port: u16) -> bool {
    let asked = port.to_string();
    let container = Container::of(repo, environment, service);
    let has = |it: &str| it.split(|it: char| !it.is_ascii_digit()).any(|it| it == asked);
    let exposes = container.iter().flat_map(Container::exposes).any(|it| has(&it.value));
    let values = service.environment.iter().filter_map(|it| it.value.as_ref());
    let words = service.command.iter().chain(&service.entrypoint).flat_map(|it| &it.words);
    let runs = container.iter().filter_map(Container::cmd).flat_map(|it| &it.words);
    // What a program of another image listens on is none of its business.
    let code = code::of_service(repo, environment, service);
    let is_own = |span: Span| code.as_ref().is_none_or(|it| it.holds(repo.path(span.file)));
    exposes
        || service.expose.iter().any(|it| it.value == asked)
        || values.chain(words).chain(runs).any(|it| has(&it.value))
        || repo.facts.listens.iter().any(|it| it.value == port && is_own(it.span))
}

/// Returns the port of a command that starts one of the servers.
pub fn of_server(command: &Arguments) -> Option<(Span, u16)> {
    let whole: Vec<(&str, Span)> = match command.words.as_slice() {
        [only] if command.is_shell => {
            // Other commands before it, and variables, say nothing that could be relied on.
            let plain = only.value.strip_prefix("exec ").unwrap_or(&only.value);
            let is_plain = !plain.contains(['$', '&', ';', '|', '\n', '`', '"', '\'']);
            plain.split_whitespace().filter(|_| is_plain).map(|it| (it, only.span)).collect()
        }
        _ if command.is_shell => return None,
        words => words.iter().map(|it| (it.value.as_str(), it.span)).collect(),
    };
    let mut words = whole.as_slice();
    while let Some((first, _)) = words.first() {
        match *first {
            "uv" | "poetry" | "pipenv" | "pdm" if words.get(1).is_some_and(|it| it.0 == "run") => words = &words[2..],
            "python" | "python3" if words.get(1).is_some_and(|it| it.0 == "-m") => words = &words[2..],
            _ => break,
        }
    }
    let program = words.first()?.0;
    let program = program.rsplit('/').next().unwrap_or(program);
    let is_server = SERVERS.contains(&program);
    let options: &[&str] = match program {
        "gunicorn" | "hypercorn" => &["--bind", "-b"],
        "daphne" | "flask" => &["--port", "-p"],
        _ => &["--port"],
    };
    option(words, options).filter(|_| is_server)
}

/// Returns the port behind the last of some options: `--port 80`, `--bind=0.0.0.0:80`.
fn option(words: &[(&str, Span)], names: &[&str]) -> Option<(Span, u16)> {
    let port = |it: &str| it.rsplit(':').next().and_then(|it| it.parse().ok());
    let mut found: Vec<(Span, u16)> = Vec::new();
    for (at, (word, span)) in words.iter().enumerate() {
        let (name, own) = word.split_once('=').map_or((*word, None), |it| (it.0, Some(it.1)));
        if names.contains(&name) {
            let value = match own {
                Some(own) => port(own).map(|it| (*span, it)),
                None => words.get(at + 1).and_then(|it| Some((it.1, port(it.0)?))),
            };
            found.push(value?);
        }
    }
    // A server that is bound twice opens both.
    if found.len() == 1 { found.pop() } else { None }
}
