//! Makefiles: targets, variables, and recipes as commands.
//!
//! Only what make does before it runs anything is followed: continued lines, `define`, simple variables. Conditions
//! are taken both ways (<https://www.gnu.org/software/make/manual/make.html>).

use std::collections::BTreeMap;

use super::fact::{Absent, CommandHost, EnvRead, EnvSet, Facts, Language, MakeTarget, Makefile, SetBy, Text};
use super::reader::Input;
use super::shell::embedded::Embedded;
use super::shell::folder;
use super::shell::reads::{self, Rules};
use super::shell::run::{self, Setting};
use super::shell::value::{Directory, Known, ROOT, Value};
use crate::diag::Diags;
use crate::source::{Span, Spanned};

/// Variables that make or its rules set.
const GIVEN: &[&str] = &[
    "MAKE",
    "MAKEFLAGS",
    "MAKECMDGOALS",
    "MAKEFILE_LIST",
    "CURDIR",
    "SHELL",
    "CC",
    "CXX",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "AR",
    "RM",
    "OS",
    "HOME",
    "PATH",
    "USER",
    "PWD",
    "MAKELEVEL",
    "LDLIBS",
    "CPPFLAGS",
    "AS",
    "LD",
    "TERM",
    "EDITOR",
    "CI",
    "UID",
    "GOPATH",
    "GOBIN",
    "GOOS",
    "GOARCH",
    "DESTDIR",
    "PREFIX",
];

/// Expansions within expansions beyond this are left as they are.
const MAX_DEPTH: usize = 8;

/// Reads a Makefile.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let mut reader = Reader {
        input,
        variables: BTreeMap::new(),
        makefile: Makefile {
            file: input.file,
            path: input.path.to_string(),
            targets: Vec::new(),
            includes: Vec::new(),
        },
        recipes: Vec::new(),
        asked: Vec::new(),
        exports_all: false,
    };
    reader.lines();
    reader.run(facts);
}

/// A part of the text: its offset, and the text itself with continued lines in it.
type Piece<'a> = (usize, &'a str);

struct Reader<'a> {
    input: &'a Input<'a>,
    /// Values as written, unexpanded; several where conditions give several.
    variables: BTreeMap<String, Vec<Variable<'a>>>,
    makefile: Makefile,
    recipes: Vec<Recipe<'a>>,
    /// Variables that the file asks the environment or the command line for.
    asked: Vec<EnvRead>,
    exports_all: bool,
}

#[derive(Clone, Copy)]
struct Variable<'a> {
    name: Piece<'a>,
    value: Piece<'a>,
    /// `?=`: the environment goes first.
    is_default: bool,
    /// `define`: lines of a recipe.
    is_lines: bool,
}

struct Recipe<'a> {
    targets: Vec<String>,
    line: Piece<'a>,
}

impl<'a> Reader<'a> {
    /// Goes through the logical lines.
    fn lines(&mut self) {
        let text = self.input.text;
        let mut at = 0;
        let mut targets: Vec<String> = Vec::new();
        while at < text.len() {
            let end = logical_end(text, at);
            let line = &text[at..end];
            let start = at;
            at = (end + 1).min(text.len()).max(end);
            if let Some(recipe) = line.strip_prefix('\t') {
                if !recipe.trim().is_empty() && !targets.is_empty() {
                    self.recipes.push(Recipe { targets: targets.clone(), line: (start + 1, recipe) });
                }
                continue;
            }
            let trimmed = line.trim_start();
            let offset = start + (line.len() - trimmed.len());
            match trimmed.split_whitespace().next().unwrap_or("") {
                "define" => at = self.define(offset, trimmed, at),
                "include" | "-include" | "sinclude" => self.include(offset, trimmed),
                "ifdef" | "ifndef" => {}
                "" | "else" | "endif" | "endef" | "ifeq" | "ifneq" | "vpath" => {}
                it if it.starts_with('#') => {}
                "export" if trimmed.trim() == "export" => self.exports_all = true,
                _ => {
                    if let Some(variable) = assignment(offset, trimmed) {
                        self.variables.entry(variable.name.1.to_string()).or_default().push(variable);
                    } else if let Some(found) = self.rule(offset, trimmed) {
                        targets = found;
                    }
                }
            }
        }
    }

    /// `define NAME` up to `endef`; returns where to go on.
    fn define(&mut self, offset: usize, line: &'a str, body: usize) -> usize {
        let name = line["define".len()..].trim().trim_end_matches(['=', ':', '?', '+']).trim();
        let rest = &self.input.text[body..];
        let end = rest.match_indices("endef").map(|it| it.0).find(|it| *it == 0 || rest.as_bytes()[it - 1] == b'\n');
        let end = end.unwrap_or(rest.len());
        let name_at = offset + line.find(name).unwrap_or(0);
        let variable =
            Variable { name: (name_at, name), value: (body, &rest[..end]), is_default: false, is_lines: true };
        self.variables.entry(name.to_string()).or_default().push(variable);
        body + logical_end(rest, end)
    }

    fn include(&mut self, offset: usize, line: &str) {
        let mut at = line.find(char::is_whitespace).unwrap_or(line.len());
        for word in line[at..].split_whitespace() {
            let start = at + line[at..].find(word).unwrap_or(0);
            at = start + word.len();
            let span = Span::new(self.input.file, offset + start, offset + at);
            self.makefile.includes.push(Spanned::new(word.to_string(), span));
        }
    }

    /// `targets: prerequisites`; returns the targets.
    fn rule(&mut self, offset: usize, line: &'a str) -> Option<Vec<String>> {
        let colon = rule_colon(line)?;
        let after = line[colon + 1..].trim_start_matches(':');
        let after_at = offset + line.len() - after.len();
        let (names, recipe) = match after.find(';') {
            Some(at) => (&after[..at], Some((after_at + at + 1, &after[at + 1..]))),
            None => (after, None),
        };
        let names = &names[..names.find('#').unwrap_or(names.len())];
        let is_setting = names.contains('=');
        let prerequisites: Vec<Text> = words(names, after_at, self.input)
            .filter(|it| it.value != "|" && !is_setting && !it.value.contains('\\'))
            .collect();
        let mut targets = Vec::new();
        for name in words(&line[..colon], offset, self.input) {
            let is_special = name.value.starts_with('.') && !name.value.contains('/');
            if is_special {
                continue;
            }
            targets.push(name.value.clone());
            let is_pattern = name.value.contains(['%', '$', '*']);
            let prerequisites = prerequisites.clone();
            self.makefile.targets.push(MakeTarget { name, prerequisites, is_pattern });
        }
        if let Some(line) = recipe.filter(|it| !it.1.trim().is_empty()) {
            self.recipes.push(Recipe { targets: targets.clone(), line });
        }
        Some(targets)
    }

    fn run(mut self, facts: &mut Facts) {
        for list in self.variables.values() {
            for variable in list.iter().filter(|it| !it.is_lines) {
                self.asked.extend(asked(variable, self.input));
                facts.sets.push(self.set(variable));
            }
        }
        let recipes = std::mem::take(&mut self.recipes);
        let from = facts.commands.len();
        for recipe in &recipes {
            self.recipe(recipe, facts);
        }
        if self.exports_all {
            let env_files: Vec<Text> =
                self.makefile.includes.iter().filter(|it| it.value.contains(".env")).cloned().collect();
            for command in &mut facts.commands[from..] {
                command.sourced.splice(0..0, env_files.iter().cloned());
            }
        }
        let known = &self.variables;
        self.asked.retain(|it| {
            it.language != Language::Make || it.absent != Absent::Nothing || !known.contains_key(&it.name.value)
        });
        facts.reads.append(&mut self.asked);
        facts.makefiles.push(self.makefile);
    }

    fn set(&self, variable: &Variable) -> EnvSet {
        let span = |(at, text): Piece| Span::new(self.input.file, at, at + text.len());
        let is_literal = !variable.value.1.contains('$');
        EnvSet {
            name: Spanned::new(variable.name.1.to_string(), span(variable.name)),
            value: is_literal.then(|| Spanned::new(variable.value.1.to_string(), span(variable.value))),
            by: SetBy::Make,
            into: None,
            scope: None,
        }
    }

    fn recipe(&mut self, recipe: &Recipe<'a>, facts: &mut Facts) {
        let (at, line) = recipe.line;
        let target = recipe.targets.first().cloned();
        if let Some(called) = called(line).and_then(|it| self.variables.get(it)).and_then(|it| it.first()).copied()
            && called.is_lines
        {
            let (start, body) = called.value;
            let mut from = 0;
            while from < body.len() {
                let end = logical_end(body, from);
                self.line((start + from, &body[from..end]), target.clone(), facts);
                from = end + 1;
            }
            return;
        }
        self.line((at, line), target, facts);
    }

    fn line(&mut self, (at, line): Piece<'a>, target: Option<String>, facts: &mut Facts) {
        let body = line.trim_start_matches(['@', '-', '+', ' ', '\t']);
        let at = at + line.len() - body.len();
        let mut script = Embedded::new(self.input.file);
        self.expand((at, body), (target.as_deref(), 0), &mut script);
        let rules = Rules { fails_when_unset: false, language: Language::Shell, in_test: self.input.in_test };
        self.asked.extend(reads::uses(&script, &rules).reads);
        let mut setting = Setting::new(self.input, CommandHost::Make, Directory::at(folder(self.input.path)));
        setting.scope = target;
        let own = |text: String| Value::Texts(vec![Known { text, is_dynamic: false }]);
        setting.variables.insert("CURDIR".to_string(), own(format!("{ROOT}/{}", folder(self.input.path))));
        run::run(&script, setting, facts);
    }

    /// Does what make does to a recipe before the shell gets it.
    fn expand(&mut self, (at, text): Piece<'a>, (target, depth): (Option<&str>, usize), script: &mut Embedded) {
        let bytes = text.as_bytes();
        let mut run = 0;
        let mut here = 0;
        while let Some(dollar) = memchr::memchr(b'$', &bytes[here..]).map(|it| here + it) {
            script.push(&text[run..dollar], at + run);
            let next = bytes.get(dollar + 1).copied();
            let (length, name) = match next {
                Some(b'$') => (2, None),
                Some(b'(' | b'{') => reference(&text[dollar..]),
                _ => (1, None),
            };
            match (next, name) {
                (Some(b'$'), _) => script.push("$", at + dollar + 1),
                (Some(b'@'), _) => {
                    script.push_value(target.unwrap_or("$@"), at + dollar);
                    run = dollar + 2;
                    here = run;
                    continue;
                }
                (_, Some(name)) => {
                    self.reference((at + dollar, name), &text[dollar..dollar + length], (target, depth), script)
                }
                _ => script.push(&text[dollar..dollar + length], at + dollar),
            }
            run = dollar + length;
            here = run;
        }
        script.push(&text[run..], at + run);
    }

    fn reference(
        &mut self,
        (at, name): Piece<'a>,
        written: &str,
        (target, depth): (Option<&str>, usize),
        script: &mut Embedded,
    ) {
        match name {
            "MAKE" => return script.push_value("make", at),
            "CURDIR" | "PWD" => return script.push_value("$CURDIR", at),
            "@" => return script.push_value(target.unwrap_or("$@"), at),
            _ => {}
        }
        let value = self.variables.get(name).and_then(|it| it.last()).copied();
        // One that is declared empty is for the command line to fill.
        let is_given = value.is_some_and(|it| it.value.1.is_empty());
        match value.filter(|it| depth < MAX_DEPTH && !it.is_lines && !is_given) {
            Some(variable) => {
                let mut inner = Embedded::new(self.input.file);
                self.expand(variable.value, (target, depth + 1), &mut inner);
                script.push_value(&inner.text, at);
            }
            None => {
                if is_name(name) && !GIVEN.contains(&name) && !self.variables.contains_key(name) {
                    self.asked.push(EnvRead {
                        name: Spanned::new(name.to_string(), Span::new(self.input.file, at + 2, at + 2 + name.len())),
                        language: Language::Make,
                        absent: Absent::Nothing,
                        in_test: self.input.in_test,
                        build_time: false,
                        is_prefix: false,
                    });
                }
                script.push(written, at);
            }
        }
    }
}

/// Returns what `X ?= default` asks for.
fn asked(variable: &Variable, input: &Input) -> Option<EnvRead> {
    let (at, name) = variable.name;
    (variable.is_default && !GIVEN.contains(&name)).then(|| EnvRead {
        name: Spanned::new(name.to_string(), Span::new(input.file, at, at + name.len())),
        language: Language::Make,
        absent: if variable.value.1.contains('$') {
            Absent::Computed
        } else {
            Absent::Default(variable.value.1.to_string())
        },
        in_test: input.in_test,
        build_time: false,
        is_prefix: false,
    })
}

/// Returns the end of a line with its continuations.
fn logical_end(text: &str, start: usize) -> usize {
    let mut at = start;
    loop {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |it| at + it);
        if end == text.len() || !text[start..end].trim_end_matches('\r').ends_with('\\') {
            return end;
        }
        at = end + 1;
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric())
}

/// Returns the variable that a line of a recipe consists of: `$(call name)`, `$(name)`.
fn called(line: &str) -> Option<&str> {
    let inner = line.trim().trim_start_matches(['@', '-', '+']).strip_prefix("$(")?.strip_suffix(')')?;
    let name = inner.strip_prefix("call ").unwrap_or(inner).split(',').next()?.trim();
    (!name.contains(['(', ' ', '$'])).then_some(name)
}

/// Returns how long a reference is, and the name if it is a plain one.
fn reference(text: &str) -> (usize, Option<&str>) {
    let (open, close) = if text.as_bytes().get(1) == Some(&b'{') { (b'{', b'}') } else { (b'(', b')') };
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                let name = text.get(2..at).unwrap_or("").trim();
                return (at + 1, (is_name(name) || name == "@").then_some(name));
            }
        }
    }
    (text.len(), None)
}

/// `NAME = value` in any of its spellings.
fn assignment(offset: usize, line: &str) -> Option<Variable<'_>> {
    let mut body = line;
    for word in ["export ", "override ", "private "] {
        body = body.strip_prefix(word).unwrap_or(body).trim_start();
    }
    let equals = body.find('=')?;
    let operator = body[..equals].trim_end_matches([':', '?', '+', '!']);
    let name = operator.trim();
    if !is_name(&name.replace(['-', '.'], "_")) {
        return None;
    }
    let value = body[equals + 1..].trim();
    let value = value.split(" #").next().unwrap_or(value).trim_end();
    let at = |part: &str| offset + (part.as_ptr() as usize - line.as_ptr() as usize);
    let is_default = body[..equals].ends_with('?');
    Some(Variable { name: (at(name), name), value: (at(value), value), is_default, is_lines: false })
}

/// Returns the colon of a rule: not one in a reference, and none of `:=`.
fn rule_colon(line: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth -= 1,
            b'#' if depth == 0 => return None,
            b':' if depth == 0 => {
                // `C:\` and `a:b` of a URL are none.
                let next = line.as_bytes().get(at + 1);
                return (!matches!(next, Some(b'=' | b'/' | b'\\'))).then_some(at);
            }
            _ => {}
        }
    }
    None
}

fn words<'t>(text: &'t str, offset: usize, input: &'t Input<'t>) -> impl Iterator<Item = Text> + 't {
    text.split_whitespace().map(move |word| {
        let at = offset + (word.as_ptr() as usize - text.as_ptr() as usize);
        Spanned::new(word.to_string(), Span::new(input.file, at, at + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fact::Action;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn facts(text: &str) -> Facts {
        let tree = Tree::new([]);
        let kind = crate::repo::kind::Kind::Makefile;
        let input = Input { file: FileId(0), path: "sub/Makefile", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        facts
    }

    const TEXT: &str = "-include .env\nDC = docker compose --env-file .env.dev \\\n  -f a.yml\nTAG ?= latest\ndefine user\n\t@./add.sh $$USER_NAME\nendef\n.PHONY: up\nup: down build-%\n\t@$(DC) up -d $(SVC)\n\t$(call user)\ndown build: ; -$(DC) down\n\tcd app && echo \"$$TOKEN\" $(MSG) && $(MAKE) next\n";

    #[test]
    fn recipes_are_commands_with_variables_put_in() {
        let facts = facts(TEXT);
        let compose: Vec<_> = facts.commands.iter().filter_map(|it| Some((it, it.action.as_compose()?))).collect();
        assert_eq!(compose.len(), 2);
        let (command, up) = &compose[0];
        assert_eq!((up.files[0].value.as_str(), up.env_files[0].value.as_str()), ("a.yml", ".env.dev"));
        assert_eq!((command.scope.as_deref(), command.directory.as_str()), (Some("up"), "sub"));
        assert_eq!(&TEXT[command.span.start as usize..command.span.end as usize], "$(DC) up -d $(SVC)");
        let scripts = facts.commands.iter().filter(|it| matches!(it.action, Action::Script { .. })).count();
        let makes = facts.commands.iter().filter(|it| matches!(it.action, Action::Make { .. })).count();
        assert_eq!((scripts, makes), (1, 1));
    }

    #[test]
    fn targets_includes_and_variables_are_found() {
        let facts = facts(TEXT);
        let makefile = &facts.makefiles[0];
        let names: Vec<&str> = makefile.targets.iter().map(|it| it.name.value.as_str()).collect();
        assert_eq!(names, ["up", "down", "build"]);
        assert_eq!(makefile.targets[0].prerequisites.len(), 2);
        assert_eq!(makefile.includes[0].value, ".env");
        let mut reads: Vec<String> =
            facts.reads.iter().map(|it| format!("{} {:?}", it.name.value, it.language)).collect();
        reads.sort();
        assert_eq!(reads, ["MSG Make", "SVC Make", "TAG Make", "TOKEN Shell", "USER_NAME Shell"]);
        for read in &facts.reads {
            assert_eq!(&TEXT[read.name.span.start as usize..read.name.span.end as usize], read.name.value);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_makefile_is_read_without_a_panic(text in "[a-z$(){}:=?;#@%\\\\\t \n./é-]{0,120}") {
            facts(&text);
        }
    }
}
