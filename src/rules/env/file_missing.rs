//! `env-file-missing`.

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::provenance;
use crate::repo::provenance::Content;
use crate::rules::existence;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// An `env_file:` that nobody makes.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV020", name: "env-file-missing" },
    level: Level::Error,
    summary: "an `env_file:` is not in the repository, has no template, and nothing makes it",
    docs: r#"
## What it does
Finds files under `env_file:` that are not in the repository, that git does not ignore, that have no template beside
them and that no script, Makefile or workflow makes.
## Why it matters
Compose refuses to start without the file, and nobody says what belongs into it.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    env_file: ./.env.wroker
#             ^^^^^^^^^^^^^ error: `.env.wroker` is not in the repository, and nothing makes it
#- .env.worker
A=1
```
## Silent
Files with a template, files that a script makes, files that git ignores, files that may be missing.
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    env_file:
      - .env.prod
      - .env.made
      - .env.mine
      - ${ENV_FILE:-.env.any}
      - path: .env.local
        required: false
#- .env.prod.example
A=1
#- .env.mine (ignored)
#- setup.sh
touch .env.made
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        for service in &environment.model.services {
            for file in service.env_files.iter().filter(|it| it.is_required && !it.path.value.contains('$')) {
                let written = &file.path.value;
                let Some(path) = normalize(&format!("{}/{written}", environment.directory)) else { continue };
                let is_known = !matches!(provenance::content(repo, &path), Content::Unknown);
                // Portainer puts what its user has set there.
                let is_of_portainer = written == "stack.env";
                if is_of_portainer
                    || written.starts_with(['/', '~'])
                    || is_known
                    || existence::will_be_there(repo, &path)
                {
                    continue;
                }
                if repo.facts.sets.iter().any(|it| it.into.as_ref().is_some_and(|it| path.ends_with(it.as_str()))) {
                    continue;
                }
                let near = nearest(&path, repo.facts.env_files.iter().map(|it| it.path.as_str()));
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add a template `{path}.example`, and let git ignore `{path}`"),
                };
                let message = format!("`{path}` is not in the repository, and nothing makes it");
                let finding = RULE.finding(file.path.span, message).help(help).meant_path(file.path.span, &path, near);
                findings.push_about(finding, vec![path]);
            }
        }
    }
}
