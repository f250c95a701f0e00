//! What is to stand in one env file: the variables of every environment that names it, each once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::value::Reader;
use crate::diag::{Diagnostic, Diags, Level};
use crate::ir::interpolated::interpolated;
use crate::ir::text::{Part, Text};
use crate::ir::variable::{Delivery, Group, Variable};
use crate::ir::{Environment, Target};
use crate::origin::{Origin, Traced};
use crate::source::Span;

/// Which of an environment's two files it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A person copies it and fills it in.
    Template,
    /// It is committed and used as it is.
    Public,
}

/// An env file to write.
pub struct Sheet<'a> {
    /// Its path.
    pub path: String,
    /// Where that is written.
    pub path_span: Option<Span>,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is, in written order.
    pub environments: Vec<&'a Environment>,
    /// Its sections by name of the group.
    pub sections: IndexMap<&'a str, Section<'a>>,
}

/// The variables of a group.
pub struct Section<'a> {
    /// The group.
    pub group: &'a Group,
    /// The lines by the name that stands before the `=`.
    pub lines: IndexMap<&'a str, Line<'a>>,
}

/// A variable in a file.
pub struct Line<'a> {
    /// The variable, as the first environment that has it sees it.
    pub variable: &'a Variable,
    /// The value to write; none for a secret and for what has none.
    pub value: Option<&'a Traced<Text>>,
    /// Whether some environment needs it to have a value.
    pub required: bool,
    /// Whether the line is commented out.
    pub optional: bool,
    /// Who reads it.
    pub readers: Vec<Reader>,
    /// The environments that have it.
    pub environments: Vec<&'a str>,
}

/// Collects one sheet per path, in the order that the environments name them.
pub fn sheets<'a>(environments: &[&'a Environment], diags: &mut Diags) -> Vec<Sheet<'a>> {
    let mut sheets: Vec<Sheet<'a>> = Vec::new();
    for environment in environments {
        if environment.public.is_none() && environment.template.is_none() {
            continue;
        }
        let readers = Readers::of(environment);
        for (purpose, path) in [(Purpose::Public, &environment.public), (Purpose::Template, &environment.template)] {
            let Some(path) = path else { continue };
            let at = match sheets.iter().position(|it| it.path == path.value) {
                Some(at) => at,
                None => {
                    sheets.push(Sheet {
                        path: path.value.clone(),
                        path_span: path.origin.span(),
                        purpose,
                        environments: Vec::new(),
                        sections: IndexMap::new(),
                    });
                    sheets.len() - 1
                }
            };
            let sheet = &mut sheets[at];
            if sheet.purpose != purpose {
                diags.push(two_purposes(sheet, path));
                continue;
            }
            sheet.add(environment, &readers, diags);
        }
    }
    for sheet in &mut sheets {
        sheet.sort();
    }
    sheets
}

impl<'a> Sheet<'a> {
    /// Brings the sections into the spec's order: an environment may begin with one that an earlier one lacks.
    fn sort(&mut self) {
        let groups = self.environments.first().into_iter().flat_map(|it| &it.groups);
        let order: BTreeMap<&str, usize> = groups.enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
        self.sections.sort_by_cached_key(|name, _| order.get(name).copied());
        self.sections.values_mut().for_each(Section::sort);
    }

    fn add(&mut self, environment: &'a Environment, readers: &Readers<'_>, diags: &mut Diags) {
        self.environments.push(environment);
        for group in &environment.groups {
            for variable in &group.variables {
                let value = variable.value.as_ref().filter(|_| variable.secret.is_none());
                let is_public = value.is_some() && environment.public.is_some();
                if is_public != (self.purpose == Purpose::Public) {
                    continue;
                }
                let section = self.sections.entry(group.name.as_str());
                let section = section.or_insert_with(|| Section { group, lines: IndexMap::new() });
                let line = Line {
                    variable,
                    value,
                    required: variable.required.is_some(),
                    optional: variable.optional,
                    readers: readers.of_variable(variable),
                    environments: vec![&environment.name],
                };
                match section.lines.get_mut(&*variable.stored_as) {
                    Some(old) => old.join(line, &self.path, diags),
                    None => _ = section.lines.insert(&variable.stored_as, line),
                }
            }
        }
    }
}

impl Section<'_> {
    /// Puts together what the environments call differently in one file, such as `DEV_KEY` and `PROD_KEY`.
    fn sort(&mut self) {
        let mut order: BTreeMap<&str, usize> = BTreeMap::new();
        for line in self.lines.values() {
            let next = order.len();
            order.entry(&*line.variable.name).or_insert(next);
        }
        self.lines.sort_by_cached_key(|_, it| order[&*it.variable.name]);
    }
}

impl<'a> Line<'a> {
    /// Joins what another environment says of the same line.
    fn join(&mut self, other: Line<'a>, path: &str, diags: &mut Diags) {
        if let (Some(ours), Some(theirs)) = (self.value, other.value)
            && ours.value != theirs.value
        {
            diags.push(contradiction(self, &other, path));
        }
        self.value = self.value.or(other.value);
        self.required |= other.required;
        self.optional &= other.optional;
        for reader in other.readers {
            if !self.readers.contains(&reader) {
                self.readers.push(reader);
            }
        }
        self.environments.extend(other.environments);
    }
}

/// Who reads the env files of an environment.
struct Readers<'a> {
    target: Target,
    delivers: bool,
    interpolated: BTreeSet<Cow<'a, str>>,
}

impl<'a> Readers<'a> {
    fn of(environment: &'a Environment) -> Readers<'a> {
        let entries = environment.services.iter().flat_map(|it| &it.environment);
        Readers {
            target: environment.target,
            delivers: entries.into_iter().any(|it| it.delivery.value == Delivery::EnvFile),
            interpolated: interpolated(environment).into_iter().collect(),
        }
    }

    /// An env file is delivered whole, so what only the deployment needs is read along with the rest.
    fn of_variable(&self, variable: &Variable) -> Vec<Reader> {
        let needed = variable.deploy_only || self.interpolated.contains(&*variable.name);
        match self.target {
            Target::Compose => vec![Reader::Compose],
            Target::Swarm if needed && (variable.deploy_only || !self.delivers) => vec![Reader::Shell],
            Target::Swarm if needed => vec![Reader::Stack, Reader::Shell],
            Target::Swarm if self.delivers => vec![Reader::Stack, Reader::ShellInPassing],
            Target::Swarm => vec![Reader::ShellInPassing],
            Target::Kubernetes => vec![Reader::Stack],
        }
    }
}

fn two_purposes(sheet: &Sheet<'_>, path: &Traced<String>) -> Diagnostic {
    let message = format!("`{}` cannot be both a template and a file with the public values", path.value);
    let error = match path.origin.span() {
        Some(span) => Diagnostic::new(super::CONTRADICTION, Level::Error, span, message),
        None => Diagnostic::placeless(super::CONTRADICTION, Level::Error, message),
    };
    let error = error.help("give one of the two another name");
    match sheet.path_span {
        Some(span) => error.also(span, "used for the other here"),
        None => error,
    }
}

fn contradiction(ours: &Line<'_>, theirs: &Line<'_>, path: &str) -> Diagnostic {
    let span = |line: &Line<'_>| line.value.and_then(|it| it.origin.span()).unwrap_or(line.variable.span);
    let name = &ours.variable.stored_as;
    let (one, two) = (ours.environments[0], theirs.environments[0]);
    let message = format!("`{name}` has one value in {one} and another in {two}, and both would stand in {path}");
    let error = Diagnostic::new(super::CONTRADICTION, Level::Error, span(theirs), message).label(format!("in {two}"));
    let help = format!("give {one} and {two} a `template` or a `public` file each");
    error.also(span(ours), format!("in {one}")).help(help)
}

/// Returns the value as one literal, or the first variable in it.
pub fn literal(text: &Text) -> Result<&str, &str> {
    match text.as_literal() {
        Some(it) => Ok(it),
        None => Err(text
            .parts
            .iter()
            .find_map(|it| if let Part::Variable(it) = it { Some(it.name.as_str()) } else { None })
            .unwrap_or("")),
    }
}

/// Returns where a line of a file comes from.
pub fn origins(line: &Line<'_>) -> Vec<Origin> {
    let declared = Origin::Written(line.variable.span);
    let value = line.value.map(|it| it.origin.clone());
    std::iter::once(declared).chain(value).collect()
}
