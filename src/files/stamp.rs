//! What tells that a file was not written since: what git's index holds of a file, too.

use std::hash::{Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};

use rustc_hash::FxHasher;

/// What changes whenever a file is written: its size, its inode, and when its text and when anything of it changed, in
/// seconds and nanoseconds. The last is the system's own and cannot be set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stamp {
    pub(super) size: u64,
    pub(super) inode: u64,
    pub(super) modified: (i64, u32),
    pub(super) changed: (i64, u32),
}

impl Stamp {
    /// Returns a hash of all of it: what is kept of a hundred thousand files.
    pub fn mark(&self) -> u64 {
        let mut hasher = FxHasher::default();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Returns whether the file was last changed before a time, so far as its clock tells.
    pub fn is_before(&self, time: SystemTime) -> bool {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // Some file systems count whole seconds, or every second one.
        let since = if self.changed.1 == 0 { since.saturating_sub(COARSE) } else { since };
        i64::try_from(since.as_secs()).is_ok_and(|seconds| self.changed < (seconds, since.subsec_nanos()))
    }
}

/// How much of the past a clock of files may not tell apart: what was written in that time may change unseen.
const TICK: Duration = Duration::from_millis(100);

/// The same of a clock of whole seconds.
const COARSE: Duration = Duration::from_secs(2);

/// Returns a time since when a file must have been left alone for its stamp to tell that it changes later.
#[expect(
    clippy::disallowed_methods,
    reason = "held against the times of files alone, and decides only what is read again"
)]
pub fn settled() -> SystemTime {
    SystemTime::now().checked_sub(TICK).unwrap_or(SystemTime::UNIX_EPOCH)
}
