//! Paths that a script looks for before it uses them: `if [ -f .env ]; then …`. It knows what to do without them.

use super::fact::{Facts, Tested};
use super::kind::Kind;
use super::near::{line_after, line_before};
use super::reader::Input;

/// How a test asks whether something is there.
const ASKS: [&str; 6] = ["-f", "-e", "-d", "-s", "-r", "-x"];

/// Finds them in a text that has commands.
pub fn read(input: &Input, facts: &mut Facts) {
    let is_document = input.kind == Kind::Markdown;
    if is_document || matches!(input.kind, Kind::Shell | Kind::Makefile | Kind::Workflow) {
        tolerated(input, facts);
    }
    if !matches!(input.kind, Kind::Shell | Kind::Makefile | Kind::Workflow | Kind::Yaml | Kind::Dockerfile) {
        return;
    }
    let bytes = input.text.as_bytes();
    for at in memchr::memmem::find_iter(bytes, b" -") {
        let asks = input.text.get(at + 1..at + 3).is_some_and(|it| ASKS.contains(&it));
        if !asks || bytes.get(at + 3) != Some(&b' ') {
            continue;
        }
        if let Some(path) = tested(line_before(input.text, at), line_after(input.text, at + 4)) {
            note(input, (path, at), facts);
        }
    }
    for at in memchr::memmem::find_iter(bytes, b"git ls-files ") {
        if let Some(path) = listed(line_after(input.text, at + "git ls-files ".len())) {
            note(input, (path, at), facts);
        }
    }
}

/// Notes a path that is tested at a place, or each that a loop gives its variable.
fn note(input: &Input, (path, at): (&str, usize), facts: &mut Facts) {
    let each = path.strip_prefix('$').map(|it| each_of(&input.text[..at], it)).unwrap_or_default();
    facts.tested.extend(each.into_iter().map(|path| Tested { file: input.file, path }));
    facts.tested.push(Tested { file: input.file, path: path.to_string() });
}

/// Returns the path that git is asked for whether it has it: `git ls-files -- a | grep -q .`.
fn listed(rest: &str) -> Option<&str> {
    let asks = rest.contains("grep -q") || rest.contains("--error-unmatch");
    let path = rest.split_whitespace().find(|it| !it.starts_with('-'))?.trim_matches(['"', '\'', ';']);
    asks.then(|| path.strip_prefix("./").unwrap_or(path))
}

/// Finds what is copied or read only if it is there: `cp .env.example .env || true`.
fn tolerated(input: &Input, facts: &mut Facts) {
    let bytes = input.text.as_bytes();
    let quiet = memchr::memmem::find_iter(bytes, b"2>/dev/null ||").map(|it| it + "2>/dev/null ".len());
    for at in memchr::memmem::find_iter(bytes, b"|| true").chain(quiet) {
        // A single `&` may be that of `2>&1`.
        let command = line_before(input.text, at).rsplit([';', '|']).next().unwrap_or("");
        let command = command.rsplit("&&").next().unwrap_or("");
        let mut words = command.split_whitespace().skip_while(|it| !matches!(*it, "cp" | "source" | "."));
        words.next();
        let sources = words.filter(|it| !it.starts_with(['-', '2', '>']));
        let path = |it: &str| it.trim_matches(['"', '\'']).trim_start_matches("./").to_string();
        facts.tested.extend(sources.map(|it| Tested { file: input.file, path: path(it) }));
    }
}

/// Returns the words that a loop before a test gives the variable that is tested: `for file in a.py b.py; do`.
fn each_of(before: &str, variable: &str) -> Vec<String> {
    /// How far before the test the loop may begin, in bytes.
    const NEAR: usize = 2000;
    let name = variable.trim_matches(['{', '}']);
    let near = &before[before.floor_char_boundary(before.len().saturating_sub(NEAR))..];
    let start = format!("for {name} in ");
    let Some(list) = near.rfind(&start).map(|at| &near[at + start.len()..]) else { return Vec::new() };
    let list = list.replace("\\\n", " ");
    let list = list.split([';', '\n']).next().unwrap_or("");
    list.split_whitespace().map(|it| it.trim_matches(['"', '\'']).trim_start_matches("./").to_string()).collect()
}

/// Returns the path of a test by what stands before and after its question; none if a missing one ends the script.
fn tested<'t>(before: &str, after: &'t str) -> Option<&'t str> {
    let before = before.trim_end();
    // `[[ -d a && -f a/b ]]`
    let is_further = || before.ends_with("&&") && before.rfind("[[") > before.rfind("]]");
    let is_test = before.ends_with('[') || before.ends_with("test") || is_further();
    let path = after.split([' ', ';', ']', '&', '|']).next()?.trim_matches(['"', '\'']);
    // `[ -f a ] || exit` insists on it.
    let insists = after.contains("||") && !after.contains("&&");
    (is_test && !insists && !path.is_empty()).then(|| path.strip_prefix("./").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    #[test]
    fn what_may_be_missing_is_that_of_the_last_command() {
        let tree = Tree::new([]);
        let text = "cp a b; cp .env.example .env 2>&1 || true\ncp c d && cp e f || true\nsource g.sh 2>/dev/null || true\ncp h i 2>/dev/null || echo x\n";
        let input = Input { file: FileId(0), path: "a.sh", text, kind: Kind::Shell, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        tolerated(&input, &mut facts);
        let found: Vec<&str> = facts.tested.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(found, [".env.example", ".env", "e", "f", "g.sh", "g.sh", "h", "i"]);
    }

    #[test]
    fn a_loop_may_test_each_of_its_words() {
        let text = "for f in a/b.py \\\n  \"./c.py\"; do\n  if [ -f \"$f\" ]; then\n";
        let input =
            Input { file: FileId(0), path: "a.sh", text, kind: Kind::Shell, in_test: false, tree: &Tree::new([]) };
        let mut facts = Facts::default();
        read(&input, &mut facts);
        let found: Vec<&str> = facts.tested.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(found, ["a/b.py", "c.py", "$f"]);
        let text = "for f in \\\n  a.py \\\n  b.py\ndo\n  if git ls-files -- \"$f\" | grep -q .; then\ngit ls-files -- d.py | wc\n";
        let input = Input { text, ..input };
        let mut facts = Facts::default();
        read(&input, &mut facts);
        let found: Vec<&str> = facts.tested.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(found, ["a.py", "b.py", "$f"]);
        assert!(each_of("for g in a; do [", "f").is_empty());
    }

    #[test]
    fn only_who_goes_on_without_it_has_asked() {
        let cases = [
            ("if [ ", "\"./a/b.yml\" ]; then", Some("a/b.yml")),
            ("  [[", "a.yml ]] && cp a.yml b.yml || true", Some("a.yml")),
            ("test", "$ROOT/a.yml && echo", Some("$ROOT/a.yml")),
            ("[", "a.yml ] || exit 1", None),
            ("if [ !", "a.yml ]; then", None),
            ("if [[ -d \"a\" &&", "\"a/b\" ]]; then", Some("a/b")),
            ("[[ -d a ]] &&", "b", None),
            ("docker compose", "a.yml up", None),
        ];
        for (before, after, expected) in cases {
            assert_eq!(tested(before, after), expected, "{before} {after}");
        }
    }
}
