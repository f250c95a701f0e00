//! Whom a store lets in: what the official images of databases and brokers make of their variables.
//!
//! PostgreSQL and MySQL: docker-library's `docker-entrypoint.sh`; Redis: `requirepass`, and AUTH without one is an error
//! since 6; RabbitMQ: `guest` unless `RABBITMQ_DEFAULT_USER` is set; MongoDB: any login only if a root user is set.

use crate::repo::Repo;
use crate::repo::compose::{Service, known};
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::repo::known_variable::bare_name;
use crate::repo::provenance::{self, Answer};
use crate::secret::is_placeholder;
use crate::source::{Span, Spanned};

/// Stands for what nobody knows in a value: no name has it.
pub const UNKNOWN: char = '\u{1}';

/// Which store an image is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Postgres,
    MySql,
    Redis,
    RabbitMq,
    Mongo,
}

/// Images by their whole name: what others make of the same program has users of its own.
const IMAGES: &[(Kind, &[&str])] = &[
    (Kind::Postgres, &["postgres", "pgvector/pgvector", "postgis/postgis", "timescale/timescaledb"]),
    (Kind::MySql, &["mysql", "mariadb"]),
    (Kind::Redis, &["redis", "valkey/valkey"]),
    (Kind::RabbitMq, &["rabbitmq"]),
    (Kind::Mongo, &["mongo"]),
];

/// A user, or what is known of one.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's name.
    pub user: Text,
    /// The password; nothing where it is not known.
    pub password: Option<Text>,
}

/// A store of an environment, and whom it lets in.
#[derive(Clone, Debug)]
pub struct Store {
    /// Those it makes when it starts for the first time; nothing where they are not known.
    pub accounts: Option<Vec<Account>>,
    /// Where it is said that nobody gets in without a password.
    pub demanded: Option<Span>,
    /// Where it would be said, if it is certain that there is no password.
    pub open: Option<Span>,
    /// Whether others may be made by something else.
    pub may_have_more: bool,
    /// The database it makes, where the variable for it is given.
    pub database: Option<Text>,
}

/// What a variable of a container holds.
pub enum Given {
    Is(Text),
    Unset,
    Unknown,
}

impl Store {
    /// Returns what is known of a service that runs a store.
    pub fn of(repo: &Repo, environment: &Environment, service: &Service) -> Option<Store> {
        let image = service.image.as_ref().filter(|_| service.build.is_none())?;
        let name = bare_name(&image.value);
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        let kind = IMAGES.iter().find(|it| it.1.contains(&name))?.0;
        let given = |name: &str| given(repo, environment, service, name);
        let or = |name: &str, default: &str| match given(name) {
            Given::Is(text) => Some(text),
            Given::Unset => Some(Spanned::new(default.to_string(), service.name.span)),
            Given::Unknown => None,
        };
        if kind == Kind::Redis {
            return redis(repo, environment, service);
        }
        let known = |name: &str| if let Given::Is(text) = given(name) { Some(text) } else { None };
        let one = |user: Option<Text>, password| user.map(|user| vec![Account { user, password }]);
        let (accounts, database) = match kind {
            Kind::Postgres => (one(or("POSTGRES_USER", "postgres"), known("POSTGRES_PASSWORD")), known("POSTGRES_DB")),
            Kind::MySql => mysql(service, &given),
            Kind::RabbitMq => (one(or("RABBITMQ_DEFAULT_USER", "guest"), or("RABBITMQ_DEFAULT_PASS", "guest")), None),
            Kind::Mongo => (one(known("MONGO_INITDB_ROOT_USERNAME"), known("MONGO_INITDB_ROOT_PASSWORD")), None),
            Kind::Redis => (None, None),
        };
        let root = service.variable("MONGO_INITDB_ROOT_USERNAME").filter(|_| kind == Kind::Mongo);
        let demanded = root.map(|it| it.span);
        Some(Store { accounts, demanded, open: None, may_have_more: may_have_more(service), database })
    }
}

/// `MYSQL_USER` beside root; MariaDB's image takes both spellings.
fn mysql(service: &Service, given: &dyn Fn(&str) -> Given) -> (Option<Vec<Account>>, Option<Text>) {
    let either = |rest: &str| match given(&format!("MARIADB_{rest}")) {
        Given::Unset => given(&format!("MYSQL_{rest}")),
        it => it,
    };
    let known = |rest: &str| if let Given::Is(text) = either(rest) { Some(text) } else { None };
    let root = Account { user: Spanned::new("root".to_string(), service.name.span), password: known("ROOT_PASSWORD") };
    let accounts = match either("USER") {
        Given::Is(user) => Some(vec![Account { user, password: known("PASSWORD") }, root]),
        Given::Unset => Some(vec![root]),
        Given::Unknown => None,
    };
    (accounts, known("DATABASE"))
}

/// The user without a name. A configuration file may say anything, and so may a script.
fn redis(repo: &Repo, environment: &Environment, service: &Service) -> Option<Store> {
    let mounts_file =
        service.mounts.iter().any(|it| it.target.value.ends_with(".conf") || it.target.value.contains("/etc"));
    let words: Vec<&str> =
        service.command.iter().flat_map(|it| &it.words).flat_map(|it| it.value.split_whitespace()).collect();
    let is_plain = |it: &&str| !it.ends_with(".conf") && !it.contains("acl") && !it.contains("$$") && *it != "&&";
    let is_server = words.first().is_none_or(|it| it.ends_with("-server") || it.starts_with('-'));
    let is_given = !service.configs.is_empty() || service.entrypoint.is_some() || mounts_file;
    if !is_server || is_given || !words.iter().all(is_plain) {
        return None;
    }
    let place = service.command.as_ref().map_or(service.name.span, |it| it.span);
    let store = Store { accounts: None, demanded: None, open: None, may_have_more: false, database: None };
    let Some(at) = words.iter().position(|it| *it == "--requirepass") else {
        // With a variable of another image's, somebody expects a password where none is.
        return Some(Store { open: Some(place), ..store });
    };
    let written = words.get(at + 1)?.trim_matches(['"', '\'']);
    let password = filled(repo, environment, written);
    // `${REDIS_PASSWORD:-}` may come to nothing; an empty one in a template is to be filled in.
    if written.contains('-') && password.as_ref().is_some_and(String::is_empty) {
        return Some(store);
    }
    let is_known = |it: &String| !it.contains(UNKNOWN) && !is_placeholder(it);
    let password = password.filter(is_known).map(|it| Spanned::new(it, place));
    let names = ["", "default"].map(|it| Spanned::new(it.to_string(), service.name.span));
    let accounts = names.map(|user| Account { user, password: password.clone() }).into();
    Some(Store { accounts: Some(accounts), demanded: Some(place), ..store })
}

/// Returns whether something beside the variables makes users and databases: scripts for the first start, definitions,
/// a start that is not the image's own.
fn may_have_more(service: &Service) -> bool {
    let places = ["/docker-entrypoint-initdb.d", "/etc/rabbitmq", "/etc/mysql", "/var/lib/rabbitmq/definitions"];
    let is_made = |it: &str| places.iter().any(|place| it.starts_with(place));
    service.entrypoint.is_some()
        || !service.configs.is_empty()
        || service.mounts.iter().any(|it| is_made(&it.target.value))
}

/// Returns what a variable of a container holds, references filled in. What only holds the place of a value is unknown.
pub fn given(repo: &Repo, environment: &Environment, service: &Service, name: &str) -> Given {
    let is = |text: String, span: Span| match text.contains(UNKNOWN) || is_placeholder(&text) {
        true => Given::Unknown,
        false => Given::Is(Spanned::new(text, span)),
    };
    if let Some(value) = service.variable(name).and_then(|it| it.value.as_ref()) {
        return filled(repo, environment, &value.value).map_or(Given::Unknown, |it| is(it, value.span));
    }
    match provenance::in_container(repo, environment, service, name) {
        Answer::Set(found) => match found.value.filter(|it| !it.contains('$')) {
            Some(value) => is(value, found.span),
            None => Given::Unknown,
        },
        Answer::Unset => Given::Unset,
        Answer::Unknown => Given::Unknown,
    }
}

/// Returns a value with its references filled in from what compose fills them from; [`UNKNOWN`] stands for each that
/// cannot be told.
pub fn filled(repo: &Repo, environment: &Environment, value: &str) -> Option<String> {
    let unknown = || Some(UNKNOWN.to_string());
    let look_up = |name: &str| match provenance::interpolated(repo, environment, name) {
        Answer::Set(found) => found.value.filter(|it| !it.contains('$')).or_else(unknown),
        Answer::Unset => None,
        Answer::Unknown => unknown(),
    };
    known::fill(value, &look_up)
}
