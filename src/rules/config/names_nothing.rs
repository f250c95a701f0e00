//! Pages of `check-names-nothing` and `check-excludes-nothing`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A part of the `check` section that means nothing of the repository.
pub static NAMES_NOTHING: Rule = Rule {
    code: Code { id: "CFG006", name: "check-names-nothing" },
    level: Level::Error,
    summary: "the `check` section of the spec names a class, file, service, environment or rule that is not there",
    docs: r#"
## What it does
Looks up everything that the `check` section names: files and classes under `settings`, `fixtures`, `readers`,
`transfers` and `references`, the services in `for`, the environment in `env`, the codes in `select`, `ignore` and
`levels`.
## Why it matters
A class that was renamed is not checked any more, and a misspelt code keeps nothing quiet: nobody would notice.
## Example
```sample
#- specc.yaml
specc: 1
check:
  settings:
    - {class: "app/config.py:Setings", for: [api]}
#             ^^^^^^^^^^^^^^^^^^^^^^^ error: `app/config.py` has no settings class `Setings`
    - app/confg.py:Settings
#     ^^^^^^^^^^^^^^^^^^^^^ error: there is no file `app/confg.py`
    - {class: "app/config.py:Settings", for: [apo]}
#                                             ^^^ error: there is no service `apo`
  fixtures:
    - {file: tests/conftest.py, env: prodd}
#                                    ^^^^^ error: there is no environment `prodd`
  readers: workers
#          ^^^^^^^ error: there is no file or folder `workers`
  transfers: deploy.sh
#            ^^^^^^^^^ error: nothing in `deploy.sh` copies files to a machine
  ignore: MNT01x
#         ^^^^^^ error: no rule is called `MNT01x`
  levels: {MNT001: warnign}
#                  ^^^^^^^ error: there is no level `warnign`
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 1
#- app/main.py
from app.config import Settings
print(Settings().port)
#- tests/conftest.py
import app.config
#- deploy.sh
echo done
#- docker-compose.yml
services:
  api:
    image: api:1
#- docker-compose.prod.yml
services:
  api:
    restart: always
```
## Silent
```sample
#- specc.yaml
specc: 1
check:
  settings:
    - {class: "app/config.py:Settings", nested: __, for: [api]}
  fixtures: [{file: tests/conftest.py, env: prod}]
  readers: [app, "*.py"]
  transfers: deploy.sh
  references: [deploy.sh]
  ignore: [MNT001, ENV]
  levels: {XFR002: off, overlay-list-append: info}
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    port: int = 1
#- app/main.py
from app.config import Settings
print(Settings().port)
#- tests/conftest.py
import app.config
#- deploy.sh
scp docker-compose.yml docker-compose.prod.yml host:/srv/
#- docker-compose.yml
services:
  api:
    image: api:1
#- docker-compose.prod.yml
services:
  api:
    restart: always
```
"#,
    run: nothing,
};

/// A pattern of `check.exclude` that no file fits.
pub static EXCLUDES_NOTHING: Rule = Rule {
    code: Code { id: "CFG007", name: "check-excludes-nothing" },
    level: Level::Warning,
    summary: "a pattern of `check.exclude` fits no file",
    docs: r#"
## What it does
Finds patterns in `check.exclude` of the spec that no file of the repository fits.
## Why it matters
What was to be left out has moved and is read after all, or it is gone and so may be the line.
## Example
```sample
#- specc.yaml
specc: 1
check:
  exclude: [archive, "old/**"]
#           ^^^^^^^ warning: nothing in the repository fits `archive`
#- old/docker-compose.yml
services: {}
```
## Silent
```sample
#- specc.yaml
specc: 1
check:
  exclude: "*.bak.yml"
#- deep/compose.bak.yml
services: {}
```
"#,
    run: nothing,
};

/// What there is to find comes from the spec, which rules do not see.
fn nothing(_: &Repo, _: &mut Findings) {}
