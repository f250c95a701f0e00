//! The head of a deploy script: everything that the spec decides, as variables of bash.

use crate::ir::deploy::{Build, Deploy, Hosts, How, Images, Secrets};
use crate::ir::service::HttpClient;
use crate::ir::text::Text;
use crate::ir::{Environment, System, Target};

use super::blue_green::{self, Order};
use super::facts::{self, Facts};
use super::quote::{line, literal, literals, word, words};

/// Writes the settings that hold from the first line.
pub(super) fn fixed(system: &System, environment: &Environment, deploy: &Deploy, facts: &Facts) -> String {
    let mut out = Head::default();
    out.set("system", &literal(&system.name));
    out.set("environment", &literal(&environment.name));
    out.set("self", &literal(&deploy.file));
    out.set("root", &literal(&up(&deploy.file)));
    out.list("env_files", &literals(environment.env_files.iter().map(|it| &it.path.value)));
    out.note("variables that must have a value");
    out.list("required", &literals(&facts.required));
    out.note("variables that the caller of this script may set");
    out.list("parameters", &literals(&facts.parameters));
    out.set("marker", &literal(marker(system, environment)));
    out.note("services that run on, jobs that end, and what those need");
    out.list("services", &literals(&facts.services));
    out.list("jobs", &literals(jobs(facts, environment, deploy)));
    out.list("first", &literals(&facts.first));
    out.note("services whose check is switched off");
    out.list("unchecked", &literals(&facts.unchecked));
    out.list("directories", &literals(&facts.directories));
    if deploy.how.value == How::Push {
        out.note("mode, path here, path on the host");
        let rows = facts.files.iter().map(|it| format!("  {} {}\n", it.mode, literals([&it.from, &it.to])));
        out.text.push_str(&format!("files=(\n{})\n", rows.collect::<String>()));
    } else {
        out.list("files", "");
    }
    out.set("branch", &literal(&deploy.branch));
    out.set("secrets", &secrets(environment, deploy));
    out.set("timeout", &deploy.verify.timeout.millis.div_ceil(1000).to_string());
    out.set("tries", &deploy.verify.tries.to_string());
    out.set("every", &deploy.verify.every.millis.div_ceil(1000).to_string());
    out.flag("rollback", deploy.rollback);
    out.flag("remove_orphans", deploy.remove_orphans);
    beside(environment, deploy, facts, &mut out);
    build(deploy, &mut out);
    prune(deploy, &mut out);
    out.flag("optional", deploy.optional);
    follow(system, deploy, &mut out);
    out.list("host_tools", &literals(host_tools(deploy)));
    target(environment, deploy, &mut out);
    out.text
}

/// Writes the function with the settings that variables are filled into.
pub(super) fn filled(system: &System, environment: &Environment, deploy: &Deploy, facts: &Facts) -> String {
    let mut out = Head { indent: "  ", ..Head::default() };
    match environment.target {
        Target::Swarm => {
            out.set("stack", &word(&facts.project));
            let auth = if deploy.registry_auth { "--with-registry-auth" } else { "" };
            out.list("stack_options", auth);
        }
        _ => out.list("compose_arguments", &compose_arguments(system, environment, facts)),
    }
    out.list("external_networks", &words(&facts.networks));
    out.list("external_volumes", &words(&facts.volumes));
    out.list("urls", &words(&deploy.verify.http));
    out.list("before", &lines(&deploy.before));
    out.list("after", &lines(&deploy.after));
    out.set("smoke", &deploy.smoke.as_ref().map_or_else(|| "''".to_string(), |it| literal(&line(&it.run))));
    let when = deploy.smoke.as_ref().and_then(|it| it.when.as_deref()).unwrap_or_default();
    out.set("smoke_when", &literal(when));
    let text = |it: &Option<Text>| it.as_ref().map_or_else(|| "''".to_string(), word);
    out.set("ntfy", &text(&deploy.notify.ntfy));
    out.set("webhook", &text(&deploy.notify.webhook));
    for it in blue_green::switched(environment, deploy) {
        out.set(&format!("copies[{}]", it.name), &word(&blue_green::copies(it)));
    }
    let migrations = deploy.migrate.iter().filter(|_| environment.target == Target::Compose);
    let migrations = migrations.map(|it| format!("  migration {} {}\n", literal(&it.service), words(&it.words)));
    let migrations: String = migrations.collect();
    let body = if migrations.is_empty() { "  :\n".to_string() } else { migrations };
    format!("settings() {{\n{}}}\n\nmigrate() {{\n{body}}}\n", out.text)
}

/// Writes the function with the settings that only the machine needs from which ssh goes.
pub(super) fn way(deploy: &Deploy) -> String {
    let mut out = Head { indent: "  ", ..Head::default() };
    out.set("dir", &deploy.dir.as_ref().map_or_else(|| ".".to_string(), |it| word(&it.value)));
    match &deploy.hosts {
        Hosts::Local => return String::new(),
        Hosts::One { address, user, port } => {
            let mut host = Text::default();
            if let Some(user) = user {
                host.append(user.clone());
                host.push_literal("@");
            }
            host.append(address.clone());
            out.set("host", &word(&host));
            if let Some(port) = port {
                out.text.push_str(&format!("  ssh_options+=(-p {})\n", word(port)));
            }
        }
        Hosts::Several(it) => out.set("hosts", &word(it)),
    }
    format!("way() {{\n{}}}\n", out.text)
}

#[derive(Default)]
struct Head {
    text: String,
    indent: &'static str,
}

impl Head {
    fn set(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("{}{name}={value}\n", self.indent));
    }

    fn list(&mut self, name: &str, values: &str) {
        self.set(name, &format!("({values})"));
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.set(name, if value { "yes" } else { "no" });
    }

    fn note(&mut self, text: &str) {
        self.text.push_str(&format!("# {text}\n"));
    }
}

/// Returns the way from the script's folder to the spec's.
pub(crate) fn up(file: &str) -> String {
    let depth = file.matches('/').count();
    if depth == 0 { ".".to_string() } else { vec![".."; depth].join("/") }
}

/// The marker is in the env file that a person or the secret store makes.
fn marker<'a>(system: &'a System, environment: &Environment) -> &'a str {
    let has_secrets = facts::private_file(system, environment).is_some();
    system
        .secrets
        .marker
        .as_deref()
        .filter(|_| has_secrets && system.secrets.prefixes.iter().any(|it| it.0 == environment.name))
        .unwrap_or_default()
}

fn jobs(facts: &Facts, environment: &Environment, deploy: &Deploy) -> Vec<String> {
    let migrations = (1..=deploy.migrate.len()).filter(|_| environment.target == Target::Swarm);
    facts.jobs.iter().cloned().chain(migrations.map(|it| format!("migration-{it}"))).collect()
}

fn secrets(environment: &Environment, deploy: &Deploy) -> String {
    match &deploy.secrets {
        None => "''".to_string(),
        Some(Secrets::Sops) => literal(&format!("bash {} {}", super::secrets::FILE, literal(&environment.name))),
        Some(Secrets::Run(it)) => literal(&line(it)),
    }
}

/// Writes what starts beside its old version, and what does not.
fn beside(environment: &Environment, deploy: &Deploy, facts: &Facts, out: &mut Head) {
    let Some(it) = &deploy.blue_green else { return };
    let Order { needed, switched, others } = blue_green::order(environment, it, facts);
    out.note(
        "stopped and started: what those that switch need; beside their old versions; stopped and started: the rest",
    );
    out.list("needed", &literals(needed));
    out.list("switched", &literals(switched));
    out.list("others", &literals(others));
    let proxy = environment.ingress.as_ref().map_or("", |it| it.service.as_str());
    out.set("proxy", &literal(proxy));
    out.set("drain", &it.drain.millis.div_ceil(1000).to_string());
    let ports = blue_green::switched(environment, deploy)
        .map(|it| format!("[{}]={}", it.name, literal(&blue_green::ports(it).join(" "))));
    out.note("the ports that the proxy asks");
    out.text.push_str(&format!("declare -A listens=({})\n", ports.collect::<Vec<_>>().join(" ")));
}

fn build(deploy: &Deploy, out: &mut Head) {
    let (how, services) = match &deploy.build {
        Build::Nothing => ("no", Vec::new()),
        Build::All => ("all", Vec::new()),
        Build::Services(it) => ("some", it.clone()),
    };
    out.set("build", how);
    out.list("build_services", &literals(services));
}

fn prune(deploy: &Deploy, out: &mut Head) {
    let (how, images) = match &deploy.prune.images {
        None => ("no", ""),
        Some(Images::Nameless) => ("nameless", ""),
        Some(Images::Age(it)) => ("age", it.as_str()),
        Some(Images::Named(it)) => ("named", it.as_str()),
    };
    out.set("prune", how);
    out.set("prune_images", &literal(images));
    out.set("prune_builder", &literal(deploy.prune.builder.as_deref().unwrap_or_default()));
}

/// A deployment that may be left out may also fail without harm.
fn follow(system: &System, deploy: &Deploy, out: &mut Head) {
    let scripts = |optional: bool| {
        let next = deploy.then.iter().filter_map(|name| system.environment(name)?.deploy.as_ref());
        literals(next.filter(|it| it.optional == optional).map(|it| &it.file))
    };
    out.note("deployed after this; those of the second list may fail");
    out.list("next", &scripts(false));
    out.list("next_try", &scripts(true));
}

fn host_tools(deploy: &Deploy) -> Vec<&'static str> {
    let asks = deploy.verify.inside.is_none() && !deploy.verify.http.is_empty();
    let tells = deploy.notify.ntfy.is_some() || deploy.notify.webhook.is_some();
    let git = (deploy.how.value == How::Pull).then_some("git");
    (asks || tells).then_some("curl").into_iter().chain(git).collect()
}

fn target(environment: &Environment, deploy: &Deploy, out: &mut Head) {
    let (inside, client) = match &deploy.verify.inside {
        Some((service, client)) => (service.as_str(), asking(*client)),
        None => ("", &[][..]),
    };
    out.set("inside", &literal(inside));
    out.list("client", &literals(client));
    if environment.target == Target::Swarm {
        out.list("network_options", "--driver overlay --attachable");
        out.set("stack_file", &literal(&environment.file.value));
        out.set("jobs_file", &literal(&super::jobs_file(environment).unwrap_or_default()));
    } else {
        out.list("network_options", "");
    }
}

/// Returns the words that ask for an address, which follows them.
fn asking(client: HttpClient) -> &'static [&'static str] {
    match client {
        HttpClient::Curl => &["curl", "-fsS", "-o", "/dev/null"],
        HttpClient::Wget => &["wget", "-q", "-O", "/dev/null"],
        HttpClient::Python => &["python", "-c", "import sys, urllib.request as r; r.urlopen(sys.argv[1])"],
        HttpClient::Node => {
            &["node", "-e", "fetch(process.argv[1]).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
        }
        HttpClient::None => &["false"],
    }
}

fn lines(texts: &[Text]) -> String {
    literals(texts.iter().map(line))
}

fn compose_arguments(system: &System, environment: &Environment, facts: &Facts) -> String {
    let mut out = vec!["--project-name".to_string(), word(&facts.project)];
    for file in facts::compose_files(system, environment) {
        out.extend(["--file".to_string(), literal(file)]);
    }
    for file in environment.env_files.iter().filter(|it| it.required) {
        out.extend(["--env-file".to_string(), literal(&file.path.value)]);
    }
    for feature in &environment.features {
        out.extend(["--profile".to_string(), literal(&feature.value)]);
    }
    out.join(" ")
}
