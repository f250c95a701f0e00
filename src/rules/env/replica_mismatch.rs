//! `env-replica-mismatch`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::provenance;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// Two numbers of replicas.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV027", name: "env-replica-mismatch" },
    level: Level::Warning,
    summary: "an env file says another number of replicas than the compose file",
    docs: r#"
## What it does
Finds `NAME_REPLICAS` in env files of an environment where the service of that name has another `deploy: replicas:`.
## Why it matters
The program counts on workers that are not there, or overlooks those that are.
## Example
```sample
#- docker-stack.yml
services:
  speech-cpu:
    image: speech:1
    env_file: .env.prod
    deploy:
      replicas: 2
#               ~ `speech-cpu` has this many
#- .env.prod
SPEECH_CPU_REPLICAS=3
#                   ^ warning: `SPEECH_CPU_REPLICAS` is another number than the replicas of `speech-cpu`
```
## Silent
```sample
#- docker-stack.yml
services:
  speech-cpu:
    image: speech:1
    env_file: .env.prod
    deploy:
      replicas: 3
#- .env.prod
SPEECH_CPU_REPLICAS=3
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in &repo.environments {
        let services = &environment.model.services;
        let of_services = services.iter().flat_map(|it| &it.env_files).map(|it| &it.path.value);
        let paths = of_services.filter_map(|it| normalize(&format!("{}/{it}", environment.directory)));
        let mut paths: Vec<String> =
            paths.chain(environment.interpolation_files.iter().map(|it| it.path.clone())).collect();
        paths.dedup();
        for service in services {
            let Some(replicas) = service.deploy.as_ref().and_then(|it| it.replicas.as_ref()) else { continue };
            let name = format!("{}_REPLICAS", service.name.value.to_ascii_uppercase().replace('-', "_"));
            for path in &paths {
                let provenance::Content::File(file) = provenance::content(repo, path) else { continue };
                let Some(entry) = file.get(&name) else { continue };
                let is_number = |it: &str| it.parse::<u32>().ok();
                let (Some(here), Some(there)) = (is_number(&entry.value.value), is_number(&replicas.value)) else {
                    continue;
                };
                if here != there {
                    let message = format!("`{name}` is another number than the replicas of `{}`", service.name.value);
                    let finding = RULE
                        .finding(entry.value.span, message)
                        .also(replicas.span, format!("`{}` has this many", service.name.value))
                        .help("make one of them follow the other, for example `replicas: ${NAME_REPLICAS}`");
                    findings.push(finding);
                }
            }
        }
    }
}
