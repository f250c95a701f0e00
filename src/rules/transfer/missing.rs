//! `transfer-missing`.

use super::shipment::{self, Need, Shipment};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::Environment;
use crate::repo::fact::{Action, Command, Text};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A server gets the compose file and not what it mounts.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR001", name: "transfer-missing" },
    level: Level::Error,
    summary: "a deployment copies the compose file and not a file that it mounts",
    docs: r#"
## What it does
Where a script or workflow copies compose files to a server (scp, rsync, copying actions), every file of the repository
that their services mount or load must be copied, too.
## Why it matters
On the server the file is missing: Docker makes an empty directory in its place, or the stack does not start. Nothing
of it shows on the machine that deploys.
## Example
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    volumes:
      - ./docker/init.sql:/docker-entrypoint-initdb.d/init.sql:ro
#       ^^^^^^^^^^^^^^^^^ error: `docker/init.sql` is mounted on the server, and no command copies it there
#- docker/init.sql
select 1;
#- scripts/deploy.sh
cd "$(dirname "$0")/.."
scp docker-compose.prod.yml "$HOST:/opt/app/"
#   ~~~~~~~~~~~~~~~~~~~~~~~ copied here without it
ssh "$HOST" "cd /opt/app && docker stack deploy -c docker-compose.prod.yml app"
```
What `rsync`, `tar` or `git archive` are told to leave out is not copied either.
```sample
#- compose.yml
services:
  prom:
    image: prom/prometheus:v3.1.0
    volumes: ["./ops/prom.yml:/etc/prometheus/prometheus.yml:ro"]
#              ^^^^^^^^^^^^^^ error: `ops/prom.yml` is mounted on the server, and no command copies it there
#- ops/prom.yml
scrape_configs: []
#- deploy.sh
rsync -az --exclude .git --exclude ops ./ "$HOST:/opt/app/"
#                                  ~~~ `ops` keeps it from being copied
```
## Silent
Deployments that take the whole tree, a folder around the file, or `git pull` on the server.
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    volumes:
      - ./docker/init.sql:/docker-entrypoint-initdb.d/init.sql:ro
      - ./docker/conf:/etc/conf:ro
      - /srv/data:/data
#- docker/init.sql
select 1;
#- docker/conf/a.conf
x
#- deploy.sh
scp docker-compose.prod.yml "$HOST:/opt/app/"
for name in init.sql conf; do
  scp -r "docker/$name" "$HOST:/opt/app/docker/"
done
#- pull.sh
scp docker-compose.prod.yml "$HOST:/opt/app/"
ssh "$HOST" "cd /opt/app && git pull && docker compose -f docker-compose.prod.yml up -d"
#- sync.sh
rsync -az --exclude .git --exclude '*.sql' --exclude-from=no-such-file ./ "$HOST:/opt/app/"
scp docker/init.sql "$HOST:/opt/app/docker/"
```
## When it may be wrong
When the file has been put on the server once, by hand.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for shipment in shipment::all(repo).iter().filter(|it| !it.is_open) {
        for environment in &shipment.environments {
            for need in shipment::needs(repo, environment) {
                judge(shipment, environment, &need, findings);
            }
        }
        for command in repo.facts.commands.iter().filter(|it| it.is_remote && it.path == shipment.path) {
            compose_files(repo, shipment, command, findings);
        }
    }
}

fn judge(shipment: &Shipment, environment: &Environment, need: &Need, findings: &mut Findings) {
    if shipment.items.iter().any(|it| it.brings(&need.path) || below(&it.path, &need.path)) {
        return;
    }
    let path = &need.path;
    let kept = shipment.items.iter().find_map(|it| it.leaves_out(path));
    if kept.is_some() && need.may_be_filled {
        return;
    }
    let compose = shipment.items.iter().find(|it| environment.compose_files.iter().any(|file| it.brings(file)));
    let Some(compose) = compose else { return };
    let message = format!("`{path}` is mounted on the server, and no command copies it there");
    let who = need.service.map_or("the stack", |it| it.name.value.as_str());
    let finding = RULE.finding(need.span, message).label(format!("`{who}` needs it"));
    let finding = match kept {
        Some(kept) => finding
            .also(kept.span, format!("`{}` keeps it from being copied", kept.value))
            .help(format!("let `{path}` be copied")),
        None => finding
            .also(compose.source.span, "copied here without it")
            .help(format!("copy `{path}` in `{}`, too", shipment.path)),
    };
    findings.push_about(finding, vec![path.clone()]);
}

/// Compose files that are used together on the server, and of which only some are copied.
fn compose_files(repo: &Repo, shipment: &Shipment, command: &Command, findings: &mut Findings) {
    let files = match &command.action {
        Action::Compose(it) => &it.files,
        Action::StackDeploy { files, .. } => files,
        _ => return,
    };
    let path = |it: &Text| normalize(&format!("{}/{}", command.directory, it.value)).filter(|it| repo.tree.exists(it));
    let known: Vec<(&Text, String)> = files.iter().filter_map(|it| Some((it, path(it)?))).collect();
    let sent = |path: &str| shipment.items.iter().find(|it| it.brings(path));
    let Some(with) = known.iter().find_map(|it| sent(&it.1)) else { return };
    for (file, path) in known.iter().filter(|it| sent(&it.1).is_none()) {
        let finding = RULE
            .finding(file.span, format!("`{path}` is used on the server, and no command copies it there"))
            .also(with.source.span, "copied here without it")
            .help(format!("copy `{path}` in `{}`, too", shipment.path));
        findings.push_about(finding, vec![path.clone()]);
    }
}

/// A folder of which parts are copied: whether those are enough is not ours to say.
fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|it| it.starts_with('/'))
}
