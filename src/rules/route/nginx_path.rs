//! `nginx-path-not-mounted`.

use super::users;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::container::Container;
use crate::repo::environment::Environment;
use crate::rules::{Findings, Rule};

/// A file that nginx needs and that is not in its container.
pub static RULE: Rule = Rule {
    code: Code { id: "NGX003", name: "nginx-path-not-mounted" },
    level: Level::Warning,
    summary: "nginx needs a certificate, password file or included file that its container is not given",
    docs: r#"
## What it does
For services that mount an nginx file, finds absolute paths in `ssl_certificate`, `ssl_certificate_key`, `include` and
`auth_basic_user_file` that no mount, config, secret or `COPY` of the service covers.
## Why it matters
nginx does not start: "cannot load certificate".
## Example
```sample
#- docker-compose.yml
services:
  web:
# ~~~ this service reads the file
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
#- nginx.conf
server {
    listen 443 ssl;
    ssl_certificate /etc/nginx/ssl/site.pem;
#                   ^^^^^^^^^^^^^^^^^^^^^^^ warning: nothing brings `/etc/nginx/ssl/site.pem` into the container of `web`
}
```
## Silent
```sample
#- docker-compose.yml
services:
  web:
    image: nginx:1.27
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ./headers:/etc/nginx/templates/headers.template:ro
      - certs:/etc/nginx/ssl:ro
volumes:
  certs:
#- nginx.conf
include /etc/nginx/mime.types;
server {
    listen 443 ssl;
    ssl_certificate /etc/nginx/ssl/site.pem;
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/conf.d/headers;
}
#- headers
add_header X-Host ${HOST};
#- host/nginx/site.conf
server {
    ssl_certificate /etc/letsencrypt/live/x/fullchain.pem;
}
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    for file in &repo.facts.nginx {
        let mut users = users(repo, &file.path);
        users.retain(|(_, service)| starts_nginx(service, &file.path));
        if users.is_empty() {
            continue;
        }
        let mut paths = Vec::new();
        file.each(|_, it| {
            let needs = ["ssl_certificate", "ssl_certificate_key", "include", "auth_basic_user_file", "ssl_dhparam"];
            if needs.contains(&it.name.value.as_str()) {
                let path = it.arguments.first();
                paths.extend(path.filter(|it| it.value.starts_with('/') && !it.value.contains(['$', '*'])).cloned());
            }
        });
        for (environment, service) in users {
            for path in paths.iter().filter(|it| !is_there(repo, environment, service, &it.value)) {
                let message = format!("nothing brings `{}` into the container of `{}`", path.value, service.name.value);
                let finding = RULE.finding(path.span, message).also(service.name.span, "this service reads the file");
                findings.push(finding.help("mount it, or correct the path"));
            }
        }
    }
}

/// Returns whether a service that sees the file starts nginx with it: by its image, or by where the file lies in it.
fn starts_nginx(service: &Service, path: &str) -> bool {
    let is_nginx = |it: &str| ["nginx", "openresty", "angie"].iter().any(|name| it.contains(name));
    let holds = |it: &str| path == it || path.strip_prefix(it).is_some_and(|it| it.starts_with('/'));
    let mut mounts = service.mounts.iter().filter(|it| it.repository_path().is_some_and(|it| holds(&it))).peekable();
    let image = service.image.as_ref().map_or("", |it| &it.value);
    // What is built with the file in it has it for nginx.
    mounts.peek().is_none()
        || is_nginx(image)
        || is_nginx(&service.name.value)
        || mounts.any(|it| is_nginx(&it.target.value))
}

fn is_there(repo: &Repo, environment: &Environment, service: &Service, path: &str) -> bool {
    let covers =
        |it: &str| path == it || path.strip_prefix(it.trim_end_matches('/')).is_some_and(|it| it.starts_with('/'));
    let of_image = ["mime.types", "fastcgi_params", "uwsgi_params", "scgi_params", "fastcgi.conf", "modules"];
    let is_standard =
        path.strip_prefix("/etc/nginx/").is_some_and(|it| of_image.iter().any(|word| it.starts_with(word)));
    let is_given = path.starts_with("/run/secrets/") && !service.secrets.is_empty() || !service.configs.is_empty();
    let container = Container::of(repo, environment, service);
    // What a script or installation of the image makes cannot be seen.
    let is_made = container.is_some_and(|it| {
        it.stages.iter().any(|it| {
            it.copies.iter().any(|it| covers(&it.destination.value))
                || it.runs.iter().any(|it| it.value.contains("ssl") || it.value.contains(path))
        })
    });
    // The image's start fills `templates/x.template` in and puts the outcome at `conf.d/x`.
    let filled = path.strip_prefix("/etc/nginx/conf.d/").map(|it| format!("/etc/nginx/templates/{it}.template"));
    let brings =
        |it: &str| covers(it) || filled.as_ref().is_some_and(|filled| filled == it || it == "/etc/nginx/templates");
    is_standard || is_given || is_made || service.mounts.iter().any(|it| brings(it.target.value.trim_end_matches('/')))
}
