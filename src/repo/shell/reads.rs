//! Variables that a script takes from its environment.

use std::collections::BTreeSet;

use super::embedded::Embedded;
use super::lex;
use super::token::{Part, Quote, Token, Variable, Word};
use crate::repo::fact::{Absent, EnvRead, Language};
use crate::source::Spanned;

/// Variables that every shell, login or build gives.
const GIVEN: &[&str] = &[
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "LANG",
    "HOSTNAME",
    "HOSTTYPE",
    "OSTYPE",
    "MACHTYPE",
    "UID",
    "EUID",
    "GROUPS",
    "PPID",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "IFS",
    "OPTARG",
    "OPTIND",
    "REPLY",
    "FUNCNAME",
    "PIPESTATUS",
    "SHLVL",
    "SHELLOPTS",
    "TMPDIR",
    "EDITOR",
    "PAGER",
    "COLUMNS",
    "LINES",
    "DISPLAY",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "SRANDOM",
    "PS1",
    "PS4",
    "CURDIR",
    "MAKE",
    "MAKEFLAGS",
    "MAKECMDGOALS",
    "MAKEFILE_LIST",
    "CI",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "SUDO_USER",
    "SUDO_UID",
    "SUDO_GID",
    "SSH_CONNECTION",
    "SSH_AUTH_SOCK",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "ANSI",
    "NO_COLOR",
    "DEBIAN_FRONTEND",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "COLORTERM",
    "DOCKER_HOST",
    "KUBECONFIG",
    "COMP_WORDS",
];

/// Prefixes of variables that the shell or the CI sets.
const GIVEN_PREFIXES: &[&str] = &["BASH", "GITHUB_", "RUNNER_", "ACTIONS_", "INPUT_", "npm_", "CI_", "COMP_"];

/// How a text is read.
pub struct Rules {
    /// Whether an unset variable ends the script: `set -u`.
    pub fails_when_unset: bool,
    /// Who reads.
    pub language: Language,
    /// Whether the file belongs to tests.
    pub in_test: bool,
}

/// What a script asks of its environment.
#[derive(Default)]
pub struct Uses {
    /// In order; a variable may come several times.
    pub reads: Vec<EnvRead>,
    /// Names that the script sets itself somewhere.
    pub assigned: BTreeSet<String>,
    /// Names of which it asks whether they are set.
    pub tested: BTreeSet<String>,
}

/// Returns whether a script has `set -u`.
pub fn fails_when_unset(text: &str) -> bool {
    let has_u = |it: &str| it.starts_with('-') && !it.starts_with("--") && it.contains('u');
    let sets = text.lines().map(str::trim_start).filter_map(|it| it.strip_prefix("set"));
    sets.filter(|it| it.starts_with(char::is_whitespace))
        .any(|it| it.split_whitespace().any(|it| has_u(it) || it == "nounset"))
}

/// Finds the variables that a script reads and does not set.
pub fn uses(script: &Embedded, rules: &Rules) -> Uses {
    uses_of(script, &lex::tokens(&script.text), rules)
}

/// The same for a text that has been split already.
pub fn uses_of(script: &Embedded, tokens: &[Token], rules: &Rules) -> Uses {
    let mut collector = Collector { script, rules, found: Uses::default(), own: Vec::new() };
    collector.tokens(tokens, 0);
    let Collector { mut found, .. } = collector;
    let assigned = &found.assigned;
    // A variable that the script sets is its own, but for `X=${X:-default}`, which asks for it.
    found.reads.retain(|it| !assigned.contains(&it.name.value) || it.is_prefix);
    for read in &mut found.reads {
        read.is_prefix = false;
        if read.absent == Absent::Fails && found.tested.contains(&read.name.value) {
            read.absent = Absent::Nothing;
        }
    }
    found
}

struct Collector<'a> {
    script: &'a Embedded,
    rules: &'a Rules,
    found: Uses,
    /// Names being assigned where we are.
    own: Vec<String>,
}

impl Collector<'_> {
    /// Reads the inside of a substitution.
    fn inside(&mut self, start: usize, end: usize, depth: usize) {
        let Some(part) = self.script.text.get(start..end).filter(|_| depth < MAX_DEPTH) else { return };
        let mut tokens = lex::tokens(part);
        for token in &mut tokens {
            match token {
                Token::Word(word) => shift(word, start),
                Token::Redirect(redirect) => {
                    shift(&mut redirect.target, start);
                    if let Some(body) = &mut redirect.body {
                        body.start += start;
                        body.end += start;
                    }
                }
                Token::Operator(_) => {}
            }
        }
        self.tokens(&tokens, depth);
    }

    fn tokens(&mut self, tokens: &[Token], depth: usize) {
        let text = self.script.text.as_str();
        let mut command: Vec<&str> = Vec::new();
        for token in tokens {
            match token {
                Token::Word(word) => {
                    let written = text.get(word.start..word.end).unwrap_or("");
                    self.assignment(word, written, &command);
                    self.word(word, depth);
                    self.own.clear();
                    command.push(written);
                }
                Token::Operator(_) => command.clear(),
                Token::Redirect(redirect) => {
                    if redirect.operator != "<<" {
                        self.word(&redirect.target, depth);
                    }
                    if let Some(body) = redirect.body.filter(|it| !it.is_literal) {
                        self.word(&lex::expansions(text, body.start, body.end), depth);
                    }
                }
            }
        }
    }

    /// Notes names that a word sets: `X=…`, `for X in`, `read X`, `local X`.
    fn assignment(&mut self, word: &Word, written: &str, command: &[&str]) {
        let is_literal = matches!(word.parts.first(), Some(Part::Literal(it)) if it.quote == Quote::None);
        if !is_literal || command.is_empty() && !written.contains('=') {
            return;
        }
        let keyword =
            |it: &&&str| !matches!(**it, "if" | "then" | "else" | "do" | "while" | "until" | "!" | "{" | "time");
        let first = command.iter().find(keyword).map_or("", |it| *it);
        let name = written.split(['=', '[']).next().unwrap_or("").trim_end_matches('+').to_string();
        let is_name = !name.is_empty() && name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric());
        let has_value = written[name.len().min(written.len())..].starts_with(['=', '[', '+']) && written.contains('=');
        let declares = matches!(
            first,
            "read"
                | "mapfile"
                | "readarray"
                | "getopts"
                | "local"
                | "declare"
                | "typeset"
                | "for"
                | "select"
                | "printf"
        );
        let is_before_command = command.iter().all(|it| it.contains('=') || !keyword(&it));
        if !is_name {
            return;
        }
        let is_assignment =
            has_value && (is_before_command || matches!(first, "export" | "readonly" | "env") || declares);
        let is_declared = declares && !has_value && (first != "for" || command.last() == Some(&"for"));
        if is_assignment || is_declared && first != "printf" || first == "printf" && command.last() == Some(&"-v") {
            self.found.assigned.insert(name.clone());
            self.own.push(name);
        }
    }

    fn word(&mut self, word: &Word, depth: usize) {
        for part in &word.parts {
            match part {
                Part::Variable(variable) => self.variable(variable, depth),
                Part::Substitution { start, end, .. } => {
                    let own = std::mem::take(&mut self.own);
                    self.inside(*start, *end, depth + 1);
                    self.own = own;
                }
                Part::Literal(_) | Part::Arithmetic => {}
            }
        }
    }

    fn variable(&mut self, variable: &Variable, depth: usize) {
        let close = usize::from(self.script.text.as_bytes().get(variable.argument.saturating_sub(1)).is_some());
        let end = variable.end.saturating_sub(close).max(variable.argument);
        let argument =
            if variable.operator.is_empty() { "" } else { self.script.text.get(variable.argument..end).unwrap_or("") };
        let is_plain = matches!(
            variable.operator,
            "" | "%" | "%%" | "#" | "##" | "/" | "//" | "^" | "^^" | "," | ",," | ":" | "@"
        );
        let absent = match variable.operator {
            ":?" | "?" => Absent::Fails,
            ":-" | "-" | ":=" | "=" if argument.contains(['$', '`']) => Absent::Computed,
            ":-" | "-" | ":=" | "=" => Absent::Default(argument.trim_matches(['"', '\'']).to_string()),
            _ if is_plain && self.rules.fails_when_unset => Absent::Fails,
            _ => Absent::Nothing,
        };
        let name = &variable.name;
        let is_given = GIVEN.contains(&name.as_str()) || GIVEN_PREFIXES.iter().any(|it| name.starts_with(it));
        let is_name = name.starts_with(|it: char| it == '_' || it.is_ascii_alphabetic());
        if matches!(variable.operator, ":-" | "-" | ":+" | "+") {
            self.found.tested.insert(name.clone());
        }
        if is_name && !is_given && name != "_" {
            let start = variable.name_start;
            let is_own = self.own.contains(name);
            self.found.reads.push(EnvRead {
                name: Spanned::new(name.clone(), self.script.span(start, start + name.len())),
                language: self.rules.language,
                absent,
                in_test: self.rules.in_test,
                build_time: false,
                // Marks a read in its own assignment until `uses` has seen everything.
                is_prefix: is_own,
            });
        }
        if !variable.operator.is_empty() && argument.contains('$') && depth < MAX_DEPTH {
            let inner = lex::expansions(&self.script.text, variable.argument, end);
            self.word(&inner, depth + 1);
        }
    }
}

/// More substitutions and defaults in one another than this are not looked into: nobody writes them.
const MAX_DEPTH: usize = 8;

fn shift(word: &mut Word, by: usize) {
    word.start += by;
    word.end += by;
    for part in &mut word.parts {
        match part {
            Part::Literal(it) => {
                it.start += by;
                it.end += by;
            }
            Part::Variable(it) => {
                it.start += by;
                it.end += by;
                it.name_start += by;
                it.argument += by;
            }
            Part::Substitution { start, end, .. } => {
                *start += by;
                *end += by;
            }
            Part::Arithmetic => {}
        }
    }
}
