//! A sign of life for runs that take long: on a terminal only, and gone when the run ends.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A run that takes no longer than this needs none.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often it changes.
const TICK: Duration = Duration::from_millis(250);

/// Shown until it is dropped.
pub struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Says on the standard error what is being done, once that takes long; not in a CI, nor where nobody looks.
    pub fn of(what: &'static str, is_quiet: bool) -> Progress {
        let is_wanted = !is_quiet && !is_set(std::env::var_os("CI")) && std::io::stderr().is_terminal();
        if !is_wanted {
            return Progress(None);
        }
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let wait = |time| matches!(stopped.recv_timeout(time), Err(RecvTimeoutError::Timeout));
            show(what, &mut std::io::stderr(), &wait);
        });
        Progress(Some((stop, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

fn is_set(value: Option<OsString>) -> bool {
    value.is_some_and(|it| !it.is_empty() && it != "false")
}

/// Shows it for as long as `wait` says, after a time, that the run goes on.
fn show(what: &str, out: &mut dyn Write, wait: &dyn Fn(Duration) -> bool) {
    let start = Instant::now();
    if !wait(PATIENCE) {
        return;
    }
    loop {
        let _ = write!(out, "\rspecc: {what} … {} s", start.elapsed().as_secs());
        let _ = out.flush();
        if !wait(TICK) {
            break;
        }
    }
    // Nothing of it stays beside the report.
    let _ = write!(out, "\r\x1b[K");
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn shown(n_waits: usize) -> String {
        let left = Cell::new(n_waits);
        let wait = |_| left.replace(left.get().saturating_sub(1)) > 0;
        let mut out = Vec::new();
        show("checking", &mut out, &wait);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_run_shows_nothing_and_a_long_one_leaves_nothing_behind() {
        assert_eq!(shown(0), "");
        let long = shown(3);
        assert_eq!(long.matches("specc: checking … 0 s").count(), 3);
        assert!(long.ends_with("\r\x1b[K"));
    }

    #[test]
    fn a_ci_is_known_by_a_variable_that_says_so() {
        for (value, expected) in [(None, false), (Some(""), false), (Some("false"), false), (Some("true"), true)] {
            assert_eq!(is_set(value.map(OsString::from)), expected, "{value:?}");
        }
    }
}
