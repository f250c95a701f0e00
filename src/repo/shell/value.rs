//! What words come to, as far as a script says it itself: literals, defaults, loops over literal lists, and where
//! the script lies.

use std::collections::BTreeMap;

use super::lex;
use super::token::{self, Part, Quote, Token, Variable, Word, unescaped};
use crate::source::normalize;

/// Stands for the root of the repository at the start of a path, until it is known where the path is used.
pub const ROOT: char = '\u{1}';

/// More combinations of values than this are not tried.
pub const MAX_CHOICES: usize = 32;

/// What a variable may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// One of these.
    Texts(Vec<Known>),
    /// An array.
    List(Vec<Known>),
    /// Set, but to something that cannot be said.
    Unknown,
}

/// A text, which may still hold references that nothing is known about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The text.
    pub text: String,
    /// Whether a part of it is unknown.
    pub is_dynamic: bool,
}

/// A field of a command: what the shell makes of a word, or one of several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// What it comes to.
    pub known: Known,
    /// First byte of the word it comes from.
    pub start: usize,
    /// First byte after.
    pub end: usize,
}

/// Where commands run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directory {
    /// The directory of the repository that it is, or corresponds to.
    pub path: String,
    /// The directory as written, if it is not one of the repository: of a server, or made while running.
    pub elsewhere: Option<String>,
    /// Whether something says so; a script is run from anywhere.
    pub is_certain: bool,
}

impl Directory {
    /// A directory that is known.
    pub fn at(path: &str) -> Directory {
        Directory { path: path.to_string(), elsewhere: None, is_certain: true }
    }

    /// The root, for text that nothing says a directory of.
    pub fn anywhere() -> Directory {
        Directory { path: ".".to_string(), elsewhere: None, is_certain: false }
    }

    /// Returns it after `cd`.
    pub fn after(&self, target: &Known, exists: &dyn Fn(&str) -> bool) -> Directory {
        let text = target.text.trim_end_matches('/');
        let in_repository = match text.strip_prefix(ROOT) {
            // A loop over folders that nothing lists leads into each of them.
            Some(rest) => normalize(rest.trim_start_matches('/')).filter(|_| !text.contains("${")),
            None if target.is_dynamic || text.starts_with(['/', '~', '-']) || text.is_empty() => None,
            None => normalize(&format!("{}/{text}", self.path)).filter(|it| exists(it)),
        };
        match (in_repository, &self.elsewhere) {
            (Some(path), Some(outer)) if !text.starts_with(ROOT) => {
                Directory { path, elsewhere: Some(format!("{outer}/{text}")), is_certain: true }
            }
            (Some(path), _) => Directory { path, elsewhere: None, is_certain: true },
            (None, outer) => {
                let whole = match outer {
                    Some(outer) if !text.starts_with(['/', '~', '$']) => format!("{outer}/{text}"),
                    _ => text.to_string(),
                };
                Directory { path: ".".to_string(), elsewhere: Some(whole), is_certain: true }
            }
        }
    }
}

/// What is known at a point of a script.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Variables by name.
    pub variables: BTreeMap<String, Value>,
    /// Where commands run.
    pub directory: Directory,
    /// The path of the script from the root: `$0`.
    pub script: String,
}

/// Which of several values each variable has in this round.
pub type Choice = BTreeMap<String, usize>;

impl Scope {
    /// Returns the rounds in which every combination of values occurs, for the variables of some words.
    pub fn choices(&self, text: &str, words: &[&Word]) -> Vec<Choice> {
        let mut names: Vec<(String, usize)> = Vec::new();
        for word in words {
            each_variable(text, word, &mut |it| {
                if let Some(Value::Texts(list)) = self.variables.get(&it.name)
                    && list.len() > 1
                    && !names.iter().any(|(name, _)| *name == it.name)
                {
                    names.push((it.name.clone(), list.len()));
                }
            });
        }
        let n = names.iter().map(|it| it.1).product::<usize>().clamp(1, MAX_CHOICES);
        let round = |mut at: usize| {
            let mut choice = Choice::new();
            for (name, length) in &names {
                choice.insert(name.clone(), at % length);
                at /= length;
            }
            choice
        };
        (0..n).map(round).collect()
    }

    /// Returns what a word comes to: usually one field; an unquoted variable or an array may give several.
    pub fn fields(&self, text: &str, word: &Word, choice: &Choice) -> Vec<Field> {
        // Nearly all words are one piece of text.
        if let [part @ Part::Literal(_)] = word.parts.as_slice() {
            return vec![Field { known: self.part(text, part, choice), start: word.start, end: word.end }];
        }
        let mut fields = vec![Known { text: String::new(), is_dynamic: false }];
        for part in &word.parts {
            if let Part::Variable(variable) = part {
                let splits = !variable.is_quoted;
                let list = match self.variables.get(&variable.name) {
                    Some(Value::List(list)) if variable.operator == "[" => list.clone(),
                    _ => {
                        let known = self.variable(text, variable, choice);
                        if splits && known.text.contains([' ', '\n']) && !known.is_dynamic_expression() {
                            let piece = |it: &str| Known { text: it.to_string(), is_dynamic: it.contains('$') };
                            known.text.split_whitespace().map(piece).collect()
                        } else {
                            vec![known]
                        }
                    }
                };
                append(&mut fields, list);
            } else {
                append(&mut fields, vec![self.part(text, part, choice)]);
            }
        }
        let field = |known| Field { known, start: word.start, end: word.end };
        fields.into_iter().map(field).collect()
    }

    /// Returns what a word comes to as one text.
    pub fn text(&self, text: &str, word: &Word, choice: &Choice) -> Known {
        let mut whole = Known { text: String::new(), is_dynamic: false };
        for part in &word.parts {
            let known = match part {
                Part::Variable(it) => self.variable(text, it, choice),
                _ => self.part(text, part, choice),
            };
            whole.text.push_str(&known.text);
            whole.is_dynamic |= known.is_dynamic;
        }
        whole
    }

    fn part(&self, text: &str, part: &Part, choice: &Choice) -> Known {
        match part {
            Part::Literal(it) => {
                let value = match token::plain(text, it) {
                    Some(plain) => plain.to_string(),
                    None => unescaped(text, it).into_iter().map(|it| it.1).collect(),
                };
                let is_placeholder = it.quote == Quote::None && value.contains(['*', '?']) || is_placeholder(&value);
                Known { text: value, is_dynamic: is_placeholder }
            }
            Part::Variable(it) => self.variable(text, it, choice),
            Part::Substitution { start, end, .. } => {
                let inner = text.get(*start..*end).unwrap_or("");
                let value = self.substitution(inner, choice);
                value.map_or_else(
                    || Known { text: format!("$({inner})"), is_dynamic: true },
                    |text| Known { text, is_dynamic: false },
                )
            }
            Part::Arithmetic => Known { text: "$((…))".to_string(), is_dynamic: true },
        }
    }

    fn variable(&self, text: &str, variable: &Variable, choice: &Choice) -> Known {
        let written = text.get(variable.start..variable.end).unwrap_or("");
        let unknown = || Known { text: written.to_string(), is_dynamic: true };
        if written.len() > MAX_EXPANSION {
            return unknown();
        }
        let base = match self.variables.get(&variable.name) {
            Some(Value::Texts(list)) => {
                list.get(choice.get(&variable.name).copied().unwrap_or(0)).or_else(|| list.first()).cloned()
            }
            Some(Value::List(list)) if variable.operator == "[" => {
                let text = list.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
                return Known { text, is_dynamic: list.iter().any(|it| it.is_dynamic) };
            }
            Some(Value::List(_) | Value::Unknown) => return unknown(),
            None => self.own(&variable.name),
        };
        let argument = |close: usize| {
            let word = lex::expansions(text, variable.argument, variable.end.saturating_sub(close));
            let known = self.text(text, &word, choice);
            let inner = known.text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).map(str::to_string);
            Known { text: inner.unwrap_or(known.text), ..known }
        };
        match (variable.operator, base) {
            ("" | "[" | ":?" | "?", Some(base)) | (":-" | "-" | ":=" | "=", Some(base)) => base,
            // `${1:-}` is what the caller says, and a script that goes on has been told.
            (":-" | "-", None) if variable.name.parse::<u8>().is_ok() && argument(1).text.is_empty() => unknown(),
            (":-" | "-" | ":=" | "=", None) => argument(1),
            ("%", Some(base)) if argument(1).text == "/*" => {
                Known { text: folder(&base.text).to_string(), is_dynamic: base.is_dynamic }
            }
            ("##", Some(base)) if argument(1).text == "*/" => {
                Known { text: base.text.rsplit('/').next().unwrap_or("").to_string(), is_dynamic: base.is_dynamic }
            }
            _ => unknown(),
        }
    }

    /// Variables that every shell has.
    fn own(&self, name: &str) -> Option<Known> {
        let known = |text: String| Some(Known { text, is_dynamic: false });
        match name {
            "0" | "BASH_SOURCE" => known(format!("{ROOT}/{}", self.script)),
            "PWD" | "CURDIR" if self.directory.elsewhere.is_none() => known(format!("{ROOT}/{}", self.directory.path)),
            "GITHUB_WORKSPACE" | "CI_PROJECT_DIR" if self.directory.elsewhere.is_none() => known(format!("{ROOT}/.")),
            _ => None,
        }
    }

    /// Returns what the few commands come to that scripts use to find themselves.
    fn substitution(&self, inner: &str, choice: &Choice) -> Option<String> {
        // Scripts find themselves in a line; what goes deeper is not meant to be read.
        if inner.len() > MAX_SUBSTITUTION {
            return None;
        }
        let mut list: Vec<Vec<Known>> = vec![Vec::new()];
        for token in lex::tokens(inner) {
            match token {
                Token::Word(word) => {
                    list.last_mut()?.push(self.text(inner, &word, choice));
                }
                Token::Operator("&&" | ";" | "\n") => list.push(Vec::new()),
                Token::Redirect(_) => {}
                Token::Operator(_) => return None,
            }
        }
        list.retain(|it| !it.is_empty());
        let mut inside = self.clone();
        while let Some(command) = list.first().filter(|it| it[0].text == "cd" && list.len() > 1) {
            let target = command.iter().skip(1).find(|it| it.text != "--" && it.text != "-P")?;
            inside.directory = inside.directory.after(target, &|_| true);
            list.remove(0);
        }
        let [command] = list.as_slice() else { return None };
        let words: Vec<&str> = command.iter().map(|it| it.text.as_str()).filter(|it| !it.starts_with('-')).collect();
        let last = || command.last().filter(|it| !it.is_dynamic).map(|it| it.text.as_str());
        match words.as_slice() {
            ["pwd"] if inside.directory.elsewhere.is_none() => Some(format!("{ROOT}/{}", inside.directory.path)),
            ["git", "rev-parse"] if last() == Some("--show-toplevel") => Some(format!("{ROOT}/.")),
            ["dirname", _] => Some(folder(last()?).to_string()),
            ["basename", _] => Some(last()?.rsplit('/').next()?.to_string()),
            ["realpath" | "readlink", _] => {
                let path = last()?;
                if path.starts_with([ROOT, '/']) { Some(path.to_string()) } else { None }
            }
            ["echo", _] => Some(last()?.to_string()),
            _ => None,
        }
    }
}

/// Longer expansions are not looked into: each default in a default is a step deeper.
const MAX_EXPANSION: usize = 2000;

/// Longer substitutions are not looked into.
const MAX_SUBSTITUTION: usize = 400;

impl Known {
    /// Whether it holds a substitution, which must not be taken apart at its blanks.
    fn is_dynamic_expression(&self) -> bool {
        self.is_dynamic && (self.text.contains("$(") || self.text.contains('{'))
    }
}

/// Joins what was there to the first of what comes, and starts new fields with the rest.
fn append(fields: &mut Vec<Known>, list: Vec<Known>) {
    for (at, known) in list.into_iter().enumerate() {
        match fields.last_mut().filter(|_| at == 0) {
            Some(last) => {
                last.text.push_str(&known.text);
                last.is_dynamic |= known.is_dynamic;
            }
            None => fields.push(known),
        }
    }
}

/// `<name>`, `{{ x }}`, `…`, `YOUR_HOST`: something to be replaced by whoever types it.
fn is_placeholder(text: &str) -> bool {
    // Most words have nothing of the kind.
    let may_be = |it: u8| matches!(it, b'{' | b'.' | b'<') || !it.is_ascii();
    if !text.bytes().any(may_be) {
        return false;
    }
    text.contains("{{") || text.contains("...") || text.contains('…') || (text.contains('<') && text.contains('>'))
}

/// Returns the folder part of a path as `dirname` does.
fn folder(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

/// Calls `visit` with every variable of a word, also those in defaults.
pub fn each_variable(text: &str, word: &Word, visit: &mut dyn FnMut(&Variable)) {
    for part in &word.parts {
        if let Part::Variable(variable) = part {
            visit(variable);
            let is_short = variable.end.saturating_sub(variable.start) <= MAX_EXPANSION;
            if is_short && matches!(variable.operator, ":-" | "-" | ":=" | "=" | ":+" | "+") {
                let inner = lex::expansions(text, variable.argument, variable.end.saturating_sub(1));
                each_variable(text, &inner, visit);
            }
        }
    }
}

/// Returns a text with paths from the root written as paths from a directory.
pub fn placed(text: &str, directory: &str) -> String {
    let Some(at) = text.find(ROOT) else { return text.to_string() };
    let rest = text[at + ROOT.len_utf8()..].trim_start_matches('/');
    let (path, after) = rest.split_at(rest.find([':', ',', ' ']).unwrap_or(rest.len()));
    let has_slash = path.ends_with('/');
    let Some(path) = normalize(path) else { return text.replace(ROOT, "") };
    let mut relative = if directory == "." {
        path
    } else if let Some(inner) = path.strip_prefix(directory).and_then(|it| it.strip_prefix('/')) {
        inner.to_string()
    } else if path == directory {
        ".".to_string()
    } else {
        "../".repeat(directory.split('/').count()) + &path
    };
    if has_slash {
        relative.push('/');
    }
    format!("{}{relative}{}", &text[..at], placed(after, directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let known = |it: &str| Known { text: it.to_string(), is_dynamic: false };
        let variables = [
            ("A", Value::Texts(vec![known("x")])),
            ("DC", Value::Texts(vec![known("docker compose -f a.yml")])),
            ("L", Value::List(vec![known("p"), known("q r")])),
            ("M", Value::Texts(vec![known("1"), known("2")])),
        ];
        let variables = variables.map(|(name, value)| (name.to_string(), value)).into();
        Scope { variables, directory: Directory::at("."), script: "scripts/deploy.sh".to_string() }
    }

    fn fields(text: &str) -> Vec<String> {
        let scope = scope();
        let mut all = Vec::new();
        for token in lex::tokens(text) {
            let Token::Word(word) = token else { continue };
            for choice in scope.choices(text, &[&word]) {
                all.extend(scope.fields(text, &word, &choice).into_iter().map(|it| {
                    format!("{}{}", placed(&it.known.text, "scripts"), if it.known.is_dynamic { "?" } else { "" })
                }));
            }
        }
        all
    }

    #[test]
    fn words_come_to_what_the_script_says() {
        let cases: [(&str, &[&str]); 14] = [
            ("$A/$B", &["x/$B?"]),
            ("${B:-y/$A}", &["y/x"]),
            ("${B:-\"y\"}", &["y"]),
            ("${1:-} $GITHUB_WORKSPACE/b", &["${1:-}?", "../b"]),
            ("$DC up", &["docker", "compose", "-f", "a.yml", "up"]),
            ("\"$DC\"", &["docker compose -f a.yml"]),
            ("\"${L[@]}\"", &["p", "q r"]),
            ("f$M", &["f1", "f2"]),
            ("$(dirname \"$0\")/x", &["x"]),
            ("$(cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\" && pwd)/a", &["../a"]),
            ("$(git rev-parse --show-toplevel)/scripts/b", &["b"]),
            ("${0%/*}/c", &["c"]),
            ("$(date)", &["$(date)?"]),
            ("a@<your-host>", &["a@<your-host>?"]),
        ];
        for (text, expected) in &cases {
            assert_eq!(fields(text), *expected, "{text}");
        }
    }

    #[test]
    fn directories_follow_cd() {
        let exists = |it: &str| it == "app";
        let known = |text: &str, is_dynamic| Known { text: text.to_string(), is_dynamic };
        let start = Directory { path: ".".to_string(), elsewhere: None, is_certain: false };
        assert_eq!(start.after(&known("app", false), &exists), Directory::at("app"));
        let server = start.after(&known("/opt/x", false), &exists);
        assert_eq!((server.path.as_str(), server.elsewhere.as_deref()), (".", Some("/opt/x")));
        let inner = server.after(&known("app", false), &exists);
        assert_eq!((inner.path.as_str(), inner.elsewhere.as_deref()), ("app", Some("/opt/x/app")));
        assert_eq!(start.after(&known("build", false), &exists).elsewhere.as_deref(), Some("build"));
        assert_eq!(server.after(&known("\u{1}/scripts/..", false), &exists), Directory::at("."));
    }
}
