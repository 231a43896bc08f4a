//! Running the command, and a finished run that several tests share.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Once, OnceLock};

pub const SMALL: &str = "two-households";

pub fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases").join(name)
}

pub fn scenario(name: &str) -> PathBuf {
    case(&format!("{name}.scenario.json"))
}

pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veilgrid"));
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn veilgrid(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary was built for this test")
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths here are UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The one line, which says why.
#[track_caller]
pub fn error_line(output: &Output) -> String {
    let all = stderr(output);
    let mut lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 1, "{all}");
    lines.remove(0).to_owned()
}

/// Checks that the command refused with this exit code and one line that has these words.
#[track_caller]
pub fn refused(output: &Output, code: i32, words: &[&str]) {
    let line = error_line(output);
    assert_eq!(output.status.code(), Some(code), "{line}");
    assert!(line.starts_with("error: "), "{line}");
    assert!(words.iter().all(|word| line.contains(word)), "{line} is to say {words:?}");
    assert!(output.stdout.is_empty());
}

/// Makes the proving keys, once, so that no test's run has to.
pub fn keys() {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        let made = veilgrid(&["setup", "--insecure-seed"]);
        assert!(made.status.success(), "{}", stderr(&made));
    });
}

/// The arguments of a market that overwrites its report, so that a test can play it again.
pub fn market<'a>(scenario: &'a Path, directory: &'a Path, report: &'a Path) -> Vec<&'a str> {
    vec!["market", "--scenario", text(scenario), "--data-dir", text(directory), "--report", text(report), "--force"]
}

/// The root that a ledger has after its last block, from `ledger verify`.
#[track_caller]
pub fn verified(directory: &Path) -> String {
    let output = veilgrid(&["ledger", "verify", text(directory)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let root = out.lines().find_map(|line| line.strip_prefix("state root "));
    root.unwrap_or_else(|| panic!("{out} names no root")).to_string()
}

/// The expected outcome of a scenario.
#[track_caller]
pub fn same_outcome(report: &Value, expected: &Value) {
    for part in ["trades", "grid", "households"] {
        assert!(expected[part].is_array(), "{part} is expected");
        assert_eq!(report[part], expected[part], "{part}");
    }
}

/// A running `market`, whose standard error is read line by line. It is killed when this is
/// dropped.
pub struct Running {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, errors }
    }
    /// The next line; None at the end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.errors.read_line(&mut line).unwrap() > 0).then_some(line)
    }
    /// Interrupts the run as Ctrl-C does. Gives the exit code, and the rest of standard error.
    #[cfg(unix)]
    pub fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
        let mut rest = String::new();
        self.errors.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
    /// Kills the run by SIGKILL. Gives whether it was still running; if not, it must have
    /// succeeded.
    pub fn kill(mut self) -> bool {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success() || status.code().is_none(), "it ended by itself with {status}");
        !status.success()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The run may have ended, or been waited for, already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run without interruption: its folder, and all that it printed.
pub struct Reference {
    pub directory: PathBuf,
    pub report: Value,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// An uninterrupted run of the small case.
pub fn reference() -> &'static Reference {
    static RUN: OnceLock<Reference> = OnceLock::new();
    RUN.get_or_init(|| played("market-reference", &scenario(SMALL)))
}

/// Plays a scenario in a folder of this name among those of the build, where it stays until the
/// next time.
pub fn played(name: &str, scenario: &Path) -> Reference {
    keys();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    fs::create_dir_all(&root).unwrap();
    let (directory, report) = (root.join("data"), root.join("report.json"));
    let output = veilgrid(&market(scenario, &directory, &report));
    assert!(output.status.success(), "{}", stderr(&output));
    verified(&directory);
    Reference { report: json(&report), directory, stdout: output.stdout, stderr: output.stderr }
}

/// Every file below a folder with its bytes, in order.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(contents(&path)),
            false => all.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    all.sort();
    all
}

/// A copy of the reference run's folder.
pub fn copy_of_reference() -> (tempfile::TempDir, PathBuf) {
    copy_of(&reference().directory)
}

pub fn copy_of(original: &Path) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let copy = root.path().join("data");
    for (path, bytes) in contents(original) {
        let to = copy.join(path.strip_prefix(original).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    (root, copy)
}
