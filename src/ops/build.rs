//! `specc build` and `specc plan`: from the spec to what is to be done to the disk.

use crate::diag::{Code, Diagnostic, Diags, Level, Reported};
use crate::emit;
use crate::emit::{Artifact, Grade, Loss, Output, Selection};
use crate::files::Files;
use crate::ir::{Layer, System};
use crate::ops::inputs::{Recording, are_unchanged};
use crate::output::impact::assess;
use crate::output::lock::{Lock, Unusable};
use crate::output::plan::{Change, Obstacle, Plan, Scope, Wanted, plan};
use crate::output::{hash, lock};
use crate::resolve;
use crate::source::Sources;
use crate::syntax::node::Node;

/// The lock cannot be used.
pub static BAD_LOCK: Code = Code { id: "OUT001", name: "bad-lock" };
/// A file to write was edited or written by somebody else.
pub static NOT_OURS: Code = Code { id: "OUT002", name: "not-overwritten" };
/// A file to write cannot be written.
pub static IN_THE_WAY: Code = Code { id: "OUT003", name: "cannot-be-written" };
/// Two files to write have one path.
pub static TWO_FILES: Code = Code { id: "OUT004", name: "two-files-at-one-path" };
/// A file that is not generated any more was edited, and stays.
pub static STALE_KEPT: Code = Code { id: "OUT005", name: "stale-file-kept" };
/// A target cannot say something, and that was asked to be an error.
pub static LOSS: Code = Code { id: "OUT006", name: "loss" };

/// What to build.
#[derive(Clone, Default, Debug)]
pub struct BuildOptions {
    /// The spec's file name.
    pub spec: String,
    /// Which environments and targets.
    pub selection: Selection,
    /// Overwrite what a person edited or wrote.
    pub force: bool,
    /// What a target cannot say is an error.
    pub deny_loss: bool,
    /// Believe the lock where it says that nothing has changed.
    pub trust_lock: bool,
    /// Tell what each change does to the running system: it takes reading every file, old and new.
    pub effects: bool,
}

/// What a build came to.
#[derive(Default, Debug)]
pub struct Built {
    /// What is to be done.
    pub plan: Plan,
    /// What could not be said.
    pub losses: Vec<Loss>,
    /// The system; `None` if the lock vouched for everything, so that nothing had to be read.
    pub system: Option<System>,
    /// How many files are as they should be without having been built.
    pub n_vouched: usize,
}

/// A spec, read and resolved.
#[derive(Debug)]
pub struct Loaded {
    /// The tree, with places.
    pub root: Node,
    /// The system.
    pub system: System,
}

/// Builds. `tree` is where the spec is, `out` where the files go; nothing is written.
///
/// # Errors
/// If the user was told why.
pub fn build(
    tree: &dyn Files,
    out: &dyn Files,
    options: &BuildOptions,
    sources: &mut Sources,
    diags: &mut Diags,
) -> Result<Built, Reported> {
    match begin(tree, out, options, diags)? {
        Begun::Vouched(built) => Ok(*built),
        Begun::Needed(lock) => make(&lock, tree, out, options, sources, diags),
    }
}

/// What the lock says of a build.
pub enum Begun {
    /// Everything is as it should be.
    Vouched(Box<Built>),
    /// The spec must be read.
    Needed(Lock),
}

/// Begins a build: reads the lock, and looks whether that settles it.
///
/// # Errors
/// If the user was told why.
pub fn begin(tree: &dyn Files, out: &dyn Files, options: &BuildOptions, diags: &mut Diags) -> Result<Begun, Reported> {
    let lock = read_lock(out, diags)?;
    if options.trust_lock && is_current(&lock, options, tree, out) {
        return Ok(Begun::Vouched(Box::new(Built { n_vouched: lock.files.len(), ..Built::default() })));
    }
    Ok(Begun::Needed(lock))
}

/// Goes on with a build that the lock does not settle.
///
/// # Errors
/// If the user was told why.
pub fn make(
    lock: &Lock,
    tree: &dyn Files,
    out: &dyn Files,
    options: &BuildOptions,
    sources: &mut Sources,
    diags: &mut Diags,
) -> Result<Built, Reported> {
    let recording = Recording::new(tree);
    let Loaded { system, .. } = load(&recording, &options.spec, sources, diags)?;
    let Output { artifacts, losses } = emit::emit(&system, &options.selection, diags)?;
    one_file_per_path(&artifacts, diags)?;
    deny(&losses, options, diags)?;
    // A message would be lost if the next build did not have to look.
    let is_quiet = diags.list().iter().all(|it| it.level < Level::Warning);
    let wanted = Wanted {
        artifacts,
        scope: scope(&system, &options.selection),
        inputs: if is_quiet { recording.into_inputs() } else { Default::default() },
        tool: env!("CARGO_PKG_VERSION").to_string(),
        force: options.force,
    };
    let mut plan = plan(wanted, lock, out);
    if options.effects {
        assess(&mut plan);
    }
    obstacles(&plan, diags);
    Ok(Built { plan, losses, system: Some(system), n_vouched: 0 })
}

/// Reads and resolves a spec.
///
/// # Errors
/// If the user was told why.
pub fn load(files: &dyn Files, spec: &str, sources: &mut Sources, diags: &mut Diags) -> Result<Loaded, Reported> {
    let Some(root) = resolve::include::load(files, spec, sources, diags) else {
        diags.ok()?;
        let message = format!("`{spec}` is empty");
        let error = Diagnostic::placeless(resolve::include::UNREADABLE, Level::Error, message);
        return Err(diags.error(error.help("a spec begins with `specc: 1`")));
    };
    diags.ok()?;
    let system = resolve::resolve(&root, spec, files, diags)?;
    Ok(Loaded { root, system })
}

fn read_lock(out: &dyn Files, diags: &mut Diags) -> Result<Lock, Reported> {
    let (message, help) = match Lock::load(out) {
        Ok(lock) => return Ok(lock),
        Err(Unusable::Damaged(line)) => (
            format!("line {line} of {} is not one that specc writes", lock::PATH),
            "restore it with git, or remove it: files that are as they should be are taken over again",
        ),
        Err(Unusable::Newer(version)) => {
            (format!("{} has version {version}, which this specc does not know", lock::PATH), "use a newer specc")
        }
        Err(Unusable::Unreadable(why)) => (format!("cannot read {}: {why}", lock::PATH), "make it readable"),
    };
    Err(diags.error(Diagnostic::placeless(BAD_LOCK, Level::Error, message).help(help)))
}

/// Returns whether the lock vouches for everything: the same specc made the files that are there from the input
/// that is there.
fn is_current(lock: &Lock, options: &BuildOptions, tree: &dyn Files, out: &dyn Files) -> bool {
    let asked_for_all = options.selection.targets.is_empty() && !options.force && !options.deny_loss;
    let knows = |name: &String| lock.files.values().any(|it| it.environments.contains(name));
    asked_for_all
        && lock.tool == env!("CARGO_PKG_VERSION")
        && out.is_newer_than_program(lock::PATH)
        && lock.inputs.contains_key(&options.spec)
        && options.selection.environments.iter().all(knows)
        && are_unchanged(&lock.inputs, tree)
        && lock
            .files
            .iter()
            .all(|(path, owned)| out.read(path).is_ok_and(|bytes| owned.hashes == [hash(&bytes)]) && !out.is_link(path))
}

fn scope(system: &System, selection: &Selection) -> Scope {
    if !selection.targets.is_empty() {
        return Scope::Part;
    }
    if selection.environments.is_empty() {
        return Scope::Everything;
    }
    let chosen = |name: &str| selection.environments.iter().any(|it| it == name);
    let overlay = system.environments.iter().any(|it| it.layer == Layer::Overlay && chosen(&it.name));
    let names = system.environments.iter().filter(|it| chosen(&it.name) || overlay && it.layer == Layer::Base);
    Scope::Environments(names.map(|it| it.name.clone()).collect())
}

fn one_file_per_path(artifacts: &[Artifact], diags: &mut Diags) -> Result<(), Reported> {
    for pair in artifacts.windows(2).filter(|it| it[0].path == it[1].path) {
        let whose = |it: &Artifact| format!("{} ({})", it.environments.join(", "), it.target);
        let message =
            format!("`{}` would be two files: of {} and of {}", pair[0].path, whose(&pair[0]), whose(&pair[1]));
        let error = Diagnostic::placeless(TWO_FILES, Level::Error, message);
        diags.push(error.help("give one of them another name"));
    }
    diags.ok()
}

fn deny(losses: &[Loss], options: &BuildOptions, diags: &mut Diags) -> Result<(), Reported> {
    if options.deny_loss {
        losses.iter().for_each(|it| diags.push(denied(it)));
    }
    diags.ok()
}

fn denied(loss: &Loss) -> Diagnostic {
    let Loss { environment, target, field, grade, reason, span } = loss;
    let what = match grade {
        Grade::Approximated => "only nearly",
        Grade::NotExpressible => "not at all",
    };
    let message = format!("{target} can say `{field}` of {environment} {what}: {reason}");
    match span {
        Some(span) => Diagnostic::new(LOSS, Level::Error, *span, message),
        None => Diagnostic::placeless(LOSS, Level::Error, message),
    }
}

fn obstacles(plan: &Plan, diags: &mut Diags) {
    for change in &plan.changes {
        let Change { path, obstacle: Some(obstacle), forced: false, .. } = change else { continue };
        let message = format!("{path} {}", obstacle.describe());
        diags.push(if !change.blocks() {
            let message = format!("{path} is not generated any more, but {}", obstacle.describe());
            Diagnostic::placeless(STALE_KEPT, Level::Warning, message)
                .help("remove it yourself, or let `specc build --force` do it")
        } else if obstacle.yields() {
            let help = match obstacle {
                Obstacle::Edited => "write the change into the spec, or let `specc build --force` discard it",
                _ => "move it away, name another file in the spec, or let `specc build --force` overwrite it",
            };
            Diagnostic::placeless(NOT_OURS, Level::Error, message).help(help)
        } else {
            Diagnostic::placeless(IN_THE_WAY, Level::Error, message)
                .help("move it away, or name another file in the spec")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::InMemory;
    use crate::output::journal;
    use crate::output::write::write;

    const SPEC: &str = "specc: 1
system: {name: demo}
vars:
  app:
    DOMAIN: {default: localhost, required: true}
    KEY: {secret: openssl rand -hex 32, required: true}
services:
  web: {image: 'web:1', vars: [app], mounts: ['./nginx.conf:/etc/nginx.conf:ro']}
environments:
  base: {target: compose, layer: base, file: docker-compose.yml, env_files: [.env], template: .env.example}
  dev: {target: compose, layer: overlay, file: docker-compose.dev.yml, env_files: [.env], services: {web: {publish: ['80:80'], port: 80}}}
";

    fn tree() -> InMemory {
        InMemory::new([("specc.yaml", SPEC), ("nginx.conf", "events {}\n")])
    }

    fn options() -> BuildOptions {
        BuildOptions { spec: "specc.yaml".to_string(), trust_lock: true, ..BuildOptions::default() }
    }

    fn run(files: &InMemory, options: &BuildOptions) -> (Option<Built>, Vec<String>) {
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let built = build(files, files, options, &mut sources, &mut diags).ok();
        let shown = diags.list().iter().filter(|it| it.level > Level::Info);
        (built, shown.map(|it| it.message.clone()).collect())
    }

    fn build_and_write(files: &InMemory) {
        let (built, said) = run(files, &options());
        assert_eq!(said, Vec::<String>::new());
        write(&built.unwrap().plan, files, &journal::finish).unwrap();
    }

    #[test]
    fn second_build_does_not_even_read_the_spec() {
        let files = tree();
        build_and_write(&files);
        let before = files.all();
        let names: Vec<&str> = before.keys().map(String::as_str).collect();
        let generated = [".env.example", "docker-compose.dev.yml", "docker-compose.yml"];
        assert_eq!(names, [&generated[..], &["nginx.conf", "specc.lock", "specc.yaml"]].concat());
        let built = run(&files, &options()).0.unwrap();
        assert_eq!(built.n_vouched, 3);
        write(&built.plan, &files, &journal::finish).unwrap();
        assert_eq!(files.all(), before);
        let careful = BuildOptions { trust_lock: false, ..options() };
        let built = run(&files, &careful).0.unwrap();
        assert!(built.system.is_some() && built.plan.is_empty());
        assert_eq!(files.all(), before);
    }

    #[test]
    fn whatever_a_build_depends_on_is_noticed() {
        for (path, text) in [
            ("nginx.conf", "events { }\n"),
            ("docker-compose.yml", "# edited\n"),
            (".env.example", ""),
            ("specc.yaml", &SPEC.replace("web:1", "web:2")),
        ] {
            let files = tree();
            build_and_write(&files);
            files.write(path, text.as_bytes(), false).unwrap();
            assert!(run(&files, &options()).0.is_none_or(|it| it.n_vouched == 0), "{path}");
        }
    }

    #[test]
    fn two_builds_give_the_same_bytes() {
        let (one, two) = (tree(), tree());
        build_and_write(&one);
        build_and_write(&two);
        assert_eq!(one.all(), two.all());
    }

    #[test]
    fn hand_edit_is_an_error_and_force_overwrites_it() {
        let files = tree();
        build_and_write(&files);
        let generated = files.read("docker-compose.yml").unwrap();
        files.write("docker-compose.yml", b"services: {}\n", false).unwrap();
        let (built, said) = run(&files, &options());
        assert_eq!(said, ["docker-compose.yml was edited by hand since specc wrote it"]);
        assert_eq!(built.unwrap().plan.blocked().count(), 1);
        let (built, said) = run(&files, &BuildOptions { force: true, ..options() });
        assert!(said.is_empty());
        write(&built.unwrap().plan, &files, &journal::finish).unwrap();
        assert_eq!(files.read("docker-compose.yml").unwrap(), generated);
    }

    #[test]
    fn file_of_an_environment_that_is_gone_is_removed() {
        let files = tree();
        build_and_write(&files);
        let without: String = SPEC.lines().filter(|it| !it.starts_with("  dev:")).map(|it| format!("{it}\n")).collect();
        files.write("specc.yaml", without.as_bytes(), false).unwrap();
        build_and_write(&files);
        assert!(files.kind("docker-compose.dev.yml").is_none());
        assert!(!files.read_text("specc.lock").unwrap().contains("dev.yml"));
    }

    #[test]
    fn building_one_environment_of_an_up_to_date_system_changes_nothing() {
        let files = tree();
        build_and_write(&files);
        let before = files.all();
        let selection = Selection { environments: vec!["dev".to_string()], targets: Vec::new() };
        let one = BuildOptions { selection, trust_lock: false, ..options() };
        let plan = run(&files, &one).0.unwrap().plan;
        assert!(plan.is_empty() && !plan.lock_changes());
        write(&plan, &files, &journal::finish).unwrap();
        assert_eq!(files.all(), before);
        let unknown = Selection { environments: vec!["dve".to_string()], targets: Vec::new() };
        let (_, said) = run(&files, &BuildOptions { selection: unknown, ..options() });
        assert_eq!(said, ["there is no environment `dve`"]);
    }

    #[test]
    fn lock_that_cannot_be_used_stops_the_build() {
        let files = tree();
        files.write("specc.lock", b"version = 1\nnonsense\n", false).unwrap();
        let (built, said) = run(&files, &options());
        assert!(built.is_none());
        assert_eq!(said, ["line 2 of specc.lock is not one that specc writes"]);
    }

    #[test]
    fn a_warning_is_said_again_by_the_next_build() {
        let files = tree();
        build_and_write(&files);
        files
            .write(
                "specc.yaml",
                format!("{SPEC}  empty: {{target: compose, file: e.yml, env_files: [.env]}}\n").as_bytes(),
                false,
            )
            .unwrap();
        build_and_write(&files);
        let stale = files.read_text("specc.yaml").unwrap().replace("  empty:", "  #empty:");
        files.write("specc.yaml", stale.as_bytes(), false).unwrap();
        files.write("e.yml", b"edited", false).unwrap();
        for _ in 0..2 {
            let (built, said) = run(&files, &options());
            assert_eq!(said, ["e.yml is not generated any more, but was edited by hand since specc wrote it"]);
            write(&built.unwrap().plan, &files, &journal::finish).unwrap();
        }
    }
}
