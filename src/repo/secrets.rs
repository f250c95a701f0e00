//! Which places of a repository hold secrets, and which values are secret wherever they stand.
//!
//! Readers know what belongs to which name better than any look at a line does: a value over several lines, the data
//! of a Kubernetes Secret, the default of a settings field. What has the form of a secret is left to [`crate::secret`].

use std::collections::HashSet;

use super::env_wrapper::is_loud_name;
use super::fact::{Absent, EnvFile, FieldType, Text};
use super::{Repo, in_parts};
use crate::secret::{is_telling, may_be_secret, values_in};
use crate::source::Span;
use crate::syntax::interpolation::parse;
use crate::syntax::node::{Node, Value};

/// What must not be told of a repository.
#[derive(Clone, Default, Debug)]
pub struct Secrets {
    /// Where secrets stand.
    pub places: Vec<Span>,
    /// Secrets that are told wherever they stand.
    pub values: Vec<String>,
}

/// Trees that share parts (YAML's aliases) may be far larger than their text: beyond this many values the rest is
/// left to what has the form of a secret.
const MOST_NODES: usize = 200_000;

/// What is looked through for itself.
enum Part<'r> {
    EnvFile(&'r EnvFile),
    Code,
    Trees,
}

impl Secrets {
    /// Collects the secrets of a repository.
    pub fn of(repo: &Repo) -> Secrets {
        let env_files = repo.facts.env_files.iter().map(Part::EnvFile);
        let parts: Vec<Part> = env_files.chain([Part::Code, Part::Trees]).collect();
        let found = in_parts(&parts, |_, parts| {
            let mut secrets = Secrets::default();
            for part in parts {
                match part {
                    Part::EnvFile(file) => secrets.env_file(file),
                    Part::Code => secrets.code(repo),
                    Part::Trees => secrets.trees(repo),
                }
            }
            secrets
        });
        let mut secrets = Secrets::default();
        for mut it in found {
            secrets.places.append(&mut it.places);
            secrets.values.append(&mut it.values);
        }
        secrets.values.sort_unstable();
        secrets.values.dedup();
        // `secretKey: COOKIE_DOMAIN` says which variable, and that is no secret wherever it stands.
        if secrets.values.iter().any(|it| is_loud_name(it)) {
            let entries = repo.facts.env_files.iter().flat_map(|it| &it.entries).map(|it| it.name.value.as_str());
            let names: HashSet<&str> = entries.chain(repo.usage.names().map(|it| it.0)).collect();
            secrets.values.retain(|it| !names.contains(it.as_str()));
        }
        secrets
    }

    fn env_file(&mut self, file: &EnvFile) {
        for entry in &file.entries {
            if may_be_secret(&entry.name.value) {
                let value = (entry.value.value.as_str(), entry.value.span);
                self.hide(value);
                // With its quotes and its comment.
                entry.raw().filter(|it| *it != value).into_iter().for_each(|it| self.hide(it));
            }
            self.values.extend(values_in(&entry.value.value));
        }
    }

    /// What compose files, proxies, workflows and manifests say.
    fn trees(&mut self, repo: &Repo) {
        let trees = repo.facts.compose_files.iter().map(|it| &it.node);
        let trees = trees.chain(repo.facts.traefik.iter().map(|it| &it.node));
        let mut left = MOST_NODES;
        trees.chain(repo.facts.workflows.iter().map(|it| &it.node)).for_each(|it| self.tree(it, false, &mut left));
        for manifest in &repo.facts.manifests {
            let is_secret = manifest.kind.value == "Secret";
            for section in ["data", "stringData"].iter().filter(|_| is_secret) {
                manifest.node.get(section).into_iter().for_each(|it| self.tree(it, true, &mut left));
            }
            self.tree(&manifest.node, false, &mut left);
        }
    }

    /// What code, scripts and documents say.
    fn code(&mut self, repo: &Repo) {
        let facts = &repo.facts;
        let sets = facts.sets.iter().filter_map(|it| Some((&it.name, it.value.as_ref()?)));
        let variables = facts.commands.iter().flat_map(|it| &it.variables);
        let variables = variables.filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let arguments = facts.fixtures.iter().flat_map(|it| &it.arguments);
        let arguments = arguments.filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let docs = facts.docs.iter().filter_map(|it| Some((&it.name, it.default.as_ref()?)));
        for (name, value) in sets.chain(variables).chain(arguments).chain(docs) {
            self.named(&name.value, value);
        }
        for read in &facts.reads {
            if let Absent::Default(value) = &read.absent
                && may_be_secret(&read.name.value)
            {
                self.value(value);
            }
        }
        for field in facts.settings.iter().flat_map(|it| &it.fields) {
            let is_secret = field.type_ == FieldType::Secret || may_be_secret(&field.name.value);
            let is_told = field.default.as_ref().filter(|_| is_secret && field.default_value.is_some());
            if let (Some(default), Some(value)) = (is_told, &field.default_value) {
                self.places.push(default.span);
                self.value(value);
            }
        }
    }

    fn named(&mut self, name: &str, value: &Text) {
        if may_be_secret(name) {
            self.hide((&value.value, value.span));
        }
    }

    /// Hides a text, but for what is asked for elsewhere: `${X}` is no secret, the default in `${X:-y}` is.
    fn hide(&mut self, (text, span): (&str, Span)) {
        if !text.contains('$') {
            self.places.push(span);
            return self.value(text);
        }
        let template = parse(text);
        if template.variables().is_empty() {
            self.places.push(span);
            return self.value(text);
        }
        let defaults = template.variables().into_iter().filter_map(|it| it.default()?.as_literal());
        defaults.collect::<Vec<_>>().iter().for_each(|it| self.value(it));
    }

    fn value(&mut self, value: &str) {
        if is_telling(value) {
            self.values.push(value.to_string());
        }
    }

    fn tree(&mut self, node: &Node, is_secret: bool, left: &mut usize) {
        let Some(rest) = left.checked_sub(1) else { return };
        *left = rest;
        match &node.value {
            Value::Scalar(it) => {
                if is_secret {
                    return self.hide((&it.text, node.span));
                }
                if let Some((name, value)) = it.text.split_once('=').filter(|it| may_be_secret(it.0)) {
                    let exact = (node.span.end - node.span.start) as usize == it.text.len();
                    let span = if exact { node.span.part(name.len() + 1, it.text.len()) } else { node.span };
                    self.hide((value, span));
                }
                self.values.extend(values_in(&it.text));
            }
            Value::Seq(items) => {
                for (at, item) in items.iter().enumerate() {
                    let before = at.checked_sub(1).and_then(|it| items[it].as_text()).unwrap_or_default();
                    self.tree(item, is_secret || is_credential(before, item), left);
                }
            }
            Value::Map(map) => {
                let text = |key: &str| map.get(key).and_then(Node::as_text);
                let names_one = text("name").is_some_and(may_be_secret);
                for entry in &map.entries {
                    let is_value = (names_one && &*entry.key == "value") || may_be_secret(&entry.key);
                    let is_scalar = entry.value.as_scalar().is_some();
                    self.tree(&entry.value, is_secret || (is_value && is_scalar), left);
                }
            }
        }
    }
}

/// Returns whether a word of a command is what the option before it logs in with.
fn is_credential(option: &str, word: &Node) -> bool {
    let login = matches!(option, "-u" | "--user") && word.as_text().is_some_and(|it| it.contains(':'));
    login || option.starts_with("--") && !option.contains('=') && may_be_secret(option.trim_start_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diags;
    use crate::files::InMemory;
    use crate::source::Sources;

    fn values(files: &[(&str, &str)]) -> Vec<String> {
        let files = InMemory::new(files.iter().copied());
        let repo = super::super::read(
            &files,
            &super::super::Options::default(),
            &mut Sources::default(),
            &mut Diags::default(),
        );
        Secrets::of(&repo).values
    }

    #[test]
    fn the_name_of_a_variable_is_no_secret() {
        let secret = "kind: ExternalSecret\napiVersion: external-secrets.io/v1\nmetadata: {name: a}\nspec:\n  data:\n    - secretKey: COOKIE_DOMAIN\n";
        let code = ("a.py", "import os\nx = os.environ['COOKIE_DOMAIN']\n");
        assert_eq!(values(&[("k8s/a.yaml", secret)]), ["COOKIE_DOMAIN"]);
        assert!(values(&[("k8s/a.yaml", secret), code]).is_empty());
    }

    #[test]
    fn values_are_collected_from_every_kind_of_file() {
        let found = values(&[
            (".env", "API_KEY=env-canary-1\nDATABASE_URL=postgres://u:url-canary-2@db/x\nPORT=8000\n"),
            (
                "docker-compose.yml",
                "services:\n  a:\n    image: a\n    environment:\n      DB_PASSWORD: map-canary-3\n  b:\n    image: b\n    environment: [\"DB_PASSWORD=list-canary-4\", \"X=${TOKEN:-no}\"]\n",
            ),
            (
                "k8s/secret.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {anything: k8s-canary-5}\n",
            ),
            ("Dockerfile", "FROM a\nENV API_TOKEN=docker-canary-6\n"),
            ("run.sh", "export API_TOKEN=shell-canary-7\n"),
            ("a.py", "import os\nx = os.getenv('API_TOKEN', 'python-canary-8')\n"),
        ]);
        let expected = [
            "docker-canary-6",
            "env-canary-1",
            "k8s-canary-5",
            "list-canary-4",
            "map-canary-3",
            "python-canary-8",
            "shell-canary-7",
            "url-canary-2",
        ];
        assert_eq!(found, expected);
    }
}
