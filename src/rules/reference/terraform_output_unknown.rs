//! `terraform-output-unknown`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level, nearest};
use crate::repo::Repo;
use crate::repo::fact::Text;
use crate::repo::fact::terraform::TerraformFile;
use crate::rules::existence::{folder, level};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// Something takes an output that no Terraform module gives.
pub static RULE: Rule = Rule {
    code: Code { id: "REF014", name: "terraform-output-unknown" },
    level: Level::Error,
    summary: "something takes a Terraform output that does not exist",
    docs: r#"
## What it does
Looks up `module.name.output` among the outputs of the module's folder, and `terraform output name` in scripts and
documents among the outputs of the folders that are no
modules of others.
## Why it matters
Terraform refuses the plan; a script goes on with an empty value.
## Example
```sample
#- env/staging/main.tf
module "db" {
#       ~~ the module
  source = "../../modules/db"
}
output "host" {
  value = module.db.instance_host
#                   ^^^^^^^^^^^^^ error: the module `db` has no output `instance_host`
}
#- modules/db/outputs.tf
output "instance_hosts" {
  value = 1
}
#- docs/guide.md
~~~bash
export HOST=$(terraform output -raw db_host)
#                                   ^^^^^^^ warning: no Terraform output is called `db_host`
~~~
```
## Silent
```sample
#- main.tf
module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
module "db" {
  source = "./modules/db"
}
locals { a = module.vpc.anything, b = module.db.host, c = module.other.x }
output "host" { value = module.db[0].host }
#- modules/db/outputs.tf
output "host" {
  value = 1
}
#- run.sh
terraform output -json > out.json && terraform output -raw host && terraform output "$NAME"
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let files = &repo.facts.terraform;
    for file in files {
        for (module, attribute) in &file.references {
            of_module(files, file, (module, attribute), findings);
        }
    }
    // `terraform output` gives those of the folder it runs in, and nobody runs it in a module.
    let called: BTreeSet<String> = files.iter().flat_map(called).collect();
    let roots = files.iter().filter(|it| !called.contains(folder(&it.path)));
    let all: BTreeSet<&str> = roots.flat_map(|it| &it.outputs).map(|it| it.value.as_str()).collect();
    if all.is_empty() {
        return;
    }
    for command in &repo.facts.commands {
        let is_output = command.words.first().is_some_and(|it| it.text == "terraform" || it.text == "tofu")
            && command.words.iter().skip(1).find(|it| !it.text.starts_with('-')).is_some_and(|it| it.text == "output");
        let mut names = command.words.iter().skip(2).filter(|it| !it.text.starts_with('-') && it.text != "output");
        let Some(name) = names.next().filter(|it| is_output && !it.is_dynamic && !all.contains(it.text.as_str()))
        else {
            continue;
        };
        let near = nearest(&name.text, all.iter().copied());
        let help = near.map(|it| format!("did you mean `{it}`?"));
        let message = format!("no Terraform output is called `{}`", name.text);
        let finding = RULE.finding_at(level(command), name.span, message);
        findings.push(
            finding
                .help(help.unwrap_or_else(|| "add the output, or correct the name".to_string()))
                .meant(name.span, &name.text, near),
        );
    }
}

/// Returns the folders of the modules that a file calls.
fn called(file: &TerraformFile) -> Vec<String> {
    let sources = file.modules.iter().filter_map(|it| it.1.as_ref()).filter(|it| it.value.starts_with('.'));
    sources.filter_map(|it| normalize(&format!("{}/{}", folder(&file.path), it.value))).collect()
}

fn of_module(
    files: &[TerraformFile],
    file: &TerraformFile,
    (module, attribute): (&str, &Text),
    findings: &mut Findings,
) {
    let here = folder(&file.path);
    let same_folder = files.iter().filter(|it| folder(&it.path) == here).flat_map(|it| &it.modules);
    let mut calls = same_folder.filter(|it| it.0.value == module);
    // Only a module of this repository can be looked into.
    let Some((name, Some(source))) = calls.next().map(|it| (&it.0, &it.1)) else { return };
    let Some(place) = normalize(&format!("{here}/{}", source.value)).filter(|_| source.value.starts_with('.')) else {
        return;
    };
    let own: Vec<&TerraformFile> = files.iter().filter(|it| folder(&it.path) == place).collect();
    let outputs: Vec<&str> = own.iter().flat_map(|it| &it.outputs).map(|it| it.value.as_str()).collect();
    if own.is_empty() || outputs.contains(&attribute.value.as_str()) {
        return;
    }
    let near = nearest(&attribute.value, outputs.iter().copied());
    let help = near.map_or_else(
        || format!("the outputs of `{place}` are `{}`", outputs.join("`, `")),
        |it| format!("did you mean `{it}`?"),
    );
    let message = format!("the module `{module}` has no output `{}`", attribute.value);
    findings.push(RULE.finding(attribute.span, message).also(name.span, "the module").help(help).meant(
        attribute.span,
        &attribute.value,
        near,
    ));
}
