//! Mounts: what stands at the source, what the mount is for, and whether it can work.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::codes;
use super::context::Resolver;
use crate::diag::{Diagnostic, Level, did_you_mean};
use crate::files::Kind;
use crate::ir::service::{Content, Mount, MountSource, Role};
use crate::source::{Span, normalize};
use crate::spec;

/// How many files of a mounted configuration directory are hashed; more is no configuration.
const MAX_FILES: usize = 500;

/// Resolves the mounts of a service.
pub fn mounts(resolver: &mut Resolver<'_>, written: &spec::mount::Mounts) -> Vec<Mount> {
    let mut places: Vec<Span> = Vec::with_capacity(written.list.len());
    let mut mounts: Vec<Mount> = Vec::with_capacity(written.list.len());
    for mount in &written.list {
        let Some(resolved) = one(resolver, mount) else { continue };
        if let Some(at) = mounts.iter().position(|it| it.target == resolved.target) {
            let (first, span) = (&mounts[at], places[at]);
            let message = format!("two mounts at `{}`", first.target);
            let error = Diagnostic::new(codes::MOUNT_CLASH, Level::Error, mount.span, message);
            resolver.diags.push(error.label("here again").also(span, "first here").help("keep one of them"));
            continue;
        }
        mounts.push(resolved);
        places.push(mount.span);
    }
    mounts
}

fn one(resolver: &mut Resolver<'_>, mount: &spec::mount::Mount) -> Option<Mount> {
    let target = resolver.fixed(&mount.to);
    let from = resolver.text(&mount.from).value;
    let origin = resolver.origin(mount.span);
    let said = mount.role.map(role);
    let Some(literal) = from.as_literal().map(str::to_string) else {
        let role = said.unwrap_or(Role::Runtime);
        let read_only = mount.read_only.unwrap_or(false);
        return Some(Mount { source: MountSource::Host(from), target, read_only, role, origin });
    };
    if literal.starts_with('/') || literal.starts_with('~') {
        let read_only = mount.read_only.unwrap_or(false);
        let role = said.unwrap_or(Role::Host);
        return Some(Mount { source: MountSource::Host(from), target, read_only, role, origin });
    }
    if literal.starts_with('.') {
        return repository(
            resolver,
            mount,
            &literal,
            Mount {
                source: MountSource::Host(from),
                target,
                read_only: mount.read_only.unwrap_or(false),
                role: said.unwrap_or(Role::Config),
                origin,
            },
        );
    }
    let role = said.unwrap_or(Role::Data);
    let read_only = mount.read_only.unwrap_or(false);
    if literal.contains('/') || literal.is_empty() {
        let message = format!("`{literal}` is neither a volume's name nor a path");
        let error = Diagnostic::new(codes::MOUNT_MISSING, Level::Error, mount.from.span, message);
        resolver.diags.push(error.help(format!("a path of the repository begins with `./`: `./{literal}`")));
        return None;
    }
    Some(Mount { source: MountSource::Volume(literal), target, read_only, role, origin })
}

fn role(role: spec::mount::Role) -> Role {
    match role {
        spec::mount::Role::Config => Role::Config,
        spec::mount::Role::Secret => Role::Secret,
        spec::mount::Role::Data => Role::Data,
        spec::mount::Role::Source => Role::Source,
        spec::mount::Role::Host => Role::Host,
        spec::mount::Role::Runtime => Role::Runtime,
    }
}

/// Resolves a mount of a path of the repository: it must be there, unless it is made at run time.
fn repository(resolver: &mut Resolver<'_>, written: &spec::mount::Mount, from: &str, mount: Mount) -> Option<Mount> {
    let Some(path) = normalize(from) else {
        let message = format!("`{from}` leads out of the tree");
        let error = Diagnostic::new(codes::OUTSIDE, Level::Error, written.from.span, message);
        resolver.diags.push(error.help("mount something below the spec's directory, or an absolute path of the host"));
        return None;
    };
    let shown = if path == "." { ".".to_string() } else { format!("./{path}") };
    let said = written.role.is_some();
    if mount.role == Role::Runtime {
        let source = MountSource::Repository { path: shown, content: Content::Unknown };
        return Some(Mount { source, ..mount });
    }
    // Read before it is looked at: most of what is mounted is a file, and reading tells that too.
    let (role, content) = match hash(resolver, &path) {
        Ok(hash) => (mount.role, Content::File(hash)),
        Err(error) => match resolver.files.kind(&path) {
            Some(Kind::Directory) => {
                let role = if said { mount.role } else { Role::Source };
                // The contents of source code do not roll a service: live reload or the program itself sees them.
                let content =
                    if role == Role::Source { Content::Directory(Vec::new()) } else { directory(resolver, &path) };
                (role, content)
            }
            Some(Kind::File) => return fail(resolver, written, format!("cannot read `{path}`: {error}"), None),
            Some(Kind::Other) => {
                let message = format!("`{path}` is a link that leads out of the tree, or a device");
                return fail(resolver, written, message, None);
            }
            None => {
                let message = format!("nothing is at `{shown}`, which `{}` mounts", resolver.service);
                return fail(resolver, written, message, Some(missing_help(resolver, &path)));
            }
        },
    };
    // Configuration is for reading: a container that may write it changes the repository.
    let read_only = written.read_only.unwrap_or(matches!(role, Role::Config | Role::Secret));
    Some(Mount { source: MountSource::Repository { path: shown, content }, role, read_only, ..mount })
}

fn fail(
    resolver: &mut Resolver<'_>,
    written: &spec::mount::Mount,
    message: String,
    help: Option<String>,
) -> Option<Mount> {
    let error = Diagnostic::new(codes::MOUNT_MISSING, Level::Error, written.from.span, message);
    resolver.diags.push(error.maybe_help(help));
    None
}

fn missing_help(resolver: &Resolver<'_>, path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    let siblings = resolver.files.list(folder).unwrap_or_default();
    match did_you_mean(name, siblings.iter().map(String::as_str)) {
        Some(near) if folder == "." => format!("did you mean `./{near}`?"),
        Some(near) => format!("did you mean `./{folder}/{near}`?"),
        None => {
            "add the file; for a directory that is made at run time, add the role: `./path:/path:runtime`".to_string()
        }
    }
}

/// Hashes of mounted files, so that each is read once for all environments.
#[derive(Default, Debug)]
pub struct Hashes {
    known: Mutex<HashMap<String, String>>,
}

fn hash(resolver: &Resolver<'_>, path: &str) -> std::io::Result<String> {
    let known = || resolver.hashes.known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hash) = known().get(path) {
        return Ok(hash.clone());
    }
    let digest = Sha256::digest(resolver.files.read(path)?);
    let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    known().insert(path.to_string(), hash.clone());
    Ok(hash)
}

fn directory(resolver: &Resolver<'_>, path: &str) -> Content {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        let full = if folder.is_empty() { path.to_string() } else { format!("{path}/{folder}") };
        for name in resolver.files.list(&full).unwrap_or_default() {
            let relative = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let full = format!("{path}/{relative}");
            match resolver.files.kind(&full) {
                Some(Kind::Directory) => open.push(relative),
                Some(Kind::File) if found.len() < MAX_FILES => {
                    if let Ok(hash) = hash(resolver, &full) {
                        found.push((relative, hash));
                    }
                }
                _ => {}
            }
        }
    }
    found.sort();
    Content::Directory(found)
}
