//! Work spread over the cores; results come in the order of the items, whatever the number of cores.

/// `f` of consecutive chunks of `items`, none smaller than `least` unless it is the only or the last one.
pub fn map_chunks<T: Sync, R: Send>(items: &[T], least: usize, f: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let size = items.len().div_ceil(cores).max(least).max(1);
    if items.len() <= size {
        return if items.is_empty() { Vec::new() } else { vec![f(items)] };
    }
    std::thread::scope(|scope| {
        let f = &f;
        let threads: Vec<_> = items.chunks(size).map(|chunk| scope.spawn(move || f(chunk))).collect();
        threads.into_iter().map(|t| t.join().expect("the work does not panic")).collect()
    })
}
