//! `script-missing`.

use super::beside_in_image::Images;
use super::package_task::{self, Packages};
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{Action, Command, CommandHost, Text};
use crate::rules::existence::{candidates, folder, hint, is_example, is_historical, is_served, is_tested, level};
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A command runs a script that is not there.
pub static RULE: Rule = Rule {
    code: Code { id: "REF005", name: "script-missing" },
    level: Level::Error,
    summary: "a command runs a script that the repository does not have",
    docs: r#"
## What it does
Looks up the scripts that recipes, workflows, other scripts and documents run: `./x.sh`, `bash x.sh`, `python x.py`,
`source x.sh`, `npm run x`.
## Why it matters
The command fails; in a recipe that is used twice a year, at the worst time.
## Example
```sample
#- Makefile
deploy:
	python infra/deploy.py
#       ^^^^^^^^^^^^^^^ error: `infra/deploy.py` was deleted from the repository
	chmod +x scripts/rollout.sh
	bash scripts/rollout.sh
#     ^^^^^^^^^^^^^^^^^^ error: `scripts/rollout.sh` is not in the repository
#- package.json
{"scripts": {"build": "tsc"}}
#- README.md
`npm run biuld`
#        ^^^^^ warning: no script is called `biuld`
#- infra/deploy.py (deleted)
```
## Silent
```sample
#- run.sh
cd tools
./check.sh && "$HOME/x.sh" && /opt/x.sh && ./gradlew
pnpm exec vitest run unit
npm run lint --if-present
yarn run tsc && yarn run biome check && bun run vite
bash -c "echo"
curl -o get.sh https://example.com/get.sh && bash get.sh
#- tools/check.sh
echo
#- package.json
{"scripts": {"build": "tsc"}, "devDependencies": {"@biomejs/biome": "1", "typescript": "5", "vite": "6"}}
#- web/package.json
{"scripts": {"check": "yarn run -T biome check"}}
#- front/start.sh
python3 serve.py
#- front/Dockerfile
FROM python:3.13
WORKDIR /app
COPY ./src /app
COPY start.sh /app/start.sh
CMD ["/app/start.sh"]
#- front/src/serve.py
print()
#- docs/README.md
~~~bash
git clone https://github.com/example/other && cd other
./install.sh
~~~
#- front/NEXT.md
~~~bash
src/serve.py
src/to_be_written.py
~~~
#- deploy/Makefile
push:
	@./deploy/push.sh all
#- deploy/push.sh
echo
```
"#,
    run,
};

/// Extensions of what can be run.
const EXTENSIONS: &[&str] = &[".sh", ".bash", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl"];

fn run(repo: &Repo, findings: &mut Findings) {
    let (packages, images) = (Packages::of(repo), Images::of(repo));
    for command in repo.facts.commands.iter().filter(|it| it.elsewhere.is_none() && !it.is_remote) {
        match &command.action {
            Action::Script { script, .. } => match task_runner(command) {
                Some(runner) => package_task::judge(repo, &packages, (command, runner, script), findings),
                None => judge(repo, &images, (command, script), findings),
            },
            Action::Source { file, .. } if file.value.ends_with("sh") => {
                judge(repo, &images, (command, file), findings);
            }
            _ => {}
        }
    }
}

fn task_runner(command: &Command) -> Option<&str> {
    let runners = ["npm", "pnpm", "yarn", "bun"];
    command.words.iter().take(3).map(|it| it.text.as_str()).find(|it| runners.contains(it))
}

fn judge(repo: &Repo, images: &Images, (command, script): (&Command, &Text), findings: &mut Findings) {
    let is_dynamic = command.words.iter().any(|it| it.span == script.span && it.is_dynamic);
    let is_script = EXTENSIONS.iter().any(|it| script.value.ends_with(it));
    if is_dynamic
        || !is_script
        || is_tested(repo, command.file, &script.value)
        || script.value.contains(['$', '{', '<', '*', '('])
    {
        return;
    }
    if command.host == CommandHost::Document && (is_example(&script.value) || is_listed(command, &script.value)) {
        return;
    }
    let mut list = candidates(command, &script.value);
    // `make -f deploy/Makefile` changes into no folder.
    if command.host == CommandHost::Make && command.directory == folder(&command.path) && !list.is_empty() {
        list.extend(normalize(&script.value));
    }
    let Some(first) = list.first().filter(|_| !is_served(repo, command, &list)) else { return };
    if images.have_beside(&command.path, &script.value) {
        return;
    }
    let gone = list.iter().find(|it| repo.tree.was_deleted(it));
    let path = gone.unwrap_or(first);
    // A document may tell how another repository is used; one that names a folder of this one does not.
    let is_ours = gone.is_some() || folder(path) != "." && repo.tree.exists(folder(path));
    let level = match command.host {
        CommandHost::Document if !is_ours || is_historical(&command.path) => Level::Info,
        // What a script makes or downloads beside itself has no folder.
        CommandHost::Script if !is_ours && !command.is_directory_certain => Level::Info,
        // What was never in the repository may be compiled, bundled, or put beside it by a Dockerfile.
        _ if gone.is_none() && is_maybe_built(repo, path) => Level::Info,
        _ => level(command),
    };
    let state = if gone.is_some() { "was deleted from" } else { "is not in" };
    let finding = RULE.finding_at(level, script.span, format!("`{path}` {state} the repository"));
    let way_out = hint(repo, path).unwrap_or_else(|| "correct the path, or remove the command".to_string());
    findings.push_about(finding.help(way_out), vec![path.clone()]);
}

/// Returns whether a line is the name of a source file, and no command: nobody types `src/service.py` to run it.
fn is_listed(command: &Command, script: &str) -> bool {
    let is_bare = command.words.len() == 1 && !script.starts_with(['.', '/', '~']);
    is_bare && ![".sh", ".bash"].iter().any(|it| script.ends_with(it))
}

/// Returns whether a script is probably a product: JavaScript outside of a folder that is for scripts, or something
/// that a Dockerfile copies from elsewhere.
fn is_maybe_built(repo: &Repo, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_javascript = [".js", ".mjs", ".cjs"].iter().any(|it| name.ends_with(it));
    let is_for_scripts = folder(path).split('/').any(|it| matches!(it, "scripts" | "script" | "tools" | "hack"));
    let copies = |it: &crate::repo::fact::dockerfile::DockerCopy| it.sources.iter().any(|it| it.value.ends_with(name));
    let is_copied = || repo.facts.dockerfiles.iter().flat_map(|it| &it.stages).flat_map(|it| &it.copies).any(copies);
    is_javascript && !is_for_scripts || is_copied()
}
