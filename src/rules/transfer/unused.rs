//! `transfer-unused`.

use super::shipment::{self, Item};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::CommandHost;
use crate::rules::{Findings, Rule};

/// A file is copied to a server where nothing uses it.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR003", name: "transfer-unused" },
    level: Level::Info,
    summary: "a file is copied to a server where nothing that the repository shows uses it",
    docs: r#"
## What it does
Finds files that a deployment copies and that no compose file there mounts or loads, and no command on the server names.
## Why it matters
Often the mount has been removed and the copying was forgotten. It may also be for something outside the repository,
which is why this is shown with `--pedantic` only.
## Example
```sample
#- docker-compose.prod.yml
services:
  api:
    image: api:1
#- old.json
{}
#- deploy.sh
scp docker-compose.prod.yml old.json "$HOST:/opt/app/"
#                           ^^^^^^^^ info: nothing on the server uses `old.json`
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  api:
    image: api:1
    env_file: .env.prod
    volumes: ["./conf:/conf"]
#- conf/a.json
{}
#- .env.prod
A=1
#- hook.sh
echo
#- deploy.sh
scp docker-compose.prod.yml .env.prod hook.sh "$HOST:/opt/app/"
scp -r conf "$HOST:/opt/app/"
ssh "$HOST" "/opt/app/hook.sh"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for shipment in shipment::all(repo).iter().filter(|it| !it.environments.is_empty()) {
        let needed: Vec<String> =
            shipment.environments.iter().flat_map(|it| shipment::needs(repo, it)).map(|it| it.path).collect();
        for item in &shipment.items {
            let is_used = needed.iter().any(|it| item.brings(it) || item.path.starts_with(&format!("{it}/")))
                || shipment.environments.iter().any(|it| it.compose_files.iter().any(|file| item.brings(file)))
                || is_named(repo, shipment.path, item);
            if !is_used && repo.tree.exists(&item.path) {
                let message = format!("nothing on the server uses `{}`", item.path);
                let help = "remove it from the command, or say what needs it";
                findings.push(RULE.finding(item.source.span, message).help(help));
            }
        }
    }
}

/// Whether a command on the server, or anything else that runs there, names the file.
fn is_named(repo: &Repo, script: &str, item: &Item) -> bool {
    let name = item.target.rsplit('/').next().unwrap_or(&item.target);
    let own = item.path.rsplit('/').next().unwrap_or(&item.path);
    let names = |text: &str| text.contains(name) || text.contains(own);
    let commands =
        repo.facts.commands.iter().filter(|it| it.is_remote || it.path != script && it.host == CommandHost::Script);
    let in_commands = commands.flat_map(|it| &it.words).any(|it| names(&it.text));
    in_commands || name.starts_with(".env")
}
