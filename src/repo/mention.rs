//! Words in any text that look like paths of the repository and name nothing in it.
//!
//! One pass over the slashes of a text; a word that names a file costs one look into a set. Only what is left over is
//! looked at closely, so a repository without stale references is scanned at the speed of reading it.

use super::absence;
use super::fact::{Facts, Mention, MentionBy, Tested};
use super::kind::Kind;
use super::near::{line_after, line_before, paragraph_before};
use super::past;
use super::planned;
use super::reader::Input;
use super::shell::folder;
use super::written::{is_default_of_output, is_given_to_output, is_option_for_output, is_output, is_output_key};
use crate::source::{Span, Spanned, normalize};

/// Extensions by which a word with a slash is taken for a path of a file.
const EXTENSIONS: &[&str] = &[
    "bash",
    "c",
    "cc",
    "cfg",
    "cjs",
    "conf",
    "cpp",
    "cs",
    "css",
    "csv",
    "dockerfile",
    "env",
    "example",
    "go",
    "gql",
    "graphql",
    "h",
    "hcl",
    "hpp",
    "html",
    "ini",
    "ipynb",
    "j2",
    "java",
    "jinja",
    "jpg",
    "js",
    "json",
    "json5",
    "jsonc",
    "jsonl",
    "jsx",
    "kt",
    "lock",
    "lua",
    "md",
    "mdx",
    "mjs",
    "mk",
    "php",
    "pl",
    "png",
    "prisma",
    "proto",
    "ps1",
    "py",
    "pyi",
    "rb",
    "rs",
    "rst",
    "sample",
    "scss",
    "service",
    "sh",
    "sql",
    "svelte",
    "svg",
    "swift",
    "tf",
    "tfvars",
    "template",
    "timer",
    "tmpl",
    "toml",
    "ts",
    "tsv",
    "tsx",
    "txt",
    "vue",
    "webp",
    "xml",
    "yaml",
    "yml",
    "zsh",
];

/// What stands in bare names of compose files and Dockerfiles.
pub const BARE: [&str; 2] = ["compose.", "ockerfile."];

/// Finds them in a text, of which it is known where [`BARE`] stand in it.
pub fn read(input: &Input, bare_at: [&[usize]; 2], facts: &mut Facts) {
    if !is_read(input) {
        return;
    }
    let bytes = input.text.as_bytes();
    let mut done = 0;
    for slash in memchr::memchr_iter(b'/', bytes) {
        if slash < done {
            continue;
        }
        let mut start = slash;
        while start > done && is_path_byte(bytes[start - 1]) {
            start -= 1;
        }
        let end = slash + bytes[slash..].iter().take_while(|it| is_path_byte(**it)).count();
        done = end;
        if let Some(end) = path_end(bytes, start, end) {
            look(input, start, end, facts);
        }
    }
    // Compose files and Dockerfiles lie in the root and are called by their bare names.
    for at in bare_at.into_iter().flatten() {
        bare(input, *at, facts);
    }
}

/// Texts that name things which need not exist: ignore lists, locks, histories, what others wrote.
fn is_read(input: &Input) -> bool {
    if matches!(input.kind, Kind::IgnoreList | Kind::Spec) {
        return false;
    }
    let folders = Folders::of(input.path);
    let lower = input.path.rsplit('/').next().unwrap_or(input.path).to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |it| it.1);
    // Reports of scanners and the like, which tests read.
    let is_data = matches!(extension, "json" | "xml" | "txt" | "csv" | "log" | "html");
    let is_made_up = folders.are_of_tests && matches!(extension, "yml" | "yaml");
    let is_test_data = is_data && (input.in_test || folders.are_of_tests) || is_made_up;
    let is_served = input.kind == Kind::Script && folders.are_served;
    // What agents are taught there is about repositories in general.
    let is_skill = folders.are_skills && input.path.starts_with('.');
    // The list of a tool's own files, each with what it must come to.
    let checksums = || memchr::memmem::find_iter(input.text.as_bytes(), b"\"checksum\":");
    let is_inventory = extension == "json" && checksums().nth(2).is_some();
    // Where a program may look, written by a compiler.
    let is_of_compiler = input.path.contains("META-INF/native-image/");
    !is_inventory
        && !is_of_compiler
        && !folders.are_foreign
        && !is_test_data
        && !is_served
        && !is_skill
        && !is_generated(&lower, extension)
}

/// Returns whether a file of a name is made by a program, or tells what was.
fn is_generated(lower: &str, extension: &str) -> bool {
    let has = |word: &str| lower.as_bytes().windows(word.len()).any(|it| it == word.as_bytes());
    matches!(extension, "lock" | "svg" | "ipynb" | "patch" | "diff" | "po" | "pot" | "xlf" | "sarif" | "archived" | "tsbuildinfo")
        || has("baseline")
        || has(".min.")
        || matches!(lower, "labeler.yml" | "labeler.yaml" | "package-lock.json" | "pnpm-lock.yaml" | "go.sum")
        || matches!(lower, "codeowners" | ".gitattributes")
        // What linters and coverage are to pass over may be gone.
        || [".stylelintrc", ".eslintrc", ".markdownlint", ".nycrc", "sonar-project", "codecov."].iter().any(|it| lower.starts_with(it))
        || matches!(extension, "" | "txt") && ["exceptions", "exclusions", "allowlist"].iter().any(|it| has(it))
        || lower.starts_with("changelog")
        || lower.starts_with("history.")
        || lower.starts_with("license")
        // A dump of the whole repository, for a model to read.
        || lower.starts_with("repomix")
        || is_digested(lower)
}

/// Returns whether a bundler has put the digest of a file into its name: `package-151e161d.json`. What begins with a
/// year is a date.
fn is_digested(lower: &str) -> bool {
    let stem = lower.rsplit_once('.').map_or(lower, |it| it.0);
    let digest = stem.rsplit_once('-').map_or("", |it| it.1);
    let is_hex = digest.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    let has_digit = digest.bytes().any(|it| it.is_ascii_digit());
    matches!(digest.len(), 8 | 16 | 20 | 32 | 40 | 64) && is_hex && has_digit && !digest.starts_with("20")
}

/// What the folders that a file lies in say of it.
#[derive(Default)]
struct Folders {
    /// Others, or programs, wrote what is in them.
    are_foreign: bool,
    /// Browsers ask for what is in them.
    are_served: bool,
    /// Tests read what is in them.
    are_of_tests: bool,
    /// Agents are taught by what is in them.
    are_skills: bool,
}

impl Folders {
    fn of(path: &str) -> Folders {
        let mut found = Folders::default();
        for folder in path.as_bytes().split(|it| *it == b'/') {
            match folder {
                b"node_modules" | b"vendor" | b"third_party" | b"dist" | b"site-packages" | b"__snapshots__"
                | b"_generated" | b"__generated__" => found.are_foreign = true,
                b"public" | b"static" => found.are_served = true,
                b"testdata" | b"test_data" | b"fixtures" | b"scans" => found.are_of_tests = true,
                b"skills" => found.are_skills = true,
                _ => {}
            }
        }
        found
    }
}

fn is_path_byte(byte: u8) -> bool {
    PATH[usize::from(byte)]
}

/// Which bytes make paths: one look for each byte beside a slash.
static PATH: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'/');
        byte += 1;
    }
    table
};

/// Returns where a word that may be a path ends, if it may be one: relative, with a known extension, and neither a
/// part of a URL nor next to something that is filled in.
fn path_end(bytes: &[u8], start: usize, mut end: usize) -> Option<usize> {
    while end > start && matches!(bytes[end - 1], b'.' | b'/' | b'-' | b'_') {
        end -= 1;
    }
    let word = &bytes[start..end];
    let dot = memchr::memrchr(b'.', word)?;
    // Most words end here: `and/or`, closing tags, versions.
    if word[0] == b'/' || dot + 1 == word.len() || memchr::memchr(b'/', &word[dot..]).is_some() {
        return None;
    }
    let before = start.checked_sub(1).map(|it| bytes[it]);
    if matches!(before, Some(b'$' | b'~' | b'}' | b')' | b'%' | b'*' | b'@' | b'\\' | b'>' | b'&' | b'#' | b'+' | b'!'))
    {
        return None;
    }
    if matches!(bytes.get(end), Some(b'*' | b'{' | b'$' | b'<' | b'%' | b'\\' | b'@' | b'?')) {
        return None;
    }
    // `host:dir/file`, `sha:dir/file`, `python:3.12/x`; but `./a.yml:dir/x` has the mount's own rule.
    let is_joined =
        before == Some(b':') && start >= 2 && !matches!(bytes[start - 2], b' ' | b'"' | b'\'' | b'`' | b'\n');
    let extension = &word[dot + 1..];
    let is_known = extension.len() <= 10 && EXTENSIONS.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(extension))
        || word[..dot].ends_with(b"ockerfile");
    (!is_joined && is_known).then_some(end)
}

/// Judges a word that may be a path.
fn look(input: &Input, start: usize, end: usize, facts: &mut Facts) {
    let word = &input.text[start..end];
    let plain = word.strip_prefix("./").unwrap_or(word);
    let tree = input.tree;
    if tree.has_file(plain) {
        return;
    }
    let name_only = plain.trim_start_matches("../");
    if tree.is_end_of_a_path(name_only) {
        return;
    }
    let candidates = candidates(input, plain);
    let is_module = input.kind == Kind::Script;
    let is_there = |path: &String| {
        tree.has_file(path) || is_module && twins(path).iter().any(|it| tree.has_file(it)) || tree.exists(path)
    };
    if candidates.is_empty() || candidates.iter().any(is_there) {
        return;
    }
    if absence::is_expected(input, start, end) {
        return;
    }
    let line = line_before(input.text, start);
    if absence::is_alternative(line) || absence::is_made_by_test(input, start, end) {
        facts.tested.push(Tested { file: input.file, path: plain.to_string() });
        return;
    }
    let by = by(input, start, end);
    // A `.env` is what everybody has of their own.
    let name = plain.rsplit('/').next().unwrap_or(plain);
    let is_of_operator = name == ".env" || name.starts_with(".env.") && !is_template(name);
    if is_of_operator || is_option_for_output(line) {
        return;
    }
    // Where no string has them, backticks stand in prose.
    let is_spanned = matches!(input.kind, Kind::Python | Kind::Rust) && line.ends_with('`');
    let is_prose = is_spanned || matches!(by, MentionBy::Prose | MentionBy::CodeSpan);
    if is_prose && (past::is_told_of(input.text, start, end) || planned::is_told_of(input.text, start, end))
        || by == MentionBy::Link && planned::is_not_yet(line_after(input.text, end))
    {
        return;
    }
    facts.mentions.push(Mention {
        path: Spanned::new(word.to_string(), Span::new(input.file, start, end)),
        candidates,
        by,
        in_test: input.in_test || is_mock(input.path),
        in_record: input.kind == Kind::Markdown && past::is_report(input.text),
    });
}

/// Returns the paths from the root that a path in a file may mean: from the root itself, and from the folders that the
/// file lies in. A script runs in its own folder or in the root, from where a path that climbs leaves the repository.
fn candidates(input: &Input, plain: &str) -> Vec<String> {
    let leaves = plain.starts_with("..") && matches!(input.kind, Kind::Shell | Kind::Makefile | Kind::Text);
    let mut list: Vec<String> = normalize(plain).into_iter().collect();
    let mut base = folder(input.path);
    while base != "." {
        list.extend(normalize(&format!("{base}/{plain}")));
        base = if leaves { "." } else { folder(base) };
    }
    list.dedup();
    list
}

/// Returns whether the start of a line is an input of a step that uploads.
fn is_of_upload(line: &str) -> bool {
    let key = line.split(':').next().unwrap_or(line).trim_start().trim_start_matches("- ");
    matches!(key, "path" | "file" | "files" | "sarif_file" | "report_paths" | "report-paths" | "coverage-files")
}

/// Returns whether the line that begins at a place is one of those of `path: |` of a step that keeps what the steps before
/// it made.
fn is_of_artifact(text: &str, line_start: usize) -> bool {
    /// How much a step says before its last input.
    const NEAR: usize = 2000;
    let indent = |it: &str| it.len() - it.trim_start_matches(' ').len();
    let own = indent(line_after(text, line_start));
    let above = &text[text.floor_char_boundary(line_start.saturating_sub(NEAR))..line_start];
    let key = above.rsplit('\n').find(|it| !it.trim().is_empty() && indent(it) < own).unwrap_or("").trim();
    let step = above.rfind("uses:").map_or("", |it| &above[it..]);
    key.starts_with("path:") && key.ends_with(['|', '>', '-']) && step.contains("actions/upload-artifact")
}

fn is_template(name: &str) -> bool {
    ["example", "template", "sample", "dist"].iter().any(|it| name.contains(it))
}

/// Returns whether a word stands in a comment of HTML, which no reader sees.
fn is_in_html_comment(text: &str, start: usize) -> bool {
    let before = line_before(text, start);
    before.rfind("<!--").is_some_and(|it| !before[it..].contains("-->"))
}

/// Returns whether a file is named for made-up data: `mock-data.ts`.
fn is_mock(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|it| matches!(it, "mock" | "mocks" | "mockdata" | "fixture" | "fixtures"))
}

/// What an import may mean: `a.js` is what a TypeScript module is imported as, `a.service` what `a.service.ts` is.
fn twins(path: &str) -> Vec<String> {
    let stem = [".js", ".jsx", ".mjs", ".cjs"].iter().find_map(|it| path.strip_suffix(it));
    let endings =
        [".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts", ".d.ts", ".vue", "/index.ts", "/index.tsx", "/index.js"];
    let add = |stem: &str| endings.map(|it| format!("{stem}{it}"));
    add(path).into_iter().chain(stem.map(add).into_iter().flatten()).collect()
}

/// A bare name: `docker-compose.cuda.yml`, `Dockerfile.worker`.
fn bare(input: &Input, at: usize, facts: &mut Facts) {
    let bytes = input.text.as_bytes();
    let mut start = at;
    while start > 0 && is_path_byte(bytes[start - 1]) {
        start -= 1;
    }
    let end = at + bytes[at..].iter().take_while(|it| is_path_byte(**it)).count();
    let word = input.text[start..end].trim_end_matches(['.', '-', '_', '/']);
    let is_compose = word.ends_with(".yml") || word.ends_with(".yaml");
    let is_dockerfile = word.starts_with("Dockerfile.") && word.len() > "Dockerfile.".len();
    let before = start.checked_sub(1).map(|it| bytes[it]);
    let is_filled_in =
        matches!(before, Some(b'$' | b'~' | b'}' | b')' | b'*' | b'@' | b'\\' | b'>' | b'<' | b'%' | b'#' | b'{'))
            || matches!(bytes.get(end), Some(b'*' | b'{' | b'$' | b'<' | b'%' | b'('));
    // Deeper paths have been looked at, and a name after a dot is a suffix.
    if word.contains('/') || word.starts_with('.') || is_filled_in || !(is_compose || is_dockerfile) {
        return;
    }
    look(input, start, start + word.len(), facts);
}

/// Returns how a word is mentioned.
fn by(input: &Input, start: usize, end: usize) -> MentionBy {
    let text = input.text;
    let line = paragraph_before(text, start);
    let (before, after) = (line.chars().next_back(), text[end..].chars().next());
    if input.kind == Kind::Markdown {
        return match (before, after) {
            _ if is_in_html_comment(text, start) => MentionBy::Prose,
            (Some('('), _) if line.ends_with("](") => MentionBy::Link,
            _ if line.matches('`').count() % 2 == 1 => MentionBy::CodeSpan,
            _ if is_in_fence(&text[..start - line.len()]) => MentionBy::CodeSpan,
            _ => MentionBy::Prose,
        };
    }
    let comment = match input.kind {
        Kind::Script | Kind::Go | Kind::Rust | Kind::Json => {
            line.contains("//") || line.trim_start().starts_with('*') || line.contains("/*")
        }
        Kind::Text => true,
        _ => line.trim_start().starts_with('#') || line.contains(" #"),
    };
    let is_said =
        input.kind == Kind::Shell && ["echo", "printf", "log"].iter().any(|it| line.trim_start().starts_with(it));
    match input.kind {
        _ if comment || is_said => MentionBy::Prose,
        // `echo x > dir/file` makes it.
        _ if line.trim_end_matches([' ', '"', '\'']).ends_with('>') => MentionBy::Written,
        // Only `COPY` and `ADD` take from the repository; a program of the image has the image's files.
        Kind::Dockerfile if !["COPY", "ADD"].iter().any(|it| line.trim_start().starts_with(it)) => MentionBy::Prose,
        // A step that uploads names what the steps before it made.
        Kind::Workflow if is_of_artifact(text, start - line.len()) => MentionBy::Written,
        Kind::Workflow if is_of_upload(line) => MentionBy::Prose,
        // What a program writes may have been kept once.
        Kind::Script if is_output(&text[start..end]) && input.text.contains("writeFile") => MentionBy::Written,
        // `output_json = Path("results/x.json")`
        Kind::Python if is_output(&text[start..end]) && is_given_to_output(line) => MentionBy::Written,
        _ if is_output(&text[start..end]) && is_default_of_output(input.kind, &text[..start]) => MentionBy::Written,
        // `target: './src/api/index.ts'`: what a generator, a compiler or a bundler makes.
        Kind::Script | Kind::Json | Kind::Yaml | Kind::Toml if is_output_key(line) => MentionBy::Written,
        // In what a script writes out, backticks are those of a text.
        Kind::Shell if before == Some('`') && after == Some('`') => MentionBy::CodeSpan,
        // A compiled module lies in another folder than its source.
        Kind::Script if line.contains("__dirname") || line.contains("import.meta") => MentionBy::Prose,
        Kind::Shell | Kind::Makefile | Kind::Workflow | Kind::Dockerfile => MentionBy::Word,
        Kind::Python | Kind::Script | Kind::Go | Kind::Rust => match (before, after) {
            (Some('"'), Some('"')) | (Some('\''), Some('\'')) | (Some('`'), Some('`')) => MentionBy::Quoted,
            _ => MentionBy::Prose,
        },
        _ => MentionBy::Value,
    }
}

/// Returns whether a code block is open at the end of a text; of what stands far above nothing is asked.
fn is_in_fence(before: &str) -> bool {
    /// Longer documents are lists that programs make.
    const LONGEST: usize = 256 << 10;
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(LONGEST))..];
    let is_first = |at: &usize| before[..*at].rsplit('\n').next().is_none_or(|it| it.trim_start().is_empty());
    memchr::memmem::find_iter(before.as_bytes(), "```").filter(is_first).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;
    use std::sync::Arc;

    #[test]
    fn made_up_data_is_known_by_the_name_of_its_file() {
        for (path, expected) in [("src/lib/mock-data.ts", true), ("a/fixtures.py", true), ("src/mocking.py", false)] {
            assert_eq!(is_mock(path), expected, "{path}");
        }
    }

    fn mentions(path: &str, text: &str) -> Vec<String> {
        let paths = ["src/a.py", "docs/b.md", "web/src/c.ts", "web/package.json", "docker-compose.yml", path];
        let tree = Tree::new(paths.map(Arc::from));
        let kind = crate::repo::kind::of(path);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        let at = BARE.map(|it| text.match_indices(it).map(|it| it.0).collect::<Vec<_>>());
        read(&input, [&at[0], &at[1]], &mut facts);
        facts.mentions.iter().map(|it| format!("{} {:?}", it.path.value, it.by)).collect()
    }

    #[test]
    fn what_names_nothing_is_kept_and_what_names_something_is_not() {
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "x.py",
                "open('src/a.py'); open(\"src/gone.py\") # see docs/gone.md",
                &["src/gone.py Quoted", "docs/gone.md Prose"],
            ),
            (
                "docs/x.md",
                "[a](b.md) [c](../src/gone.py) `src/no.py` src/a.py, docs/no.md.",
                &["../src/gone.py Link", "src/no.py CodeSpan", "docs/no.md Prose"],
            ),
            ("docs/x.md", "<!-- x --> [a](no.md) <!-- [a](x/no.md) -->", &["x/no.md Prose"]),
            ("web/src/d.ts", "import './c.js'; import './gone.js'; // src/c.ts c.ts", &["./gone.js Quoted"]),
            (
                "x.sh",
                "cp src/gone.sh /tmp/x.sh $A/b.sh https://h/c.sh me@h:d/e.sh {f}/g.sh h/*.sh ~/i.sh",
                &["src/gone.sh Word"],
            ),
            ("x.yml", "a: ./conf/gone.json\nb: and/or\nc: 1/2.5\nf: x/y.gz", &["./conf/gone.json Value"]),
            (
                "x.md",
                "`docker-compose.gone.yml` docker-compose.yml docker-compose.*.yml .compose.yml",
                &["docker-compose.gone.yml CodeSpan"],
            ),
            (".gitignore", "src/gone.py", &[]),
            ("uv.lock", "src/gone.py", &[]),
        ];
        for (path, text, expected) in cases {
            assert_eq!(mentions(path, text), *expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned_without_a_panic(text in "[a-z./`\"'#é :$*-]{0,80}(compose\\.yml)?") {
            mentions("x.md", &text);
        }
    }
}
