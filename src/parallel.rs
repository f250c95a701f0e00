//! The same work on several things at once, with the answers in the order of the things.

use std::num::NonZero;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// How many services are worked on by one thread before it looks for more.
const FEW: usize = 16;

/// How many services must be worked on before a second thread has done something by the time it runs.
const WORTH: usize = 64;

/// Works on every item, on as many threads as there are processors if `n_services`, the size of all of the work, is
/// worth it.
pub fn map<T: Sync, R: Send>(items: &[T], n_services: usize, work: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    consume(items.iter().collect(), n_services, work)
}

/// Works on a few services at a time, side by side if there are many. What is known of all of them is then looked up
/// once for each few, and each service is gone when it was worked on.
pub fn in_parts<T: Send, R: Send>(services: Vec<T>, work: impl Fn(Vec<T>) -> R + Sync + Send) -> Vec<R> {
    let n_services = services.len();
    let mut rest = services.into_iter();
    let part = || Some(rest.by_ref().take(FEW).collect::<Vec<T>>()).filter(|it| !it.is_empty());
    consume(std::iter::from_fn(part).collect(), n_services, work)
}

/// Does as [`map`] does, and each item is gone when it was worked on.
pub fn consume<T: Send, R: Send>(items: Vec<T>, n_services: usize, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    // Whether there are several processors comes last: asking for them reads several files.
    if n_services < WORTH || items.len() < 2 || !*THREADS {
        return items.into_iter().map(work).collect();
    }
    items.into_par_iter().with_max_len(1).map(work).collect()
}

/// Whether several threads work. The one that asks first is one of them, so that its memory is used on; they stay, since
/// a large build has a dozen things for them to do.
static THREADS: LazyLock<bool> = LazyLock::new(|| {
    let n_threads = available_parallelism().map_or(1, NonZero::get);
    n_threads > 1 && ThreadPoolBuilder::new().num_threads(n_threads).use_current_thread().build_global().is_ok()
});

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
