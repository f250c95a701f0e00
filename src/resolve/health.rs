//! Health checks: built-in probes are written out, ports and clients filled in.

use super::codes;
use super::context::Resolver;
use super::units;
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::ir::Target;
use crate::ir::service::{Health, HttpCheck, HttpClient, Port, Probe};
use crate::ir::text::Text;
use crate::origin::Traced;
use crate::source::Span;
use crate::spec;
use crate::spec::health::{BuiltIn, Check};

/// The programs that can ask, by the words of the spec.
pub const CLIENTS: &[(&str, HttpClient)] = &[
    ("curl", HttpClient::Curl),
    ("wget", HttpClient::Wget),
    ("python", HttpClient::Python),
    ("node", HttpClient::Node),
    ("none", HttpClient::None),
];

/// Resolves a health check. `image_client` is what is known of the image.
pub fn health(
    resolver: &mut Resolver<'_>,
    written: &spec::health::Health,
    ports: &[Port],
    image_client: Option<&spec::text::Text>,
) -> Option<Traced<Health>> {
    let check = match written {
        spec::health::Health::None(span) => {
            let none = Health {
                probe: None,
                every: None,
                timeout: None,
                tries: None,
                grace: None,
                start_every: None,
                restart: false,
            };
            return Some(resolver.traced(none, *span));
        }
        spec::health::Health::Check(check) => check,
    };
    let client = check.client.as_ref().or(image_client).and_then(|it| client(resolver, it));
    let probe = probe(resolver, check, ports, client)?;
    let mut time = |text: &Option<spec::text::Text>| {
        let text = text.as_ref()?;
        let value = units::duration(text, resolver.diags)?;
        Some(resolver.traced(value, text.span))
    };
    let health = Health {
        probe: Some(probe),
        every: time(&check.every),
        timeout: time(&check.timeout),
        grace: time(&check.grace),
        start_every: time(&check.start_every),
        tries: check.tries.map(|(tries, span)| resolver.traced(tries, span)),
        restart: check.restart,
    };
    Some(resolver.traced(health, check.span))
}

fn client(resolver: &mut Resolver<'_>, text: &spec::text::Text) -> Option<HttpClient> {
    if let Some((_, found)) = CLIENTS.iter().find(|(word, _)| **word == *text.value) {
        return Some(*found);
    }
    let words: Vec<&str> = CLIENTS.iter().map(|(word, _)| *word).collect();
    let message = format!("specc knows no HTTP client `{}`", text.value);
    let help = match did_you_mean(&text.value, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it knows {}", spec::decode::listed(&words)),
    };
    resolver.diags.push(Diagnostic::new(codes::BAD_HEALTH, Level::Error, text.span, message).help(help));
    None
}

fn probe(resolver: &mut Resolver<'_>, check: &Check, ports: &[Port], client: Option<HttpClient>) -> Option<Probe> {
    let Some(probe) = &check.probe else {
        let error = Diagnostic::new(codes::BAD_HEALTH, Level::Error, check.span, "this health check has no probe");
        resolver
            .diags
            .push(error.help("say how to ask: `http: /health`, `tcp: 5432`, `cmd: […]`, `shell: …`, `postgres: true`"));
        return None;
    };
    match probe {
        spec::health::Probe::Tcp(port) => Some(Probe::Tcp(*port)),
        spec::health::Probe::Shell(text) => Some(Probe::Shell(resolver.text(text).value)),
        spec::health::Probe::Command(command) => {
            let command = super::service::command(resolver, command)?;
            Some(Probe::Command(command.value.words().to_vec()))
        }
        spec::health::Probe::BuiltIn(kind, argument) => Some(built_in(resolver, *kind, argument.as_ref(), ports)),
        spec::health::Probe::Http(checks) => http(resolver, checks, check.span, ports, client),
    }
}

fn http(
    resolver: &mut Resolver<'_>,
    checks: &[spec::health::HttpCheck],
    span: Span,
    ports: &[Port],
    client: Option<HttpClient>,
) -> Option<Probe> {
    let mut resolved = Vec::with_capacity(checks.len());
    for check in checks {
        let Some(port) = check.port.or(ports.first().map(|it| it.number)) else {
            let message = "this check has no port to ask: the service has none";
            let error = Diagnostic::new(codes::BAD_HEALTH, Level::Error, check.path.span, message);
            resolver.diags.push(error.help("give the service a `port`, or write `http: {port: 8000, path: /health}`"));
            return None;
        };
        resolved.push(HttpCheck { port, path: resolver.fixed(&check.path) });
    }
    let unknown = client.is_none() || client == Some(HttpClient::None);
    if unknown && resolver.target != Target::Kubernetes {
        let message = match client {
            None => "specc does not know which program in the image can make this request",
            _ => "the image has no program that can make this request, and the engine asks from inside",
        };
        let error = Diagnostic::new(codes::BAD_HEALTH, Level::Error, span, message);
        resolver.diags.push(error.help(
            "say `client: curl` (or wget, python, node) here, or `http: curl` at the image under `images`; without one, use `tcp` or `cmd`",
        ));
        return None;
    }
    Some(Probe::Http { checks: resolved, client: client.unwrap_or(HttpClient::None) })
}

/// Writes a built-in probe out.
fn built_in(resolver: &mut Resolver<'_>, kind: BuiltIn, argument: Option<&spec::text::Text>, ports: &[Port]) -> Probe {
    let argument = argument.map(|it| resolver.text(it).value);
    match kind {
        // Over TCP: while the image initialises a new database it listens on its socket only, and is not ready.
        BuiltIn::Postgres => Probe::Shell(Text::literal(
            "pg_isready -q -h 127.0.0.1 -U \"${POSTGRES_USER:-postgres}\" -d \"${POSTGRES_DB:-${POSTGRES_USER:-postgres}}\"",
        )),
        // redis-cli ends with success also when the answer is an error.
        BuiltIn::Redis => {
            let mut line = Text::default();
            if let Some(password) = argument {
                line.push_literal("REDISCLI_AUTH=\"");
                line.append(password);
                line.push_literal("\" ");
            }
            line.push_literal("redis-cli ping | grep -q PONG");
            Probe::Shell(line)
        }
        BuiltIn::Minio => {
            let port = ports.first().map_or(9000, |it| it.number);
            let checks = vec![HttpCheck { port, path: "/minio/health/live".to_string() }];
            Probe::Http { checks, client: HttpClient::Curl }
        }
        BuiltIn::Celery => {
            let mut line = Text::literal("celery");
            if let Some(application) = argument {
                line.push_literal(" -A ");
                line.append(application);
            }
            line.push_literal(" inspect ping -d \"celery@$HOSTNAME\"");
            Probe::Shell(line)
        }
    }
}
