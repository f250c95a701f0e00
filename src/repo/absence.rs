//! What stands around a path of its absence: a command removes it, a question asks for it, a test says that it is gone.
//! Whoever names it so does not expect it to be there.

use super::kind::Kind;
use super::near::{line_after, line_before};
use super::reader::Input;

/// How far the list that a path stands in is looked at, in bytes.
const NEAR: usize = 4000;

/// Words in the names of lists of what is gone, or of which one need be there.
const LISTS: [&str; 20] = [
    "absent",
    "alternatives",
    "banned",
    "candidate",
    "candidates",
    "dead",
    "deleted",
    "deprecated",
    "disallowed",
    "fallbacks",
    "forbidden",
    "gone",
    "legacy",
    "obsolete",
    "optional",
    "orphaned",
    "prohibited",
    "removed",
    "retired",
    "unwanted",
];

/// How an expression asks whether something is there.
const ASKS: [&str; 5] = ["exist", "is_file(", "isfile(", "isFile(", "file?("];

/// How one of the rest of an expression says that it is not.
const DENIES: [&str; 12] = [
    "assert not ",
    "assert(!",
    "assert!(!",
    "assertFalse(",
    "assert.False(",
    "Assert.False(",
    "require.False(",
    "IsFalse(",
    "refute",
    "toBe(false)",
    "toBeFalsy",
    ", false",
];

/// How a test says that a text does not name what follows.
const LACKS: [&str; 6] = [".not.", "NotIn(", "NotContain", "doesNot", "refute", "not_to "];

/// Returns whether what stands around a path says that it need not be there.
pub fn is_expected(input: &Input, start: usize, end: usize) -> bool {
    let (before, after) = (line_before(input.text, start), line_after(input.text, end));
    let is_shell = matches!(input.kind, Kind::Shell | Kind::Makefile | Kind::Workflow);
    is_shell && (is_removed(before) || is_of_other_tree(before))
        || matches!(input.kind, Kind::Text | Kind::Markdown) && is_renamed(input, (start, end), after)
        || is_asked(before)
        || is_conditional(&input.text[end..])
        || is_commented_code(before)
        || match input.kind {
            Kind::Markdown => is_to_do(before) || is_caption(before, &input.text[start..end], after),
            Kind::Dockerfile => is_in_image(before, after),
            // It lies in the context, which may be another checkout: a rule of its own looks there.
            Kind::Compose => before.trim_start().starts_with("dockerfile:") || is_commented_mount(before, after),
            Kind::Yaml | Kind::Json if is_kept_elsewhere(input.text, start) => true,
            _ => is_denied(input, start, end) || is_of_trace(after),
        }
}

/// Returns whether a line asks for a path as one of several that may be there: `elsif File.file?("a")`.
pub fn is_alternative(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("} ");
    ["elif ", "elsif ", "else if "].iter().any(|it| line.starts_with(it)) && ASKS.iter().any(|it| line.contains(it))
}

/// Returns whether a test makes what a path names, in a folder of its own: `x = root / "a.yml"`, and then `x.write_text(`.
pub fn is_made_by_test(input: &Input, start: usize, end: usize) -> bool {
    /// How soon after its name a file is made, in bytes.
    const SOON: usize = 300;
    if !input.in_test {
        return false;
    }
    let after = line_after(input.text, end);
    if after.contains(").write_") {
        return true;
    }
    let Some((name, _)) = line_before(input.text, start).split_once(" = ") else { return false };
    let below = &input.text[end..input.text.floor_char_boundary(end.saturating_add(SOON)).max(end)];
    below.contains(&format!("{}.write_", name.trim_start()))
}

/// Returns whether a line asks whether what follows is there: `[ ! -f a ]`.
fn is_asked(line: &str) -> bool {
    let before = line.trim_end_matches(['"', '\'']).trim_end();
    let asked = ["-f", "-e", "-d", "-s"].iter().find_map(|it| before.strip_suffix(it));
    let command = asked.map_or("", |it| it.trim_end().trim_end_matches('!').trim_end());
    command.ends_with('[') || command == "test" || command.ends_with(" test")
}

/// Returns whether what follows is what a line removes: `rm -f a b`.
fn is_removed(line: &str) -> bool {
    let command = line.rsplit(['|', ';', '&']).next().unwrap_or(line).trim_start();
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    let mut words = command.trim_start_matches(['@', '-']).split_whitespace();
    matches!(words.next(), Some("rm" | "unlink")) || command.starts_with("git rm")
}

/// Returns whether what follows is a path of another checkout: `git -C "$work" add a`.
fn is_of_other_tree(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("git -C ") else { return false };
    let folder = rest.split_whitespace().next().unwrap_or("").trim_start_matches('"').to_ascii_lowercase();
    folder.starts_with('$') && !["root", "repo", "pwd"].iter().any(|it| folder.contains(it))
}

/// Returns whether a path is the old one of a row that names the new one, too: a map of what was renamed.
fn is_renamed(input: &Input, (start, end): (usize, usize), after: &str) -> bool {
    let plain = after.trim_start_matches('`');
    let arrow = ["\t", " -> ", " → ", " => "].into_iter().find(|it| plain.starts_with(it));
    let Some(arrow) = arrow else { return false };
    let new = plain[arrow.len()..].trim_start_matches('`').split(['\t', ' ', '`', ',', ')']).next().unwrap_or("");
    let name = |it: &str| it.rsplit('/').next().map(str::to_string);
    // An arrow may also say what calls what.
    input.tree.has_file(new) && (arrow == "\t" || name(new) == name(&input.text[start..end]))
}

/// Returns whether what follows a path says that it may be missing: "`x.yml` if it exists".
fn is_conditional(after: &str) -> bool {
    let after = after.trim_start_matches(['`', '"', '\'', ')', '*']).trim_start();
    ["if it exists", "if present", "if it is there", "(if exists", "(if present", "(optional", "when present"]
        .iter()
        .any(|it| after.get(..it.len()).is_some_and(|text| text.eq_ignore_ascii_case(it)))
}

/// Returns whether a line is an import or a call that somebody switched off.
fn is_commented_code(line: &str) -> bool {
    let line = line.trim_start();
    let imports = ["@import", "import ", "@use", "require("];
    let is_import = |it: &str| imports.iter().any(|start| it.trim_start().starts_with(start));
    // `// a, b := load("`, but not `// see load("`
    let is_call = |it: &str| {
        let call = it.strip_suffix(['"', '\'']).and_then(|it| it.strip_suffix('('));
        let called = call.and_then(|it| it.rsplit('=').next()).unwrap_or("").trim_start();
        !called.is_empty() && called.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.'))
    };
    match line.strip_prefix("//") {
        Some(code) => is_import(code) || is_call(code),
        None => line.strip_prefix("# ").is_some_and(is_call),
    }
}

/// Returns whether a path is that of a mount of a service that somebody switched off: `#   - ./a.yml:/etc/a.yml`.
fn is_commented_mount(before: &str, after: &str) -> bool {
    let comment = before.trim_start().strip_prefix('#').map(str::trim);
    comment == Some("-") && after.starts_with(":/")
}

/// Returns whether a path stands in an item of a task list, which tells of work that is done or to be done: it has a
/// box, or is struck out.
fn is_to_do(before: &str) -> bool {
    let line = before.trim_start();
    let is_item = line.starts_with(['-', '*', '+', '|']) || line.starts_with(|it: char| it.is_ascii_digit());
    ["[ ]", "[x]", "[X]"].iter().any(|it| line.trim_start_matches(['-', '*', '+', ' ']).starts_with(it))
        || is_item && line.contains("~~")
}

/// Returns whether a path is what a link to a file of the same name is called: `[a.sh](../old/a.sh)`. Whether that is
/// there is asked of the link.
fn is_caption(before: &str, path: &str, after: &str) -> bool {
    let target = after.trim_start_matches('`').strip_prefix("](").and_then(|it| it.split([')', '#']).next());
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_it = |it: &str| it.ends_with(name) && !it.starts_with('/') && !it.contains("://");
    target.is_some_and(is_it) && before.trim_end_matches('`').ends_with('[')
}

/// Returns whether a word of a Dockerfile names a place in an image: where `COPY` puts things, or another stage.
fn is_in_image(before: &str, after: &str) -> bool {
    let before = before.trim_start();
    let is_copy = before.starts_with("COPY") || before.starts_with("ADD");
    let n_sources = before.split_whitespace().skip(1).filter(|it| !it.starts_with("--")).count();
    is_copy && (before.contains("--from=") || after.trim().is_empty() && n_sources > 0)
}

/// Returns whether a path is one of a trace of calls, of whatever program: `a.rb:44:in`.
fn is_of_trace(after: &str) -> bool {
    let number = after.strip_prefix(':').map(|it| it.trim_start_matches(|it: char| it.is_ascii_digit()));
    number.is_some_and(|it| it.starts_with(":in "))
}

/// Returns whether a mapping that a path stands in is about another repository, or is an entry of a journal:
/// `repository: acme/web`, `timestamp: 2026-01-02`.
fn is_kept_elsewhere(text: &str, start: usize) -> bool {
    let above = &text[text.floor_char_boundary(start.saturating_sub(NEAR))..start];
    let (mut level, mut is_owned) = (usize::MAX, false);
    for line in above.rsplit('\n') {
        let key = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - key.len();
        if indent > level || key.is_empty() {
            continue;
        }
        // What the whole file is about is this repository, and no other.
        if is_owned && indent < level && key.contains(':') {
            return true;
        }
        level = indent;
        let (key, value) = key.trim_start_matches("- ").split_once(':').unwrap_or_default();
        let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        match key.trim_matches(['"', '\'']) {
            "timestamp" if value.starts_with("20") => return true,
            "repository" | "repo" => is_owned |= value.split('/').count() == 2 && !value.starts_with(['.', '/', '$']),
            _ => {}
        }
    }
    false
}

/// Returns whether code names a path for what must not be there, or for what may be: it denies it, or keeps it in a
/// list that is named so.
fn is_denied(input: &Input, start: usize, end: usize) -> bool {
    let (before, after) = (line_before(input.text, start), line_after(input.text, end));
    let is_lacked = after.trim_start_matches(['"', '\'', '`']).starts_with(" not in ")
        || LACKS.iter().any(|it| before.contains(it));
    // `!existsSync("a"),` as an argument
    let is_negated = || before.trim_start().starts_with('!') && after.trim_end().ends_with(',');
    let asks = || ASKS.iter().any(|it| before.contains(it) || after.contains(it));
    is_lacked
        || denies(&format!("{before}{after}"))
        || is_negated() && asks()
        || is_named(before)
        || list(input.text, start).is_some_and(|it| {
            is_opened(it.opener) && says_gone(it.opener) || input.in_test && it.below.into_iter().any(denies)
        })
}

/// Returns whether a line says of what it asks for that it is not there. `if not exists(` may insist on it.
fn denies(line: &str) -> bool {
    ASKS.iter().any(|it| line.contains(it)) && DENIES.iter().any(|it| line.contains(it))
        || line.contains("NoFileExists(")
}

/// The lines around a list.
struct List<'t> {
    /// The line that opens it, or whatever block it is: the first above with a smaller indent.
    opener: &'t str,
    /// The lines that follow it.
    below: [&'t str; 3],
}

/// Returns the lines around the list that a place is in.
fn list(text: &str, at: usize) -> Option<List<'_>> {
    let line_start = at - line_before(text, at).len();
    let indent = |it: &str| it.len() - it.trim_start_matches([' ', '\t']).len();
    let own = indent(line_after(text, line_start));
    let is_outer = |it: &&str| !it.trim().is_empty() && indent(it) < own;
    let above = &text[text.floor_char_boundary(line_start.saturating_sub(NEAR))..line_start];
    let below = &text[at..text.floor_char_boundary(at.saturating_add(NEAR)).max(at)];
    let opener = above.rsplit('\n').find(is_outer)?;
    let mut below = below.split('\n').skip(1).skip_while(|it| !is_outer(it)).skip(1).filter(|it| !it.trim().is_empty());
    let below = [below.next(), below.next(), below.next()].map(|it| it.unwrap_or(""));
    Some(List { opener, below })
}

/// Returns whether a line opens a list, and not a block of code.
fn is_opened(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches('\\').trim_end();
    let is_block = line.ends_with(") {") || line.ends_with("=> {") || line.starts_with("class ");
    line.ends_with(['[', '(', ':', '{']) && !is_block && !line.ends_with("):") || line.ends_with(" in")
}

/// Returns whether the start of a line opens the list that what follows stands in, and names it for what is gone:
/// `for retired in ("`.
fn is_named(before: &str) -> bool {
    let name = match before.split_once(" = ") {
        Some((name, list)) if list.trim_start().starts_with(['[', '(', '{']) => name,
        _ if before.trim_start().starts_with("for ") => before,
        _ => return false,
    };
    says_gone(name)
}

/// Returns whether a name in a line says that what it stands for is gone: `RETIRED_FILES`, `forbiddenLinks`.
fn says_gone(line: &str) -> bool {
    let mut word = String::new();
    let mut was_lower = false;
    for it in line.chars().chain([' ']) {
        if !it.is_ascii_alphabetic() || was_lower && it.is_ascii_uppercase() {
            if LISTS.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        if it.is_ascii_alphabetic() {
            word.push(it.to_ascii_lowercase());
        }
        was_lower = it.is_ascii_lowercase();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn expected(path: &str, text: &str) -> bool {
        let tree = Tree::new([]);
        let in_test = crate::repo::kind::is_test(path);
        let input = Input { file: FileId(0), path, text, kind: crate::repo::kind::of(path), in_test, tree: &tree };
        let start = text.find("./a/b.").or_else(|| text.find("a/b.")).unwrap();
        let end = start + text[start..].find(['"', '\'', '`', ' ', ')', ':', ']', '\n']).unwrap_or(text.len() - start);
        is_expected(&input, start, end)
    }

    #[test]
    fn what_is_denied_is_not_missed() {
        for (path, text, is_expected) in [
            ("x.test.ts", "  expect(existsSync(join(d, \"a/b.ts\"))).toBe(false);", true),
            ("x.test.ts", "  expect(existsSync(join(d, \"a/b.ts\"))).toBe(true);", false),
            ("x.test.ts", "  expect(text).not.toContain(\"a/b.ts\");", true),
            ("x.mjs", "ensure(\n  !fs.existsSync(path.join(root, 'a/b.md')),\n  'gone',\n", true),
            ("x.mjs", "if (!fs.existsSync('a/b.md')) {\n  throw new Error('', 1);\n}", false),
            ("tests/test_x.py", "    assert not (ROOT / \"a/b.py\").exists()", true),
            ("tests/test_x.py", "    assert \"a/b.py\" not in text", true),
            ("x.py", "if not Path(\"a/b.py\").exists():\n    raise SystemExit(1)", false),
            ("x.py", "def removed_users():\n    return open(\"a/b.py\")\n", false),
            ("x.py", "RETIRED_FILES = (\n    \"c.py\",\n    \"a/b.py\",\n)\n", true),
            ("x.py", "CANDIDATES = [Path(\"c.yml\"), Path(\"a/b.yml\")]\n", true),
            ("x.py", "REQUIRED = (\n    \"a/b.py\",\n)\n", false),
            ("x.py", "legacy = load(\"a/b.py\")\n", false),
            ("x.ts", "const forbiddenLinks = [\n  'a/b.md',\n];", true),
            ("x.ts", "function legacy() {\n  open('a/b.md');\n}", false),
            (
                "x.test.ts",
                "  for (const it of [\n    \"a/b.ts\",\n  ]) {\n    expect(exists(it)).toBe(false);\n  }",
                true,
            ),
            ("x.sh", "for dead in \\\n  a/b.sh \\\n  c.sh; do", true),
            ("x.sh", "git -C \"$work\" add a/b.txt", true),
            ("x.sh", "git -C \"$ROOT_DIR\" add a/b.txt", false),
            ("docker-compose.yml", "#     - ./a/b.yml:/etc/b.yml\n", true),
            ("docker-compose.yml", "      - ./a/b.yml:/etc/b.yml\n", false),
            ("x.md", "[`a/b.sh`](../old/b.sh)", true),
            ("x.md", "[a/b.sh](https://example.com/b.sh)", false),
            ("x.md", "[a/b.sh](../old/b.example.sh)", false),
            ("x.yml", "- a/b.rb:44:in `create`", true),
            ("x.yml", "web:\n  repository: acme/web\n  version:\n    path: a/b.rb\n", true),
            ("x.yml", "api:\n  repository: acme/api\nweb:\n  path: a/b.rb\n", false),
            ("x.json", "{\n  \"repository\": \"acme/web\",\n  \"files\": [\n    \"a/b.rb\"\n  ]\n}", false),
            ("x.json", "{\n  \"timestamp\": \"2026-01-02T10:00:00\",\n  \"why\": \"see a/b.md\"\n}", true),
        ] {
            assert_eq!(expected(path, text), is_expected, "{text}");
        }
    }

    #[test]
    fn an_alternative_is_asked_for_after_another() {
        assert!(is_alternative("  elsif File.file?(\"") && is_alternative("} else if (existsSync(\""));
        assert!(!is_alternative("if File.file?(\"") && !is_alternative("elif x == \""));
    }

    #[test]
    fn what_is_switched_off_is_code_and_not_prose() {
        let cases = [
            ("  // a, err := x.Load(\"", true),
            ("# DATA = open('", true),
            ("//open(\"", true),
            ("// import \"", true),
            ("# import \"", false),
            ("// see load(\"", false),
            ("x = open(\"", false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_commented_code(line), expected, "{line}");
        }
    }

    #[test]
    fn only_a_test_asks_whether_a_path_is_there() {
        let cases =
            [("if [ ! -f \"", true), ("[[ -d ", true), ("  test -s ", true), ("cat -e ", false), ("sort -f ", false)];
        for (line, expected) in cases {
            assert_eq!(is_asked(line), expected, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_at_without_a_panic(text in "[a-z/\"'#é\n :!(\\[{$-]{0,60}a/b\\.c[a-z/\"'é\n :!(\\[{$-]{0,60}") {
            for path in ["x.md", "x.py", "x.sh", "Dockerfile", "compose.yml", "test_x.py"] {
                expected(path, &text);
            }
        }
    }
}
