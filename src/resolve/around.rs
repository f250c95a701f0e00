//! What surrounds the running system: tasks, workflows, backups, the page, templates; their names linked.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::context::Resolver;
use super::text::{self, Scope};
use super::{codes, deploy, units};
use crate::diag::{Diagnostic, Diags, Level, did_you_mean};
use crate::files::Files;
use crate::ir::around::{Action, Backup, Building, Chore, Docs, Image, Job, Task, Tasks, Template, Workflow};
use crate::ir::deploy::Trigger;
use crate::ir::service::Service;
use crate::ir::text::Text;
use crate::ir::{Environment, System};
use crate::source::{Span, Spanned, normalize};
use crate::spec::Spec;
use crate::spec::around as written;
use crate::spec::text::Text as Written;

/// What the token of a workflow can be allowed.
const PERMISSIONS: [&str; 15] = [
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
];

/// How many copies are kept when nothing is said.
const KEEP: u32 = 7;

/// What the sections around the environments are resolved with.
pub struct Around<'a> {
    /// The spec.
    pub spec: &'a Spec,
    /// The repository.
    pub files: &'a dyn Files,
    /// Where problems go.
    pub diags: &'a mut Diags,
    scope: Scope,
}

/// Resolves all of it into a system whose environments are there.
pub fn around(
    system: &mut System,
    spec: &Spec,
    variables: &Arc<HashMap<String, text::Declared>>,
    files: &dyn Files,
    diags: &mut Diags,
) {
    let mut scope = Scope::default();
    scope.names.plain.insert("system.name".to_string(), system.name.clone());
    scope.variables = Arc::clone(variables);
    let mut cx = Around { spec, files, diags, scope };
    cx.known_environments();
    system.images = cx.images();
    system.tasks = spec.tasks.as_ref().map(|it| cx.tasks(&it.value, &system.environments));
    let github = spec.ci.iter().flat_map(|it| &it.github.0);
    system.workflows = github.filter_map(|(name, it)| cx.workflow(name, it, &system.environments)).collect();
    system.docs = spec.docs.as_ref().and_then(|it| cx.docs(it));
    system.templates = spec.templates.iter().filter_map(|it| cx.template(it)).collect();
}

/// Resolves the backup of an environment whose services are resolved.
pub fn backup(resolver: &mut Resolver<'_>, written: &Spanned<written::Backup>, services: &[Service]) -> Backup {
    let it = &written.value;
    let file = deploy::script(resolver, it.file.as_ref(), "backup");
    let (folder, name) = file.rsplit_once('/').map_or(("", file.as_str()), |(folder, name)| (folder, name));
    let name = if name.contains("backup") { name.replace("backup", "restore") } else { format!("restore-{name}") };
    let mut volumes = BTreeSet::new();
    for mount in services.iter().flat_map(|it| &it.mounts) {
        if let crate::ir::service::MountSource::Volume(name) = &mount.source {
            volumes.insert(name.as_str());
        }
    }
    for name in it.without.0.iter().filter(|it| !volumes.contains(&*it.value)) {
        let message = format!("`{}` has no volume `{}`", resolver.name, name.value);
        let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, name.span, message);
        let near = did_you_mean(&name.value, volumes.iter().copied()).map(|it| format!("did you mean `{it}`?"));
        resolver.diags.push(error.maybe_help(near));
    }
    Backup {
        span: written.span,
        schedule: it.schedule.as_ref().map(|it| it.value.to_string()),
        keep: it.keep.unwrap_or(KEEP).max(1),
        dir: it.dir.as_ref().map_or_else(|| Text::literal("backups"), |it| resolver.text(it).value),
        restore: if folder.is_empty() { name } else { format!("{folder}/{name}") },
        file,
        without: it.without.0.iter().map(|it| it.value.to_string()).collect(),
    }
}

impl Around<'_> {
    fn text(&mut self, text: &Written) -> Text {
        text::resolve(text, &self.scope, self.diags)
    }

    fn fixed(&mut self, text: &Written) -> String {
        let resolved = self.text(text);
        resolved.as_literal().map_or_else(|| resolved.to_compose(), str::to_string)
    }

    fn path(&mut self, text: &Written) -> Option<String> {
        let path = self.fixed(text);
        let found = normalize(&path).filter(|it| it != ".");
        if found.is_none() {
            let error =
                Diagnostic::new(codes::OUTSIDE, Level::Error, text.span, format!("`{path}` leads out of the tree"));
            self.diags.push(error.help("write a path below the spec's directory"));
        }
        found
    }

    fn unknown<'n>(&mut self, what: &str, name: &str, span: Span, known: impl Iterator<Item = (&'n str, Span)>) {
        let known: Vec<(&str, Span)> = known.collect();
        let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, span, format!("no {what} is called `{name}`"));
        self.diags.push(match did_you_mean(name, known.iter().map(|it| it.0)) {
            Some(near) => {
                let place = known.iter().find(|it| it.0 == near).map_or(span, |it| it.1);
                error.help(format!("did you mean `{near}`?")).also(place, "declared here")
            }
            None => error.help(format!(
                "there are {}",
                known.iter().map(|it| format!("`{}`", it.0)).collect::<Vec<_>>().join(", ")
            )),
        });
    }

    /// `deploy` and `backup` speak of environments that exist.
    fn known_environments(&mut self) {
        let environments = &self.spec.environments;
        let deploys = self.spec.deploy.iter().map(|(name, it)| (name, it.span));
        let named: Vec<(&String, Span)> =
            deploys.chain(self.spec.backup.iter().map(|(name, it)| (name, it.span))).collect();
        for (name, span) in named {
            if !environments.contains_key(name) {
                self.unknown("environment", name, span, environments.iter().map(|(name, it)| (name.as_str(), it.span)));
            }
        }
    }

    fn environment(&mut self, name: &Written, environments: &[Environment]) -> Option<String> {
        if environments.iter().any(|it| *it.name == *name.value) {
            return Some(name.value.to_string());
        }
        self.unknown("environment", &name.value, name.span, environments.iter().map(|it| (it.name.as_str(), it.span)));
        None
    }

    fn images(&mut self) -> Vec<Image> {
        let spec = self.spec;
        let system = spec.system.as_ref();
        let registry = system.and_then(|it| it.registry.as_ref()).or(system.and_then(|it| it.name.as_ref()));
        let prefix = registry.map_or(String::new(), |it| format!("{}/", it.value));
        let mut images = Vec::new();
        for (name, it) in &spec.images {
            let image = &it.value;
            let optional = |it: &Option<Written>, cx: &mut Self| it.as_ref().map(|it| cx.fixed(it));
            images.push(Image {
                name: name.clone(),
                span: it.span,
                context: optional(&image.context, self).unwrap_or_else(|| ".".to_string()),
                dockerfile: optional(&image.dockerfile, self),
                target: optional(&image.target, self),
                args: image.args.iter().map(|(name, it)| (name.clone(), self.text(&it.value))).collect(),
                reference: match &image.r#ref {
                    Some(it) => self.text(it),
                    None => Text::literal(format!("{prefix}{name}:latest")),
                },
                paths: image.paths.0.iter().map(|it| it.value.to_string()).collect(),
                platforms: image.platforms.0.iter().map(|it| it.value.to_string()).collect(),
            });
        }
        images
    }

    fn tasks(&mut self, it: &written::Tasks, environments: &[Environment]) -> Tasks {
        let file = it.file.as_ref().and_then(|it| self.path(it)).unwrap_or_else(|| "Makefile".to_string());
        let tasks = it.tasks.iter().filter_map(|(name, it)| self.task(name, it, environments)).collect();
        Tasks { file, tasks }
    }

    fn task(&mut self, name: &str, written: &Spanned<written::Task>, environments: &[Environment]) -> Option<Task> {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
            let error = Diagnostic::new(
                codes::BAD_VALUE,
                Level::Error,
                written.span,
                format!("`{name}` cannot be a target of make"),
            );
            self.diags.push(error.help("use letters, digits, `-`, `_` and `.`"));
            return None;
        }
        let action = self.action(name, written, environments)?;
        let doc = written.value.doc.as_ref().map(|it| it.value.to_string());
        Some(Task { name: name.to_string(), span: written.span, doc, action })
    }

    fn action(&mut self, name: &str, written: &Spanned<written::Task>, environments: &[Environment]) -> Option<Action> {
        let it = &written.value;
        let lines: Vec<Text> = it.run.0.iter().map(|it| self.text(it)).collect();
        let chores = [
            (&it.logs, Chore::Logs),
            (&it.ps, Chore::Ps),
            (&it.migrate, Chore::Migrate),
            (&it.deploy, Chore::Deploy),
            (&it.secrets, Chore::Secrets),
            (&it.backup, Chore::Backup),
            (&it.restore, Chore::Restore),
        ];
        let named = chores.iter().filter(|it| it.0.is_some()).count();
        let others = [it.up.is_some(), it.down.is_some(), it.exec.is_some() || !lines.is_empty()];
        if named + others.iter().filter(|it| **it).count() != 1 {
            let message = format!("the task `{name}` must do one thing");
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, written.span, message);
            self.diags.push(error.help("write one of `run`, `up`, `down`, `logs`, `ps`, `exec`, `migrate`, `deploy`, `secrets`, `backup`, `restore`"));
            return None;
        }
        if let Some(environment) = &it.up {
            let wait =
                it.wait.as_ref().and_then(|it| units::duration(it, self.diags)).map(|it| it.millis.div_ceil(1000));
            return Some(Action::Up {
                environment: self.environment(environment, environments)?,
                wait,
                build: it.build.unwrap_or(false),
            });
        }
        if let Some(environment) = &it.down {
            return Some(Action::Down {
                environment: self.environment(environment, environments)?,
                volumes: it.volumes.unwrap_or(false),
            });
        }
        if let Some((Some(environment), chore)) = chores.into_iter().find(|it| it.0.is_some()) {
            let environment = self.environment(environment, environments)?;
            self.can(chore, &environment, written.span, environments);
            return Some(Action::Of(chore, environment));
        }
        let Some(service) = &it.exec else { return Some(Action::Run(lines)) };
        let Some(inside) = &it.r#in else {
            let error = Diagnostic::new(
                codes::BAD_VALUE,
                Level::Error,
                service.span,
                "`exec` does not say in which environment",
            );
            self.diags.push(error.help("add `in: ENVIRONMENT`"));
            return None;
        };
        let environment = self.environment(inside, environments)?;
        let services = environments.iter().find(|it| it.name == environment).map_or(&[][..], |it| &it.services);
        if !services.iter().any(|it| *it.name == *service.value) {
            self.unknown(
                "service",
                &service.value,
                service.span,
                services.iter().map(|it| (it.name.as_str(), it.span)),
            );
            return None;
        }
        Some(Action::Exec { service: service.value.to_string(), environment, lines })
    }

    /// A task that deploys or backs up needs the section that says how.
    fn can(&mut self, chore: Chore, environment: &str, span: Span, environments: &[Environment]) {
        let Some(found) = environments.iter().find(|it| it.name == environment) else { return };
        let missing = match chore {
            Chore::Deploy if found.deploy.is_none() => "deploy",
            Chore::Migrate if found.deploy.as_ref().is_none_or(|it| it.migrate.is_empty()) => "deploy.migrate",
            Chore::Backup | Chore::Restore if found.backup.is_none() => "backup",
            Chore::Secrets if self.spec.secrets.as_ref().is_none_or(|it| it.sops.is_none()) => "secrets.sops",
            _ => return,
        };
        let message = format!("nothing says how that is done for `{environment}`");
        let help = match missing {
            "secrets.sops" => "name the encrypted file: `secrets: {sops: {file: .env.sops}}`".to_string(),
            "deploy.migrate" => format!("say it: `deploy: {{{environment}: {{migrate: {{service: …, run: …}}}}}}`"),
            it => format!("say it: `{it}: {{{environment}: {{…}}}}`"),
        };
        self.diags.push(Diagnostic::new(codes::BAD_DEPLOY, Level::Error, span, message).help(help));
    }

    fn workflow(
        &mut self,
        name: &str,
        written: &Spanned<written::Workflow>,
        environments: &[Environment],
    ) -> Option<Workflow> {
        let it = &written.value;
        let deploy = it.deploy.as_ref().and_then(|name| self.environment(name, environments));
        let deployed = deploy.as_ref().and_then(|name| environments.iter().find(|it| it.name == *name));
        if let (Some(word), Some(environment)) = (&it.deploy, deployed) {
            self.can(Chore::Deploy, &environment.name, word.span, environments);
        }
        let mut on: Vec<Trigger> = it.on.0.iter().filter_map(|it| self.trigger(it)).collect();
        if on.is_empty() {
            on = deployed.and_then(|it| it.deploy.as_ref()).map_or_else(Vec::new, |it| it.trigger.clone());
        }
        if on.is_empty() {
            on = vec![Trigger::Push(None), Trigger::PullRequest];
        }
        let texts = |list: &[Written]| list.iter().map(|it| it.value.to_string()).collect::<Vec<_>>();
        let jobs = [("lint", &it.lint), ("test", &it.test), ("security", &it.security), (name, &it.run)];
        let jobs = jobs.into_iter().filter_map(|(name, job)| Some(self.job(name, job.as_ref()?))).collect();
        let build = match texts(&it.build.0).as_slice() {
            [] => Building::Nothing,
            [one] if one == "changed" || one == "all" => {
                Building::Images { changed: one == "changed", push: it.push.unwrap_or(true) }
            }
            lines => Building::Lines(lines.to_vec()),
        };
        let permissions = self.permissions(it);
        Some(Workflow {
            name: name.to_string(),
            span: written.span,
            file: self.path(it.file.as_ref()?)?,
            on,
            paths: texts(&it.paths.0),
            ignore: texts(&it.ignore.0),
            skip: it.skip.as_ref().map(|it| it.value.to_string()),
            runner: it.runner.as_ref().map(|it| it.value.to_string()),
            setup: texts(&it.setup.0),
            jobs,
            build,
            deploy,
            permissions,
        })
    }

    fn permissions(&mut self, it: &written::Workflow) -> Vec<(String, &'static str)> {
        let mut permissions = Vec::new();
        for (kind, access) in &it.permissions {
            if !PERMISSIONS.contains(&kind.as_str()) {
                let message = format!("GitHub has no permission `{kind}`");
                let error = Diagnostic::new(codes::UNKNOWN_NAME, Level::Error, access.span, message);
                self.diags.push(error.help(match did_you_mean(kind, PERMISSIONS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", PERMISSIONS.map(|it| format!("`{it}`")).join(", ")),
                }));
                continue;
            }
            permissions.push((
                kind.clone(),
                match access.value {
                    written::Access::None => "none",
                    written::Access::Read => "read",
                    written::Access::Write => "write",
                },
            ));
        }
        permissions
    }

    fn trigger(&mut self, text: &Written) -> Option<Trigger> {
        deploy::trigger(text, self.diags)
    }

    fn job(&mut self, name: &str, it: &written::Job) -> Job {
        let spec = self.spec;
        let known = || spec.services.iter().map(|(name, it)| (name.as_str(), it.span));
        for service in &it.services {
            if known().all(|(name, _)| *name != *service.value) {
                self.unknown("service", &service.value, service.span, known());
            }
        }
        let lines: Vec<String> = it.run.iter().map(|it| it.value.to_string()).collect();
        for (key, values) in &it.matrix {
            if !lines.iter().any(|it| it.contains(&format!("<{key}>"))) {
                let message =
                    format!("no line of the job `{name}` says `<{key}>`, so all of the matrix would run the same");
                let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, values.span, message);
                self.diags.push(error.help(format!("write `<{key}>` where the value belongs")));
            }
        }
        let values = |it: &Spanned<crate::spec::decode::OneOrMany<Written>>| {
            it.value.0.iter().map(|it| it.value.to_string()).collect()
        };
        Job {
            name: name.to_string(),
            lines,
            matrix: it.matrix.iter().map(|(name, it)| (name.clone(), values(it))).collect(),
            services: it.services.iter().map(|it| it.value.to_string()).collect(),
        }
    }

    fn docs(&mut self, it: &written::Docs) -> Option<Docs> {
        let picture = it.picture.as_ref().and_then(|it| self.path(it));
        let policies = self.spec.check.iter().flat_map(|it| &it.assert);
        let policies =
            policies.filter_map(|it| it.value.because.as_ref().map(|because| (&it.value.that.value, &because.value)));
        let mut constraints: Vec<String> = it.notes.0.iter().map(|it| it.value.to_string()).collect();
        constraints.extend(policies.map(|(that, because)| format!("`{that}`: {because}")));
        Some(Docs { file: self.path(it.file.as_ref()?)?, picture, constraints })
    }

    fn template(&mut self, it: &written::Template) -> Option<Template> {
        let (from, to) = (self.path(&it.from)?, self.path(&it.to)?);
        let environments = &self.spec.environments;
        if let Some(name) = it.env.as_ref().filter(|it| !environments.contains_key(&*it.value)) {
            self.unknown(
                "environment",
                &name.value,
                name.span,
                environments.iter().map(|(name, it)| (name.as_str(), it.span)),
            );
        }
        match self.files.read_text(&from) {
            Ok(text) => Some(Template {
                from,
                text,
                to,
                span: it.from.span,
                environment: it.env.as_ref().map(|it| it.value.to_string()),
                executable: it.executable.unwrap_or(false),
            }),
            Err(error) => {
                let message = format!("cannot read the template `{from}`: {error}");
                self.diags.push(
                    Diagnostic::new(codes::MOUNT_MISSING, Level::Error, it.from.span, message)
                        .help("write its path relative to the spec"),
                );
                None
            }
        }
    }
}
