//! `env-buildtime-in-runtime`.

use std::collections::BTreeMap;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::container::Container;
use crate::repo::fact::{Command, CommandHost, Dockerfile};
use crate::repo::usage::Use;
use crate::rules::{Findings, Rule};

/// A variable that a build fixes, given to the container.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV022", name: "env-buildtime-in-runtime" },
    level: Level::Warning,
    summary: "compose gives a container a variable whose value was fixed when the image was built",
    docs: r#"
## What it does
Finds variables such as `VITE_API_URL` under `environment:` where all code that reads them is bundled for browsers.
## Why it matters
The bundler has written the value of the build into the files; what the container gets later changes nothing.
## Example
```sample
#- docker-compose.yml
services:
  web:
    build: ./web
    environment:
      VITE_API_URL: https://api.example.org
#     ^^^^^^^^^^^^ warning: the build of `web` has fixed `VITE_API_URL`; the container's environment does not change it
#- web/src/api.ts
export const url = import.meta.env.VITE_API_URL;
#                                  ~~~~~~~~~~~~ replaced here by the bundler
```
## Silent
Build arguments, and images that put the value in when they start.
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: ./web
      args:
        VITE_API_URL: https://api.example.org
    environment:
      VITE_API_URL: https://api.example.org
  other:
    build: ./other
    environment:
      VITE_API_URL: https://api.example.org
#- web/src/api.ts
export const url = import.meta.env.VITE_API_URL;
#- web/Dockerfile
FROM node:22
ARG VITE_API_URL
COPY . .
#- other/Dockerfile
FROM node:22
COPY . .
CMD ["npm", "run", "dev"]
#- other/src/api.ts
export const url = import.meta.env.VITE_API_URL;
```
What builds when it starts reads the container's environment.
```sample
#- docker-compose.yml
services:
  web:
    build: ./web
    environment:
      VITE_API_URL: https://api.example.org
#- web/Dockerfile
FROM nginx:1.27
COPY . .
ENTRYPOINT ["./entrypoint.sh"]
#- web/entrypoint.sh
npm run build
exec nginx -g "daemon off;"
#- web/package.json
{"scripts": {"build": "vite build"}}
#- web/src/api.ts
export const url = import.meta.env.VITE_API_URL;
```
## When it may be wrong
When the container runs a development server, or replaces the values in its files when it starts, in a way that specc
does not see.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let builders = Builders::of(repo);
    for environment in &repo.environments {
        for service in &environment.model.services {
            let Some(code) = code::of_service(repo, environment, service) else { continue };
            // A development server reads the environment whenever it starts.
            let serves = |it: &str| ["dev", "vite", "start", "serve"].contains(&it);
            let command = service.command.iter().chain(&service.entrypoint).flat_map(|it| &it.words);
            let dockerfile = repo.facts.dockerfiles.iter().find(|it| code.dockerfile.as_deref() == Some(&*it.path));
            let last = dockerfile.and_then(|it| it.stages.last()).into_iter();
            let container = Container::of(repo, environment, service);
            let stages = container.iter().flat_map(|it| &it.stages).copied().chain(last);
            let own = stages.flat_map(|it| it.cmd.iter().chain(&it.entrypoint)).flat_map(|it| &it.words);
            let words: Vec<&str> = command.chain(own).flat_map(|it| it.value.split_whitespace()).collect();
            if words.iter().any(|it| serves(it)) || builders.are_started(&words, &code) {
                continue;
            }
            for variable in &service.environment {
                let name = &variable.name.value;
                let in_code = |it: &&Use| code.holds(repo.path(repo.use_span(**it).file));
                let uses = repo.usage.of_name(name);
                let reads: Vec<&Use> =
                    uses.iter().filter(|it| !matches!(it, Use::Reference(..))).filter(in_code).collect();
                let Some(first) = reads.first() else { continue };
                if !reads.iter().all(|it| repo.as_read(**it).is_some_and(|it| it.build_time)) {
                    continue;
                }
                // Next leaves what the build does not know to the server.
                let is_client = |it: &&&Use| repo.facts.client_files.contains(&repo.use_span(***it).file);
                let is_fixed = !name.starts_with("NEXT_PUBLIC_")
                    || reads.iter().any(|it| is_client(&it))
                    || dockerfile.is_some_and(|it| is_known_to_build(it, name));
                // Who gives the build the value, too, knows; a server beside the browser may read it.
                let is_built_in = || {
                    let is_given =
                        service.build.as_ref().is_some_and(|it| it.args.iter().any(|it| it.name.value == *name));
                    is_given && dockerfile.is_some_and(|it| is_known_to_build(it, name))
                };
                if !is_fixed || is_built_in() {
                    continue;
                }
                let message = format!(
                    "the build of `{}` has fixed `{name}`; the container's environment does not change it",
                    service.name.value
                );
                let finding = RULE
                    .finding(variable.name.span, message)
                    .also(repo.use_span(**first), "replaced here by the bundler")
                    .help(format!("pass `{name}` under `build: args:`, and declare `ARG {name}` before the build"));
                findings.push(finding);
            }
        }
    }
}

/// What builds anew when a container starts, and so reads its environment.
struct Builders<'r> {
    /// Scripts, by their names, and tasks of a package.json.
    by_name: BTreeMap<&'r str, Vec<&'r Command>>,
}

impl<'r> Builders<'r> {
    fn of(repo: &'r Repo) -> Builders<'r> {
        let mut by_name: BTreeMap<&str, Vec<&Command>> = BTreeMap::new();
        for command in repo.facts.commands.iter().filter(|it| builds(&texts(it))) {
            let name = match command.host {
                CommandHost::Script => command.path.rsplit('/').next(),
                CommandHost::Tasks => command.scope.as_deref(),
                _ => None,
            };
            by_name.entry(name.unwrap_or("")).or_default().push(command);
        }
        Builders { by_name }
    }

    fn are_started(&self, words: &[&str], code: &code::Code) -> bool {
        let name = |it: &str| it.trim_matches(['"', '\'', ';']).rsplit('/').next().unwrap_or("").to_string();
        let is_ours = |it: &&Command| code.holds(&it.path);
        let is_builder = |it: &str| !it.is_empty() && self.by_name.get(it).is_some_and(|it| it.iter().any(is_ours));
        builds(words) || words.iter().map(|it| name(it)).any(|it| is_builder(&it))
    }
}

fn texts(command: &Command) -> Vec<&str> {
    command.words.iter().map(|it| it.text.as_str()).collect()
}

/// `npm run build`, `yarn build:prod`, `vite build`; but not `http-server build`.
fn builds(words: &[&str]) -> bool {
    let is_task = |it: &str| {
        it.trim_matches(['"', '\'', ';']).strip_prefix("build").is_some_and(|it| it.is_empty() || it.starts_with(':'))
    };
    let runs =
        |it: &str| matches!(it, "run" | "yarn" | "pnpm" | "bun" | "vite" | "next" | "nuxt" | "astro" | "ng" | "turbo");
    words.windows(2).any(|it| runs(it[0].trim_matches(['"', '\''])) && is_task(it[1]))
}

/// Returns whether a Dockerfile gives a variable a value while it builds.
fn is_known_to_build(dockerfile: &Dockerfile, name: &str) -> bool {
    let stages = || dockerfile.stages.iter();
    stages().any(|it| it.env.iter().any(|it| it.0.value == name) || it.args.iter().any(|it| it.0.value == name))
}
