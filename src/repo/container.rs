//! What a service's container starts from: the stages of its Dockerfile, and what they make of it together.

use super::Repo;
use super::compose::{Arguments, Service, known};
use super::environment::Environment;
use super::fact::{Dockerfile, Stage, Text};
use super::known_variable::bare_name;
use crate::source::{Span, normalize};

/// An image that a Dockerfile of the repository builds.
#[derive(Clone, Debug)]
pub struct Container<'a> {
    /// The Dockerfile.
    pub dockerfile: &'a Dockerfile,
    /// The stage that is run, then the ones it starts from.
    pub stages: Vec<&'a Stage>,
    /// The image that the last of them starts from, `${…}` replaced by defaults where there are some.
    pub base: String,
}

impl<'a> Container<'a> {
    /// Returns the image of a service, if the repository builds it: by the service itself, or by another one that
    /// gives its image the same name.
    pub fn of(repo: &'a Repo, environment: &Environment, service: &Service) -> Option<Container<'a>> {
        if service.build.is_some() {
            return Container::built(repo, environment, service);
        }
        let image = bare_name(&service.image.as_ref()?.value).to_string();
        let same = |it: &Service| it.image.as_ref().is_some_and(|it| bare_name(&it.value) == image);
        repo.building().filter(|it| same(it.1)).find_map(|(other, twin)| Container::built(repo, other, twin))
    }

    fn built(repo: &'a Repo, environment: &Environment, service: &Service) -> Option<Container<'a>> {
        let build = service.build.as_ref()?;
        let filled = |it: Option<&Text>, default: &str| match it {
            Some(it) => known::with_defaults(&it.value),
            None => Some(default.to_string()),
        };
        let context = filled(build.context.as_ref(), ".")?;
        let name = filled(build.dockerfile.as_ref(), "Dockerfile")?;
        let path = normalize(&format!("{}/{context}/{name}", environment.directory))?;
        let dockerfile = repo.dockerfile(&path)?;
        let target = match &build.target {
            Some(it) => Some(known::with_defaults(&it.value)?),
            None => None,
        };
        Container::of_stage(dockerfile, target.as_deref())
    }

    /// Returns what a stage, or the last one, comes to.
    pub fn of_stage(dockerfile: &'a Dockerfile, target: Option<&str>) -> Option<Container<'a>> {
        let named = |name: &str| dockerfile.stages.iter().rposition(|it| it.is_called(name));
        let mut at = match target {
            Some(target) => named(target)?,
            None => dockerfile.stages.len().checked_sub(1)?,
        };
        let mut stages = Vec::new();
        loop {
            let stage = &dockerfile.stages[at];
            stages.push(stage);
            match named(&stage.from.value).filter(|it| *it < at) {
                Some(before) => at = before,
                None => {
                    let base = dockerfile.with_args(&stage.from.value);
                    return Some(Container { dockerfile, stages, base });
                }
            }
        }
    }

    /// Returns the health check that the image brings, with the whole instruction.
    pub fn healthcheck(&self) -> Option<(Span, &'a Arguments)> {
        let (span, arguments) = self.stages.iter().find_map(|it| it.healthcheck.as_ref())?;
        Some((*span, arguments.as_ref()?))
    }

    /// Returns the command that the image runs, unless a service says otherwise. An entry point of a later stage
    /// takes away the command of an earlier one.
    pub fn cmd(&self) -> Option<&'a Arguments> {
        for stage in &self.stages {
            if stage.cmd.is_some() || stage.entrypoint.is_some() {
                return stage.cmd.as_ref();
            }
        }
        None
    }

    /// Returns the program that is put before every command.
    pub fn entrypoint(&self) -> Option<&'a Arguments> {
        self.stages.iter().find_map(|it| it.entrypoint.as_ref())
    }

    /// Returns the ports that the image says it listens on.
    pub fn exposes(&self) -> impl Iterator<Item = &'a Text> {
        self.stages.iter().flat_map(|it| &it.exposes)
    }

    /// Returns whether something in the stages puts a program into the image: installs it, copies it, writes it.
    pub fn mentions(&self, program: &str) -> bool {
        let is_word =
            |it: &str| it.split(|it: char| !(it.is_alphanumeric() || it == '-' || it == '_')).any(|it| it == program);
        self.stages.iter().any(|stage| {
            stage.runs.iter().any(|it| is_word(&it.value))
                || stage
                    .copies
                    .iter()
                    .any(|it| is_word(&it.destination.value) || it.sources.iter().any(|it| is_word(&it.value)))
        })
    }

    /// Returns whether a script of the repository is run while the image is made: it may install anything.
    pub fn runs_script(&self) -> bool {
        self.stages.iter().flat_map(|it| &it.runs).any(|it| runs_script(&it.value))
    }

    /// Returns whether whole directories for programs come from elsewhere, so that nobody can tell what is there.
    pub fn copies_programs(&self) -> bool {
        let is_programs = |it: &str| {
            let it = it.trim_end_matches('/');
            matches!(it, "" | "/usr" | "/usr/bin" | "/usr/local" | "/usr/local/bin" | "/bin")
        };
        let copies = self.stages.iter().flat_map(|it| &it.copies).filter(|it| it.from.is_some());
        copies
            .into_iter()
            .any(|it| is_programs(&it.destination.value) && it.sources.iter().any(|it| is_programs(&it.value)))
    }
}

/// Returns whether a `RUN` runs a script, rather than only changing its mode or its text.
fn runs_script(run: &str) -> bool {
    let handles =
        ["chmod", "chown", "sed", "dos2unix", "ls", "cp", "mv", "rm", "test", "[", "cat", "ln", "touch", "mkdir"];
    run.split(['\n', ';', '|', '&']).any(|command| {
        let mut words = command.split_whitespace().filter(|it| !it.contains('=') && *it != "sudo");
        let first = words.next().unwrap_or("").trim_matches(['"', '\'']);
        let is_other = !handles.contains(&first.rsplit('/').next().unwrap_or(first));
        is_other && (command.contains(".sh") || command.contains("ansible"))
    })
}

impl Stage {
    fn is_called(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|it| it.value.eq_ignore_ascii_case(name))
    }
}

impl Dockerfile {
    /// Replaces the global `ARG`s in a text by their defaults; those without one stay.
    fn with_args(&self, text: &str) -> String {
        let look_up = |name: &str| {
            let found = self.global_args.iter().find(|it| it.0.value == name)?;
            Some(found.1.as_ref()?.value.clone())
        };
        known::fill(text, &look_up).unwrap_or_else(|| text.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diags;
    use crate::repo::dockerfile;
    use crate::repo::fact::Facts;
    use crate::repo::kind::Kind;
    use crate::repo::reader::Input;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    #[test]
    fn a_script_that_is_only_made_executable_is_not_run() {
        let cases = [
            ("chmod +x /app/start.sh", false),
            ("npm ci && chmod 755 a.sh; dos2unix b.sh", false),
            ("bash /tmp/install.sh", true),
            ("./install.sh --all", true),
            ("DEBIAN_FRONTEND=x ./install.sh", true),
            ("curl -fsSL https://example.com/install.sh | sh", true),
        ];
        for (run, expected) in cases {
            assert_eq!(runs_script(run), expected, "{run}");
        }
    }

    #[test]
    fn stages_inherit_from_each_other_to_the_base() {
        let text = "ARG V=3\nFROM python:${V}-slim AS base\nRUN apt-get install -y curl\nCMD [\"a\"]\nHEALTHCHECK CMD curl x\nFROM base AS app\nEXPOSE 80\nFROM base\nENTRYPOINT [\"/e\"]\nHEALTHCHECK NONE\n";
        let tree = Tree::default();
        let input = Input { file: FileId(0), path: "D", text, kind: Kind::Dockerfile, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        dockerfile::read(&input, &mut facts, &mut Diags::default());
        let app = Container::of_stage(&facts.dockerfiles[0], Some("app")).unwrap();
        assert_eq!((app.base.as_str(), app.stages.len(), app.exposes().count()), ("python:3-slim", 2, 1));
        assert!(app.healthcheck().is_some() && app.cmd().is_some() && app.mentions("curl") && !app.mentions("wget"));
        let last = Container::of_stage(&facts.dockerfiles[0], None).unwrap();
        assert!(last.healthcheck().is_none() && last.cmd().is_none() && last.entrypoint().is_some());
    }
}
