//! `port-unserved`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::known;
use crate::repo::environment::Environment;
use crate::repo::fact::{Action, Command, CommandHost, EnvFile};
use crate::repo::known_image;
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};
use crate::source::{FileId, Span};

/// An address on this machine where nothing listens.
pub static RULE: Rule = Rule {
    code: Code { id: "NET005", name: "port-unserved" },
    level: Level::Info,
    summary: "an env file or script names a port of localhost that no service publishes and no program opens",
    docs: r#"
## What it does
Finds `localhost:PORT` in env files, and in scripts that start compose, where no service publishes the port, no
program of the repository opens it and no command mentions it.
## Why it matters
It is often what is left of a service that was removed or moved to another port.
## Example
```sample
#- docker-compose.yml
services:
  mail:
    image: axllent/mailpit:1
    ports: ["8025:8025"]
#- .env
MAIL_URL=http://localhost:1080
#        ^^^^^^^^^^^^^^^^^^^^^ info: nothing serves port 1080 of this machine
#- start.sh
docker compose up -d
echo "Mail: http://localhost:8026"
#    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: this script starts compose, and no service publishes port 8026
```
## Silent
```sample
#- docker-compose.yml
services:
  mail:
    image: axllent/mailpit:1
    ports: ["${MAIL_PORT:-8025}:8025", "${SMTP_PORT}:1025"]
  db:
    image: clickhouse/clickhouse-server:25
    network_mode: host
#- .env
MAIL_URL=http://localhost:8025
SMTP_PORT=2525
#- start.sh
docker compose up -d
echo "Mail: localhost:2525, data: http://localhost:8123"
```
Ports of programs that are started beside compose, and those that the script writes into the env file.
```sample
#- docker-compose.yml
services:
  web:
    image: nginx:1.27
    ports: ["${WEB_PORT:-2020}:80"]
#- orders/src/main/resources/application.yml
server:
  port: ${ORDERS_PORT:8081}
#- setup.sh
cat > .env <<'EOF'
WEB_PORT=2021
EOF
docker compose up -d
echo "Web: http://localhost:2021, orders (./gradlew bootRun): http://localhost:8081"
echo "Orders: http://localhost:8081"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    if repo.facts.compose_files.is_empty() {
        return;
    }
    let Some(served) = served(repo) else { return };
    let mut tell = |text: &str, span: Span| {
        if let Some(port) = local_port(text).filter(|it| !served.contains(it)) {
            let finding = RULE.finding(span, format!("nothing serves port {port} of this machine"));
            findings.push(finding.help("name a port that a service publishes, or remove it"));
        }
    };
    for file in repo.facts.env_files.iter().filter(|it| !it.is_encrypted) {
        for entry in file.entries.iter().filter(|it| !it.is_commented) {
            tell(&entry.value.value, entry.value.span);
        }
    }
    let scripts = scripts_that_only_start_compose(repo);
    let Some(mut published) = published(repo).filter(|_| !scripts.is_empty()) else { return };
    published.extend(opened_outside(repo));
    for file in scripts {
        for command in repo.facts.commands.iter().filter(|it| it.file == file && !is_compose(it)) {
            for word in command.words.iter().filter(|it| !it.is_dynamic) {
                let Some(port) = local_port(&word.text).filter(|it| !published.contains(it)) else { continue };
                // In front of everything stands what the machine has.
                if matches!(port, 80 | 443) {
                    continue;
                }
                let message = format!("this script starts compose, and no service publishes port {port}");
                let finding = RULE.finding_at(Level::Warning, word.span, message);
                findings.push(finding.help("name a port that a service publishes"));
            }
        }
    }
}

fn is_compose(command: &Command) -> bool {
    command.action.as_compose().is_some()
}

/// Returns the scripts that start compose and no program beside it, so that every port is a service's.
fn scripts_that_only_start_compose(repo: &Repo) -> Vec<FileId> {
    // `/opt/shop` may be where this repository is put; a folder in what lies there is its own, or somebody else's.
    let is_here = |path: &str| {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        path.split('/').filter(|it| !it.is_empty()).count() <= 3 || repo.tree.is_directory(last)
    };
    let is_ours = |it: &&Command| it.elsewhere.as_deref().is_none_or(is_here);
    let is_up = |it: &&Command| {
        it.host == CommandHost::Script
            && is_ours(it)
            && it.action.as_compose().is_some_and(|it| it.verb.as_ref().is_some_and(|it| it.value == "up"))
    };
    let mut files: Vec<FileId> = repo.facts.commands.iter().filter(is_up).map(|it| it.file).collect();
    files.dedup();
    let programs = [
        "npm", "pnpm", "yarn", "bun", "npx", "uvicorn", "vite", "next", "python", "python3", "uv", "poetry", "flask",
        "cargo", "go", "node", "kubectl", "ssh", "docker",
    ];
    let starts_more = |file: &FileId| {
        repo.facts.commands.iter().any(|it| {
            let is_run = matches!(it.action, Action::Other | Action::Script { .. } | Action::Run { .. });
            // `docker run` and `docker ps` say nothing of ports unless they publish one.
            let word = |at: usize| it.words.get(at).map_or("", |it| it.text.as_str());
            let is_plain_docker =
                word(0) == "docker" && !it.words.iter().any(|it| it.text == "-p" || it.text == "--publish");
            it.file == *file && is_run && programs.contains(&word(0)) && !is_plain_docker
        })
    };
    files.retain(|it| !starts_more(it));
    files
}

/// Returns the port of this machine that a text names first.
fn local_port(text: &str) -> Option<u16> {
    let at = ["localhost:", "127.0.0.1:"].iter().find_map(|it| text.find(it).map(|at| at + it.len()))?;
    let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Returns every port that something here may open, if that can be told.
fn served(repo: &Repo) -> Option<BTreeSet<u16>> {
    let mut found: BTreeSet<u16> = published(repo)?;
    found.extend(repo.facts.listens.iter().map(|it| it.value));
    for word in repo.facts.commands.iter().filter(|it| !matches!(it.action, Action::Fetch(_))).flat_map(|it| &it.words)
    {
        // `--port 8000`, `8000:80`, `--port=8000`; an address that is only shown does not count.
        if word.text.contains("localhost") {
            continue;
        }
        found.extend(word.text.split([':', '=', '/']).filter_map(|it| it.parse::<u16>().ok()));
    }
    Some(found)
}

/// Returns the ports that programs open which run in no container: whoever starts compose starts them beside it.
fn opened_outside(repo: &Repo) -> Vec<u16> {
    let services =
        || repo.environments.iter().flat_map(|it| it.model.services.iter().map(move |service| (it, service)));
    let built = services().filter(|it| it.1.build.is_some());
    let codes = built.filter_map(|it| code::of_service(repo, it.0, it.1));
    let places: HashSet<String> = codes.flat_map(|it| it.places.iter().cloned().collect::<Vec<_>>()).collect();
    let is_inside = |file: FileId| {
        let path = repo.path(file);
        let outer = std::iter::successors(Some(path), |it| (*it != ".").then(|| folder(it)));
        outer.into_iter().any(|it| places.contains(it))
    };
    repo.facts.listens.iter().filter(|it| !is_inside(it.span.file)).map(|it| it.value).collect()
}

/// Returns every port that a service publishes, if that can be told.
fn published(repo: &Repo) -> Option<BTreeSet<u16>> {
    let mut found = BTreeSet::new();
    let services = || {
        repo.environments
            .iter()
            .flat_map(|environment| environment.model.services.iter().map(move |it| (environment, it)))
    };
    let ports = services().flat_map(|(environment, it)| it.ports.iter().map(move |it| (environment, it)));
    for (environment, written) in ports.filter_map(|it| Some((it.0, it.1.published.as_deref()?))) {
        let values = filled(repo, environment, written);
        if values.is_empty() {
            return None;
        }
        for published in values {
            let mut ends = published.splitn(2, '-').filter_map(|it| it.parse::<u16>().ok());
            if let Some(first) = ends.next() {
                found.extend(first..=ends.next().unwrap_or(first));
            }
        }
    }
    // On the network of the machine, what a program listens on is open.
    for (_, service) in services().filter(|it| it.1.network_mode.as_ref().is_some_and(|it| it.value == "host")) {
        let ports = known_image::ports(&service.image.as_ref()?.value);
        if ports.is_empty() {
            return None;
        }
        found.extend(ports);
    }
    Some(found)
}

/// Returns what a published port may be: by its default and the env files of its environment, or, where that does not
/// say, by any env file.
fn filled(repo: &Repo, environment: &Environment, written: &str) -> Vec<String> {
    let default = known::with_defaults(written);
    let is_used = |it: &EnvFile| environment.interpolation_files.iter().any(|used| used.path == it.path);
    let files = repo.facts.env_files.iter().filter(|it| !it.is_encrypted && (default.is_none() || is_used(it)));
    let by_file = files.filter_map(|file| {
        known::fill(written, &|name| {
            let entry = file.entries.iter().find(|it| it.name.value == name && !it.is_commented)?;
            Some(entry.value.value.clone())
        })
    });
    // A script that writes the env file says what is in it.
    let is_for_it = |into: &str| environment.interpolation_files.iter().any(|it| is_end_of(into, &it.path));
    let mut by_script: BTreeMap<(FileId, &str), HashMap<&str, &str>> = BTreeMap::new();
    for set in repo.facts.sets.iter().filter(|_| written.contains('$')) {
        if let (Some(into), Some(value)) = (set.into.as_deref().filter(|it| is_for_it(it)), &set.value) {
            by_script.entry((set.name.span.file, into)).or_default().insert(&set.name.value, &value.value);
        }
    }
    let by_script = by_script.values();
    let by_script = by_script.filter_map(|it| known::fill(written, &|name| it.get(name).map(|it| it.to_string())));
    by_file.chain(by_script).chain(default.clone()).collect()
}

/// Returns whether a script that goes into some folder may mean a path by its end.
fn is_end_of(end: &str, path: &str) -> bool {
    path.strip_suffix(end.trim_start_matches("./")).is_some_and(|it| it.is_empty() || it.ends_with('/'))
}
