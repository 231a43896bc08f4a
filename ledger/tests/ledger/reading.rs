//! Reading a ledger changes nothing: neither on a disk that refuses every change, nor beside other
//! readers, nor after a process that never closed the database.

use crate::disk::{built, check, create, dir, drive_one, history, new_disk};
use crate::node::open_on;
use crate::world::TestVerifier;
use disk::simulated::{Kept, Simulated};
use disk::{Access, Disk, OpenFile};
use ledger::{verify_on, Archive, NodeError, StoreError, VerifyError};
use protocol::ids::Height;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A disk on which everything can be read and nothing can be opened for writing, as a file system
/// that is mounted for reading. Outside of one folder it can be written.
#[derive(Debug)]
struct ReadOnly {
    disk: Simulated,
    folder: PathBuf,
}

impl ReadOnly {
    fn change<T>(&self, path: &Path, change: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match path.starts_with(&self.folder) {
            true => Err(ErrorKind::ReadOnlyFilesystem.into()),
            false => change(),
        }
    }
}

impl Disk for ReadOnly {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.disk.read(path, limit)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.list(directory)
    }
    fn exists(&self, path: &Path) -> bool {
        self.disk.exists(path)
    }
    fn is_file(&self, path: &Path) -> bool {
        self.disk.is_file(path)
    }
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.change(path, || self.disk.create_directory(path))
    }
    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        self.change(path, || self.disk.write(path, bytes, access))
    }
    fn sync(&self, path: &Path) -> io::Result<()> {
        self.change(path, || self.disk.sync(path))
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.change(path, || self.disk.sync_directory(path))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(to, || self.disk.rename(from, to))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(to, || self.disk.link(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change(path, || self.disk.remove(path))
    }
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn OpenFile>> {
        self.change(path, || self.disk.open(path, create))
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn OpenFile>> {
        self.disk.open_to_read(path)
    }
}

fn read_only(disk: &Simulated) -> Arc<dyn Disk> {
    Arc::new(ReadOnly { disk: disk.clone(), folder: dir().to_path_buf() })
}

fn archive(disk: &Arc<dyn Disk>) -> Result<Archive, NodeError> {
    Archive::open_on(disk.clone(), dir(), &TestVerifier)
}

/// Every file of the ledger's folder with its bytes.
fn contents(disk: &Simulated) -> Vec<(PathBuf, Vec<u8>)> {
    let all = [dir(), &dir().join("blobs")].map(|folder| disk.list(folder).unwrap()).concat();
    let files = all.into_iter().filter(|path| disk.is_file(path));
    files.map(|path| (path.clone(), disk.read(&path, 1 << 30).unwrap())).collect()
}

/// The history's first blocks, as a killed process leaves them, and what a database needs a repair
/// for.
fn not_closed() -> Simulated {
    let disk = new_disk();
    let mut node = create(Arc::new(disk.clone())).unwrap();
    for step in &history().steps[..6] {
        drive_one(&mut node, step).unwrap();
    }
    disk.crash(Kept::Everything, &mut || 0)
}

#[test]
fn a_ledger_is_read_where_nothing_can_be_written() {
    for (disk, height) in [(built(), history().steps.len() as u64), (not_closed(), 6)] {
        let before = contents(&disk);
        let shut = read_only(&disk);
        // Where it cannot be written, it cannot be opened for writing.
        let refused = open_on(shut.clone(), dir()).err().expect("nothing can be written");
        assert_eq!((refused.code(), refused.exit_code()), ("ledger-file", 2), "{refused}");
        let summary = verify_on(shut.clone(), dir(), &TestVerifier, &mut |_| {}).unwrap();
        assert_eq!(summary, check(&disk).unwrap());
        assert_eq!(summary.height, Height(height));
        // Two beside each other, and a snapshot beside them.
        let [one, other] = [(), ()].map(|()| archive(&shut).unwrap());
        for reader in [&one, &other] {
            assert_eq!(reader.ledger.state.root(), summary.root);
            assert!(reader.block(Height(height)).unwrap().is_some());
        }
        let file = Path::new("/d/snapshot");
        let header = ledger::snapshot(shut.clone(), dir(), b"", file, &TestVerifier).unwrap();
        assert_eq!((header.height, header.root), (summary.height, summary.root));
        assert!(ledger::is_snapshot(shut.as_ref(), file).unwrap());
        assert!(!ledger::is_snapshot(shut.as_ref(), &dir().join("ledger.redb")).unwrap());
        verify_on(shut, dir(), &TestVerifier, &mut |_| {}).unwrap();
        drop((one, other));
        assert!(contents(&disk) == before, "nothing changed");
    }
}

#[test]
fn readers_and_a_writer_exclude_each_other() {
    let disk = built();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let reader = archive(&shared).unwrap();
    assert!(matches!(open_on(shared.clone(), dir()), Err(NodeError::Store(StoreError::Locked(_)))));
    drop(reader);
    let writer = open_on(shared.clone(), dir()).unwrap();
    let errors = [
        archive(&shared).err().expect("it is written"),
        ledger::snapshot(shared.clone(), dir(), b"", Path::new("/d/snapshot"), &TestVerifier)
            .map_err(|error| match error {
                ledger::SnapshotError::Ledger(error) => error,
                other => panic!("{other}"),
            })
            .unwrap_err(),
        match check(&disk) {
            Err(VerifyError::Store(error)) => error.into(),
            other => panic!("{other:?}"),
        },
    ];
    for error in errors {
        assert_eq!((error.code(), error.exit_code()), ("ledger-locked", 2));
        let said = error.to_string();
        assert!(["/d/ledger", "another process is writing", "ask that process", "snapshot"]
            .iter()
            .all(|w| said.contains(w)));
    }
    drop(writer);
    archive(&shared).unwrap();
}

/// What keeps a ledger from being looked at has another exit code than a ledger that does not hold.
#[test]
fn a_ledger_that_cannot_be_looked_at_is_not_one_that_does_not_hold() {
    let disk = built();
    let none: Arc<dyn Disk> = Arc::new(new_disk());
    let missing = archive(&none).err().expect("there is none");
    assert_eq!((missing.code(), missing.exit_code()), ("ledger-not-found", 2));
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let length = disk.read(&dir().join("ledger.redb"), 1 << 30).unwrap().len();
    disk.open(&dir().join("ledger.redb"), false).unwrap().set_length(length as u64 / 2).unwrap();
    let damaged = archive(&shared).err().expect("half of it is gone");
    assert_eq!((damaged.code(), damaged.exit_code()), ("ledger-database", 1), "{damaged}");
}
