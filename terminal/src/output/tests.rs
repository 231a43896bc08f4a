use super::*;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const FORCED: Overwrite = Overwrite { force: true };
const NOT_FORCED: Overwrite = Overwrite { force: false };

/// A folder with the files `in` and `out`, and links to `in`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in"), "input").unwrap();
    fs::write(folder.path().join("out"), "kept").unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("in", folder.path().join("soft")).unwrap();
        std::os::unix::fs::symlink("../soft", folder.path().join("deep/softer")).unwrap();
        std::os::unix::fs::symlink("new", folder.path().join("dangling")).unwrap();
        fs::hard_link(folder.path().join("in"), folder.path().join("hard")).unwrap();
    }
    folder
}

fn code(result: Result<impl Sized, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(failure) => {
            assert_eq!(failure.exit_code(), 2, "{failure}");
            failure.code()
        }
    }
}

fn write(overwrite: Overwrite, input: &Path, output: &Path) -> &'static str {
    let written = overwrite.outputs([input]).and_then(|mut outputs| outputs.file(output));
    code(written.and_then(|output| output.write(b"new")))
}

#[test]
fn a_new_file_is_written_whole_and_nothing_else_is_left() {
    let folder = folder();
    let [input, new] = ["in", "new"].map(|name| folder.path().join(name));
    let before = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(write(NOT_FORCED, &input, &new), "done");
    assert_eq!(fs::read(&new).unwrap(), b"new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before + 1);
}

#[test]
fn an_existing_file_is_kept_without_force_and_replaced_with_it() {
    let folder = folder();
    let [input, out] = ["in", "out"].map(|name| folder.path().join(name));
    assert_eq!(write(NOT_FORCED, &input, &out), "output-exists");
    assert_eq!(fs::read(&out).unwrap(), b"kept");
    assert_eq!(write(FORCED, &input, &out), "done");
    assert_eq!(fs::read(&out).unwrap(), b"new");
}

#[test]
fn an_input_is_never_overwritten_by_whatever_name() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let mut names: Vec<PathBuf> = ["in", "./in", "deep/../in"].map(at).into();
    if cfg!(unix) {
        names.extend(["soft", "deep/softer", "hard"].map(at));
    }
    for input in &names {
        for output in &names {
            for overwrite in [FORCED, NOT_FORCED] {
                assert_eq!(write(overwrite, input, output), "output-is-input", "{input:?} {output:?}");
            }
        }
    }
    assert_eq!(fs::read(at("in")).unwrap(), b"input");
}

#[test]
fn a_file_of_an_input_folder_is_never_overwritten_and_a_new_one_is_written() {
    let folder = folder();
    assert_eq!(write(FORCED, folder.path(), &folder.path().join("out")), "output-is-input");
    assert_eq!(fs::read(folder.path().join("out")).unwrap(), b"kept");
    assert_eq!(write(NOT_FORCED, folder.path(), &folder.path().join("new")), "done");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_even_to_a_file_that_is_not_there_yet() {
    let folder = folder();
    let [out, dangling] = ["out", "dangling"].map(|name| folder.path().join(name));
    assert_eq!(write(NOT_FORCED, &out, &dangling), "done");
    assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
    assert_eq!(fs::read(folder.path().join("new")).unwrap(), b"new");
    assert_eq!(write(NOT_FORCED, &out, &dangling), "output-exists");
    assert_eq!(write(FORCED, &out, &dangling), "done");
    assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink());
}

#[test]
fn a_file_that_appears_after_the_check_is_kept() {
    let folder = folder();
    let new = folder.path().join("new");
    let check = || NOT_FORCED.outputs::<&Path>([]).unwrap().file(&new).unwrap();
    let (written, made) = (check(), check());
    fs::write(&new, "mine").unwrap();
    assert_eq!(code(written.write(b"new")), "output-exists");
    assert_eq!(code(made.made_by(|path| fs::write(path, "new").map_err(|error| failed(path, error)))), "output-exists");
    assert_eq!(fs::read(&new).unwrap(), b"mine");
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::Write { file: path.display().to_string(), error }
}

#[test]
fn what_is_begun_and_not_finished_leaves_nothing() {
    let folder = folder();
    let before = fs::read_dir(folder.path()).unwrap().count();
    let mut outputs = NOT_FORCED.outputs::<&Path>([]).unwrap();
    let mut writing = outputs.file(&folder.path().join("new")).unwrap().begin().unwrap();
    writing.put(b"half").unwrap();
    drop(writing);
    let made = outputs.file(&folder.path().join("newer")).unwrap().made_by(|path| -> Result<(), Failure> {
        fs::write(path, "half").unwrap();
        Err(failed(path, io::ErrorKind::StorageFull.into()))
    });
    assert_eq!(code(made), "write");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before);
}

#[test]
fn code_that_writes_by_itself_makes_the_file_under_another_name() {
    let folder = folder();
    let out = folder.path().join("out");
    let make = |path: &Path| {
        assert_ne!(path, out);
        fs::write(path, "made").map_err(|error| failed(path, error))
    };
    let output = FORCED.outputs::<&Path>([]).unwrap().file(&out).unwrap();
    output.made_by(make).unwrap();
    assert_eq!(fs::read(&out).unwrap(), b"made");
}

#[test]
fn a_missing_folder_and_a_folder_in_a_files_place_cannot_be_written() {
    let folder = folder();
    assert_eq!(write(FORCED, &folder.path().join("in"), &folder.path().join("none/new")), "write");
    assert_eq!(write(FORCED, &folder.path().join("in"), &folder.path().join("deep")), "write");
}

#[test]
fn one_place_is_for_one_output_and_standard_input_for_one_input() {
    let folder = folder();
    let new = folder.path().join("new");
    let mut outputs = FORCED.outputs::<&Path>([]).unwrap();
    outputs.file(&new).unwrap();
    assert_eq!(code(outputs.file(&folder.path().join("deep/../new"))), "output-twice");
    outputs.file(Path::new("-")).unwrap();
    assert_eq!(code(outputs.file(Path::new("-"))), "output-twice");
    assert_eq!(code(outputs.printing(true)), "output-twice");
    assert!(!outputs.printing(false).unwrap().is_json());
    assert_eq!(code(FORCED.outputs(["-", "-"])), "input-twice");
    assert_eq!(code(FORCED.outputs(["-", "in"])), "done");
}

#[test]
fn a_folder_keeps_the_files_of_an_earlier_run_without_force() {
    let folder = folder();
    let place = folder.path().join("deep/results");
    let open = |overwrite: Overwrite, inputs: &[&Path]| {
        overwrite.outputs(inputs).unwrap().folder(&place, |name| name.starts_with("week"))
    };
    open(NOT_FORCED, &[]).unwrap().write("week.json", b"one").unwrap();
    fs::write(place.join("other.json"), "not of this command").unwrap();
    assert_eq!(code(open(NOT_FORCED, &[])), "earlier-run");
    open(FORCED, &[]).unwrap().write("week.json", b"two").unwrap();
    assert_eq!(fs::read(place.join("week.json")).unwrap(), b"two");
    assert_eq!(code(open(FORCED, &[&place.join("week.json")])), "output-is-input");
    assert_eq!(code(open(FORCED, &[&place])), "output-is-input");
    fs::remove_file(place.join("week.json")).unwrap();
    open(NOT_FORCED, &[&place]).unwrap().write("week.json", b"three").unwrap();
}

#[cfg(unix)]
#[test]
fn a_secret_is_for_its_owner_alone_and_a_replaced_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let write = |name: &str| FORCED.outputs::<&Path>([]).unwrap().file(&folder.path().join(name)).unwrap();
    write("secret").private().write(b"word").unwrap();
    assert_eq!(mode("secret"), 0o600);
    fs::set_permissions(folder.path().join("out"), fs::Permissions::from_mode(0o640)).unwrap();
    write("out").write(b"new").unwrap();
    assert_eq!(mode("out"), 0o640);
    // A file that its owner has locked is not replaced.
    fs::set_permissions(folder.path().join("out"), fs::Permissions::from_mode(0o440)).unwrap();
    assert_eq!(code(FORCED.outputs::<&Path>([]).unwrap().file(&folder.path().join("out"))), "write");
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    assert_eq!(write(NOT_FORCED, Path::new("/dev/null"), Path::new("/dev/null")), "done");
}

#[test]
fn more_than_the_limit_is_refused_and_the_limit_is_not() {
    let folder = folder();
    let path = folder.path().join("in");
    assert_eq!(read_limited(&path, 5).unwrap(), b"input");
    assert_eq!(code(read_limited(&path, 4)), "too-large");
    assert_eq!(code(read_limited(&folder.path().join("none"), 4)), "read");
    assert_eq!(code(read_limited(folder.path(), 4)), "read");
    let read = |limit| {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut open_limited(&path, limit).unwrap(), &mut text).map(|_| text)
    };
    assert_eq!(read(5).unwrap(), "input");
    assert_eq!(read(4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
}
