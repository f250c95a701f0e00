//! Pages of what reading finds: `syntax-error`, `duplicate-key`, `bad-alias`.

use crate::diag::Level;
use crate::repo::Repo;
use crate::rules::{Findings, Rule};
use crate::syntax;

/// A text that is not of its format.
pub static SYNTAX_ERROR: Rule = Rule {
    code: syntax::SYNTAX_ERROR,
    level: Level::Error,
    summary: "a file is not of its format",
    docs: r#"
## What it does
Finds compose files, manifests and configuration that are not YAML, TOML or JSON. Templates of Helm and the like are
left alone.
## Why it matters
Whoever reads the file refuses it, and specc sees nothing of what comes after the fault.
## Example
```sample
#- docker-compose.yml
services:
  api: {image: api
  db:
#   ^ error: not YAML: while parsing a flow mapping, did not find expected ',' or '}'
    image: postgres:17
```
"#,
    run: nothing,
};

/// A key twice in one map.
pub static DUPLICATE_KEY: Rule = Rule {
    code: syntax::DUPLICATE_KEY,
    level: Level::Error,
    summary: "a key is written twice in one map",
    docs: r#"
## What it does
Finds keys that stand twice in one map.
## Why it matters
Compose refuses the file. Other programs take the last one in silence, and what the first one said is lost.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    environment: {A: 1}
#   ~~~~~~~~~~~ first here
    environment: {B: 2}
#   ^^^^^^^^^^^ error: `environment` is written twice in this map
keep one of them
```
"#,
    run: nothing,
};

/// An alias of nothing, or one that never ends.
pub static BAD_ALIAS: Rule = Rule {
    code: syntax::BAD_ALIAS,
    level: Level::Error,
    summary: "an alias refers to nothing, to itself, or stands for far too much",
    docs: r#"
## What it does
Finds aliases (`*name`) without an anchor (`&name`) before them, those that are part of their own anchor, and chains of
them that stand for hundreds of thousands of values.
## Why it matters
The file cannot be read.
## Example
```sample
#- docker-compose.yml
services:
  api:
    image: api:1
    environment: *common
#                ^^^^^^^ error: no anchor `&common` stands before this alias
#- docker-compose.prod.yml
services:
  api:
    logging: *logging
#            ^^^^^^^^ error: no anchor `&logging` stands before this alias
#- docker-compose.base.yml
x-logging: &logging {driver: local}
services:
  api: {image: "api:1", logging: *logging}
```
"#,
    run: nothing,
};

/// Reading finds them.
fn nothing(_: &Repo, _: &mut Findings) {}
