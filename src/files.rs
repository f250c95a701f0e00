//! The disk, behind one trait: the only file of specc that touches `std::fs`.
//!
//! Paths are relative to a root and use `/`. [`OnDisk`] refuses a path that leaves the root, also through a
//! symbolic link, so neither a spec nor a repository can make specc read or write elsewhere.

mod access;
mod in_memory;
pub mod overlay;
pub mod stamp;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;

pub use access::{Files, Kind};
pub use in_memory::InMemory;
use stamp::Stamp;

/// The right to change a tree. It is tied to an open file rather than to a process, so a fork shares the right and keeps
/// it when its parent dies.
#[derive(Debug)]
pub struct Hold {
    _file: Option<std::fs::File>,
}

/// The files below a directory of the real disk.
#[derive(Debug)]
pub struct OnDisk {
    root: PathBuf,
    /// Directories that were found to lie inside. A build asks a few questions about each of many files in few
    /// directories, and following a path from the root of the disk costs more than the question.
    known: Mutex<HashSet<OsString>>,
}

impl OnDisk {
    /// Opens a directory as root.
    ///
    /// # Errors
    /// If it is not there.
    pub fn new(root: &Path) -> io::Result<OnDisk> {
        Ok(OnDisk { root: root.canonicalize()?, known: Mutex::default() })
    }

    /// Opens a directory as root, and makes it first if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(root: &Path) -> io::Result<OnDisk> {
        std::fs::create_dir_all(root)?;
        OnDisk::new(root)
    }

    /// Joins a path to the root and refuses one that leaves it, by `..` or by a link on the way.
    fn inside(&self, path: &str) -> io::Result<PathBuf> {
        self.place(path).map(|(full, _)| full)
    }

    /// Does as `inside` does, and returns what stands there if that is there and no link.
    fn place(&self, path: &str) -> io::Result<(PathBuf, Option<std::fs::Metadata>)> {
        let outside = || io::Error::new(io::ErrorKind::PermissionDenied, "the path leads out of the tree");
        let relative = Path::new(path);
        if !relative.components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir)) {
            return Err(outside());
        }
        let full = self.root.join(relative);
        let found = full.symlink_metadata().ok();
        let is_link = found.as_ref().is_some_and(std::fs::Metadata::is_symlink);
        let folder = full.parent().unwrap_or(&self.root);
        if !is_link && self.is_known_folder(folder) {
            return Ok((full, found));
        }
        let mut existing = full.as_path();
        // What does not exist yet cannot be a link; its nearest existing ancestor can.
        while existing.symlink_metadata().is_err() {
            existing = existing.parent().ok_or_else(outside)?;
        }
        if !existing.canonicalize()?.starts_with(&self.root) {
            return Err(outside());
        }
        Ok((full, found.filter(|_| !is_link)))
    }

    /// Opens a file for reading. In a folder that is known, the opening itself tells a link: that saves asking first.
    fn open(&self, path: &str) -> io::Result<std::fs::File> {
        let names_only = Path::new(path).components().all(|it| matches!(it, Component::Normal(_)));
        if !names_only || !self.root.join(path).parent().is_some_and(|it| self.is_known_folder(it)) {
            self.inside(path)?;
        }
        self.open_walked(path)
    }

    /// Opens a file whose folder is known to be inside, as that of a file which a walk came across. The last step may
    /// still be a link, and that one can lead anywhere.
    fn open_walked(&self, path: &str) -> io::Result<std::fs::File> {
        match open_unlinked(&self.root.join(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
            Err(_) if self.is_link(path) => {
                let full = self.inside(path)?;
                // What would wait for somebody to write to it is not even opened.
                if full.metadata()?.is_file() {
                    std::fs::File::open(full)
                } else {
                    Err(io::ErrorKind::InvalidInput.into())
                }
            }
            other => other,
        }
    }

    /// Writes beside a path and renames; `set` gives the file its permissions before there is anything in it.
    fn replace(&self, path: &str, bytes: &[u8], set: impl Fn(&std::fs::File) -> io::Result<()>) -> io::Result<()> {
        use std::io::Write as _;
        let full = self.inside(path)?;
        let folder = full.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder)?;
        let name = full.file_name().unwrap_or_default().to_string_lossy();
        let temporary = folder.join(format!(".{name}.specc-{}", std::process::id()));
        let written = (|| {
            let mut file = std::fs::File::create(&temporary)?;
            set(&file)?;
            file.write_all(bytes)?;
            std::fs::rename(&temporary, &full)
        })();
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }

    /// Returns whether a folder is the root, or real folders lead from there to it.
    fn is_known_folder(&self, folder: &Path) -> bool {
        let known = || self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if folder == self.root || known().contains(folder.as_os_str()) {
            return true;
        }
        let is_folder = || folder.symlink_metadata().is_ok_and(|it| it.is_dir());
        let is_inside =
            folder.parent().is_some_and(|it| it.starts_with(&self.root) && self.is_known_folder(it)) && is_folder();
        if is_inside {
            known().insert(folder.as_os_str().to_os_string());
        }
        is_inside
    }
}

/// How much of a file fits a buffer from the start: nearly every file does.
const FIRST_READ: usize = 64 << 10;

impl Files for OnDisk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        use std::io::Read as _;
        let file = self.open(path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            let kind = if found.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
            return Err(kind.into());
        }
        // One more than it holds, so that its end is seen without growing.
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(usize::try_from(found.len()).unwrap_or(usize::MAX).saturating_add(1))?;
        file.take(u64::MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_walked_into(&self, path: &str, limit: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
        use std::io::Read as _;
        buffer.clear();
        buffer.reserve(FIRST_READ);
        let mut file = self.open_walked(path)?.take(limit as u64 + 1);
        // Read to its end rather than asked for its size: that saves a call for each of a hundred thousand files, and a
        // file that grows while it is read does not get past the limit.
        file.by_ref().take(buffer.capacity() as u64).read_to_end(buffer)?;
        if buffer.len() == buffer.capacity() {
            // A large one is asked, so that the buffer grows once rather than over and over.
            let size = file.get_ref().metadata()?.len().min(file.limit() + buffer.len() as u64);
            buffer.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_sub(buffer.len()) + 1);
            file.read_to_end(buffer)?;
        }
        if buffer.len() > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
    }

    fn kind(&self, path: &str) -> Option<Kind> {
        let Ok((full, found)) = self.place(path) else {
            return self.root.join(path).symlink_metadata().ok().map(|_| Kind::Other);
        };
        let metadata = found.map_or_else(|| full.metadata(), Ok).ok()?;
        Some(if metadata.is_file() {
            Kind::File
        } else if metadata.is_dir() {
            Kind::Directory
        } else {
            Kind::Other
        })
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.inside(path)?)?.filter_map(|it| it.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn write(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        self.replace(path, bytes, |it| set_mode(it, executable))
    }

    fn write_private(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.replace(path, bytes, set_private)
    }

    fn stage(&self, path: &str, bytes: &[u8], executable: bool) -> io::Result<()> {
        use std::io::Write as _;
        let full = self.inside(path)?;
        let mut file = match std::fs::File::create(&full) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(full.parent().unwrap_or(&self.root))?;
                std::fs::File::create(&full)?
            }
            other => other?,
        };
        file.write_all(bytes)?;
        set_mode(&file, executable)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.inside(from)?, self.inside(to)?)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        std::fs::remove_file(self.inside(path)?)
    }

    #[cfg(unix)]
    fn executable(&self, path: &str) -> Option<bool> {
        use std::os::unix::fs::PermissionsExt as _;
        Some(self.inside(path).ok()?.metadata().ok()?.permissions().mode() & 0o111 != 0)
    }

    fn link(&self, path: &str) -> Option<PathBuf> {
        self.root.join(path).read_link().ok()
    }

    fn is_newer_than_program(&self, path: &str) -> bool {
        let modified = |it: &Path| it.metadata().and_then(|it| it.modified()).ok();
        let program = std::env::current_exe().ok().and_then(|it| modified(&it));
        let file = self.inside(path).ok().and_then(|it| modified(&it));
        matches!((program, file), (Some(program), Some(file)) if program < file)
    }

    fn stamp(&self, path: &str) -> Option<Stamp> {
        stamp_of(&self.root.join(path).symlink_metadata().ok()?)
    }

    /// The directory itself is locked, so that no lock file lies about.
    #[cfg(unix)]
    fn hold(&self) -> io::Result<Hold> {
        let folder = std::fs::File::open(&self.root)?;
        match folder.lock() {
            // A file system without locks builds as well; two builds at once are then the user's to avoid.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Hold { _file: None }),
            other => other.map(|()| Hold { _file: Some(folder) }),
        }
    }

    fn is_read_only(&self, path: &str) -> bool {
        self.inside(path).and_then(|it| it.metadata()).is_ok_and(|it| it.permissions().readonly())
    }

    fn copy_mode(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::set_permissions(self.inside(to)?, self.inside(from)?.metadata()?.permissions())
    }

    fn root(&self) -> Option<&Path> {
        Some(&self.root)
    }
}

/// Returns the stamp of the running program: another build of it is another file.
pub fn program() -> Option<Stamp> {
    stamp_of(&std::env::current_exe().ok()?.metadata().ok()?)
}

#[cfg(unix)]
fn stamp_of(found: &std::fs::Metadata) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let time = |seconds, nanoseconds| (seconds, u32::try_from(nanoseconds).unwrap_or(0));
    let modified = time(found.mtime(), found.mtime_nsec());
    let changed = time(found.ctime(), found.ctime_nsec());
    found.is_file().then(|| Stamp { size: found.size(), inode: found.ino(), modified, changed })
}

/// Elsewhere nothing tells that a file was written whose size and time were put back.
#[cfg(not(unix))]
fn stamp_of(_: &std::fs::Metadata) -> Option<Stamp> {
    None
}

/// Opens a file unless it is a link; what waits for a writer is not waited for.
#[cfg(unix)]
fn open_unlinked(path: &Path) -> io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn open_unlinked(path: &Path) -> io::Result<std::fs::File> {
    if path.symlink_metadata()?.is_file() { std::fs::File::open(path) } else { Err(io::ErrorKind::InvalidInput.into()) }
}

/// The mode is set outright, so that the caller's umask does not decide what is generated.
#[cfg(unix)]
fn set_mode(file: &std::fs::File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if executable { 0o755 } else { 0o644 };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn set_private(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn set_private(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_mode(_: &std::fs::File, _: bool) -> io::Result<()> {
    Ok(())
}

/// Returns the nearest directory from `start` upwards that is a repository or holds a spec, else `start` itself.
pub fn find_root(start: &Path) -> PathBuf {
    let marks = [".git", "specc.yaml", "specc.yml", "specc.toml", "specc.json"];
    let holds_mark = |it: &&Path| marks.iter().any(|mark| it.join(mark).symlink_metadata().is_ok());
    start.ancestors().find(holds_mark).unwrap_or(start).to_path_buf()
}

/// Writes a report where the user said, which may be anywhere.
///
/// # Errors
/// The error of the operating system.
pub fn write_report(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)
}

/// The names that a spec may have.
pub const SPEC_NAMES: [&str; 4] = ["specc.yaml", "specc.yml", "specc.toml", "specc.json"];

/// Returns the nearest directory from `start` upwards that holds a spec, and the names of all specs in it.
pub fn find_spec(start: &Path) -> Option<(PathBuf, Vec<&'static str>)> {
    start.ancestors().find_map(|folder| {
        let found: Vec<&str> = SPEC_NAMES.into_iter().filter(|it| folder.join(it).is_file()).collect();
        (!found.is_empty()).then(|| (folder.to_path_buf(), found))
    })
}
