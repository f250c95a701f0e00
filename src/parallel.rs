//! The same work on several things at once, with the answers in the order of the things.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

/// How many services are worked on by one thread before it looks for more.
const FEW: usize = 32;

/// How many services must be worked on before a second thread has done something by the time it runs.
const WORTH: usize = 200;

/// Works on every item, on as many threads as there are processors if `n_services`, the size of all of the work, is
/// worth it.
pub fn map<T: Sync, R: Send>(items: &[T], n_services: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    consume(items.iter().collect(), n_services, work)
}

/// Works on a few services at a time, side by side if there are many. What is known of all of them is then looked up
/// once for each few, and each service is gone when it was worked on.
pub fn in_parts<T: Send, R: Send>(services: Vec<T>, work: impl Fn(Vec<T>) -> R + Sync) -> Vec<R> {
    let n_services = services.len();
    let mut rest = services.into_iter();
    let part = || Some(rest.by_ref().take(FEW).collect::<Vec<T>>()).filter(|it| !it.is_empty());
    consume(std::iter::from_fn(part).collect(), n_services, work)
}

/// Does as [`map`] does, and each item is gone when it was worked on.
pub fn consume<T: Send, R: Send>(items: Vec<T>, n_services: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    // Asking for the number of processors reads several files, so it comes last.
    let is_worth_it = n_services >= WORTH && items.len() > 1;
    let n_threads = if is_worth_it { available_parallelism().map_or(1, NonZero::get).min(items.len()) } else { 1 };
    if n_threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let worker = || std::iter::from_fn(next).map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
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
            assert_eq!(consume(items.clone(), n_services, |it| it * 2), expected);
        }
        assert_eq!(in_parts(items, |some| some.into_iter().map(|it| it * 2).collect::<Vec<_>>()).concat(), expected);
        assert!(map(&[] as &[usize], WORTH, |it| *it).is_empty());
    }
}
