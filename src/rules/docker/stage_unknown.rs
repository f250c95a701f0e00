//! `stage-unknown`.

use crate::diag::{Code, Level, Near, nearest};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::fact::{Action, Dockerfile, Text};
use crate::rules::existence::candidates;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A build asks for a stage that the Dockerfile does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "DKR005", name: "stage-unknown" },
    level: Level::Error,
    summary: "a build or a `COPY --from` names a stage that the Dockerfile does not have",
    docs: r#"
## What it does
Looks up `build.target` of compose files, `docker build --target` and `COPY --from` among the stages of the Dockerfile.
## Why it matters
The build fails; a misspelt `--from` is taken for an image and asked of a registry.
## Example
```sample
#- docker-compose.yml
services:
  api:
    build:
      context: .
      target: developement
#             ^^^^^^^^^^^^ error: `Dockerfile` has no stage `developement`
#- Dockerfile
FROM golang:1.24 AS builder
RUN go build -o /app .
FROM alpine:3 AS development
COPY --from=buidler /app /app
#           ^^^^^^^ error: `Dockerfile` has no stage `buidler`
#- Makefile
image:
	docker build --target release -t api .
#                      ^^^^^^^ error: `Dockerfile` has no stage `release`
```
## Silent
Numbers, images and further contexts.
```sample
#- docker-compose.yml
services:
  api:
    build:
      context: .
      target: Final
      additional_contexts: {assets: ./assets}
#- assets/a.txt
x
#- Dockerfile
FROM golang:1.24 AS builder
RUN go build -o /app .
FROM alpine:3 AS final
COPY --from=0 /app /app
COPY --from=nginx /etc/nginx/nginx.conf /n.conf
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv
COPY --from=assets a.txt /a.txt
#- run.sh
docker build --target "$STAGE" .
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for (environment, service) in repo.environments.iter().flat_map(|it| it.model.services.iter().map(move |s| (it, s)))
    {
        let Some(build) = &service.build else { continue };
        let Some(target) = &build.target else { continue };
        let filled = |it: Option<&Text>, default: &str| match it {
            Some(it) => known::with_defaults(&it.value),
            None => Some(default.to_string()),
        };
        let (Some(context), Some(name)) =
            (filled(build.context.as_ref(), "."), filled(build.dockerfile.as_ref(), "Dockerfile"))
        else {
            continue;
        };
        let path = normalize(&format!("{}/{context}/{name}", environment.directory));
        if let Some(dockerfile) = path.and_then(|it| repo.dockerfile(&it)) {
            unless_there(dockerfile, target, findings);
        }
    }
    by_commands(repo, findings);
    for dockerfile in &repo.facts.dockerfiles {
        for from in dockerfile.stages.iter().flat_map(|it| &it.copies).filter_map(|it| it.from.as_ref()) {
            // Any word may be an image; one that is almost a stage is not meant as such.
            if near(dockerfile, &from.value).is_some() && !from.value.contains(['/', ':', '.']) {
                unless_there(dockerfile, from, findings);
            }
        }
    }
}

fn by_commands(repo: &Repo, findings: &mut Findings) {
    for command in repo.facts.commands.iter().filter(|it| !it.is_remote && it.elsewhere.is_none()) {
        let Action::Build { dockerfile, context, target: Some(target), .. } = &command.action else { continue };
        let context = context.as_ref().map_or(".", |it| it.value.as_str());
        let path = dockerfile.as_ref().map_or_else(|| format!("{context}/Dockerfile"), |it| it.value.clone());
        let found = candidates(command, &path).iter().find_map(|it| repo.dockerfile(it));
        if let Some(dockerfile) = found {
            unless_there(dockerfile, target, findings);
        }
    }
}

fn names(dockerfile: &Dockerfile) -> impl Iterator<Item = &str> {
    dockerfile.stages.iter().filter_map(|it| Some(it.name.as_ref()?.value.as_str()))
}

fn near<'a>(dockerfile: &'a Dockerfile, name: &str) -> Option<Near<'a>> {
    nearest(name, names(dockerfile))
}

fn unless_there(dockerfile: &Dockerfile, stage: &Text, findings: &mut Findings) {
    let name = known::with_defaults(&stage.value).unwrap_or_else(|| stage.value.clone());
    let is_number = name.parse::<usize>().is_ok_and(|it| it < dockerfile.stages.len());
    if is_number || name.contains(['$', '{', '<']) || names(dockerfile).any(|it| it.eq_ignore_ascii_case(&name)) {
        return;
    }
    let near = near(dockerfile, &name);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => match names(dockerfile).collect::<Vec<_>>() {
            list if list.is_empty() => format!("its stages have no names: add `AS {name}` to a `FROM`"),
            list => format!("it has `{}`", list.join("`, `")),
        },
    };
    let finding = RULE.finding(stage.span, format!("`{}` has no stage `{name}`", dockerfile.path));
    findings.push(finding.help(help).meant(stage.span, &stage.value, near));
}
