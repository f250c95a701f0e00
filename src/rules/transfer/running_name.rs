//! `running-name-unknown`.

use super::running::{Asked, Kind, asked};
use crate::diag::{Code, Level, Near, nearest};
use crate::repo::Repo;
use crate::repo::compose::{Model, Resource, Service, known};
use crate::repo::fact::{Action, Command, Text};
use crate::rules::existence::{candidates, level};
use crate::rules::{Findings, Rule};

/// A command names a container, Swarm service, volume or network that the compose files do not make.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR010", name: "running-name-unknown" },
    level: Level::Error,
    summary: "a command names a container, Swarm service, volume or network that the compose files do not make",
    docs: r#"
## What it does
Looks up the names in `docker exec`, `logs`, `cp`, `restart`, `inspect`, in `docker service update shop_api` and their
like, and in `docker volume`, `docker network` and `docker run --network` and `-v` among those that the compose files give:
`container_name`, the name of the stack or project with the service's, volume's or network's behind it. A name is told
of where it is near to one of them, is made up of the same first part, or is a service whose container is called
otherwise.
## Why it matters
"No such container": what the script was for, a backup or a migration, is not done. It happens when a service is renamed
and the scripts around it are not.
## Example
```sample
#- compose.yml
name: shop
services:
  api: { image: "acme/api:1", container_name: shop-api }
#                                             ~~~~~~~~ a container
  db: { image: "postgres:17", container_name: shop-db }
#                                             ~~~~~~~ its container
  cache: { image: "redis:7" }
volumes:
  pgdata:
# ~~~~~~ a volume
#- scripts/backup.sh
docker exec shop-postgres pg_dump app > dump.sql
#           ^^^^^^^^^^^^^ error: no container is called `shop-postgres`
docker exec -it db psql
#               ^^ error: no container is called `db`
docker logs --tail 20 shop-cahce-1
#                     ^^^^^^^^^^^^ error: no container is called `shop-cahce-1`
docker volume rm shop_pg-data
#                ^^^^^^^^^^^^ error: no volume is called `shop_pg-data`
docker run --rm -v shop_mysql:/data:ro alpine:3 tar c /data
#                  ^^^^^^^^^^ warning: no volume is called `shop_mysql`
#- stack.yml
services:
  gateway: { image: "acme/gateway:1" }
#- deploy.sh
docker stack deploy -c stack.yml prod
#                                ~~~~ the stack that it would be of
docker service update --force prod_gatewy
#                             ^^^^^^^^^^^ error: no service is called `prod_gatewy`
```
## Silent
Containers that a command starts, and names that only look like one of these.
```sample
#- compose.yml
name: shop
services:
  api: { image: "acme/api:1", container_name: shop-api }
  db: { image: "postgres:17", container_name: shop-db }
  cache: { image: "redis:7" }
volumes:
  pgdata:
  named: { name: shop_other }
networks:
  back: { name: shop-net }
#- scripts/backup.sh
docker exec -i -u postgres shop-db pg_dump app
docker cp dump.sql shop-db:/tmp/dump.sql
docker cp shop-db:/tmp/dump.sql .
docker logs -f shop-cache-1
docker run -d --name shop-tool --network shop-net -v shop_pgdata:/data alpine:3
docker exec shop-tool ls
docker exec "$NAME" ls
docker exec registry ls
docker inspect shop-net
docker volume rm shop_pgdata shop_other
docker run --network shop_default alpine:3
docker stop shop-postgres && docker rm shop-postgres
#- stack.yml
services:
  gateway: { image: "acme/gateway:1" }
#- deploy.sh
docker stack deploy -c stack.yml "$STACK"
docker service update --image acme/gateway:2 "${STACK}_gateway"
docker service logs monitoring_grafana
```
## When it may be wrong
When the container is one of another repository that is named alike.
"#,
    run,
};

/// What the compose files of the repository call what they make.
struct Names<'r> {
    services: Vec<&'r Service>,
    /// `container_name`s, with defaults for what is filled in.
    containers: Vec<(String, &'r Text)>,
    /// Names of projects.
    projects: Vec<&'r str>,
    /// What commands and compose files in documents call the containers that they start.
    started: Vec<&'r str>,
    models: Vec<&'r Model>,
}

fn run(repo: &Repo, findings: &mut Findings) {
    let mut names: Option<Names> = None;
    for command in &repo.facts.commands {
        // `shop_SERVICE` holds the place of a name.
        for it in asked(command).into_iter().filter(|it| !it.name.value.contains(|it: char| it.is_ascii_uppercase())) {
            let names = names.get_or_insert_with(|| Names::of(repo));
            match it.kind {
                Kind::Container | Kind::Object => names.container(command, &it, findings),
                Kind::Volume => names.resource(command, &it, ("volume", |it| &it.volumes), findings),
                Kind::Network => names.resource(command, &it, ("network", |it| &it.networks), findings),
                Kind::StackService => stack_service(repo, command, &it, findings),
            }
        }
    }
}

impl<'r> Names<'r> {
    fn of(repo: &'r Repo) -> Names<'r> {
        let models: Vec<&Model> = repo.facts.compose_files.iter().map(|it| &it.model).collect();
        let services: Vec<&Service> = models.iter().flat_map(|it| &it.services).collect();
        let named = |it: &&'r Service| {
            let name = it.container_name.as_ref()?;
            Some((known::with_defaults(&name.value).unwrap_or_else(|| "$".to_string()), name))
        };
        let containers = services.iter().filter_map(named).collect();
        let by_files = models.iter().filter_map(|it| it.name.as_ref());
        let by_commands = repo.facts.commands.iter().filter_map(|it| it.action.as_compose()?.project.as_ref());
        let plain = by_files.chain(by_commands).map(|it| it.value.as_str()).filter(|it| !it.contains('$'));
        let mut projects: Vec<&str> = plain.collect();
        projects.sort_unstable();
        projects.dedup();
        let by_commands = repo.facts.commands.iter().flat_map(started);
        let started = by_commands.chain(repo.facts.drawn_containers.iter().map(String::as_str)).collect();
        Names { services, containers, projects, started, models }
    }

    fn container(&self, command: &Command, asked: &Asked, findings: &mut Findings) {
        let name = asked.name.value.as_str();
        // A name that is filled in by what specc does not see may be any.
        let is_open = self.containers.iter().any(|it| it.0.contains('$'));
        let is_known = self.containers.iter().any(|it| it.0 == name) || self.started.contains(&name);
        if is_open || is_known || self.is_made_by_compose(name) || asked.kind == Kind::Object && self.is_resource(name)
        {
            return;
        }
        let own = self.services.iter().find(|it| it.name.value == name).filter(|_| asked.kind == Kind::Container);
        let near = nearest(name, self.containers.iter().map(|it| it.0.as_str()));
        let help = match (own, near) {
            (Some(service), _) => Some(match service.container_name.as_ref() {
                Some(it) => format!("the container of `{name}` is called `{}`", it.value),
                None => format!(
                    "compose calls it after its project, as in `<project>-{name}-1`: say `docker compose {} {name}`",
                    asked.verb
                ),
            }),
            (None, Some(Near { name: near, .. })) => Some(format!("did you mean `{near}`?")),
            (None, None) if self.is_of_a_project(name) => Some(format!("there are {}", self.listed())),
            (None, None) => None,
        };
        let Some(help) = help else { return };
        let mut finding = RULE.finding_at(level(command), asked.name.span, format!("no container is called `{name}`"));
        if let Some(place) = own.and_then(|it| it.container_name.as_ref()) {
            finding = finding.also(place.span, "its container");
        } else if let Some(service) = own {
            finding = finding.also(service.name.span, "a service without `container_name`");
        } else if let Some((_, place)) = near.and_then(|near| self.containers.iter().find(|it| it.0 == near.name)) {
            finding = finding.also(place.span, "a container");
        } else if let Some((_, place)) = self.containers.first() {
            finding = finding.also(place.span, "a container");
        }
        findings.push(finding.help(help).meant(asked.name.span, name, near.filter(|_| own.is_none())));
    }

    /// `shop-api-1`, `shop_api_1`, and the tasks of a Swarm.
    fn is_made_by_compose(&self, name: &str) -> bool {
        let body = name.trim_end_matches(|it: char| it.is_ascii_digit());
        if body.len() == name.len() {
            return false;
        }
        let body = body.trim_end_matches(['-', '_', '.']);
        self.services.iter().any(|it| {
            let before = body.strip_suffix(it.name.value.as_str());
            before.is_some_and(|it| it.ends_with(['-', '_']) && it.len() > 1)
        })
    }

    fn is_resource(&self, name: &str) -> bool {
        let all = self.models.iter().flat_map(|it| it.volumes.iter().chain(&it.networks));
        let is_it = |it: &Resource| {
            let own = it.real_name.as_ref().unwrap_or(&it.name).value.as_str();
            own == name || name.ends_with(&format!("_{own}"))
        };
        all.into_iter().any(is_it)
    }

    /// Whether a name begins as those of all containers do, or is a slip for a container of a known project.
    fn is_of_a_project(&self, name: &str) -> bool {
        let first = |it: &str| it.split_once(['-', '_']).map(|it| it.0.to_string());
        let own = first(name);
        let is_alike = |it: &(String, &Text)| own.is_some() && first(&it.0) == own;
        let is_numbered = name.rsplit(['-', '_']).next().is_some_and(|it| it.parse::<u8>().is_ok());
        let is_shared = !is_numbered && self.containers.len() > 1 && self.containers.iter().all(is_alike);
        let inner = |it: &&str| {
            let inner = name.strip_prefix(*it)?.strip_prefix(['-', '_'])?;
            let (service, number) = inner.rsplit_once(['-', '_'])?;
            number.parse::<u8>().is_ok().then_some(service)
        };
        let services = || self.services.iter().map(|it| it.name.value.as_str());
        is_shared || self.projects.iter().filter_map(inner).any(|it| nearest(it, services()).is_some())
    }

    fn listed(&self) -> String {
        let mut names: Vec<String> = self.containers.iter().map(|it| format!("`{}`", it.0)).collect();
        if names.is_empty() {
            names = self.services.iter().map(|it| format!("`{}`", it.name.value)).collect();
        }
        names.sort();
        names.dedup();
        names.truncate(8);
        names.join(", ")
    }

    /// A volume or network that is called after a known project.
    fn resource(
        &self,
        command: &Command,
        asked: &Asked,
        (what, section): (&str, fn(&Model) -> &Vec<Resource>),
        findings: &mut Findings,
    ) {
        let name = asked.name.value.as_str();
        let all: Vec<&Resource> = self.models.iter().flat_map(|it| section(it)).collect();
        let is_real =
            |it: &Resource| it.real_name.as_ref().is_some_and(|it| it.value == name || it.value.contains('$'));
        let Some(inner) = self.projects.iter().find_map(|it| name.strip_prefix(*it)?.strip_prefix('_')) else { return };
        let is_default = what == "network" && inner == "default";
        // A project may be called by any name that a command gives it: `shop_prod`.
        let is_inner = |it: &&Resource| inner == it.name.value || inner.ends_with(&format!("_{}", it.name.value));
        if all.iter().copied().any(is_real) || is_default || all.iter().any(is_inner) {
            return;
        }
        let near = nearest(inner, all.iter().map(|it| it.name.value.as_str()));
        let place = near.and_then(|near| all.iter().find(|it| it.name.value == near.name)).or(all.first());
        let Some(place) = place else { return };
        // Docker makes the volume of a container that it starts: empty, and nobody is told.
        let is_made = what == "volume" && asked.verb == "run";
        let level = if is_made { level(command).min(Level::Warning) } else { level(command) };
        let help = near.map(|it| format!("did you mean the one of `{}`?", it.name));
        let help =
            help.or_else(|| is_made.then(|| "Docker makes an empty one: name one that a service uses".to_string()));
        let finding = RULE
            .finding_at(level, asked.name.span, format!("no {what} is called `{name}`"))
            .also(place.name.span, format!("a {what}"))
            .maybe_help(help);
        findings.push(finding);
    }
}

/// Returns what a command calls the container that it starts.
fn started(command: &Command) -> Vec<&str> {
    let mut list = Vec::new();
    for (at, word) in command.words.iter().enumerate() {
        match word.text.strip_prefix("--name") {
            Some("") => list.extend(command.words.get(at + 1).map(|it| it.text.as_str())),
            Some(rest) => list.extend(rest.strip_prefix('=')),
            None => {}
        }
    }
    list
}

/// `prod_api`, where a command deploys a stack `prod` from files that are known.
fn stack_service(repo: &Repo, command: &Command, asked: &Asked, findings: &mut Findings) {
    let plain = |it: &str| it.replace(['{', '}'], "");
    let name = plain(&asked.name.value);
    let mut stacks: Vec<(&Text, &str, Vec<&Model>)> = Vec::new();
    for deploy in &repo.facts.commands {
        let Action::StackDeploy { files, name: Some(stack) } = &deploy.action else { continue };
        let Some(inner) = name.strip_prefix(&plain(&stack.value)) else { continue };
        let found =
            files.iter().map(|file| candidates(deploy, &file.value).iter().find_map(|it| repo.compose_file(it)));
        // A stack whose files are not all known may have any service.
        match found.collect::<Option<Vec<_>>>().filter(|it| !it.is_empty()) {
            Some(files) if inner.starts_with('_') => {
                stacks.push((stack, &inner[1..], files.iter().map(|it| &it.model).collect()));
            }
            Some(_) => {}
            None => return,
        }
    }
    let is_there =
        |(_, inner, models): &(&Text, &str, Vec<&Model>)| models.iter().any(|it| it.service(inner).is_some());
    let Some((stack, inner, _)) = stacks.first().filter(|_| !stacks.iter().any(is_there)) else { return };
    if inner.is_empty() || !inner.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')) {
        return;
    }
    let services = stacks.iter().flat_map(|it| &it.2).flat_map(|it| it.service_names());
    let near = nearest(inner, services);
    let finding = RULE
        .finding_at(level(command), asked.name.span, format!("no service is called `{}`", asked.name.value))
        .also(stack.span, "the stack that it would be of")
        .maybe_help(near.map(|it| format!("did you mean the one of `{}`?", it.name)));
    findings.push(finding);
}
