//! `variable-left-behind`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::Way;
use crate::rules::{Findings, Rule};

/// A variable that a script on another machine uses and that is set only here.
pub static RULE: Rule = Rule {
    code: Code { id: "XFR012", name: "variable-left-behind" },
    level: Level::Warning,
    summary: "a script uses a variable on another machine that is set only on this one",
    docs: r#"
## What it does
Finds `$X` in what `ssh` runs, between single quotes or in a here-document with a quoted delimiter, where X is set only
before it on this machine; and `$X` in the script of `appleboy/ssh-action` where X stands in `env` and not in `envs`.
## Why it matters
ssh takes no variables along. The text is filled in on the other machine, where X is empty: an image without a tag is
pulled, a file is written below `/`.
## Example
```sample
#- release.sh
IMAGE_TAG="$(git rev-parse --short HEAD)"
#~~~~~~~~ it is set here, on this machine
ssh deploy@app.acme.io bash -s <<'REMOTE'
cd /srv/app
export IMAGE_TAG="$IMAGE_TAG"
#                  ^^^^^^^^^ warning: `$IMAGE_TAG` is filled in on the other machine, where nothing sets it
REMOTE
#- .github/workflows/deploy.yml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      IMAGE_TAG: sha-${{ github.sha }}
#     ~~~~~~~~~ it is set here, on this machine
    steps:
      - uses: appleboy/ssh-action@v1
        with:
          host: app.acme.io
          script: |
            docker pull "acme/app:$IMAGE_TAG"
#                                  ^^^^^^^^^ warning: `$IMAGE_TAG` is filled in on the other machine, where nothing sets it
```
## Silent
What is passed on, is filled in here, or is set there.
```sample
#- release.sh
TAG="$(git rev-parse --short HEAD)"
ssh acme.io "docker pull acme/app:$TAG"
ssh acme.io TAG="$TAG" bash -s <<'REMOTE'
export TAG="$TAG"
docker pull "acme/app:$TAG"
REMOTE
ssh acme.io bash -s <<REMOTE
docker pull "acme/app:$TAG"
REMOTE
ssh acme.io bash -s -- "$TAG" <<'REMOTE'
TAG="$1"
docker pull "acme/app:$TAG" | awk '{print $TAG}'
REMOTE
ssh acme.io 'TAG=$(cat /srv/tag) && docker pull "acme/app:$TAG" && echo $HOME'
ssh acme.io 'cat > /srv/app/compose.yml' <<'FILE'
image: acme/app:$TAG
FILE
ssh acme.io '. /srv/app/tag.sh && docker pull "acme/app:$TAG"'
#- .github/workflows/deploy.yml
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    env:
      IMAGE_TAG: sha-${{ github.sha }}
      FOLDER: app
    steps:
      - uses: appleboy/ssh-action@v1
        with:
          host: app.acme.io
          envs: IMAGE_TAG
          script: |
            FOLDER=/srv/app
            docker pull "acme/app:$IMAGE_TAG" && ls $FOLDER ${{ env.FOLDER }}
```
## When it may be wrong
When the account on the other machine has a variable of this name from its profile.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for it in &repo.facts.left_behind {
        let name = &it.name.value;
        let message = format!("`${name}` is filled in on the other machine, where nothing sets it");
        let finding = RULE.finding(it.name.span, message).also(it.set, "it is set here, on this machine");
        findings.push(finding.help(match it.way {
            Way::Quotes => "write it between double quotes, so that it is filled in here".to_string(),
            Way::Document => format!("give it to the command: `ssh … {name}=\"${name}\" bash -s`"),
            Way::Action => format!("write `envs: {name}` under `with`"),
        }));
    }
}
