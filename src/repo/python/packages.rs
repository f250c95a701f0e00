//! Dependencies of lock files, requirements and pyproject.toml, and the variables that pytest is told to set.

use crate::diag::Diags;
use crate::repo::fact::{EnvSet, Facts, Package, SetBy, Text};
use crate::repo::reader::Input;
use crate::source::{Span, Spanned};

/// Packages whose version decides how something is read; others are not kept.
const WANTED: &[&str] = &["pydantic", "pydantic-settings", "pydantic_settings", "django", "fastapi", "flask"];

/// Reads a requirements file, a lock file, `pytest.ini` or the like; anything else is left alone.
pub fn read_text(input: &Input, facts: &mut Facts, _diags: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    match name {
        "uv.lock" | "poetry.lock" | "pdm.lock" => lock(input, facts),
        "pytest.ini" | "tox.ini" | "setup.cfg" => pytest_ini(input, facts),
        _ if name.contains("requirements") && name.ends_with(".txt") => requirements(input, facts),
        _ => {}
    }
}

/// Reads a pyproject.toml.
pub fn read_toml(input: &Input, facts: &mut Facts, _diags: &mut Diags) {
    if !input.path.ends_with("pyproject.toml") {
        return;
    }
    for (start, line) in lines(input.text) {
        let written = line.trim().trim_start_matches(['"', '\'']);
        let Some(name) = WANTED.iter().find(|it| is_requirement(written, it)) else { continue };
        let at = start + line.find(written).unwrap_or(0);
        let version = written[name.len()..].trim_matches(['"', '\'', ',', ' ']).to_string();
        let name = Spanned::new((*name).to_string(), Span::new(input.file, at, at + name.len()));
        facts.packages.push(Package { name, version });
    }
    pytest_env(input, facts);
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// Returns whether a line asks for a package: its name and then no more of a name.
fn is_requirement(line: &str, name: &str) -> bool {
    let rest = line.get(..name.len()).filter(|it| it.eq_ignore_ascii_case(name)).map(|_| &line[name.len()..]);
    rest.is_some_and(|it| !it.starts_with(|it: char| it.is_alphanumeric() || it == '-' || it == '_' || it == '.'))
}

fn requirements(input: &Input, facts: &mut Facts) {
    for (start, line) in lines(input.text) {
        if let Some(name) = WANTED.iter().find(|it| is_requirement(line, it)) {
            let version = line[name.len()..].split(['#', ';']).next().unwrap_or("").trim().to_string();
            let name = Spanned::new((*name).to_string(), Span::new(input.file, start, start + name.len()));
            facts.packages.push(Package { name, version });
        }
    }
}

fn lock(input: &Input, facts: &mut Facts) {
    let mut before: Option<(usize, &str)> = None;
    for (start, line) in lines(input.text) {
        if let Some(name) = line.strip_prefix("name = \"") {
            before = name.split('"').next().filter(|it| WANTED.contains(it)).map(|it| (start + 8, it));
        } else if let (Some(version), Some((at, name))) = (line.strip_prefix("version = \""), before.take()) {
            let version = version.split('"').next().unwrap_or("").to_string();
            let name = Spanned::new(name.to_string(), Span::new(input.file, at, at + name.len()));
            facts.packages.push(Package { name, version });
        }
    }
}

/// Reads `env = ["X=1", "D:Y=2"]` below `[tool.pytest.ini_options]`, and `[tool.pytest_env]`.
fn pytest_env(input: &Input, facts: &mut Facts) {
    let (mut section, mut is_list) = (String::new(), false);
    for (start, line) in lines(input.text) {
        let trimmed = line.trim();
        if trimmed.starts_with('[') && !is_list {
            section = trimmed.trim_matches(['[', ']']).to_string();
            continue;
        }
        if section == "tool.pytest.ini_options" {
            let is_start = trimmed.starts_with("env = [") || trimmed.starts_with("env=[");
            if is_start || is_list {
                quoted(line, start, input, facts);
            }
            is_list = (is_start || is_list) && !trimmed.contains(']');
        } else if section == "tool.pytest_env"
            && let Some((name, value)) = line.split_once('=')
        {
            let value = value.trim().trim_matches(['"', '\'']);
            push(input, (start, name), value, facts);
        }
    }
}

fn quoted(line: &str, start: usize, input: &Input, facts: &mut Facts) {
    let mut at = 0;
    for part in line.split(['"', '\'']) {
        if let Some((name, value)) = part.split_once('=').filter(|it| !it.0.ends_with(' ')) {
            push(input, (start + at, name), value, facts);
        }
        at += part.len() + 1;
    }
}

fn pytest_ini(input: &Input, facts: &mut Facts) {
    let (mut is_pytest, mut is_env) = (false, false);
    for (start, line) in lines(input.text) {
        let trimmed = line.trim();
        if trimmed.starts_with('[') {
            is_pytest = matches!(trimmed, "[pytest]" | "[tool:pytest]");
            is_env = false;
        } else if is_pytest && !line.starts_with([' ', '\t']) && !trimmed.is_empty() {
            is_env = line.split('=').next().is_some_and(|it| it.trim() == "env");
        } else if is_env && let Some((name, value)) = line.split_once('=') {
            push(input, (start, name), value.trim(), facts);
        }
    }
}

/// Adds a variable; `D:` and `R:` before a name say how pytest-env treats one that is there.
fn push(input: &Input, (start, written): (usize, &str), value: &str, facts: &mut Facts) {
    let name = written.trim();
    let name = name.trim_start_matches("D:").trim_start_matches("R:").trim();
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_') {
        return;
    }
    let at = start + written.find(name).unwrap_or(0);
    let place = Span::new(input.file, at, at + name.len());
    let value: Option<Text> = Some(Spanned::new(value.to_string(), place));
    let name = Spanned::new(name.to_string(), place);
    facts.sets.push(EnvSet { name, value, by: SetBy::Test, into: None, scope: None });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::kind::Kind;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn facts(path: &str, text: &str) -> Facts {
        let tree = Tree::default();
        let kind = crate::repo::kind::of(path);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let (mut facts, mut diags) = (Facts::default(), Diags::default());
        let read = if kind == Kind::Toml { read_toml } else { read_text };
        read(&input, &mut facts, &mut diags);
        facts
    }

    #[test]
    fn versions_come_from_locks_requirements_and_pyproject() {
        let cases = [
            ("uv.lock", "[[package]]\nname = \"pydantic\"\nversion = \"2.9.1\"\n", "2.9.1"),
            ("requirements.txt", "pydantic-core==1\npydantic==1.10.2  # old\n", "==1.10.2"),
            ("pyproject.toml", "dependencies = [\n  \"pydantic>=2,<3\",\n]\n", ">=2,<3"),
        ];
        for (path, text, version) in cases {
            let facts = facts(path, text);
            let found: Vec<_> = facts.packages.iter().map(|it| (&*it.name.value, &*it.version)).collect();
            assert_eq!(found, [("pydantic", version)], "{path}");
        }
    }

    #[test]
    fn variables_for_pytest_are_read_from_each_place() {
        let cases = [
            ("pyproject.toml", "[tool.pytest.ini_options]\nenv = [\n  \"A=1\",\n  'D:B=2',\n]\n[tool.x]\nC = 1\n"),
            ("pyproject.toml", "[tool.pytest_env]\nA = \"1\"\nB = \"2\"\n"),
            ("pytest.ini", "[pytest]\naddopts = -q\nenv =\n    A=1\n    D:B=2\ntestpaths = x\n"),
        ];
        for (path, text) in cases {
            let facts = facts(path, text);
            let found: Vec<_> = facts.sets.iter().map(|it| &*it.name.value).collect();
            assert_eq!(found, ["A", "B"], "{text}");
        }
    }
}
