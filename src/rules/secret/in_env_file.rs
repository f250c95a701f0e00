//! `secret-in-env-file`.

use std::collections::HashSet;

use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::fact::{EnvEntry, EnvFile, Text};
use crate::repo::kind::is_test;
use crate::repo::provenance::words;
use crate::rules::env::is_secret_name;
use crate::rules::existence::folder;
use crate::rules::secret::is_harmless_place;
use crate::rules::wiring::url;
use crate::rules::{Findings, Rule};
use crate::secret::{is_key, is_patterned, is_placeholder, is_telling, repeats_name};

/// A secret in an env file that git keeps.
pub static RULE: Rule = Rule {
    code: Code { id: "SEC002", name: "secret-in-env-file" },
    level: Level::Warning,
    summary: "an env file of the repository holds a secret",
    docs: r#"
## What it does
Finds values in env files and templates that git does not ignore which a program made and a program accepts: tokens of
well-known services, random keys under the name of a secret, private keys, addresses on the internet with a password in
them, and passwords in files for production. What git tracks counts, even if an ignore file has its name. Encrypted
files are fine, and so are placeholders.
## Why it matters
Whoever can read the repository, now or in its history, has the secret.
## Example
```sample
#- .env.prod
POSTGRES_PASSWORD=Kx7-tmU2-pq
#                 ^^^^^^^^^^^ warning: `POSTGRES_PASSWORD` has its value in the repository
SESSION_SECRET=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
#              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `SESSION_SECRET` has its value in the repository
#- service/.env
MONGODB_URI=mongodb+srv://shop_user:Kx7tmU2pq@cluster0.ab12c.mongodb.net/shop
#           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ warning: `MONGODB_URI` has its value in the repository
#- app.py
import os
print(os.environ["POSTGRES_PASSWORD"], os.environ["SESSION_SECRET"], os.environ["MONGODB_URI"])
```
## Silent
```sample
#- .env.example
SESSION_SECRET=change-me-please-1
JWT_SECRET=ShopErpSecretForJwtTokenGeneration2026CH
API_KEY=
STRIPE_PUBLISHABLE_KEY=pk_test_51Hx8Fn2mQ0aB7cD9
DATABASE_URL=postgresql://user:Password123@db.example.com/shop
MONGODB_URI=mongodb+srv://username:Passw0rd1@cluster0.ab12c.mongodb.net/shop
MOMO_ENDPOINT=https://test-payment.momo.vn/v2/create
MOMO_SECRET_KEY=K951B6PE1waDMi640xX08PD3vg6EkVlz
#- .env.dev
POSTGRES_PASSWORD=postgres
REDIS_URL=redis://:Kx7tmU2pq@redis:6379/0
SESSION_SECRET=dev-secret-1
#- .env.prod
POSTGRES_PASSWORD=${PASSWORD_FROM_STORE}
#- .env (ignored)
#- backend/.env
APP_ENV=dev
APP_SECRET=9cef14b40a59e2d613cb18a50dc45136
VAULT_ENCRYPTION_KEY=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
#- backend/settings.py
import os
print(os.environ["APP_ENV"], os.environ["APP_SECRET"], os.environ["VAULT_ENCRYPTION_KEY"])
#- web/.env
BASE_URL=https://shop.localhost
COOKIE_SECRET=QcKaw5FqGFphw6g2XlRvw5PDpnFwXFtow7PDtEMkwqVVY8Kl
#- web/server.js
serve(process.env.BASE_URL, process.env.COOKIE_SECRET);
#- app.py
import os
print(os.environ["POSTGRES_PASSWORD"], os.environ["SESSION_SECRET"], os.environ["API_KEY"])
print(os.environ["STRIPE_PUBLISHABLE_KEY"], os.environ["JWT_SECRET"], os.environ["DATABASE_URL"])
print(os.environ["MONGODB_URI"], os.environ["REDIS_URL"])
print(os.environ["MOMO_ENDPOINT"], os.environ["MOMO_SECRET_KEY"])
```
## When it may be wrong
When the key is one that its service gives to everybody for trying.
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    // What git tracks is kept, whatever an ignore file says of it.
    let kept = repo.facts.env_files.iter().filter(|it| !it.is_encrypted && !repo.tree.is_provided(&it.path));
    for file in kept {
        let place = Place::of(file);
        for entry in file.entries.iter().filter(|it| !it.is_commented) {
            let Some(level) = place.level(entry) else { continue };
            let name = &entry.name.value;
            let help = if file.is_template {
                "leave the value empty, and take this one out of use"
            } else {
                "move it to a file that git ignores or encrypts, and take this one out of use"
            };
            let message = format!("`{name}` has its value in the repository");
            findings.push(RULE.finding_at(level, entry.value.span, message).help(help));
        }
    }
}

/// Returns whether a value is the one that Symfony makes for each project: its `.env` is kept and holds what
/// development needs, and `.env.local` and the environment replace it.
fn is_of_framework(file: &EnvFile, name: &str) -> bool {
    let is_development =
        |it: &EnvEntry| it.name.value == "APP_ENV" && matches!(it.value.value.as_str(), "dev" | "test");
    name == "APP_SECRET" && file.entries.iter().any(is_development)
}

/// What an env file is for, as its path says.
struct Place<'f> {
    file: &'f EnvFile,
    is_production: bool,
    is_harmless: bool,
    /// Whether the program is served on one's own machine: what it signs there opens nothing elsewhere.
    is_local: bool,
    /// The first words of names whose addresses are those of a place for trying.
    sandboxes: HashSet<&'f str>,
}

/// Returns the first words of the names under which a service's place for trying stands: `MOMO` of
/// `MOMO_ENDPOINT=https://test-payment.momo.vn`. What opens that opens nothing else.
fn sandboxes(file: &EnvFile) -> HashSet<&str> {
    let is_one = |it: &&EnvEntry| {
        let host = it.value.value.split_once("://").map_or("", |it| it.1).split(['/', ':']).next().unwrap_or("");
        host.contains('.') && host.split(['.', '-']).any(|it| matches!(it, "sandbox" | "test"))
    };
    file.entries.iter().filter(is_one).filter_map(|it| it.name.value.split_once('_')).map(|it| it.0).collect()
}

/// Returns whether a file says that the program's own address is one of this machine.
fn is_of_this_machine(file: &EnvFile) -> bool {
    let own = ["DOMAIN", "HOST_URL", "BASE_URL", "APP_URL", "SITE_URL", "PUBLIC_URL", "FRONTEND_URL", "NEXTAUTH_URL"];
    let is_own = |it: &&EnvEntry| !it.is_commented && own.contains(&it.name.value.as_str());
    let is_here = |it: &EnvEntry| {
        let value = it.value.value.split("://").last().unwrap_or("");
        let host = value.split(['/', ':']).next().unwrap_or("");
        matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0")
            || [".localhost", ".local", ".test"].iter().any(|it| host.ends_with(it))
    };
    let mut own = file.entries.iter().filter(is_own).filter(|it| !it.value.value.contains('$')).peekable();
    own.peek().is_some() && own.all(is_here)
}

/// Returns whether a value is a private key as a whole, written on one line or several.
fn is_private_key(value: &str) -> bool {
    value.contains("-----BEGIN")
        && value.contains("PRIVATE KEY-----")
        && value.len() >= SHORTEST
        && !value.contains("...")
}

/// How long the shortest private key is in this form: that of an elliptic curve of 256 bits.
const SHORTEST: usize = 160;

/// Returns whether a host is one of the internet: a name below a domain that anybody may ask.
fn is_public(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    let ending = lower.rsplit('.').next().unwrap_or("");
    let is_domain = lower.contains('.') && ending.len() >= 2 && ending.bytes().all(|it| it.is_ascii_lowercase());
    let own = ["local", "localhost", "internal", "lan", "test", "svc", "home", "invalid"];
    let stands_for_one = lower.split('.').any(|it| matches!(it, "host" | "hostname" | "domain" | "server"));
    is_domain && !own.contains(&ending) && !is_placeholder(&lower) && !stands_for_one
}

/// Returns whether a secret is one that only the program itself asks for: no other opens by it.
fn is_of_sessions(name: &str) -> bool {
    let says = |word: &str| matches!(word, "SESSION" | "JWT" | "COOKIE" | "CSRF" | "NEXTAUTH");
    name.split('_').any(says) && name.ends_with("SECRET") || matches!(name, "SECRET_KEY" | "APP_SECRET" | "AUTH_SECRET")
}

impl<'f> Place<'f> {
    fn of(file: &'f EnvFile) -> Place<'f> {
        let words = words(&file.path);
        let is_production = words.iter().any(|it| it == "prod" || it == "production" || it == "staging");
        // A template is an example by nature; whether of what is for development, the rest of its name says.
        let place = format!("{}/{}", folder(&file.path), words.join("/"));
        let is_harmless = is_test(&file.path) || is_harmless_place(&place) && !is_production;
        Place {
            file,
            is_production,
            is_harmless,
            is_local: !is_production && is_of_this_machine(file),
            sandboxes: sandboxes(file),
        }
    }

    fn level(&self, entry: &EnvEntry) -> Option<Level> {
        let (name, value) = (&entry.name.value, &entry.value.value);
        let opens = is_private_key(value) || self.logs_in_elsewhere(&entry.value);
        if opens {
            return Some(if self.is_harmless { Level::Info } else { RULE.level });
        }
        if !is_secret_name(name)
            || is_placeholder(value)
            || is_patterned(value)
            || repeats_name(name, value)
            || is_of_framework(self.file, name)
            || self.is_local && is_of_sessions(name)
            || name.split_once('_').is_some_and(|it| self.sandboxes.contains(it.0))
        {
            return None;
        }
        // In a template, what spells out what it is was typed to show where the value goes.
        let is_typed =
            || ["secret", "password", "token", "key"].iter().any(|it| value.to_ascii_lowercase().contains(it));
        let is_made = is_key(value) && !(self.file.is_template && is_typed());
        let is_password = || self.is_production && !self.file.is_template && is_telling(value);
        match (is_made || is_password(), self.is_harmless) {
            (true, true) => Some(Level::Info),
            (true, false) => Some(RULE.level),
            _ => None,
        }
    }

    /// Returns whether a value is the address of a store on the internet with a password in it, whatever its name is.
    fn logs_in_elsewhere(&self, value: &Text) -> bool {
        if !value.value.contains("://") || !value.value.contains('@') {
            return false;
        }
        let is_made = |it: &str| if self.file.is_template { is_key(it) } else { is_telling(it) };
        url::all(value).iter().filter(|it| is_public(&it.host)).any(|it| {
            let password = it.login.as_ref().and_then(|it| it.1.as_deref());
            password.is_some_and(|it| is_made(it) && !is_placeholder(it) && !is_patterned(it) && !it.contains('$'))
        })
    }
}
