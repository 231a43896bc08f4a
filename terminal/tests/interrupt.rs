//! Ctrl-C while an output is half written. The process that is interrupted is this test binary,
//! started again.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use terminal::output::Overwrite;
use terminal::{interrupt, Failure};

/// The variable that tells the process which folder to write into.
const CHILD: &str = "VEILGRID_INTERRUPT_TEST";

/// This is no test of its own: it is the process that the next test interrupts. It does nothing
/// unless the variable is set.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let folder = Path::new(&folder);
    interrupt::watch();
    let mut outputs = Overwrite { force: true }.outputs([folder.join("in")]).unwrap();
    let mut half = outputs.file(&folder.join("out")).unwrap().begin().unwrap();
    half.put(b"half").unwrap();
    interrupt::say_how_to_go_on("begin again at the half");
    interrupt::remove_passing(folder, ".passing-");
    fs::write(folder.join("key.passing-1"), "half").unwrap();
    let _ = outputs.file(&folder.join("made")).unwrap().made_by(|path| -> Result<(), Failure> {
        fs::write(path, "half").unwrap();
        println!("\nready");
        std::io::stdout().flush().unwrap();
        loop {
            std::thread::park();
        }
    });
}

#[test]
fn an_interrupt_leaves_no_half_and_says_how_to_go_on() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = tempfile::tempdir().unwrap();
        for name in ["in", "out"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--nocapture"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "two files, and three halves");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(3), "{signal}");
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.ends_with("interrupted: begin again at the half\n"), "{said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(fs::read(folder.path().join("out")).unwrap(), b"out");
    }
}
