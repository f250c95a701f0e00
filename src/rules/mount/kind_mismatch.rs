//! `mount-kind-mismatch`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Mount;
use crate::rules::{Findings, Rule};

/// A folder where a file is meant, or the other way round.
pub static RULE: Rule = Rule {
    code: Code { id: "MNT002", name: "mount-kind-mismatch" },
    level: Level::Error,
    summary: "a folder is mounted where the container has a file, or a file where it has a folder",
    docs: r#"
## What it does
Finds bind mounts whose source is a folder of the repository and whose target is plainly a file, and the other way
round.
## Why it matters
The container does not start (`not a directory`), or the program finds a folder where it wants to read a file.
## Example
```sample
#- compose.yml
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx:/etc/nginx/nginx.conf:ro
#       ^^^^^^^ error: `nginx` is a folder, and `/etc/nginx/nginx.conf` a file
      - ./nginx/site.conf:/etc/nginx/conf.d/:ro
#       ^^^^^^^^^^^^^^^^^ error: `nginx/site.conf` is a file, and `/etc/nginx/conf.d` a folder
#- nginx/site.conf
server { listen 80; }
```
## Silent
```sample
#- compose.yml
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx:/etc/nginx/conf.d:ro
      - ./nginx/site.conf:/etc/nginx/conf.d/site.conf:ro
      - ./data:/srv/data.v1
#- nginx/site.conf
server { listen 80; }
#- data/x.txt
x
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let services = repo.environments.iter().flat_map(|it| &it.model.services);
    for mount in services.flat_map(|it| &it.mounts) {
        judge(repo, mount, findings);
    }
}

fn judge(repo: &Repo, mount: &Mount, findings: &mut Findings) {
    let Some((path, source)) = mount.repository_path().zip(mount.source.as_ref()) else { return };
    let target = mount.target.value.as_str();
    let (is, meant) = match repo.tree.is_directory(&path) {
        true if is_file(target) && !repo.tree.within(&path).is_empty() && !is_file(&path) => ("a folder", "a file"),
        false if repo.tree.has_file(&path) && (target.ends_with('/') || is_folder(target)) => ("a file", "a folder"),
        _ => return,
    };
    let target = target.trim_end_matches('/');
    let message = format!("`{path}` is {is}, and `{target}` {meant}");
    let help = match is {
        "a folder" => format!("mount the file in it that is meant, or mount the folder at `{}`", folder(target)),
        _ => {
            let name = path.rsplit('/').next().unwrap_or(&path);
            format!("mount it at `{}/{name}`", target.trim_end_matches('/'))
        }
    };
    findings.push(RULE.finding(source.span, message).help(help));
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |it| it.0)
}

/// Returns whether a path ends as configuration files do.
fn is_file(path: &str) -> bool {
    let ends =
        [".conf", ".yml", ".yaml", ".toml", ".json", ".sql", ".ini", ".cfg", ".pem", ".crt", ".env", ".cnf", ".sh"];
    ends.iter().any(|it| path.ends_with(it))
}

/// Folders that programs are known to read.
fn is_folder(path: &str) -> bool {
    let known = ["/docker-entrypoint-initdb.d", "/etc/nginx/conf.d", "/etc/nginx/templates", "/usr/share/nginx/html"];
    known.contains(&path)
}
