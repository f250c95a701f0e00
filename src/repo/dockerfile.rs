//! Reads Dockerfiles: stages, what they copy, run, set, expose and check.
//!
//! A file that is no valid Dockerfile, such as a template of one, says nothing.

use parse_dockerfile::{Command, Flag, HealthcheckArguments, Instruction, Source, UnescapedString};

use super::compose::Arguments;
use super::fact::dockerfile::DockerCopy;
use super::fact::{Dockerfile, EnvSet, Facts, SetBy, Stage, Text};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::words;

/// Returns whether a text is a Dockerfile.
pub fn is_sound(text: &str) -> bool {
    parse_dockerfile::parse(text).is_ok()
}

/// Reads a Dockerfile.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let Ok(parsed) = parse_dockerfile::parse(input.text) else { return };
    let reader = Reader { file: input.file, text: input.text };
    let mut found =
        Dockerfile { file: input.file, path: input.path.to_string(), global_args: Vec::new(), stages: Vec::new() };
    for instruction in &parsed.instructions {
        reader.instruction(instruction, &mut found);
    }
    reader.sets(&found, facts);
    facts.dockerfiles.push(found);
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl Reader<'_> {
    fn span(&self, range: &std::ops::Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn text(&self, it: &UnescapedString<'_>) -> Text {
        Spanned::new(it.value.to_string(), self.span(&it.span))
    }

    fn instruction(&self, instruction: &Instruction<'_>, found: &mut Dockerfile) {
        if let Instruction::From(it) = instruction {
            let from = self.text(&it.image);
            let name = it.as_.as_ref().map(|(_, name)| self.text(name));
            let span = self.span(&it.from.span).to(name.as_ref().map_or(from.span, |it| it.span));
            found.stages.push(Stage { name, ..Stage::new(from, span) });
            return;
        }
        let Some(stage) = found.stages.last_mut() else {
            if let Instruction::Arg(it) = instruction {
                found.global_args.extend(self.pairs(&it.arguments));
            }
            return;
        };
        match instruction {
            Instruction::Arg(it) => stage.args.extend(self.pairs(&it.arguments)),
            Instruction::Env(it) => {
                let pairs = self.env_pairs(&it.arguments);
                stage.env.extend(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
            }
            Instruction::Add(it) => stage.copies.push(self.copy(&it.src, &it.dest, &it.options)),
            Instruction::Copy(it) => stage.copies.push(self.copy(&it.src, &it.dest, &it.options)),
            Instruction::Run(it) => {
                stage.copies.extend(it.options.iter().filter_map(|it| self.bind(it)));
                let mut run = self.joined(&it.arguments);
                for document in &it.here_docs {
                    run.value.push('\n');
                    run.value.push_str(&document.value);
                }
                stage.runs.push(run);
            }
            Instruction::Expose(it) => stage.exposes.extend(it.arguments.iter().map(|it| self.text(it))),
            Instruction::Workdir(it) => stage.workdir = Some(self.text(&it.arguments)),
            Instruction::User(it) => stage.user = Some(self.text(&it.arguments)),
            Instruction::Cmd(it) => stage.cmd = Some(self.arguments(&it.arguments)),
            Instruction::Entrypoint(it) => stage.entrypoint = Some(self.arguments(&it.arguments)),
            Instruction::Healthcheck(it) => {
                let span = self.span(&it.healthcheck.span);
                stage.healthcheck = Some(match &it.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => {
                        let arguments = self.arguments(arguments);
                        (span.to(arguments.span), Some(arguments))
                    }
                    _ => (span, None),
                });
            }
            _ => {}
        }
        if let Some(end) = self.end(instruction) {
            stage.span = stage.span.to(end);
        }
    }

    fn end(&self, instruction: &Instruction<'_>) -> Option<Span> {
        let command = |it: &Command<'_>| self.arguments(it).span;
        match instruction {
            Instruction::Run(it) => Some(command(&it.arguments)),
            Instruction::Cmd(it) => Some(command(&it.arguments)),
            Instruction::Entrypoint(it) => Some(command(&it.arguments)),
            Instruction::Copy(it) => Some(self.span(&it.dest.span)),
            Instruction::Env(it) => Some(self.span(&it.arguments.span)),
            _ => None,
        }
    }

    fn arguments(&self, command: &Command<'_>) -> Arguments {
        match command {
            Command::Exec(it) => Arguments {
                words: it.value.iter().map(|it| self.text(it)).collect(),
                is_shell: false,
                span: self.span(&it.span),
            },
            Command::Shell(it) => {
                let span = self.span(&it.span);
                Arguments { words: vec![Spanned::new(it.value.to_string(), span)], is_shell: true, span }
            }
            _ => Arguments { words: Vec::new(), is_shell: true, span: Span::new(self.file, 0, 0) },
        }
    }

    fn joined(&self, command: &Command<'_>) -> Text {
        let arguments = self.arguments(command);
        let words: Vec<&str> = arguments.words.iter().map(|it| it.value.as_str()).collect();
        Spanned::new(words.join(" ").replace("\\\n", " "), arguments.span)
    }

    fn copy(&self, sources: &[Source<'_>], destination: &UnescapedString<'_>, options: &[Flag<'_>]) -> DockerCopy {
        let path = |it: &Source<'_>| match it {
            Source::Path(it) => Some(self.text(it)),
            _ => None,
        };
        let from = options.iter().find(|it| it.name.value == "from").and_then(|it| it.value.as_ref());
        DockerCopy {
            sources: sources.iter().filter_map(path).collect(),
            destination: self.text(destination),
            from: from.map(|it| self.text(it)),
        }
    }

    /// Reads `--mount=type=bind,source=x,target=y`.
    fn bind(&self, flag: &Flag<'_>) -> Option<DockerCopy> {
        let value = flag.value.as_ref().filter(|_| flag.name.value == "mount")?;
        let part = |keys: &[&str]| {
            let fields = value.value.split(',').filter_map(|it| it.split_once('='));
            fields.into_iter().find(|(key, _)| keys.contains(key)).map(|it| it.1)
        };
        if part(&["type"]).is_some_and(|it| it != "bind") {
            return None;
        }
        let text = |it: &str| {
            let at = value.value.find(it).unwrap_or(0);
            let exact = value.span.end - value.span.start == value.value.len();
            let span = self.span(&value.span);
            Spanned::new(it.to_string(), if exact { span.part(at, at + it.len()) } else { span })
        };
        Some(DockerCopy {
            sources: vec![text(part(&["source", "src"])?)],
            destination: text(part(&["target", "dst", "destination"])?),
            from: part(&["from"]).map(text),
        })
    }

    /// Reads `NAME[=value]…`.
    fn pairs(&self, arguments: &UnescapedString<'_>) -> Vec<(Text, Option<Text>)> {
        let written = self.text.get(arguments.span.clone()).unwrap_or("");
        let Ok(split) = words::split(written) else { return Vec::new() };
        let pair = |it: words::Word| {
            let start = arguments.span.start + it.range.start;
            let whole = Span::new(self.file, start, arguments.span.start + it.range.end);
            match it.text.split_once('=') {
                Some((name, value)) => {
                    let name_span = whole.part(0, name.len());
                    let value_start = (whole.start as usize + name.len() + 1).min(whole.end as usize);
                    let value_span = Span::new(self.file, value_start, whole.end as usize);
                    let name = Spanned::new(name.to_string(), name_span);
                    (name, Some(Spanned::new(value.to_string(), value_span)))
                }
                None => (Spanned::new(it.text, whole), None),
            }
        };
        split.words.into_iter().map(pair).collect()
    }

    /// Reads `NAME=value…` or the old `NAME all the rest`.
    fn env_pairs(&self, arguments: &UnescapedString<'_>) -> Vec<(Text, Option<Text>)> {
        let written = self.text.get(arguments.span.clone()).unwrap_or("");
        let first = written.split_whitespace().next().unwrap_or("");
        if first.contains('=') {
            return self.pairs(arguments);
        }
        let rest = written[first.len()..].trim();
        let start = arguments.span.start;
        let at = start + (written.len() - written[first.len()..].trim_start().len());
        let name = Spanned::new(first.to_string(), Span::new(self.file, start, start + first.len()));
        vec![(name, Some(Spanned::new(rest.to_string(), Span::new(self.file, at, at + rest.len()))))]
    }

    fn sets(&self, found: &Dockerfile, facts: &mut Facts) {
        for stage in &found.stages {
            let scope = Some(stage.name.as_ref().unwrap_or(&stage.from).value.clone());
            let set = |name: &Text, value: Option<&Text>, by| EnvSet {
                name: name.clone(),
                value: value.cloned(),
                by,
                into: None,
                scope: scope.clone(),
            };
            facts.sets.extend(stage.env.iter().map(|(name, value)| set(name, Some(value), SetBy::DockerEnv)));
            facts.sets.extend(stage.args.iter().map(|(name, value)| set(name, value.as_ref(), SetBy::DockerArg)));
        }
        for (name, value) in &found.global_args {
            let (name, value) = (name.clone(), value.clone());
            facts.sets.push(EnvSet { name, value, by: SetBy::DockerArg, into: None, scope: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::kind::Kind;
    use crate::repo::tree::Tree;

    const TEXT: &str = "ARG V=3.12\nFROM python:${V}-slim AS build\nARG X Y=2\nENV A=1 B=\"two words\"\nENV OLD the rest\n\
        COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv\nCOPY a.txt b/ /app/\n\
        RUN --mount=type=bind,source=uv.lock,target=uv.lock apt-get update && \\\n    apt-get install -y curl\n\
        EXPOSE 8000 9000/udp\nWORKDIR /app\nUSER app\nHEALTHCHECK --interval=5s CMD curl -f http://localhost:8000/health\n\
        ENTRYPOINT [\"/entry.sh\"]\nCMD [\"uvicorn\", \"app:app\"]\nFROM build\nHEALTHCHECK NONE\n";

    fn facts(text: &str) -> Facts {
        let tree = Tree::default();
        let kind = Kind::Dockerfile;
        let input = Input { file: FileId(0), path: "Dockerfile", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        facts
    }

    #[test]
    fn stages_know_what_is_in_them_and_where() {
        let facts = facts(TEXT);
        let [build, last] = facts.dockerfiles[0].stages.as_slice() else { panic!() };
        let slice = |span: Span| &TEXT[span.start as usize..span.end as usize];
        assert_eq!(
            (build.from.value.as_str(), slice(build.name.as_ref().unwrap().span)),
            ("python:${V}-slim", "build")
        );
        let env: Vec<_> = build.env.iter().map(|it| (it.0.value.as_str(), it.1.value.as_str())).collect();
        assert_eq!(env, [("A", "1"), ("B", "two words"), ("OLD", "the rest")]);
        assert_eq!(slice(build.env[2].1.span), "the rest");
        assert_eq!(slice(build.args[1].0.span), "Y");
        let copies: Vec<_> = build.copies.iter().map(|it| (it.sources.len(), it.from.is_some())).collect();
        assert_eq!(copies, [(1, true), (2, false), (1, false)]);
        assert!(build.runs[0].value.contains("apt-get install -y curl"));
        assert_eq!(build.exposes.len(), 2);
        let (_, check) = build.healthcheck.as_ref().unwrap();
        assert!(check.as_ref().unwrap().is_shell && check.as_ref().unwrap().words[0].value.starts_with("curl"));
        assert_eq!(build.cmd.as_ref().unwrap().words.len(), 2);
        assert!(last.healthcheck.as_ref().unwrap().1.is_none());
        assert_eq!(facts.dockerfiles[0].global_args[0].0.value, "V");
        assert_eq!(facts.sets.len(), 6);
    }

    #[test]
    fn what_is_no_dockerfile_says_nothing() {
        assert!(facts("{{ template }}\nFROM").dockerfiles.is_empty());
    }
}
