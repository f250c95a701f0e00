//! `transfer-path-mismatch`.

use super::shipment::{self, Need, Shipment};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::environment::Environment;
use crate::rules::existence::folder;
use crate::rules::{Findings, Rule};

/// A file is copied to another place than the one it is mounted from.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR004", name: "transfer-path-mismatch" },
    level: Level::Error,
    summary: "a file is copied to another place of the server than it is mounted from",
    docs: r#"
## What it does
Compares where a deployment puts a file with where the compose file beside it looks for it.
## Why it matters
The file is on the server and is not found: Docker makes an empty directory where it is expected.
## Example
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    volumes:
      - ./docker/init.sql:/docker-entrypoint-initdb.d/init.sql:ro
#       ~~~~~~~~~~~~~~~~~ mounted from `/opt/app/docker/init.sql`
#- docker/init.sql
select 1;
#- deploy.sh
scp docker-compose.prod.yml docker/init.sql "$HOST:/opt/app/"
#                           ^^^^^^^^^^^^^^^ error: `docker/init.sql` is copied to `/opt/app/init.sql` and mounted from elsewhere
```
## Silent
```sample
#- docker-compose.prod.yml
services:
  db:
    image: postgres:17
    volumes:
      - ./docker/init.sql:/docker-entrypoint-initdb.d/init.sql:ro
      - ./docker/conf:/etc/conf:ro
#- docker/init.sql
select 1;
#- docker/conf/a.conf
x
#- deploy.sh
DIR=/opt/app
scp docker-compose.prod.yml "$HOST:$DIR/docker-compose.yml"
scp docker/init.sql "$HOST:$DIR/docker/"
rsync -a docker/conf/ "$HOST:$DIR/docker/conf/"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for shipment in shipment::all(repo).iter().filter(|it| !it.is_open) {
        for environment in &shipment.environments {
            let Some(base) = base(shipment, environment) else { continue };
            for need in shipment::needs(repo, environment) {
                judge(shipment, &base, &need, findings);
            }
        }
    }
}

/// Returns the directory of the server that holds the compose file.
fn base(shipment: &Shipment, environment: &Environment) -> Option<String> {
    let first = environment.compose_files.first()?;
    let landed = shipment.items.iter().find_map(|it| it.lands(first))?;
    Some(folder(&landed).to_string())
}

fn judge(shipment: &Shipment, base: &str, need: &Need, findings: &mut Findings) {
    let expected = format!("{base}/{}", need.relative);
    let landed: Vec<_> = shipment.items.iter().filter_map(|it| Some((it, it.lands(&need.path)?))).collect();
    let same = |it: &str| it.replace("//", "/") == expected.replace("//", "/");
    if landed.iter().any(|it| same(&it.1)) {
        return;
    }
    // Two machines, or a variable for the directory: then the two places cannot be compared.
    let unknown = |it: &str| it.contains('$') != base.contains('$') || it.starts_with('~') != base.starts_with('~');
    let Some((item, place)) = landed.first().filter(|it| !unknown(&it.1)) else { return };
    let finding = RULE
        .finding(item.source.span, format!("`{}` is copied to `{place}` and mounted from elsewhere", need.path))
        .also(need.span, format!("mounted from `{expected}`"))
        .help(format!("copy it to `{expected}`, and make the folder first"));
    findings.push_about(finding, vec![need.path.clone()]);
}
