//! Traefik's static configuration: as flags, or as a file of the same settings.

use crate::emit::Artifact;
use crate::emit::compose::document::origin_lines;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::{self, Generated};
use crate::ir::route::{Entrypoint, Ingress, Tls};
use crate::ir::service::Rollout;
use crate::ir::text::Text;
use crate::ir::{Environment, Target};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, Yaml, render};

use super::proxy::ACME_DIRECTORY;

/// How long Traefik waits for a whole request, bodies included, unless it is told otherwise.
const READ_TIMEOUT_MILLIS: u64 = 60_000;

/// A setting: its path and value.
pub(super) struct Setting {
    path: Vec<String>,
    value: Value,
}

enum Value {
    Text(Text),
    Words(Vec<String>),
    True,
    False,
}

/// Returns the settings in the order they are written.
pub(super) fn settings(ingress: &Ingress, environment: &Environment, has_file: bool) -> Vec<Setting> {
    let mut all = Settings(Vec::new());
    all.providers(ingress, environment, has_file);
    for entry in &ingress.entrypoints {
        all.entry(entry, ingress, environment);
    }
    if let Tls::Acme(resolver) = &ingress.tls {
        let acme = |key: &str| format!("certificatesResolvers.{resolver}.acme.{key}");
        // Without an address the authority cannot say that a certificate ends.
        if let Some(email) = &ingress.acme_email {
            all.add(&acme("email"), Value::Text(email.clone()));
        }
        match ingress.entrypoints.iter().find(|it| it.port == 80) {
            Some(it) => all.text(&acme("httpChallenge.entryPoint"), &it.name),
            None => all.add(&acme("tlsChallenge"), Value::True),
        }
        all.text(&acme("storage"), &format!("{ACME_DIRECTORY}/acme.json"));
    }
    if ingress.dashboard.is_some() {
        all.add("api.insecure", Value::True);
    }
    if let Some(level) = &ingress.log_level {
        all.text("log.level", level);
    }
    all.0
}

struct Settings(Vec<Setting>);

impl Settings {
    fn add(&mut self, path: &str, value: Value) {
        self.0.push(Setting { path: path.split('.').map(str::to_string).collect(), value });
    }

    fn text(&mut self, path: &str, value: &str) {
        self.add(path, Value::Text(Text::literal(value)));
    }

    fn providers(&mut self, ingress: &Ingress, environment: &Environment, has_file: bool) {
        if has_file {
            self.text("providers.file.directory", "/etc/traefik/dynamic");
        }
        if ingress.file.is_some() {
            return;
        }
        let provider = if environment.target == Target::Swarm { "swarm" } else { "docker" };
        self.add(&format!("providers.{provider}"), Value::True);
        self.add(&format!("providers.{provider}.exposedByDefault"), Value::False);
        if let Some(value) = &ingress.constraint {
            let constraint = format!("Label(`traefik.constraint-label`, `{value}`)");
            self.text(&format!("providers.{provider}.constraints"), &constraint);
        }
        let starts_first = |it: &Rollout| it.start_first == Some(true);
        if provider == "swarm"
            && environment
                .services
                .iter()
                .any(|it| !it.routes.is_empty() && it.rollout.as_ref().is_some_and(|it| starts_first(&it.value)))
        {
            // Swarm tells nobody that a task goes: Traefik asks, every 15 s by itself, and sends requests to tasks
            // that have gone until then.
            self.text("providers.swarm.refreshSeconds", "1");
        }
    }

    fn entry(&mut self, entry: &Entrypoint, ingress: &Ingress, environment: &Environment) {
        let Entrypoint { name, port, publish: _, redirect, tls: _ } = entry;
        let at = |key: &str| format!("entryPoints.{name}.{key}");
        self.text(&at("address"), &format!(":{port}"));
        if let Some(to) = redirect {
            self.text(&at("http.redirections.entryPoint.to"), to);
            self.text(&at("http.redirections.entryPoint.scheme"), "https");
        }
        if let Some(it) = ingress.client_ip.as_ref().filter(|it| !it.from.is_empty()) {
            self.add(&at("forwardedHeaders.trustedIPs"), Value::Words(it.from.clone()));
        }
        let routes = environment.services.iter().flat_map(|it| &it.routes);
        let longest =
            routes.filter(|it| ingress.entries(it).any(|it| it.name == *name)).filter_map(|it| it.timeout).max();
        if let Some(it) = longest.filter(|it| it.millis > READ_TIMEOUT_MILLIS) {
            let seconds = it.millis.div_ceil(1000);
            self.text(&at("transport.respondingTimeouts.readTimeout"), &format!("{seconds}s"));
        }
    }
}

/// Writes settings as flags. Traefik takes them in any case; the custom is lower case.
pub(super) fn flags(settings: Vec<Setting>) -> Vec<Text> {
    let flag = |it: Setting| {
        let path: Vec<String> = it.path.iter().enumerate().map(|(nth, part)| flag_part(nth, part)).collect();
        let mut text = Text::literal(format!("--{}=", path.join(".")));
        match it.value {
            Value::Text(it) => text.append(it),
            Value::Words(words) => text.push_literal(&words.join(",")),
            Value::True => text.push_literal("true"),
            Value::False => text.push_literal("false"),
        }
        text
    };
    settings.into_iter().map(flag).collect()
}

/// The second part is a name that somebody chose, or the provider's.
fn flag_part(nth: usize, part: &str) -> String {
    if nth == 1 { part.to_string() } else { part.to_ascii_lowercase() }
}

/// Writes settings as a file. Traefik fills in no variables here, so there must be none.
pub(super) fn file(settings: Vec<Setting>, path: &str, cx: &Lowering<'_>) -> Generated {
    let mut map = Map::new().spaced();
    for it in settings {
        let value = match it.value {
            Value::Text(it) => Yaml::Str(it.to_source()),
            Value::Words(words) => Yaml::flow(words),
            Value::True if it.path.len() == 2 && it.path[0] == "providers" => Yaml::Map(Map::new()),
            Value::True => Yaml::Bool(true),
            Value::False => Yaml::Bool(false),
        };
        put(&mut map, &it.path, value);
    }
    if let Some(ingress) = &cx.environment.ingress {
        for entry in &mut map.entries {
            entry.from(&Origin::Written(ingress.span));
        }
    }
    let rendered = render(&map.into(), &origin_lines(cx.system, cx.environment));
    let artifact = Artifact {
        path: path.to_string(),
        text: rendered.text,
        executable: false,
        target: proxy::TARGET.name,
        environments: vec![cx.environment.name.clone()],
        origins: rendered.origins,
    };
    Generated { target: "/etc/traefik/traefik.yml".to_string(), artifact }
}

fn put(map: &mut Map, path: &[String], value: Yaml) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        map.add(first.clone(), value);
        return;
    }
    if map.get(first).is_none() {
        map.add(first.clone(), Map::new());
    }
    if let Some(Yaml::Map(below)) = map.entries.iter_mut().find(|it| it.key == *first).map(|it| &mut it.value) {
        put(below, rest, value);
    }
}
