//! `store-login`.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use super::store::{Account, Given, Store, UNKNOWN, filled, given};
use super::url::{self, Url};
use crate::diag::{Code, Diagnostic, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::{EnvFile, Text};
use crate::repo::provenance::{self, Content};
use crate::repo::reach::{self, Host};
use crate::rules::{Findings, Rule};
use crate::secret::is_placeholder;
use crate::source::{Span, Spanned, normalize};

/// A login that the database does not let in.
pub static RULE: Rule = Rule {
    code: Code { id: "NET008", name: "store-login" },
    level: Level::Error,
    summary: "a service logs in to a database or broker with a user or password that this one does not have",
    docs: r#"
## What it does
Holds the user, password and database of a URL (`postgres://user:password@db/name`), or of variables such as `DB_USER`
and `DB_PASSWORD` beside a `DB_HOST`, against what the official image of that host makes of its own variables:
`POSTGRES_USER`, `MYSQL_PASSWORD`, `RABBITMQ_DEFAULT_USER`, `--requirepass` …. Both are filled in from the same env
files; what cannot be known, and what only holds the place of a value, is left alone.
## Why it matters
Both containers start, and the first query fails: the login is refused.
## Example
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      DATABASE_URL: postgresql://shop:secret-of-the-url@db:5432/shop
#                                                       ^^ error: `db` does not let `shop` in with this password
      REDIS_URL: redis://cache:6379/0
#                        ^^^^^ error: `cache` demands a password, and this has none
      BROKER_URL: amqp://guest:guest@broker:5672//
#                                    ^^^^^^ error: `broker` has no user `guest`
  jobs:
    image: jobs:1
    environment:
      DB_HOST: sql
      DB_USER: app
      DB_PASSWORD: ${SQL_PASSWORD}
      DB_NAME: customers
#              ^^^^^^^^^ warning: `sql` makes no database `customers`
  db:
    image: postgres:17
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: secret-of-the-store
#                        ~~~~~~~~~~~~~~~~~~~ the password of `shop`
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD}
#            ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ it is demanded here
  broker:
    image: rabbitmq:4
    environment: {RABBITMQ_DEFAULT_USER: shop, RABBITMQ_DEFAULT_PASS: "${BROKER_PASSWORD}"}
#                                        ~~~~ it has this one
  sql:
    image: mariadb:11
    environment: {MARIADB_USER: app, MARIADB_PASSWORD: "${SQL_PASSWORD}", MARIADB_DATABASE: shop}
#                                                                                           ~~~~ it makes this one
```
## Silent
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      DATABASE_URL: postgresql://${DB_USER:-shop}:${DB_PASSWORD}@db:5432/shop
      OTHER_URL: postgresql://reader:${READER_PASSWORD}@db:5432/postgres
      REDIS_URL: redis://:${REDIS_PASSWORD}@cache:6379/0
      SESSIONS_URL: redis://sessions:6379
      ELSEWHERE_URL: postgresql://me:else@db.example.com/me
  db:
    image: postgres:17
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: "${DB_PASSWORD}", POSTGRES_DB: shop}
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
  cache:
    image: redis:7
    command: redis-server --requirepass ${REDIS_PASSWORD}
  sessions:
    image: redis:7
    command: ["redis-server", "/etc/redis.conf"]
#- init.sql
CREATE ROLE reader LOGIN;
#- .env.example
DB_PASSWORD=
READER_PASSWORD=
REDIS_PASSWORD=
```
A program that is told of a user may make it, and one that has a password beside a URL may put them together.
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      CONTROL_URL: postgresql://control:${CONTROL_PASSWORD}@db/app
      REDIS_URL: redis://cache:6379
      REDIS_PASSWORD: ${CONTROL_PASSWORD}
  setup:
    image: api:1
    environment: {CONTROL_USER: control, CONTROL_PASSWORD: "${CONTROL_PASSWORD}"}
  db:
    image: postgres:17
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "${CONTROL_PASSWORD}"}
  cache:
    image: redis:7
    command: redis-server --requirepass ${CONTROL_PASSWORD}
#- .env.example
CONTROL_PASSWORD=
```
A database that some service uses is no leftover, so that another one beside it may be made by a program.
```sample
#- compose.yml
services:
  api:
    image: api:1
    environment:
      DATABASE_URL: mysql://root:of-all@sql/shop
      REPORTS_URL: mysql://root:of-all@sql/reports
  sql:
    image: mysql:8
    environment: {MYSQL_ROOT_PASSWORD: of-all, MYSQL_DATABASE: shop}
```
## When it may be wrong
When a program makes the user or the database itself, with a login that it gets in another way.
"#,
    run,
};

/// A login that a service is given.
struct Login {
    host: String,
    /// The user; nothing where it is not known.
    user: Option<String>,
    password: Option<String>,
    database: Option<Text>,
    /// Whether the host is asked without any login.
    is_bare: bool,
    place: Span,
}

fn run(repo: &Repo, findings: &mut Findings) {
    for environment in repo.environments.iter().filter(|it| !it.is_partial) {
        let services = &environment.model.services;
        let stores: Vec<(&Service, Store)> =
            services.iter().filter_map(|it| Some((it, Store::of(repo, environment, it)?))).collect();
        if stores.is_empty() {
            continue;
        }
        let mut of_store: Vec<Vec<Login>> = stores.iter().map(|_| Vec::new()).collect();
        for service in services.iter().filter(|it| it.network_mode.is_none()) {
            for login in logins(repo, environment, service) {
                let Host::Reached(other) = reach::resolve(repo, environment, service, &login.host) else { continue };
                let is_it = |it: &(&Service, Store)| std::ptr::eq(it.0, other) && !std::ptr::eq(other, service);
                if let Some(at) = stores.iter().position(is_it) {
                    of_store[at].push(login);
                }
            }
        }
        let has_client = services.iter().any(is_client);
        let told = LazyCell::new(|| Told::of(repo, environment));
        for ((service, store), logins) in stores.iter().zip(&of_store) {
            let may_have_more = has_client || store.may_have_more;
            for login in logins {
                let makes_all = |user: &str| !may_have_more && !told.is_told(user, service, login.place);
                let finding = refused(service, store, login, makes_all);
                findings.push_maybe(finding.map(|it| leveled(repo, it)));
            }
            if !may_have_more {
                unknown_databases(service, store, logins).into_iter().for_each(|it| findings.push(leveled(repo, it)));
            }
        }
    }
}

/// Returns whether a service may make users and databases in another one.
fn is_client(service: &Service) -> bool {
    let commands = [&service.command, &service.entrypoint];
    let mut words = commands.into_iter().flatten().flat_map(|it| &it.words).flat_map(|it| it.value.split_whitespace());
    words.any(|it| ["psql", "createuser", "createdb", "mysql", "mariadb", "mongosh", "rabbitmqctl"].contains(&it))
}

/// Values that are a word alone, with the services they are given to: who is told the name of a user may be the one
/// that makes it.
struct Told<'a>(HashMap<String, Vec<(&'a str, Span)>>);

impl<'a> Told<'a> {
    fn of(repo: &Repo, environment: &'a Environment) -> Told<'a> {
        let mut found: HashMap<String, Vec<(&str, Span)>> = HashMap::new();
        for service in &environment.model.services {
            let values = service.environment.iter().filter_map(|it| it.value.as_ref());
            for value in values.filter(|it| !it.value.contains("://")) {
                let known = filled(repo, environment, &value.value).filter(|it| !it.contains(UNKNOWN));
                let places = known.map(|it| found.entry(it).or_default());
                places.into_iter().for_each(|it| it.push((&service.name.value, value.span)));
            }
        }
        Told(found)
    }

    /// Returns whether somebody is told a user's name, beside the store itself and the place that uses it.
    fn is_told(&self, user: &str, store: &Service, own: Span) -> bool {
        self.0.get(user).is_some_and(|it| it.iter().any(|it| it.0 != store.name.value && it.1 != own))
    }
}

/// What stands in a template is a proposal.
fn leveled(repo: &Repo, finding: Diagnostic) -> Diagnostic {
    let is_template = |span: Span| repo.env_file(repo.path(span.file)).is_some_and(|it| it.is_template);
    let mut places = finding.primary.iter().chain(&finding.related).map(|it| it.span);
    let level = if places.any(is_template) { Level::Warning } else { finding.level };
    Diagnostic { level, ..finding }
}

/// Returns the logins in the variables of a service.
fn logins(repo: &Repo, environment: &Environment, service: &Service) -> Vec<Login> {
    let files = env_files(repo, environment, service);
    let own: HashSet<&str> = service.environment.iter().map(|it| it.name.value.as_str()).collect();
    let entries = || files.iter().flat_map(|it| &it.entries).filter(|it| !it.is_commented);
    let entries = || entries().filter(|it| !own.contains(it.name.value.as_str()));
    let first = |it: &str| it.split('_').next().unwrap_or("").to_string();
    let named = own.iter().copied().chain(entries().map(|it| it.name.value.as_str()));
    let with_password: HashSet<String> = named.filter(|it| it.contains("PASS")).map(first).collect();
    let given = service.environment.iter().filter_map(|it| Some((&it.name.value, it.value.as_ref()?)));
    let mut found = Vec::new();
    for (name, value) in given.chain(entries().map(|it| (&it.name.value, &it.value))) {
        if !value.value.contains("://") {
            continue;
        }
        // `REDIS_URL` beside `REDIS_PASSWORD`: the program may put them together.
        let has_more = with_password.contains(&first(name));
        found.extend(of_urls(repo, environment, value).map(|it| Login { is_bare: it.is_bare && !has_more, ..it }));
    }
    for variable in &service.environment {
        let host = variable.name.value.strip_suffix("_HOST").zip(variable.value.as_ref());
        found.extend(host.and_then(|(prefix, host)| of_variables((repo, environment, service), prefix, host)));
    }
    found
}

/// Returns the env files that a service loads, as far as they are known. What a template proposes is not held against
/// what another file of the same environment really says.
fn env_files<'a>(repo: &'a Repo, environment: &Environment, service: &Service) -> Vec<&'a EnvFile> {
    let is_real = |path: &str| repo.env_file(path).is_some_and(|it| !it.is_template);
    let has_real = environment.interpolation_files.iter().any(|it| is_real(&it.path));
    let paths = service.env_files.iter().map(|it| normalize(&format!("{}/{}", environment.directory, it.path.value)));
    let files = paths.flatten().flat_map(|path| match provenance::content(repo, &path) {
        Content::File(file) => vec![file],
        Content::Templates(files) if !has_real => files,
        _ => Vec::new(),
    });
    files.collect()
}

fn of_urls<'a>(repo: &Repo, environment: &Environment, value: &'a Text) -> impl Iterator<Item = Login> + use<'a> {
    let has_references = value.value.contains('$');
    let urls = if has_references {
        let filled = filled(repo, environment, &value.value).unwrap_or_default();
        url::all(&Spanned::new(filled, Span { end: value.span.start, ..value.span }))
    } else {
        url::all(value)
    };
    let of_url = move |it: Url| {
        let place = if has_references { value.span } else { it.span };
        let (user, password) = it.login.clone().unzip();
        let is_database = ["postgres", "postgresql", "mysql", "mariadb", "mongodb"].contains(&scheme(&it));
        let database = Some(it.path.trim_matches('/').to_string()).filter(|it| is_database && is_known(it));
        Login {
            is_bare: it.login.is_none(),
            host: it.host,
            user: user.filter(|it| it.is_empty() || is_known(it)),
            password: password.flatten().filter(|it| is_known(it)),
            database: database.map(|it| Spanned::new(it, place)),
            place,
        }
    };
    urls.into_iter().filter(|it| SCHEMES.contains(&scheme(it))).map(of_url)
}

/// What is quoted for a URL is another text, and `PASSWORD` says what belongs there.
fn is_known(text: &str) -> bool {
    let is_slot = text.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    !is_slot && !text.contains([UNKNOWN, '%']) && !is_placeholder(text)
}

/// Schemes of what asks for a login.
const SCHEMES: &[&str] =
    &["postgres", "postgresql", "mysql", "mariadb", "mongodb", "redis", "valkey", "amqp", "pyamqp"];

/// Returns the scheme without the name of a driver: `postgresql` of `postgresql+asyncpg`.
fn scheme(url: &Url) -> &str {
    url.scheme.split('+').next().unwrap_or("")
}

/// `DB_HOST` with what stands beside it.
fn of_variables(
    (repo, environment, service): (&Repo, &Environment, &Service),
    prefix: &str,
    host: &Text,
) -> Option<Login> {
    let name = filled(repo, environment, &host.value)?;
    // Most hosts are no store: what stands beside them is looked up for those alone.
    let is_service = environment.model.services.iter().any(|it| reach::answers_to(it, &name));
    let one = |rests: &[&str]| {
        let mut found = rests.iter().map(|it| given(repo, environment, service, &format!("{prefix}_{it}")));
        found.find_map(|it| if let Given::Is(text) = it { Some(text) } else { None })
    };
    let user = one(&["USER", "USERNAME"]);
    let place = user.as_ref().map_or(host.span, |it| it.span);
    is_service.then(|| Login {
        host: name,
        user: user.map(|it| it.value),
        password: one(&["PASSWORD", "PASS"]).map(|it| it.value),
        database: one(&["NAME", "DB", "DATABASE"]),
        is_bare: false,
        place,
    })
}

/// Returns why a store does not let somebody in. `makes_all` tells whether it has no other users than it says.
fn refused(service: &Service, store: &Store, login: &Login, makes_all: impl Fn(&str) -> bool) -> Option<Diagnostic> {
    let name = &service.name.value;
    if login.is_bare {
        let demanded = store.demanded?;
        let message = format!("`{name}` demands a password, and this has none");
        return Some(RULE.finding(login.place, message).also(demanded, "it is demanded here"));
    }
    if let (Some(place), Some(_)) = (store.open, login.password.as_ref().filter(|it| !it.is_empty())) {
        let message = format!("`{name}` has no password, and refuses a login with one");
        return Some(RULE.finding(login.place, message).also(place, "nothing sets one here"));
    }
    let user = login.user.as_ref()?;
    let accounts = store.accounts.as_ref()?;
    let Some(account) = accounts.iter().find(|it| it.user.value == *user) else {
        let account = accounts.first().filter(|_| !user.is_empty() && makes_all(user))?;
        let message = format!("`{name}` has no user `{user}`");
        return Some(RULE.finding(login.place, message).also(account.user.span, "it has this one"));
    };
    let Account { user, password } = account;
    let password = password.as_ref().filter(|it| login.password.as_ref().is_some_and(|own| *own != it.value))?;
    let message = format!("`{name}` does not let {} in with this password", user_of(user));
    Some(RULE.finding(login.place, message).also(password.span, format!("the password of {}", user_of(user))))
}

fn user_of(user: &Text) -> String {
    if user.value.is_empty() { "anybody".to_string() } else { format!("`{}`", user.value) }
}

/// Returns the databases that a store does not make, if nobody uses the one that it does: that one was renamed.
fn unknown_databases(service: &Service, store: &Store, logins: &[Login]) -> Vec<Diagnostic> {
    let is_sure = logins.iter().all(|it| it.database.is_some());
    let asked = || logins.iter().filter_map(|it| it.database.as_ref()).filter(|it| !OWN.contains(&&*it.value));
    let is_left = |made: &&Text| is_sure && asked().all(|it| it.value != made.value);
    let Some(made) = store.database.as_ref().filter(is_left) else { return Vec::new() };
    let one = |it: &Text| {
        let message = format!("`{}` makes no database `{}`", service.name.value, it.value);
        RULE.finding_at(Level::Warning, it.span, message).also(made.span, "it makes this one")
    };
    asked().map(one).collect()
}

/// Databases that are there in any case.
const OWN: &[&str] = &["postgres", "template1", "mysql", "information_schema"];
