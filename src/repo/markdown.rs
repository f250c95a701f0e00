//! Markdown: the commands that readers are told to type, in code blocks and code spans.

use super::compose::comment::drawn_containers;
use super::documented::Documented;
use super::fact::{Action, CommandHost, EnvDoc, Facts, Text};
use super::reader::Input;
use super::shell;
use super::shell::embedded::Embedded;
use super::shell::run::{self, Setting};
use super::shell::value::Directory;
use super::telling::{Telling, Words};
use crate::diag::Diags;
use crate::syntax::yaml;

/// Programs by which a code block of no language, or a code span, is known to be a command.
const PROGRAMS: &[&str] = &[
    "docker",
    "docker-compose",
    "make",
    "kubectl",
    "scp",
    "rsync",
    "bash",
    "sh",
    "./",
    "npm",
    "pnpm",
    "yarn",
    "source",
    "cp",
    "terraform",
    "uv",
];

/// The same, looked for in a block that is no shell text for the most part.
static NAMES: Telling = Telling::new(|| Words::new(PROGRAMS));

/// Reads a Markdown file.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let from = facts.commands.len();
    let mut block: Option<Block> = None;
    let mut documented = Documented::new(input.file);
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', input.text.as_bytes()).map(|it| it + 1);
    let last = Some(input.text.len()).filter(|_| !input.text.ends_with('\n'));
    for end in ends.chain(last) {
        let line = &input.text[start..end];
        let trimmed = unquoted(line);
        let indent = line.len() - trimmed.len();
        match &mut block {
            Some(open) if is_fence(trimmed, open.fence) && trimmed.trim_end().chars().all(|it| it == open.fence) => {
                if let Some(block) = block.take() {
                    block.run(input, facts);
                }
            }
            Some(open) if open.is_read => open.line(line, start),
            Some(_) => {}
            None => match trimmed.chars().next().filter(|it| is_fence(trimmed, *it)) {
                Some(fence) => {
                    let language = trimmed.trim_start_matches(fence).trim();
                    let language = language.split([' ', ',', '{']).next().unwrap_or("").to_ascii_lowercase();
                    block = Some(Block::new(fence, language, indent, input));
                }
                None => {
                    let has_code = memchr::memchr(b'`', line.as_bytes()).is_some();
                    documented.line(line, start, has_code, facts);
                    if has_code {
                        spans(input, (start + indent, trimmed), facts);
                    }
                }
            },
        }
        start = end;
    }
    shell::place(&mut facts.commands[from..], input);
}

/// Returns a line without what indents it, as a quotation does.
fn unquoted(line: &str) -> &str {
    let mut rest = line.trim_start();
    while let Some(inner) = rest.strip_prefix("> ") {
        rest = inner;
    }
    rest
}

/// Returns whether a document may have commands: a code block, or a code span that begins with a program.
pub fn may_have_commands(text: &str) -> bool {
    let is_telling = |at: usize| {
        let rest = text[at + 1..].trim_start();
        rest.starts_with('`') || PROGRAMS.iter().any(|it| rest.starts_with(it))
    };
    memchr::memchr_iter(b'`', text.as_bytes()).any(is_telling)
        || memchr::memmem::find(text.as_bytes(), b"~~~").is_some()
}

fn is_fence(line: &str, fence: char) -> bool {
    matches!(fence, '`' | '~') && line.chars().take_while(|it| *it == fence).count() >= 3
}

/// A code block that is open.
struct Block {
    fence: char,
    language: String,
    indent: usize,
    script: Embedded,
    is_shell: bool,
    /// Whether anything is made of its lines; code of most languages is passed over.
    is_read: bool,
}

impl Block {
    fn new(fence: char, language: String, indent: usize, input: &Input) -> Block {
        let shells = ["bash", "sh", "shell", "zsh", "console", "shell-session", "terminal"];
        let others = ["", "text", "yaml", "yml", "env", "dotenv", "ini", "properties"];
        let is_shell = shells.contains(&&*language);
        let is_read = is_shell || others.contains(&&*language);
        Block { fence, language, indent, script: Embedded::new(input.file), is_shell, is_read }
    }

    fn line(&mut self, line: &str, start: usize) {
        let skip = line.bytes().take(self.indent).take_while(|it| matches!(it, b' ' | b'>')).count();
        let mut body = &line[skip..];
        // What is typed after a prompt; the rest of a session is output.
        let prompt = ["$ ", "% "].into_iter().find_map(|it| body.trim_start().strip_prefix(it));
        if let Some(rest) = prompt {
            body = rest;
        } else if matches!(self.language.as_str(), "console" | "shell-session" | "terminal") {
            body = "\n";
        }
        let at = start + line.len() - body.len();
        // `command → what it says`
        match Some(body).filter(|it| !it.is_ascii()).and_then(|it| it.find(['→', '—', '⇒'])) {
            Some(cut) => {
                self.script.push(&body[..cut], at);
                self.script.push("\n", at + cut);
            }
            None => self.script.push(body, at),
        }
    }

    /// Returns the variables of lines like those of an env file: the document is the template.
    fn assigned(&self) -> Vec<EnvDoc> {
        let name = |line: &'_ str| -> Option<(usize, usize)> {
            memchr::memchr(b'=', line.as_bytes())?;
            let (name, _) = line.trim().trim_start_matches("export ").split_once('=')?;
            let is_name = name.contains('_')
                && name.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
            is_name.then(|| (line.find(name).unwrap_or(0), name.len()))
        };
        let mut at = 0;
        let mut found = Vec::new();
        for line in self.script.text.split_inclusive('\n') {
            if let Some((start, length)) = name(line) {
                let text = line[start..start + length].to_string();
                let span = self.script.span(at + start, at + start + length);
                found.push(EnvDoc { name: Text::new(text, span), default: None });
            }
            at += line.len();
        }
        found
    }

    fn run(self, input: &Input, facts: &mut Facts) {
        if matches!(self.language.as_str(), "yaml" | "yml") {
            facts.drawn_services.extend(services(input, &self.script.text));
            facts.drawn_containers.extend(drawn_containers(&self.script.text));
        }
        if self.is_shell || matches!(self.language.as_str(), "env" | "dotenv" | "ini" | "properties" | "") {
            facts.docs.extend(self.assigned());
        }
        let may_be_shell = (self.language.is_empty() || self.language == "text") && NAMES.stand_in(&self.script.text);
        if self.is_shell || may_be_shell {
            commands(input, &self.script, !self.is_shell, facts);
        }
    }
}

/// Returns the services of a compose file in a code block.
fn services(input: &Input, text: &str) -> Vec<String> {
    if !text.contains("services:") {
        return Vec::new();
    }
    let blank = text.len() - text.trim_start_matches(' ').len();
    let plain: Vec<&str> = text.lines().map(|it| it.get(blank..).unwrap_or("")).collect();
    let node = yaml::parse(&plain.join("\n"), input.file, &mut Diags::default()).into_iter().next();
    let services = node.as_ref().and_then(|it| it.get("services")?.as_map());
    services.into_iter().flat_map(|it| &it.entries).map(|it| it.key.to_string()).collect()
}

/// Adds the commands of a text; only those of known programs where it may be no shell text at all.
fn commands(input: &Input, script: &Embedded, only_known: bool, facts: &mut Facts) {
    let from = facts.commands.len();
    run::run(script, Setting::new(input, CommandHost::Document, Directory::anywhere()), facts);
    // What a document sets, it sets for whoever reads it.
    let mut at = 0;
    facts.commands.retain(|it| {
        at += 1;
        let is_known = || it.words.first().is_some_and(|it| is_program(&it.text));
        at <= from || !only_known || is_known() && !matches!(it.action, Action::Other)
    });
}

fn is_program(word: &str) -> bool {
    PROGRAMS.iter().any(|it| word == *it || it.ends_with('/') && word.starts_with(it))
}

/// `` `make dev` `` in a line.
fn spans(input: &Input, (start, line): (usize, &str), facts: &mut Facts) {
    let mut marks = memchr::memchr_iter(b'`', line.as_bytes());
    while let (Some(open), Some(close)) = (marks.next(), marks.next()) {
        let at = start + open + 1;
        let part = &line[open + 1..close];
        let mut words = part.split_whitespace();
        if words.next().is_some_and(is_program) && words.next().is_some() {
            let mut script = Embedded::new(input.file);
            // In a table, `\|` is how a pipe is written.
            for (index, piece) in part.split("\\|").enumerate() {
                let offset = piece.as_ptr() as usize - part.as_ptr() as usize;
                if index > 0 {
                    script.push("|", at + offset - 1);
                }
                script.push(piece, at + offset);
            }
            commands(input, &script, true, facts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;
    use std::sync::Arc;

    fn programs(text: &str) -> Vec<String> {
        let tree = Tree::new([Arc::from("docs/x.yml")]);
        let kind = crate::repo::kind::Kind::Markdown;
        let input = Input { file: FileId(0), path: "docs/a.md", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        let written = |span: crate::source::Span| text[span.start as usize..span.end as usize].to_string();
        facts.commands.iter().map(|it| written(it.span)).collect()
    }

    #[test]
    fn commands_of_blocks_and_spans_are_found_at_their_places() {
        let text = "# x\n```bash\nmake a # why\n```\n1. y:\n   ```sh\n   make b \\\n     c\n   ```\n~~~\ntree/\n├── make\nmake d\n~~~\nuse `make e` or `e` and ``x``\n```python\nmake = f\n```\n```console\n$ make f\noutput\n```\n";
        assert_eq!(programs(text), ["make a", "make b \\\n     c", "make d", "make e", "make f"]);
    }

    proptest::proptest! {
        #[test]
        fn any_document_is_read_without_a_panic(text in "[a-z`~$> \n./é#-]{0,120}") {
            programs(&text);
        }
    }
}
