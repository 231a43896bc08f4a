//! Work spread over threads; results come in the order of the items, whatever the number of
//! threads.

use std::num::NonZeroUsize;
use std::sync::OnceLock;

/// The number of threads that a process works on: that of the environment variable
/// `RAYON_NUM_THREADS`, which rayon's pool follows too, else one for each core. Zero, and a value
/// that is no number, count as not set, as they do for rayon. The variable is read once.
pub fn threads() -> NonZeroUsize {
    static THREADS: OnceLock<NonZeroUsize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        let set = std::env::var("RAYON_NUM_THREADS").ok();
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        set.and_then(|set| set.parse().ok()).unwrap_or_else(cores)
    })
}

/// Applies `f` to consecutive chunks of `items`, each on a thread of its own. There are at most
/// [`threads`] chunks, and none but the last is smaller than `least`.
pub fn map_chunks<T: Sync, R: Send>(items: &[T], least: usize, f: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    map_chunks_on(threads(), items, least, f)
}

fn map_chunks_on<T: Sync, R: Send>(
    threads: NonZeroUsize,
    items: &[T],
    least: usize,
    f: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let size = items.len().div_ceil(threads.get()).max(least).max(1);
    if items.len() <= size {
        return if items.is_empty() { Vec::new() } else { vec![f(items)] };
    }
    std::thread::scope(|scope| {
        let f = &f;
        let threads: Vec<_> = items.chunks(size).map(|chunk| scope.spawn(move || f(chunk))).collect();
        threads.into_iter().map(|t| t.join().expect("the work does not panic")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::process::Command;
    use std::thread;

    /// Set for the process that [`child`] is to say something in.
    const CHILD: &str = "VEILGRID_THREADS_TEST";

    #[test]
    fn chunks_follow_the_number_of_threads_and_results_the_items() {
        let items: Vec<usize> = (0..96).collect();
        for (number, least, expected) in [(1, 1, 1), (2, 1, 2), (3, 1, 3), (16, 1, 16), (16, 32, 3), (500, 1, 96)] {
            let number = NonZeroUsize::new(number).unwrap();
            let chunks = map_chunks_on(number, &items, least, |chunk| (thread::current().id(), chunk.to_vec()));
            let ids: HashSet<_> = chunks.iter().map(|(id, _)| *id).collect();
            assert_eq!((chunks.len(), ids.len()), (expected, expected), "{number} threads, least {least}");
            assert_eq!(chunks.into_iter().flat_map(|(_, chunk)| chunk).collect::<Vec<_>>(), items);
        }
        assert!(map_chunks(&items[..0], 1, <[usize]>::len).is_empty());
    }

    /// Not a test of its own: says, in a process of its own, how many threads `map_chunks` works
    /// on.
    #[test]
    fn child() {
        if std::env::var_os(CHILD).is_some() {
            let ids: HashSet<_> = map_chunks(&[0; 96], 1, |_| thread::current().id()).into_iter().collect();
            println!("\nthreads {} {}", threads(), ids.len());
        }
    }

    #[test]
    fn the_environment_sets_the_number_of_threads() {
        let said = |set: Option<&str>| {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["parallel::tests::child", "--exact", "--nocapture"]).env(CHILD, "1");
            match set {
                Some(set) => child.env("RAYON_NUM_THREADS", set),
                None => child.env_remove("RAYON_NUM_THREADS"),
            };
            let output = child.output().unwrap();
            assert!(output.status.success());
            let out = String::from_utf8(output.stdout).unwrap();
            out.lines().find_map(|line| line.strip_prefix("threads ").map(str::to_string)).unwrap()
        };
        for number in ["1", "2", "3", "16"] {
            assert_eq!(said(Some(number)), format!("{number} {number}"));
        }
        // As many chunks as there are items is all that there can be.
        assert_eq!(said(Some("500")), "500 96");
        let cores = thread::available_parallelism().unwrap().get();
        for unset in [None, Some("0"), Some("-1"), Some("two"), Some("")] {
            assert_eq!(said(unset), format!("{cores} {}", cores.min(96)), "{unset:?}");
        }
    }
}
