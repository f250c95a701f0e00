//! `env-undocumented`.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diag::{Applicability, Code, Diagnostic, Edit, Level};
use crate::repo::Repo;
use crate::repo::delivered::{final_classes, is_own_secret, is_tool};
use crate::repo::fact::{Absent, EnvEntry, EnvFile, EnvRead, Field, Language, SetBy, SettingsClass};
use crate::repo::usage::{Use, plain_names};
use crate::rules::{Findings, Rule};
use crate::secret::is_secret_name;
use crate::source::Span;

/// A variable that code reads and that no template, env file or service names.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV002", name: "env-undocumented" },
    level: Level::Warning,
    summary: "code reads a variable that the template of the env file does not name",
    docs: r#"
## What it does
Finds variables that settings classes and other code read and that appear in no template (`.env.example`), no env file
and no service, where there is a template for the rest. It is a warning if the variable is required, if code refuses
to run without it, if it is a secret without a default, or if its default is one that nobody should deploy. A variable
with a good default is only a suspicion.
## Why it matters
The template is what people and scripts make the real env file from. What it does not name is not set anywhere, and
the program falls back, or fails where it is first needed.
## Example
```sample
#- .env.template
LLM_PROVIDER=google
#~~~~~~~~~~~ the template names its neighbour here
DATABASE_URL=
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    llm_provider: str = "openai"
    google_api_key: str | None = None
#   ^^^^^^^^^^^^^^ warning: no template names `GOOGLE_API_KEY`, and code refuses to run without it
#- app/llm.py
def make(settings):
    if not settings.google_api_key:
        raise ValueError("GOOGLE_API_KEY not configured")
    return settings.database_url, settings.llm_provider
#- app/encryption.py
import os
key = os.getenv("ENCRYPTION_KEY")
#                ^^^^^^^^^^^^^^ warning: no template names `ENCRYPTION_KEY`, a secret without a default
```
A field that is a model needs those of its parts that have no default.
```sample
#- pyproject.toml
[project]
name = "app"
dependencies = ["pydantic-settings>=2"]
#- .env.example
DB__HOST=db
#- app/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Db(BaseModel):
    host: str
    password: str
#   ^^^^^^^^ warning: no template names `DB__PASSWORD`, and it has no default
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__")
    db: Db
#   ~~ a part of this field
#- app/main.py
from app.config import Settings
print(Settings().db)
```
So does what other languages ask for.
```sample
#- .env.example
DATABASE_URL=
#- config/initializers/stripe.rb
Stripe.api_key = ENV.fetch("STRIPE_SECRET")
#                           ^^^^^^^^^^^^^ warning: no template names `STRIPE_SECRET`, and this fails without it
#- config/database.yml
production:
  url: <%= ENV["DATABASE_URL"] %>
```
## Silent
```sample
#- .env.example
DATABASE_URL=
# API_KEY=
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    api_key: str | None = None
#- app/main.py
from app.config import Settings
print(Settings().database_url, Settings().api_key)
```
Parts that have defaults, or whose whole has one or is set.
```sample
#- pyproject.toml
[project]
name = "app"
dependencies = ["pydantic-settings>=2"]
#- .env.example
DB__HOST=db
MAIL={"url": "smtp://mail"}
#- app/config.py
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
class Db(BaseModel):
    host: str
    port: int = 5432
class Mail(BaseModel):
    url: str
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter="__")
    db: Db
    mail: Mail
    backup: Mail | None = None
#- app/main.py
from app.config import Settings
print(Settings().db, Settings().mail, Settings().backup)
```
A template that names nothing of a program is for others.
```sample
#- .env.example
DATABASE_URL=
#- app/main.py
import os
print(os.environ["DATABASE_URL"], os.getenv("PREVIOUS_SECRET_KEY"))
#- functions/plot/requirements.txt
boto3
#- functions/plot/handler.py
import os
account = os.environ["PLOT_ACCOUNT"]
```
Without any template nobody promised one.
```sample
#- app/main.py
import os
print(os.getenv("API_KEY"))
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let templates: Vec<&EnvFile> = repo.templates().collect();
    if templates.is_empty() {
        return;
    }
    // Of a repository without settings nothing of this is asked.
    let named = LazyCell::new(|| Named::of(repo));
    let indexes: LazyCell<HashMap<&str, HashMap<String, &EnvEntry>>, _> =
        LazyCell::new(|| templates.iter().map(|it| (it.path.as_str(), index(it))).collect());
    let needed: HashSet<&str> =
        repo.facts.conditions.iter().filter(|it| !it.in_test).map(|it| it.needs.value.as_str()).collect();
    for class in final_classes(repo) {
        let Some(template) = template_for(&templates, &class.path) else { continue };
        let index = &indexes[template.path.as_str()];
        let names = |it: &String| index.get(&it.to_lowercase()).copied();
        // A template that names nothing of the class is that of another program.
        let is_named = |it: &Field| {
            let parts = it.parts.iter().map(|it| &it.env_name);
            it.env_names.iter().chain(parts).any(|it| names(it).is_some())
        };
        let is_ours = class.fields.iter().any(is_named);
        if !is_ours || class.has_unknown_names {
            continue;
        }
        let mut before: Option<&EnvEntry> = None;
        for field in &class.fields {
            match field.env_names.iter().find_map(names) {
                Some(entry) => before = Some(entry),
                None if !field.parts.is_empty() => {
                    if field.is_required || is_named(field) {
                        parts(&named, template, field, findings);
                    }
                }
                None if named.has_field(class, field) => {}
                None => {
                    // Of what no code reads SET001 tells.
                    let is_read = repo.facts.python.attributes.has(&field.name.value);
                    let (level, why) = weigh(field, is_read, needed.contains(field.name.value.as_str()));
                    // A source of its own may fill what has no default.
                    let own = |it: &crate::repo::fact::Text| it.value == "settings_customise_sources";
                    let is_filled = class.attributes.iter().any(own) && field.default_value.is_none();
                    let level = if is_filled { Level::Info } else { level };
                    let message = format!("no template names `{}`{why}", field.env_names[0]);
                    let finding = RULE.finding_at(level, field.name.span, message);
                    findings.push(place(finding, template, before, field));
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    for read in repo.facts.reads.iter().filter(|it| is_of_program(it)) {
        let path = repo.path(read.name.span.file);
        if let Some(template) = template_for(&templates, path).filter(|_| seen.insert(&read.name.value)) {
            judge_read(repo, &named, (read, template), findings);
        }
    }
}

/// The parts of a field that must be set one by one, since nothing sets it as a whole.
fn parts(named: &Named<'_>, template: &EnvFile, field: &Field, findings: &mut Findings) {
    for part in field.parts.iter().filter(|it| it.is_required && !named.has_in_any_case(&it.env_name)) {
        let name = &part.env_name;
        let finding = RULE.finding(part.name.span, format!("no template names `{name}`, and it has no default"));
        let finding = finding.also(field.name.span, "a part of this field");
        findings.push(append(finding.help(format!("add `{name}=` to `{}`", template.path)), template, name));
    }
}

fn is_of_program(read: &EnvRead) -> bool {
    let languages = [Language::Python, Language::Script, Language::Go, Language::Rust, Language::Other];
    !read.in_test && !read.is_prefix && !read.build_time && languages.contains(&read.language)
}

fn judge_read(repo: &Repo, named: &Named<'_>, (read, template): (&EnvRead, &EnvFile), findings: &mut Findings) {
    let name = &read.name.value;
    let is_known = crate::repo::known_variable::is_library_variable(name)
        || repo.usage.of_name(name).iter().any(|it| matches!(it, Use::Field(..)))
        || repo
            .facts
            .sets
            .iter()
            .any(|it| it.name.value == *name && is_deployment(repo.path(it.name.span.file), it.by))
        || named.has(name);
    if is_known {
        return;
    }
    let path = repo.path(read.name.span.file);
    if is_of_rotation(name) || !is_for(repo, template, path) {
        return;
    }
    let is_tool = is_tool(repo, path);
    let (level, why) = match &read.absent {
        Absent::Nothing if is_own_secret(name) && !is_tool && read.language != Language::Other => {
            (Level::Warning, ", a secret without a default")
        }
        Absent::Fails if !is_tool => (Level::Warning, ", and this fails without it"),
        _ => (Level::Info, ""),
    };
    let message = format!("no template names `{name}`{why}");
    let finding = RULE.finding_at(level, read.name.span, message);
    findings.push(append(finding.help(format!("add `{name}=` to `{}`", template.path)), template, name));
}

/// Returns whether a template is for the program that a file belongs to: it lies in the program's folder, or names
/// something that the program reads.
fn is_for(repo: &Repo, template: &EnvFile, path: &str) -> bool {
    let manifests = ["package.json", "pyproject.toml", "requirements.txt", "setup.py", "go.mod", "Cargo.toml"];
    let is_program = |it: &&str| manifests.iter().any(|name| repo.tree.has_file(&format!("{it}/{name}")));
    let Some(program) = path.rmatch_indices('/').map(|it| &path[..it.0]).find(is_program) else { return true };
    let is_of_program = |it: &str| it.strip_prefix(program).is_some_and(|it| it.starts_with('/'));
    if is_of_program(&template.path) {
        return true;
    }
    let names: HashSet<&str> = template.entries.iter().flat_map(|it| plain_names(&it.name.value)).collect();
    let mut reads = repo.facts.reads.iter().filter(|it| names.contains(it.name.value.as_str()));
    let fields = || repo.facts.settings.iter().any(|it| is_of_program(&it.path));
    reads.any(|it| is_of_program(repo.path(it.name.span.file))) || fields()
}

/// Returns whether a key is set only while another takes its place.
fn is_of_rotation(name: &str) -> bool {
    name.split('_').any(|it| matches!(it, "PREVIOUS" | "PREV" | "OLD" | "NEXT" | "LEGACY" | "FALLBACK" | "SECONDARY"))
}

/// Offers to add a line to the end of an env file.
pub(super) fn append(finding: Diagnostic, file: &EnvFile, name: &str) -> Diagnostic {
    let Some(last) = file.entries.last().map(|it| it.line).filter(|_| file.is_template) else {
        return finding;
    };
    let edit = Edit { span: Span { start: last.end, ..last }, replacement: format!("\n{name}=") };
    finding.fix(format!("add `{name}` to the template"), Applicability::Safe, vec![edit])
}

/// Returns whether a place that sets a variable does so for a deployment that still is one.
fn is_deployment(path: &str, by: SetBy) -> bool {
    by != SetBy::Test && !path.split('/').any(|it| matches!(it, "archive" | "archived" | "old" | "deprecated"))
}

/// Says how bad it is that a field is not in the template, and why.
fn weigh(field: &Field, is_read: bool, is_needed: bool) -> (Level, &'static str) {
    let is_poor = is_read && field.default_value.as_ref().is_some_and(|it| is_poor_default(&field.name.value, it));
    match () {
        () if field.is_required => (Level::Warning, ", and it has no default"),
        () if is_needed && field.default_value.is_none() => (Level::Warning, ", and code refuses to run without it"),
        () if is_poor => (Level::Warning, ", and its default is not one to deploy"),
        () => (Level::Info, ""),
    }
}

/// Returns whether a default is one that nobody should deploy: everybody may come in, or everybody knows the word.
fn is_poor_default(name: &str, value: &str) -> bool {
    let lower = value.to_lowercase();
    let is_open = value == "*" || value.replace(' ', "") == "[\"*\"]";
    let known = ["changethis", "changeme", "secret", "password", "admin", "minioadmin", "postgres", "insecure"];
    is_open || is_secret_name(name) && known.iter().any(|it| lower.contains(it))
}

/// Returns the template for a file: one in its folder, or in one above it, the nearest first.
fn template_for<'a>(templates: &[&'a EnvFile], path: &str) -> Option<&'a EnvFile> {
    let folder = |it: &str| it.rsplit_once('/').map_or(String::new(), |it| format!("{}/", it.0));
    let above = templates.iter().filter(|it| path.starts_with(&folder(&it.path)));
    // Of several in a folder the plainest name is the general one.
    above.min_by_key(|it| (std::cmp::Reverse(folder(&it.path).len()), it.path.len())).copied()
}

/// Returns the lines of a template, set or commented out, by the names they stand for in lower case.
fn index(template: &EnvFile) -> HashMap<String, &EnvEntry> {
    let mut found = HashMap::new();
    for entry in &template.entries {
        for name in plain_names(&entry.name.value) {
            found.entry(name.to_lowercase()).or_insert(entry);
        }
    }
    found
}

/// Points into the template, and offers the line that is missing.
fn place(finding: Diagnostic, template: &EnvFile, before: Option<&EnvEntry>, field: &Field) -> Diagnostic {
    let name = &field.env_names[0];
    let value =
        field.default_value.clone().filter(|it| !is_secret_name(name) && !it.contains('\n')).unwrap_or_default();
    let finding = finding.help(format!("add `{name}=` to `{}`", template.path));
    let Some(entry) = before else { return finding };
    let end = Span { start: entry.line.end, ..entry.line };
    let hash = if field.is_required { "" } else { "# " };
    let edit = Edit { span: end, replacement: format!("\n{hash}{name}={value}") };
    finding.also(entry.name.span, "the template names its neighbour here").fix(
        format!("add `{name}` to the template"),
        Applicability::Safe,
        vec![edit],
    )
}

/// Every name that env files, templates and services mention.
struct Named<'r> {
    names: HashSet<&'r str>,
    /// In small letters, sorted.
    folded: Vec<String>,
}

impl<'r> Named<'r> {
    fn of(repo: &'r Repo) -> Named<'r> {
        let entries = repo.facts.env_files.iter().flat_map(|it| &it.entries);
        let mut names: HashSet<&str> = entries.flat_map(|it| plain_names(&it.name.value)).collect();
        for file in &repo.facts.compose_files {
            let set = file.model.services.iter().flat_map(|it| &it.environment);
            names.extend(set.map(|it| it.name.value.as_str()));
            names.extend(file.references.iter().map(|it| it.reference.name.as_str()));
        }
        let mut folded: Vec<String> = names.iter().map(|it| it.to_lowercase()).collect();
        folded.sort_unstable();
        Named { names, folded }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn has_in_any_case(&self, name: &str) -> bool {
        self.folded.binary_search(&name.to_lowercase()).is_ok()
    }

    fn has_field(&self, class: &SettingsClass, field: &Field) -> bool {
        let delimiter = class.nested_delimiter.as_ref().map(|it| it.value.to_lowercase());
        field.env_names.iter().any(|it| {
            let name = it.to_lowercase();
            let first = |begin: &str| self.folded.get(self.folded.partition_point(|it| it.as_str() < begin));
            let is_begun = |begin: &str| first(begin).is_some_and(|it| it.starts_with(begin));
            first(&name) == Some(&name) || delimiter.as_ref().is_some_and(|it| is_begun(&format!("{name}{it}")))
        })
    }
}
