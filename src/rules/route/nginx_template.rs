//! `nginx-template-unset`.

use std::collections::BTreeSet;

use crate::diag::{Code, Level, did_you_mean};
use crate::repo::Repo;
use crate::repo::code;
use crate::repo::compose::Service;
use crate::repo::container::Container;
use crate::repo::delivered::{Delivered, is_whole};
use crate::repo::environment::Environment;
use crate::repo::fact::{NginxFile, Text};
use crate::repo::given;
use crate::repo::known_variable::bare_name;
use crate::rules::{Findings, Rule};
use crate::source::normalize;

/// A variable of a template that nothing sets.
pub static RULE: Rule = Rule {
    code: Code { id: "NGX004", name: "nginx-template-unset" },
    level: Level::Error,
    summary: "a template of nginx has a variable that its service does not set, so that it stays as it is written",
    docs: r#"
## What it does
For services of the official nginx image that mount or copy a `*.template` to `/etc/nginx/templates`, finds `${NAME}` in
it of which no `environment`, env file or `ENV` sets NAME.
## Why it matters
The image fills in only what is set. nginx takes the rest for a variable of its own, does not know it, and does not start.
## Example
```sample
#- compose.yml
services:
  proxy:
# ~~~~~ `proxy` fills the template in
    image: nginx:1.27
    environment:
      API_UPSTREAM: api:8000
    volumes:
      - ./nginx/templates:/etc/nginx/templates:ro
#- nginx/templates/default.conf.template
server {
  listen 80;
  location / { proxy_pass http://${API_UPSTREAM}; }
  location /api/ { proxy_pass http://${API_HOST}; }
#                                    ^^^^^^^^^^^ error: nothing sets `API_HOST` for `proxy`, so it stays as it is written
}
```
```sample
#- compose.yml
services:
  web:
# ~~~ `web` fills the template in
    build: ./web
#- web/Dockerfile
FROM nginx:1.27-alpine
COPY nginx.conf /etc/nginx/templates/default.conf.template
#- web/nginx.conf
server { location / { proxy_pass http://${BACKEND}; } }
#                                       ^^^^^^^^^^ error: nothing sets `BACKEND` for `web`, so it stays as it is written
```
## Silent
What the service, its env file or the image sets, nginx's own variables, other images, names that a filter leaves alone,
and files that somebody else fills in.
```sample
#- compose.yml
services:
  proxy:
    image: nginx:1.27
    env_file: proxy.env
    environment:
      DOMAIN: example.org
      NGINX_ENVSUBST_FILTER: "^(DOMAIN|API_)"
    volumes:
      - ./nginx/default.conf.template:/etc/nginx/templates/default.conf.template:ro
  built:
    build: ./web
  other:
    image: acme/proxy:1
    volumes:
      - ./nginx/other.conf.template:/etc/nginx/templates/default.conf.template:ro
  passed:
    image: nginx:1.27
    environment: [UPSTREAM]
    volumes:
      - ./nginx/other.conf.template:/etc/nginx/templates/passed.conf.template:ro
  own:
    image: nginx:1.27
    command: sh -c "UPSTREAM=a envsubst < /etc/nginx/templates/own.conf.template > /etc/nginx/nginx.conf && nginx"
    volumes:
      - ./nginx/other.conf.template:/etc/nginx/templates/own.conf.template:ro
#- proxy.env
API_HOST=api
#- nginx/default.conf.template
# ${OLD} is gone
server {
  server_name ${DOMAIN};
  set $LOCAL 1;
  location / { proxy_pass http://${API_HOST}/${LOCAL}${is_args}$args; }
  location /x/ { return 200 "${KEPT_FOR_OTHERS}"; }
}
#- nginx/other.conf.template
server { server_name ${UPSTREAM}; }
#- web/Dockerfile
FROM nginx:1.27-alpine
ENV BACKEND=api:80
COPY default.conf.template /etc/nginx/templates/
COPY nginx.conf /etc/nginx/nginx.conf
#- web/nginx.conf
# Nobody fills this one in.
server { location / { proxy_pass http://${PLAIN}; } }
#- web/default.conf.template
server { location / { proxy_pass http://${BACKEND}; add_header X ${NGINX_VERSION}; } }
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in repo.facts.nginx.iter().filter(|it| !it.references.is_empty()) {
        let mut told = BTreeSet::new();
        for environment in repo.environments.iter().filter(|it| !it.is_partial && is_whole(repo, it)) {
            for service in environment.model.services.iter().filter(|it| fills_in(repo, environment, it, &file.path)) {
                judge(repo, (environment, service), (file, &mut told), findings);
            }
        }
    }
}

/// What one service does not get is told once, whoever else does not get it.
fn judge<'r>(
    repo: &Repo,
    (environment, service): (&Environment, &Service),
    (file, told): (&'r NginxFile, &mut BTreeSet<&'r str>),
    findings: &mut Findings,
) {
    let code = code::of_service(repo, environment, service).unwrap_or_default();
    let given = Delivered::of(repo, environment, service, &code);
    // What a variable is passed from may be anywhere.
    let has = |name: &str| given.variable(name).is_some() || service.variable(name).is_some();
    if given.is_unknown
        || runs_scripts(repo, environment, service)
        || has("NGINX_ENVSUBST_TEMPLATE_DIR")
        || has("NGINX_ENVSUBST_TEMPLATE_SUFFIX")
    {
        return;
    }
    let own = own_variables(file);
    let filter = given.variable("NGINX_ENVSUBST_FILTER").map(|it| it.value.clone().unwrap_or_default());
    let is_left = |name: &str| filter.as_ref().is_some_and(|it| !passes(it, name));
    for reference in &file.references {
        let name = reference.value.as_str();
        if has(name) || OF_IMAGE.contains(&name) || own.contains(name) || is_left(name) || !told.insert(name) {
            continue;
        }
        let message = format!("nothing sets `{name}` for `{}`, so it stays as it is written", service.name.value);
        let finding = RULE
            .finding(reference.span, message)
            .also(service.name.span, format!("`{}` fills the template in", service.name.value));
        let names: Vec<&str> = service.environment.iter().map(|it| it.name.value.as_str()).collect();
        findings.push(finding.help(match did_you_mean(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("set `{name}` in the `environment` of `{}`", service.name.value),
        }));
    }
}

/// What the image or the shell has by itself.
const OF_IMAGE: &[&str] = &[
    "NGINX_VERSION",
    "NJS_VERSION",
    "NJS_RELEASE",
    "PKG_RELEASE",
    "DYNPKG_RELEASE",
    "ACME_VERSION",
    "HOSTNAME",
    "PATH",
    "HOME",
    "PWD",
    "NGINX_LOCAL_RESOLVERS",
];

/// Returns the variables that the file itself gives nginx: `set $NAME`, `map … $NAME`.
fn own_variables(file: &NginxFile) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    file.each(|_, it| {
        if ["set", "map", "geo", "split_clients", "auth_request_set", "perl_set", "js_set"]
            .contains(&it.name.value.as_str())
        {
            let names = it.arguments.iter().filter_map(|it| it.value.strip_prefix('$'));
            found.extend(names.map(String::from));
        }
    });
    found
}

/// Returns whether a filter may let a name through; it is a regular expression, of which only the simple ones are read.
fn passes(filter: &str, name: &str) -> bool {
    let words = filter.split(['|', '(', ')', '^', '$', '*', '.', '+']).filter(|it| !it.is_empty());
    let plain: Vec<&str> = words.collect();
    let is_plain = plain.iter().all(|it| it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_'));
    is_plain && plain.iter().any(|it| name.contains(it))
}

/// Returns whether a service starts the official image as it is meant to be, with the file among its templates.
fn fills_in(repo: &Repo, environment: &Environment, service: &Service, path: &str) -> bool {
    let is_template = |place: &str| place.starts_with("/etc/nginx/templates/") && place.ends_with(".template");
    let is_mounted = service.mounts.iter().any(|it| given::inside(it, path).is_some_and(|it| is_template(&it)));
    let container = Container::of(repo, environment, service);
    let is_copied = || container.as_ref().is_some_and(|it| copies(it, environment, service, path));
    let base = match &container {
        Some(it) => Some(it.base.as_str()),
        None => service.image.as_ref().map(|it| it.value.as_str()).filter(|_| service.build.is_none()),
    };
    base.is_some_and(is_official) && starts_as_given(service, container.as_ref()) && (is_mounted || is_copied())
}

fn is_official(image: &str) -> bool {
    let name = bare_name(image);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    matches!(name.strip_prefix("library/").unwrap_or(name), "nginx" | "nginxinc/nginx-unprivileged")
}

/// The script that fills the templates in is run before nginx, and before nothing else.
fn starts_as_given(service: &Service, container: Option<&Container>) -> bool {
    let command = service.command.as_ref().or_else(|| container.and_then(Container::cmd));
    // What a shell is given in a Dockerfile is started by that shell.
    let is_nginx = command.is_none_or(|it| !it.is_shell && it.words.first().is_some_and(|it| it.value == "nginx"));
    service.entrypoint.is_none() && container.is_none_or(|it| it.entrypoint().is_none()) && is_nginx
}

/// Returns whether scripts of its own are run before nginx: they may set variables.
fn runs_scripts(repo: &Repo, environment: &Environment, service: &Service) -> bool {
    let is_it = |it: &str| it.starts_with("/docker-entrypoint.d") || it.starts_with("/docker-entrypoint.sh");
    let container = Container::of(repo, environment, service);
    let copies = container.iter().flat_map(|it| &it.stages).flat_map(|it| &it.copies);
    service.mounts.iter().any(|it| is_it(&it.target.value)) || copies.into_iter().any(|it| is_it(&it.destination.value))
}

fn copies(container: &Container, environment: &Environment, service: &Service, path: &str) -> bool {
    let Some(build) = &service.build else { return false };
    let context = build.context.as_ref().map_or(".", |it| it.value.as_str());
    let lies_in = |source: &Text| {
        let place = normalize(&format!("{}/{context}/{}", environment.directory, source.value))?;
        path.strip_prefix(&place).filter(|it| it.is_empty() || it.starts_with('/')).map(String::from)
    };
    // A file that is copied into a folder keeps its name.
    let name = path.rsplit('/').next().unwrap_or(path);
    let becomes_template = |destination: &str, rest: &str| {
        let is_folder = destination.ends_with('/') || destination == "/etc/nginx/templates";
        if is_folder || !rest.is_empty() { name.ends_with(".template") } else { destination.ends_with(".template") }
    };
    let copies = container.stages.iter().flat_map(|it| &it.copies).filter(|it| it.from.is_none());
    copies
        .filter(|it| it.destination.value.starts_with("/etc/nginx/templates"))
        .any(|it| it.sources.iter().filter_map(lies_in).any(|rest| becomes_template(&it.destination.value, &rest)))
}
