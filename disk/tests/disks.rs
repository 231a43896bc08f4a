//! What the simulated disk loses in a crash; replacing a file durably survives every crash.

use disk::simulated::{Kept, Simulated};
use disk::watched::{Verdict, Watched};
use disk::{create_directories, replace, Access, Disk, System};
use std::io::{Error, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// A random number generator: SplitMix64.
fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

fn paths() -> [&'static Path; 3] {
    ["/d/file", "/d/file.part", "/d/below"].map(Path::new)
}

#[test]
fn what_was_synced_stays_and_the_rest_may_go() {
    let [file, ..] = paths();
    let disk = Simulated::new(Path::new("/d"));
    disk.write(file, &[1; 2000], Access::Usual).unwrap();
    disk.sync(file).unwrap();
    assert!(!disk.crash(Kept::Nothing, &mut numbers(0)).exists(file), "its name was not synced");
    disk.sync_directory(Path::new("/d")).unwrap();
    let open = disk.open(file, false).unwrap();
    open.write_at(0, &[2; 2000]).unwrap();
    open.write_at(1000, &[3; 1500]).unwrap();
    let after = |kept, seed| disk.crash(kept, &mut numbers(seed)).read(file, 1 << 20).unwrap();
    assert_eq!(after(Kept::Nothing, 0), [1; 2000]);
    assert_eq!(after(Kept::Everything, 0), [&[2; 1000][..], &[3; 1500]].concat());
    let some: std::collections::BTreeSet<Vec<u8>> = (0..50).map(|seed| after(Kept::Some, seed)).collect();
    assert!(some.len() > 20, "{} different outcomes", some.len());
    let torn = |bytes: &Vec<u8>| bytes[..512].contains(&1) && bytes[512..1000].contains(&2);
    assert!(some.iter().any(torn), "a later sector without an earlier one");
    open.sync().unwrap();
    assert_eq!(after(Kept::Nothing, 0).len(), 2500);
}

#[test]
fn replacing_leaves_the_old_or_the_new_wherever_it_is_cut_short() {
    let [file, part, below] = paths();
    let (old, new) = (vec![1; 3000], vec![2; 4000]);
    let mut outcomes = [0, 0];
    for cut in 0..7 {
        for seed in 0..40 {
            let disk = Simulated::new(Path::new("/d"));
            replace(&disk, part, file, &old, Access::Usual).unwrap();
            let count = AtomicUsize::new(0);
            let watcher = move |_: disk::watched::Change<'_>| match count.fetch_add(1, Ordering::SeqCst) {
                n if n < cut => Verdict::Go,
                n if n == cut && seed % 2 == 0 => Verdict::Half,
                _ => Verdict::Fail(Error::from(ErrorKind::Other)),
            };
            let watched = Watched::new(Arc::new(disk.clone()), Arc::new(watcher));
            let done = replace(&watched, part, file, &new, Access::Usual).is_ok();
            let done = done && create_directories(&watched, &below.join("deeper")).is_ok();
            let after = disk.crash(if seed < 2 { Kept::Nothing } else { Kept::Some }, &mut numbers(seed));
            let bytes = after.read(file, 1 << 20).unwrap();
            assert!(bytes == new || !done && bytes == old);
            outcomes[usize::from(bytes == new)] += 1;
            assert!(!done || after.exists(&below.join("deeper")));
        }
    }
    assert!(outcomes.iter().all(|n| *n > 20), "{outcomes:?}");
}

#[test]
fn the_systems_disk_does_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b/c");
    create_directories(&System, &deep).unwrap();
    create_directories(&System, &deep).unwrap();
    let file = deep.join("file");
    for bytes in [&b"one"[..], b"three"] {
        replace(&System, &deep.join("part"), &file, bytes, Access::Private).unwrap();
        assert_eq!(System.read(&file, 10).unwrap(), bytes);
    }
    assert_eq!(System.read(&file, 3).unwrap(), b"thre", "one more than the limit");
    assert_eq!(System.list(&deep).unwrap(), std::slice::from_ref(&file));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
    let open = System.open(&file, false).unwrap();
    assert!(open.try_lock().unwrap());
    assert!(!System.open(&file, false).unwrap().try_lock().unwrap());
    open.write_at(4, b"eight").unwrap();
    open.set_length(8).unwrap();
    open.sync().unwrap();
    let mut out = [0; 8];
    open.read_at(0, &mut out).unwrap();
    assert_eq!((&out, open.length().unwrap()), (b"threeigh", 8));
    assert!(open.read_at(4, &mut out).is_err());
    assert_eq!(System.link(&file, &file).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(System.open(&deep.join("none"), false).unwrap_err().kind(), ErrorKind::NotFound);
}

/// A file is shared by readers or belongs to one writer, and what is opened to be read is not
/// written, on either disk.
#[test]
fn a_file_opened_to_be_read_is_shared_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let simulated = Simulated::new(folder.path());
    let file = folder.path().join("file");
    for disk in [&System as &dyn Disk, &simulated] {
        disk.write(&file, b"bytes", Access::Usual).unwrap();
        let [one, other] = [(), ()].map(|()| disk.open_to_read(&file).unwrap());
        assert!(one.try_share().unwrap() && other.try_share().unwrap());
        let writer = disk.open(&file, false).unwrap();
        assert!(!writer.try_lock().unwrap());
        for changed in [one.write_at(0, b"x"), one.set_length(0), one.set_length(9)] {
            changed.unwrap_err();
        }
        let mut out = [0; 5];
        one.read_at(0, &mut out).unwrap();
        assert_eq!((&out, one.length().unwrap()), (b"bytes", 5));
        drop(one);
        assert!(!writer.try_lock().unwrap());
        drop(other);
        assert!(writer.try_lock().unwrap());
        assert!(!disk.open_to_read(&file).unwrap().try_share().unwrap());
        drop(writer);
        assert!(disk.open_to_read(&file).unwrap().try_share().unwrap());
        assert_eq!(disk.open_to_read(&file.with_extension("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
