//! Puts together what several files say: bases of settings classes, classes of fixtures, wrappers and their callers.
//!
//! Runs once after all files are read, in time proportional to what there is: classes are found by name.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::class::{Class, RawField};
use super::config::Config;
use super::{Unlinked, fixture::RawFixture};
use crate::repo::fact::{
    Absent, EnvRead, Extra, Facts, Field, FieldPart, FieldType, FixtureBy, Flavor, Language, SettingsClass, Text,
};

/// Bases that are followed before we stop: nobody inherits further, and a cycle ends.
const MAX_BASES: usize = 24;

/// Links everything that was read.
pub fn link(facts: &mut Facts) {
    let unlinked = std::mem::take(&mut facts.python);
    let Unlinked { classes, fixtures, conditions, wrappers, calls, attributes, attributes_in_tests, dynamic } =
        unlinked;
    let table = Table::new(&classes);
    for (at, class) in classes.iter().enumerate() {
        if let Some(flavor) = table.flavor(at, 0) {
            let mut linked = table.settings(at, flavor);
            linked.is_read_dynamically = dynamic.iter().any(|it| is_near(it, &class.path));
            facts.settings.push(linked);
        }
    }
    let fields: HashSet<&str> =
        facts.settings.iter().flat_map(|it| &it.fields).map(|it| it.name.value.as_str()).collect();
    facts.conditions.extend(conditions.into_iter().filter(|it| fields.contains(it.needs.value.as_str())));
    let settings: Vec<usize> = (0..classes.len()).filter(|it| table.flavor(*it, 0).is_some()).collect();
    for fixture in fixtures {
        let class = table.class_of(&fixture, &settings);
        if let Some(class) = class {
            let mut linked = fixture.fixture;
            linked.class.value.clone_from(&classes[class].name.value);
            linked.declared_in.clone_from(&classes[class].path);
            facts.fixtures.push(linked);
        }
    }
    for call in calls {
        let (module, name) = split(&call.callee);
        let named = wrappers.iter().filter(|(_, it)| it.name == name);
        let best = named.max_by_key(|(path, _)| closeness(path, module)).map(|it| &it.1);
        if let Some((name, absent)) = best.and_then(|it| it.read(&call)) {
            facts.reads.push(read_of(name, absent, call.in_test));
        }
    }
    facts.reads.sort_by_key(|it| it.name.span);
    facts.python.attributes = attributes;
    facts.python.attributes_in_tests = attributes_in_tests;
}

/// Makes a read of Python code.
pub fn read_of(name: Text, absent: Absent, in_test: bool) -> EnvRead {
    EnvRead { name, language: Language::Python, absent, in_test, build_time: false, is_prefix: false }
}

/// Returns whether two files lie in the same part of the repository, so that one may use the classes of the other.
fn is_near(a: &str, b: &str) -> bool {
    let top = |path: &str| path.split_once('/').map(|it| it.0.to_string());
    top(a).is_none() || top(b).is_none() || top(a) == top(b)
}

fn split(meaning: &str) -> (&str, &str) {
    meaning.rsplit_once('.').unwrap_or(("", meaning))
}

/// Says how well a file fits a module's dotted name: 3 is it, 2 is within it (re-exported), 0 is something else.
fn closeness(path: &str, module: &str) -> u8 {
    let dotted = path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
    if module.is_empty() {
        return 0;
    }
    let (dotted, module) = (format!(".{dotted}."), format!(".{module}."));
    if dotted.ends_with(&module) { 3 } else { u8::from(dotted.contains(&module)) * 2 }
}

/// The classes of a repository by name.
struct Table<'a> {
    classes: &'a [Class],
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Table<'a> {
    fn new(classes: &'a [Class]) -> Table<'a> {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, class) in classes.iter().enumerate() {
            by_name.entry(&class.name.value).or_default().push(at);
        }
        Table { classes, by_name }
    }

    /// Returns the class that a dotted name means, seen from a file.
    fn find(&self, meaning: &str, from: &str) -> Option<usize> {
        let (module, name) = split(meaning);
        let candidates = self.by_name.get(name)?;
        if module.is_empty() {
            let here = candidates.iter().rev().find(|it| self.classes[**it].path == from);
            return here.copied().or_else(|| (candidates.len() == 1).then(|| candidates[0]));
        }
        let best = candidates.iter().max_by_key(|it| closeness(&self.classes[**it].path, module))?;
        let is_sure = closeness(&self.classes[*best].path, module) > 0;
        (is_sure || candidates.len() == 1 && !is_library(module)).then_some(*best)
    }

    fn bases(&self, at: usize) -> impl Iterator<Item = Result<usize, &'a str>> {
        let class = &self.classes[at];
        class.bases.iter().map(move |(_, meaning)| {
            // A class does not inherit from itself, even if its base has the same name elsewhere.
            self.find(meaning, &class.path).filter(|it| *it != at).ok_or(meaning.as_str())
        })
    }

    /// Returns whose rules a class follows, if it is a settings class.
    fn flavor(&self, at: usize, depth: usize) -> Option<Flavor> {
        if depth > MAX_BASES {
            return None;
        }
        self.bases(at).find_map(|base| match base {
            Ok(base) => self.flavor(base, depth + 1),
            Err(meaning) => library_flavor(meaning),
        })
    }

    /// Returns whether a class is a model, such as a nested one, or something with fields like it.
    fn is_model(&self, at: usize, depth: usize) -> bool {
        depth <= MAX_BASES
            && self.bases(at).any(|base| match base {
                Ok(base) => self.is_model(base, depth + 1),
                Err(meaning) => matches!(split(meaning).1, "BaseModel" | "SQLModel" | "RootModel" | "BaseSettings"),
            })
    }

    /// Returns a class and its bases, most derived first; of two mentions of a base the later counts.
    fn line(&self, at: usize) -> Vec<usize> {
        let mut line = Vec::new();
        self.walk(at, 0, &mut line);
        let mut seen = HashSet::new();
        line.reverse();
        line.retain(|it| seen.insert(*it));
        line.reverse();
        line
    }

    fn walk(&self, at: usize, depth: usize, line: &mut Vec<usize>) {
        if depth > MAX_BASES || line.len() > MAX_BASES * MAX_BASES {
            return;
        }
        line.push(at);
        for base in self.bases(at).flatten() {
            self.walk(base, depth + 1, line);
        }
    }

    /// Merges configuration as pydantic does: base by base, and a settings class says everything.
    fn config(&self, at: usize, flavor: Flavor, depth: usize) -> Config {
        let mut merged = Config::default();
        if depth > MAX_BASES {
            return merged;
        }
        let mut bases: Vec<_> = self.bases(at).collect();
        if flavor == Flavor::PydanticV1 {
            bases.reverse();
        }
        for base in bases {
            match base {
                Ok(base) => {
                    let config = self.config(base, flavor, depth + 1);
                    if flavor == Flavor::PydanticV2 && self.flavor(base, 0).is_some() {
                        merged = config;
                    } else {
                        merged = over(merged, &config);
                    }
                }
                Err(meaning) if flavor == Flavor::PydanticV2 && library_flavor(meaning).is_some() => {
                    merged = Config::default();
                }
                Err(_) => {}
            }
        }
        let class = &self.classes[at];
        merged = over(merged, &class.config);
        if flavor == Flavor::PydanticV2 {
            merged = over(merged, &class.model_config);
        }
        over(merged, &class.keywords)
    }

    fn settings(&self, at: usize, flavor: Flavor) -> SettingsClass {
        let class = &self.classes[at];
        let config = self.config(at, flavor, 0);
        let line = self.line(at);
        let prefix = config.env_prefix.as_ref().map_or("", |it| &it.value);
        let mut linked = SettingsClass {
            name: class.name.clone(),
            file: class.file,
            path: class.path.clone(),
            bases: class.bases.iter().map(|it| it.0.clone()).collect(),
            flavor,
            env_prefix: config.env_prefix.clone().filter(|it| !it.value.is_empty()),
            nested_delimiter: config.nested_delimiter.clone().filter(|it| !it.value.is_empty()),
            is_case_sensitive: config.case_sensitive == Some(true),
            ignores_empty: flavor == Flavor::PydanticV2 && config.ignores_empty == Some(true),
            extra: config.extra.map_or(Extra::Forbid, |it| it.0),
            extra_span: config.extra.map(|it| it.1),
            is_configured_by_call: class.is_configured_by_call,
            env_files: config.env_files.clone().unwrap_or_default(),
            has_unknown_sources: config.has_computed_env_file
                || config.is_computed
                || config.filters_dotenv
                || line.iter().any(|it| self.classes[*it].customises_sources),
            has_unknown_names: config.is_computed,
            is_read_dynamically: false,
            fields: Vec::new(),
            attributes: line.iter().flat_map(|it| self.classes[*it].attributes.clone()).collect(),
            leftovers: if flavor == Flavor::PydanticV2 { class.leftovers.clone() } else { Vec::new() },
            in_test: class.in_test,
        };
        let before: HashSet<&str> =
            line.iter().flat_map(|it| &self.classes[*it].validated_before).map(String::as_str).collect();
        let context = Context { flavor, config: &config, prefix, before: &before };
        linked.fields = self
            .fields(&line, flavor)
            .into_values()
            .map(|(owner, it)| self.field(at, (owner, &it), &context))
            .collect();
        linked
    }

    /// Returns the fields of a class and its bases by name, with the class that has the last word on each.
    fn fields(&self, line: &[usize], flavor: Flavor) -> IndexMap<&'a str, (usize, Cow<'a, RawField>)> {
        let mut fields: IndexMap<&str, (usize, Cow<RawField>)> = IndexMap::new();
        for at in line.iter().rev() {
            if flavor == Flavor::PydanticV1 && !self.is_model(*at, 0) {
                continue;
            }
            for field in &self.classes[*at].fields {
                let name = field.name.value.as_str();
                let inherited = fields.get(name);
                // A bare assignment changes an inherited default; by itself it is a field for pydantic 1 only.
                let field = match (&field.annotation, inherited) {
                    (None, Some((_, inherited))) => Cow::Owned(RawField {
                        name: field.name.clone(),
                        has_default: field.has_default,
                        default: field.default.clone(),
                        default_value: field.default_value.clone(),
                        span: field.span,
                        ..RawField::clone(inherited)
                    }),
                    (None, None) if flavor == Flavor::PydanticV2 => continue,
                    _ => Cow::Borrowed(field),
                };
                fields.insert(name, (*at, field));
            }
        }
        fields
    }

    fn field(&self, at: usize, (owner, raw): (usize, &RawField), context: &Context) -> Field {
        let (type_, members) = self.type_of(&raw.type_, owner);
        let is_required = !raw.has_default
            && match context.flavor {
                Flavor::PydanticV2 => true,
                Flavor::PydanticV1 => {
                    raw.is_ellipsis || !raw.is_optional && raw.annotation.as_ref().is_none_or(|it| it.value != "Any")
                }
            };
        let is_decoded = matches!(type_, FieldType::Json(_) | FieldType::Model(_));
        let is_seen_before = context.before.contains("*") || context.before.contains(raw.name.value.as_str());
        let member = raw.default.as_ref().and_then(|it| it.value.rsplit('.').next());
        let member = members.iter().find(|it| Some(it.0.as_str()) == member).map(|it| it.1.clone());
        let env_names = context.env_names(raw);
        let delimiter = context.config.nested_delimiter.as_ref().filter(|it| !it.value.is_empty());
        let parts = match (delimiter, self.model_at(&raw.type_, owner), env_names.as_slice()) {
            (Some(delimiter), Some(model), [name]) if context.config.case_sensitive != Some(true) => {
                self.parts(model, (name, &delimiter.value), context.flavor, 0)
            }
            _ => Vec::new(),
        };
        Field {
            parts,
            env_names,
            alias: raw.alias_span.or(raw.env_span.filter(|_| context.flavor == Flavor::PydanticV1)),
            keywords: context.keywords(raw),
            from: (owner != at).then(|| self.classes[owner].name.value.clone()),
            annotation: raw.annotation.clone().unwrap_or_else(|| raw.name.clone()),
            has_own_validation: if is_decoded {
                raw.no_decode || context.config.no_decoding == Some(true)
            } else {
                raw.is_validated_before || is_seen_before
            },
            type_,
            is_optional: raw.is_optional,
            is_required,
            default: raw.default.clone(),
            default_value: raw.default_value.clone().or(member),
            span: raw.span,
            name: raw.name.clone(),
        }
    }

    /// Returns the model that a type names.
    fn model_at(&self, type_: &FieldType, owner: usize) -> Option<usize> {
        let FieldType::Model(meaning) = type_ else { return None };
        self.find(meaning, &self.classes[owner].path).filter(|it| self.is_model(*it, 0))
    }

    /// Returns the fields of a model with the variables that set them; none where names are not those of the fields, or
    /// the model reads the environment by itself.
    fn parts(&self, at: usize, (before, delimiter): (&str, &str), flavor: Flavor, depth: usize) -> Vec<FieldPart> {
        const MAX_DEPTH: usize = 3;
        let mut found = Vec::new();
        if depth > MAX_DEPTH || self.flavor(at, 0).is_some() {
            return found;
        }
        for (owner, raw) in self.fields(&self.line(at), flavor).into_values() {
            if !raw.aliases.is_empty() {
                return Vec::new();
            }
            let env_name = format!("{before}{delimiter}{}", raw.name.value).to_ascii_uppercase();
            let model = self.model_at(&raw.type_, owner);
            let mut inner = model.map_or(Vec::new(), |it| self.parts(it, (&env_name, delimiter), flavor, depth + 1));
            let is_required = !raw.has_default && (flavor == Flavor::PydanticV2 || !raw.is_optional);
            // What has a default as a whole needs none of its parts.
            inner.iter_mut().filter(|_| !is_required).for_each(|it| it.is_required = false);
            let (type_, _) = self.type_of(&raw.type_, owner);
            found.push(FieldPart {
                name: raw.name.clone(),
                env_name,
                is_required: is_required && inner.is_empty(),
                takes_parts: matches!(type_, FieldType::Model(_) | FieldType::Json(_) | FieldType::Other),
            });
            found.extend(inner);
        }
        found
    }

    /// Replaces a class's dotted name by what it is; for an enum its members come along.
    fn type_of(&self, type_: &FieldType, owner: usize) -> (FieldType, Vec<(String, String)>) {
        let FieldType::Model(meaning) = type_ else { return (type_.clone(), Vec::new()) };
        let Some(at) = self.find(meaning, &self.classes[owner].path) else { return (FieldType::Other, Vec::new()) };
        let class = &self.classes[at];
        let is_enum = |(_, it): &(Text, String)| matches!(split(it).1, "Enum" | "StrEnum");
        if class.bases.iter().any(is_enum) {
            let member = |it: &RawField| Some((it.name.value.clone(), it.default_value.clone()?));
            let members: Vec<_> = class.fields.iter().filter_map(member).collect();
            let is_known = members.len() == class.fields.len() && !members.is_empty();
            let values = members.iter().map(|it| it.1.clone()).collect();
            return (if is_known { FieldType::OneOf(values) } else { FieldType::Other }, members);
        }
        let type_ = if self.is_model(at, 0) { FieldType::Model(class.name.value.clone()) } else { FieldType::Other };
        (type_, Vec::new())
    }

    /// Returns the settings class that a fixture makes.
    fn class_of(&self, fixture: &RawFixture, settings: &[usize]) -> Option<usize> {
        if fixture.fixture.by == FixtureBy::Copy {
            let programs: Vec<usize> = settings.iter().copied().filter(|it| !self.classes[*it].in_test).collect();
            let is_settings = fixture.fixture.class.value.to_lowercase().contains("settings");
            return (is_settings && programs.len() == 1).then(|| programs[0]);
        }
        let found = self.find(&fixture.class, "")?;
        settings.contains(&found).then_some(found)
    }
}

/// What decides about the names of a class's fields.
struct Context<'a> {
    flavor: Flavor,
    config: &'a Config,
    prefix: &'a str,
    before: &'a HashSet<&'a str>,
}

impl Context<'_> {
    fn env_names(&self, raw: &RawField) -> Vec<String> {
        let written = |prefix: &str, name: &str| {
            let mut whole = format!("{prefix}{name}");
            if self.config.case_sensitive != Some(true) {
                whole.make_ascii_uppercase();
            }
            whole
        };
        let own = || written(self.prefix, &raw.name.value);
        if self.flavor == Flavor::PydanticV1 {
            let declared = self.config.field_envs.get(&raw.name.value);
            return match declared {
                _ if !raw.env.is_empty() => raw.env.iter().map(|it| written("", &it.value)).collect(),
                Some(names) if !names.is_empty() => names.iter().map(|it| written("", it)).collect(),
                _ => vec![own()],
            };
        }
        let prefix = if self.config.prefix_on_aliases == Some(true) { self.prefix } else { "" };
        let mut names: Vec<String> = raw.aliases.iter().map(|it| written(prefix, it)).collect();
        if names.is_empty() || self.config.by_name == Some(true) {
            names.push(own());
        }
        names
    }

    fn keywords(&self, raw: &RawField) -> Vec<String> {
        let mut names = match self.flavor {
            // Only `alias=` exists there.
            Flavor::PydanticV1 if !raw.is_plain_alias => Vec::new(),
            _ => raw.aliases.clone(),
        };
        let by_name = if self.flavor == Flavor::PydanticV1 { self.config.by_name_v1 } else { self.config.by_name };
        if names.is_empty() || by_name == Some(true) {
            names.push(raw.name.value.clone());
        }
        names
    }
}

/// Returns a configuration with what another one says put over it.
fn over(base: Config, config: &Config) -> Config {
    let config = config.clone();
    let mut field_envs = base.field_envs;
    field_envs.extend(config.field_envs);
    Config {
        env_prefix: config.env_prefix.or(base.env_prefix),
        nested_delimiter: config.nested_delimiter.or(base.nested_delimiter),
        case_sensitive: config.case_sensitive.or(base.case_sensitive),
        ignores_empty: config.ignores_empty.or(base.ignores_empty),
        extra: config.extra.or(base.extra),
        has_computed_env_file: config.has_computed_env_file || base.has_computed_env_file && config.env_files.is_none(),
        env_files: config.env_files.or(base.env_files),
        filters_dotenv: config.filters_dotenv || base.filters_dotenv,
        by_name: config.by_name.or(base.by_name),
        by_name_v1: config.by_name_v1.or(base.by_name_v1),
        prefix_on_aliases: config.prefix_on_aliases.or(base.prefix_on_aliases),
        no_decoding: config.no_decoding.or(base.no_decoding),
        is_computed: config.is_computed || base.is_computed,
        field_envs,
        fields_span: config.fields_span.or(base.fields_span),
    }
}

fn is_library(module: &str) -> bool {
    let top = module.split('.').next().unwrap_or(module);
    matches!(top, "pydantic" | "pydantic_settings" | "typing" | "typing_extensions" | "enum" | "sqlmodel" | "abc")
}

/// Returns whose rules a base from outside the repository brings.
fn library_flavor(meaning: &str) -> Option<Flavor> {
    let (module, name) = split(meaning);
    if name != "BaseSettings" {
        return None;
    }
    match module.split('.').next() {
        Some("pydantic") => Some(Flavor::PydanticV1),
        _ => Some(Flavor::PydanticV2),
    }
}
