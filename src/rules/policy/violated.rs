//! Pages of `policy-violated` and `policy-malformed`.

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// A policy of the spec that does not hold in some environment.
pub static VIOLATED: Rule = Rule {
    code: Code { id: "POL001", name: "policy-violated" },
    level: Level::Error,
    summary: "a policy of the spec does not hold in some environment",
    docs: r#"
## What it does
Evaluates `check.assert` of the spec for every environment: expressions over the resolved system, such as
`services.api.env.RUN_JOBS == "False"`. A policy about a service that an environment does not have says nothing there.
## Why it matters
What must never change by accident, such as the one service that may collect, is written down once and held against
every environment. The finding points at the line that decided the value.
## Example
```sample
#- specc.yaml
specc: 1
system: {name: demo}
services:
  api:
    image: app:1
    env: {RUN_JOBS: "True"}
#                   ^^^^^^ error: `services.api.env.RUN_JOBS == "False"` does not hold in prod: only the scheduler may run jobs
  scheduler:
    image: app:1
    singleton: true
environments:
  prod: {target: compose, file: docker-compose.yml}
check:
  assert:
    - that: services.api.env.RUN_JOBS == "False"
#           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the policy
      because: only the scheduler may run jobs
    - that: services.scheduler.singleton
```
## Silent
```sample
#- specc.yaml
specc: 1
system: {name: demo}
services:
  api:
    image: app:1
    env: {RUN_JOBS: "False"}
environments:
  prod: {target: compose, file: docker-compose.yml}
check:
  assert:
    - that: services.api.env.RUN_JOBS == "False" and services.api.publish is undefined
```
"#,
    run: nothing,
};

/// A policy that cannot be evaluated.
pub static MALFORMED: Rule = Rule {
    code: Code { id: "POL002", name: "policy-malformed" },
    level: Level::Error,
    summary: "a policy of the spec cannot be evaluated",
    docs: r#"
## What it does
Finds expressions in `check.assert` that are not valid, or that name a service which no environment has.
## Why it matters
A policy that is never evaluated is believed to hold.
## Example
```sample
#- specc.yaml
specc: 1
system: {name: demo}
services:
  api: {image: 'app:1'}
environments:
  prod: {target: compose, file: docker-compose.yml}
check:
  assert:
    - that: services.apo.singleton
#           ^^^^^^^^^^^^^^^^^^^^^^ error: no environment has a service `apo`
    - that: services.api.singleton ==
#           ^^^^^^^^^^^^^^^^^^^^^^^^^ error: this expression cannot be evaluated: unexpected end of input, expected expression
```
"#,
    run: nothing,
};

/// The check evaluates them while it has the spec.
fn nothing(_: &Repo, _: &mut Findings) {}
