//! `copy-ignored`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::build_context::{contexts, ignore_file};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A Dockerfile copies what `.dockerignore` keeps out of the build.
pub static RULE: Rule = Rule {
    code: Code { id: "DKR001", name: "copy-ignored" },
    level: Level::Error,
    summary: "a Dockerfile copies a file that `.dockerignore` keeps out of the build",
    docs: r#"
## What it does
Finds sources of `COPY` and `ADD` that the repository has, but that a pattern of the build's `.dockerignore` excludes.
## Why it matters
The build says that the file was not found, although everybody can see it.
## Example
```sample
#- Dockerfile
FROM python:3.12
COPY config.yaml /app/config.yaml
#    ^^^^^^^^^^^ error: `config.yaml` is kept out of the build
#- config.yaml
a: 1
#- .dockerignore
.git
*.yaml
#~~~~~ by this pattern
```
## Silent
What a later pattern lets in again, and what is copied as a part of a folder.
```sample
#- Dockerfile
FROM python:3.12
COPY config.yaml api /app/
COPY . .
#- config.yaml
a: 1
#- api/main.py
x = 1
#- .dockerignore
*
!config.yaml
!api/
```
## When it may be wrong
When the image is built from another folder than the repository shows.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for dockerfile in &repo.facts.dockerfiles {
        let contexts = contexts(repo, dockerfile);
        for copy in dockerfile.stages.iter().flat_map(|it| &it.copies).filter(|it| it.from.is_none()) {
            for source in copy.sources.iter().filter(|it| !it.value.contains(['$', '*', '?', '[', '{'])) {
                let inner = source.value.trim_start_matches('/');
                // From each folder that it may be built from, the file must be there and be kept out.
                let excluded: Vec<_> = contexts
                    .folders
                    .iter()
                    .filter(|it| {
                        normalize(&format!("{it}/{inner}")).is_some_and(|it| it != "." && repo.tree.exists(&it))
                    })
                    .map(|it| {
                        let path = normalize(inner).filter(|it| it != ".")?;
                        ignore_file(repo, dockerfile, it)?.excludes(&path)
                    })
                    .collect();
                let Some(Some(pattern)) = excluded.first().filter(|_| excluded.iter().all(Option::is_some)) else {
                    continue;
                };
                let message = format!("`{inner}` is kept out of the build");
                let help = format!("let it in again with `!{}` below the pattern", inner.trim_end_matches('/'));
                findings.push(RULE.finding(source.span, message).also(pattern.span, "by this pattern").help(help));
            }
        }
    }
}
