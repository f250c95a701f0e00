//! The head of a deploy script: everything that the spec decides, as variables of bash.

use crate::ir::deploy::{Build, Deploy, Hosts, How, Images, Migrate, Secrets};
use crate::ir::service::HttpClient;
use crate::ir::text::Text;
use crate::ir::{Environment, System, Target};

use super::blue_green::{self, Order};
use super::facts::{self, Facts};
use super::lean::reads;
use super::quote::{line, literal, literals, word, words};

/// Writes the settings that hold from the first line, as far as the code reads them.
pub(super) fn fixed(system: &System, environment: &Environment, deploy: &Deploy, facts: &Facts, code: &str) -> String {
    let mut out = Head::default();
    out.set("system", &literal(&system.name));
    out.set("environment", &literal(&environment.name));
    out.note("this script, and the way from its folder to the root of the repository");
    out.set("self", &literal(&deploy.file));
    out.set("root", &literal(&up(&deploy.file)));
    out.list("env_files", &literals(environment.env_files.iter().map(|it| &it.path.value)));
    out.note("variables that must have a value");
    out.list("required", &literals(&facts.required));
    out.note("variables that the caller of this script may set");
    out.list("parameters", &literals(&facts.parameters));
    out.note("variables that the settings below use");
    out.list("used", &literals(facts::used(deploy)));
    out.note("the variable that says which environment an env file is for");
    out.set("marker", &literal(marker(system, environment)));
    out.note("services that run on");
    out.list("services", &literals(&facts.services));
    out.note("jobs that end, before the new code runs");
    out.list("jobs", &literals(jobs(facts, environment, deploy)));
    out.note("what jobs and migrations need");
    out.list("first", &literals(&facts.first));
    out.note("and of that, what is built here: it stays as it is until the data are up to date");
    out.list("first_own", &literals(&facts.first_own));
    out.note("services whose check is switched off");
    out.list("unchecked", &literals(&facts.unchecked));
    beside(environment, deploy, facts, &mut out);
    out.list("directories", &literals(&facts.directories));
    out.note("mode, path here, path on the host");
    let rows = facts.files.iter().map(|it| format!("  {} {}\n", it.mode, literals([&it.from, &it.to])));
    out.set("files", &format!("(\n{})", rows.collect::<String>()));
    out.set("branch", &literal(&deploy.branch));
    out.note("makes the env file");
    out.set("secrets", &secrets(environment, deploy));
    if let Build::Services(it) = &deploy.build {
        out.list("build_services", &literals(it));
    }
    if let Some(Images::Age(it) | Images::Named(it)) = &deploy.prune.images {
        out.set("prune_images", &literal(it));
    }
    out.set("prune_builder", &literal(deploy.prune.builder.as_deref().unwrap_or_default()));
    out.note("deployed after this one");
    out.list("next", &literals(following(system, deploy, false)));
    out.note("deployed after this one, and may fail");
    out.list("next_try", &literals(following(system, deploy, true)));
    out.list("host_tools", &literals(host_tools(deploy)));
    target(environment, deploy, &mut out);
    out.note("seconds until everything must run");
    out.set("timeout", &deploy.verify.timeout.millis.div_ceil(1000).to_string());
    out.note("how often an address is asked, and the seconds between");
    out.set("tries", &deploy.verify.tries.to_string());
    out.set("every", &deploy.verify.every.millis.div_ceil(1000).to_string());
    out.read_by(code)
}

/// Writes the functions with the settings that variables are filled into.
pub(super) fn filled(system: &System, environment: &Environment, deploy: &Deploy, facts: &Facts, code: &str) -> String {
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
    if let Some(smoke) = &deploy.smoke {
        out.set("smoke", &literal(&line(&smoke.run)));
        out.set("smoke_when", &literal(smoke.when.as_deref().unwrap_or_default()));
    }
    let text = |it: &Option<Text>| it.as_ref().map_or_else(|| "''".to_string(), word);
    out.set("ntfy", &text(&deploy.notify.ntfy));
    out.set("webhook", &text(&deploy.notify.webhook));
    for it in blue_green::switched(environment, deploy) {
        out.set(&format!("copies[{}]", it.name), &word(&blue_green::copies(it)));
    }
    let mut functions = format!("settings() {{\n{}}}\n\n", out.read_by(code));
    if environment.target == Target::Compose && !deploy.migrate.is_empty() {
        let migration = |it: &Migrate| format!("  migration {} {}\n", literal(&it.service), words(&it.words));
        let migrations: String = deploy.migrate.iter().map(migration).collect();
        functions.push_str(&format!("migrate() {{\n{migrations}}}\n\n"));
    }
    functions.push_str(&way(deploy));
    functions
}

/// Writes the function with the settings that only the machine needs from which ssh goes.
fn way(deploy: &Deploy) -> String {
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
                out.add("ssh_options", format!("ssh_options+=(-p {})", word(port)));
            }
        }
        Hosts::Several(it) => out.set("hosts", &word(it)),
    }
    format!("way() {{\n{}}}\n\n", out.text())
}

/// Settings, in order.
#[derive(Default)]
struct Head {
    settings: Vec<Setting>,
    indent: &'static str,
    note: Option<&'static str>,
}

struct Setting {
    /// The variable.
    name: String,
    text: String,
    /// What it is, where its name does not say it.
    note: Option<&'static str>,
}

impl Head {
    fn add(&mut self, name: &str, text: String) {
        self.settings.push(Setting { name: name.to_string(), text, note: self.note.take() });
    }

    fn set(&mut self, name: &str, value: &str) {
        self.add(name, format!("{name}={value}"));
    }

    fn list(&mut self, name: &str, values: &str) {
        self.set(name, &format!("({values})"));
    }

    /// Says what the next setting is.
    fn note(&mut self, text: &'static str) {
        self.note = Some(text);
    }

    fn text(&self) -> String {
        self.written(|_| true)
    }

    /// Leaves out what no line of the code asks for.
    fn read_by(&self, code: &str) -> String {
        self.written(|name| reads(code, name.split('[').next().unwrap_or(name)))
    }

    fn written(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let mut out = String::new();
        for it in self.settings.iter().filter(|it| is_wanted(&it.name)) {
            if let Some(note) = it.note {
                out.push_str(&format!("{}# {note}\n", self.indent));
            }
            out.push_str(&format!("{}{}\n", self.indent, it.text));
        }
        out
    }
}

/// Returns the way from the script's folder to the spec's.
pub(crate) fn up(file: &str) -> String {
    let depth = file.matches('/').count();
    if depth == 0 { ".".to_string() } else { vec![".."; depth].join("/") }
}

/// The marker is in the env file that a person or the secret store makes.
pub(super) fn marker<'a>(system: &'a System, environment: &Environment) -> &'a str {
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
    out.note("stopped and started first: what those that switch need");
    out.list("needed", &literals(needed));
    out.note("started beside their old versions");
    out.list("switched", &literals(switched));
    out.note("stopped and started after that");
    out.list("others", &literals(others));
    let proxy = environment.ingress.as_ref().map_or("", |it| it.service.as_str());
    out.set("proxy", &literal(proxy));
    out.note("seconds in which the old version may finish what it has begun");
    out.set("drain", &it.drain.millis.div_ceil(1000).to_string());
    let ports = blue_green::switched(environment, deploy)
        .map(|it| format!("[{}]={}", it.name, literal(&blue_green::ports(it).join(" "))));
    out.note("the ports that the proxy asks");
    out.add("listens", format!("declare -A listens=({})", ports.collect::<Vec<_>>().join(" ")));
}

/// Returns the scripts of what is deployed after this; a deployment that may be left out may also fail without harm.
pub(super) fn following<'a>(system: &'a System, deploy: &Deploy, optional: bool) -> Vec<&'a str> {
    let next = deploy.then.iter().filter_map(|name| system.environment(name)?.deploy.as_ref());
    next.filter(|it| it.optional == optional).map(|it| it.file.as_str()).collect()
}

pub(super) fn host_tools(deploy: &Deploy) -> Vec<&'static str> {
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
        out.set("stack_file", &literal(&environment.file.value));
        out.set("jobs_file", &literal(&super::jobs_file(environment).unwrap_or_default()));
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
