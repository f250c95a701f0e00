//! The same work on several things at once, with the answers in the order of the things.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

/// How many services must be worked on before a second thread has done something by the time it runs.
const WORTH: usize = 200;

/// Works on every item, on as many threads as there are processors if `n_services`, the size of all of the work, is
/// worth it.
pub fn map<T: Sync, R: Send>(items: &[T], n_services: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Asking for the number of processors reads several files, so it comes last.
    let is_worth_it = n_services >= WORTH && items.len() > 1;
    let n_threads = if is_worth_it { available_parallelism().map_or(1, NonZero::get).min(items.len()) } else { 1 };
    if n_threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, it)| it).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_however_many_threads_work() {
        let items: Vec<usize> = (0..1000).collect();
        let expected: Vec<usize> = items.iter().map(|it| it * 2).collect();
        for n_services in [0, WORTH, usize::MAX] {
            assert_eq!(map(&items, n_services, |it| it * 2), expected);
        }
        assert!(map(&[] as &[usize], WORTH, |it| *it).is_empty());
    }
}
