//! `env-typo`.

use super::unread;
use super::unread::Fate;
use crate::diag::{Applicability, Code, Edit, Level};
use crate::repo::Repo;
use crate::repo::known_variable;
use crate::repo::known_variable::KnownImage;
use crate::rules::{Findings, Rule};

/// A misspelt key.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV008", name: "env-typo" },
    level: Level::Warning,
    summary: "a variable that nothing reads is one or two letters away from one that is read and not set",
    docs: r#"
## What it does
Finds keys of env files, and variables that compose gives to well-known images, that nothing reads and that are one or
two letters away from a name that is read and that is not set beside it.
## Why it matters
The value arrives nowhere: the code or image takes its default, which for a password may be none at all.
## Example
```sample
#- .env.example
SMTP_PASWORD=
#^^^^^^^^^^^ warning: nothing reads `SMTP_PASWORD`; `SMTP_PASSWORD` is read, and not set here
#- server.js
send(process.env.SMTP_PASSWORD);
#                ~~~~~~~~~~~~~ read here
#- docker-compose.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASWORD: x
#     ^^^^^^^^^^^^^^^^ warning: `postgres` does not read `POSTGRES_PASWORD`; it reads `POSTGRES_PASSWORD`
```
## Silent
Families of names, and names that are all set.
```sample
#- .env.example
PRICE_A=1
PRICE_B=2
#- server.js
pay(process.env.PRICE_A);
const key = "PRICE_" + kind; // PRICE_B
#- docker-compose.yml
services:
  db:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: x
      POSTGRES_USERS: custom
      POSTGRES_USER: y
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    unread::each(repo, |_, entry, fate| {
        let Fate::Typo(name, it) = fate else { return };
        let edit = Edit { span: entry.name.span, replacement: name.to_string() };
        let message = format!("nothing reads `{}`; `{name}` is read, and not set here", entry.name.value);
        let finding = RULE
            .finding(entry.name.span, message)
            .also(repo.use_span(*it), "read here")
            .help(format!("did you mean `{name}`?"))
            .fix("rename it", Applicability::Unsafe, vec![edit]);
        findings.push(finding);
    });
    for environment in &repo.environments {
        for service in environment.model.services.iter().filter(|it| it.build.is_none()) {
            let Some(image) = &service.image else { continue };
            let Some(known) = known_variable::of_image(&image.value) else { continue };
            let set = || service.environment.iter().map(|it| it.name.value.as_str());
            for variable in &service.environment {
                let Some(near) = near(known, &variable.name.value).filter(|near| set().all(|it| it != *near)) else {
                    continue;
                };
                let name = &variable.name.value;
                let image = known_variable::bare_name(&image.value);
                let edit = Edit { span: variable.name.span, replacement: near.to_string() };
                let finding = RULE
                    .finding(variable.name.span, format!("`{image}` does not read `{name}`; it reads `{near}`"))
                    .help(format!("did you mean `{near}`?"))
                    .fix("rename it", Applicability::Unsafe, vec![edit]);
                findings.push(finding);
            }
        }
    }
}

fn near(known: &KnownImage, name: &str) -> Option<&'static str> {
    if known.names.contains(&name) {
        return None;
    }
    known.names.iter().copied().find(|it| super::is_typo(name, it))
}
