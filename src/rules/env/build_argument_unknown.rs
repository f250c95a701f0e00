//! `build-argument-unknown`.

use std::collections::BTreeMap;

use crate::diag::{Applicability, Code, Diagnostic, Edit, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::compose::known;
use crate::repo::fact::{Action, CommandHost, Dockerfile, Text};
use crate::rules::existence::candidates;
use crate::rules::{Findings, Rule};
use crate::source::{FileId, normalize};

/// A build argument that the Dockerfile does not have.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV023", name: "build-argument-unknown" },
    level: Level::Warning,
    summary: "a build passes an argument that the Dockerfile does not declare",
    docs: r#"
## What it does
Finds names under `build: args:`, behind `docker build --build-arg` and in the workflows' `build-args`, for which no
stage of the Dockerfile has an `ARG`.
## Why it matters
The builder drops the value with a note that scrolls by, and the image is built with the default.
## Example
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: .
      args:
        NODE_VERSON: 22
#       ^^^^^^^^^^^ warning: `Dockerfile` has no `ARG NODE_VERSON`
#- Dockerfile
ARG NODE_VERSION=20
#   ~~~~~~~~~~~~ it has this one
FROM node:${NODE_VERSION}
#- .github/workflows/image.yml
jobs:
  image:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          build-args: |
            API_URL=https://api.example.com
#           ^^^^^^^ warning: `Dockerfile` has no `ARG API_URL`
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    build:
      context: .
      args:
        - NODE_VERSION=22
        - HTTP_PROXY
        - BUILDKIT_INLINE_CACHE=1
#- Dockerfile
FROM node:22
ARG NODE_VERSION
```
"#,
    run,
};

/// Arguments that every build has.
const PREDEFINED: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY", "SOURCE_DATE_EPOCH"];

fn run(repo: &Repo, findings: &mut Findings) {
    let mut found: BTreeMap<(FileId, &str), Vec<Diagnostic>> = BTreeMap::new();
    for environment in &repo.environments {
        for build in environment.model.services.iter().filter_map(|it| it.build.as_ref()) {
            let filled =
                |it: Option<&Text>, or: &str| it.map_or(Some(or.to_string()), |it| known::with_defaults(&it.value));
            let paths = filled(build.context.as_ref(), ".").zip(filled(build.dockerfile.as_ref(), "Dockerfile"));
            let Some((context, name)) = paths else { continue };
            let path = normalize(&format!("{}/{context}/{name}", environment.directory));
            if let Some(dockerfile) = path.and_then(|it| repo.dockerfile(&it)) {
                for argument in &build.args {
                    let list = found.entry((argument.name.span.file, &dockerfile.path)).or_default();
                    list.extend(judge(dockerfile, &argument.name));
                }
            }
        }
    }
    for command in repo.facts.commands.iter().filter(|it| it.elsewhere.is_none() && !it.is_remote) {
        let Action::Build { dockerfile, context, arguments, .. } = &command.action else { continue };
        let beside = context.as_ref().map_or(".", |it| it.value.trim_end_matches('/'));
        let written = dockerfile.as_ref().map_or_else(|| format!("{beside}/Dockerfile"), |it| it.value.clone());
        let paths = candidates(command, &written);
        let Some(dockerfile) = paths.iter().find_map(|it| repo.dockerfile(it)) else { continue };
        for argument in arguments {
            let name = argument.value.split('=').next().unwrap_or("");
            let is_verbatim = (argument.span.end - argument.span.start) as usize == argument.value.len();
            let span = if is_verbatim { argument.span.part(0, name.len()) } else { argument.span };
            let Some(finding) = judge(dockerfile, &Text::new(name.to_string(), span)) else { continue };
            // One list of arguments for all images is no slip, and a document shows what may be passed.
            let of_another = repo.facts.dockerfiles.iter().any(|it| declared(it).any(|it| it.value == name));
            let is_shown = command.host == CommandHost::Document;
            let level = if of_another || is_shown { Level::Info } else { finding.level };
            let list = found.entry((span.file, &dockerfile.path)).or_default();
            list.push(Diagnostic { level, ..finding });
        }
    }
    for list in found.into_values() {
        together(list).into_iter().for_each(|it| findings.push(it));
    }
}

/// As many may be slips; more are one cause, such as a Dockerfile that was written anew.
const FEW: usize = 4;

/// Makes one finding of those that a file gives for one Dockerfile, if there are many.
fn together(mut list: Vec<Diagnostic>) -> Vec<Diagnostic> {
    // Several environments have the same file.
    list.sort_by_key(Diagnostic::span);
    list.dedup_by_key(|it| it.span());
    if list.len() <= FEW {
        return list;
    }
    let n = list.len() - 1;
    let mut list = list.into_iter();
    let Some(mut first) = list.next() else { return Vec::new() };
    first.message = format!("{}, nor {n} more that are passed here", first.message);
    first.help = Some("declare them with `ARG`, or remove them".to_string());
    first.fix = None;
    let rest = list.filter_map(|it| it.span());
    vec![rest.fold(first, |first, it| first.also(it, "and this one"))]
}

/// Returns the arguments that a Dockerfile has.
fn declared(dockerfile: &Dockerfile) -> impl Iterator<Item = &Text> {
    let in_stages = dockerfile.stages.iter().flat_map(|it| &it.args);
    dockerfile.global_args.iter().chain(in_stages).map(|it| &it.0)
}

fn judge(dockerfile: &Dockerfile, argument: &Text) -> Option<Diagnostic> {
    let name = &argument.value;
    let declared: Vec<&Text> = declared(dockerfile).collect();
    let is_own = PREDEFINED.contains(&name.to_ascii_uppercase().as_str())
        || name.contains("BUILDKIT")
        || name.starts_with("TARGET");
    let is_name = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    if is_own || !is_name || declared.iter().any(|it| it.value == *name) {
        return None;
    }
    let message = format!("`{}` has no `ARG {name}`", dockerfile.path);
    let mut finding = RULE.finding(argument.span, message).help("remove it, or declare it with `ARG`");
    let near = did_you_mean(name, declared.iter().map(|it| it.value.as_str()));
    if let Some(near) = near.and_then(|near| declared.iter().find(|it| it.value == near)) {
        let edit = Edit { span: argument.span, replacement: near.value.clone() };
        finding = finding.also(near.span, "it has this one").help(format!("did you mean `{}`?", near.value));
        if (argument.span.end - argument.span.start) as usize == name.len() {
            finding = finding.fix("rename it", Applicability::Unsafe, vec![edit]);
        }
    }
    Some(finding)
}
