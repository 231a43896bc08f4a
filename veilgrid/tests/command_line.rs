//! The rules that hold for every command (docs/guide/command-line.md), tried on every command of
//! the tree. A command that is added must be named in the lists below.

mod program;
#[path = "program/refusal.rs"]
mod refusal;

use clap::Command;
use program::*;
use refusal::refused;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use veilgrid::command_line::{command, completions, man};

/// Commands that print what they find, so they have `--json`.
const FINDING: &[&str] = &[
    "market",
    "simulate",
    "market check",
    "meters import",
    "meters formats",
    "meters check",
    "settle async",
    "settle async-run",
    "clear rules",
    "clear cmap",
    "grid solve",
    "node check",
    "experiment matching",
    "experiment cmap",
    "experiment week",
    "bench",
    "bench match",
    "bench prove",
    "bench verify",
    "bench clearing",
    "bench ledger",
    "ledger verify",
    "ledger show",
    "ledger check",
    "wallet restore",
    "setup",
    "audit household",
    "audit plan",
];

/// Commands that only write what they are asked for.
const WRITING: &[&str] = &[
    "market init",
    "scenario from-meters",
    "scenario random",
    "ledger snapshot",
    "ledger restore",
    "ledger headers",
    "ledger prove",
    "node init",
    "node run",
    "wallet demo-phrase",
    "completions",
    "man",
];

/// The options, and names of arguments, by which commands name a file that they write.
const FILE_OUTPUTS: &[&str] = &["output", "report", "phrase_file", "vault"];

/// A command that writes one file, with arguments that are right but for this file. `IN` stands for
/// an input that is there, `OUT` for the output.
struct Case {
    command: &'static [&'static str],
    /// What `IN` is a copy of, below data/.
    input: &'static str,
    /// Whether the command is fast and needs no ledger, so that it can be played to its end.
    plays: bool,
}

const SCENARIO: &str = "cases/two-households.scenario.json";
const CYCLE: &str = "cases/async/table2_1_two_sellers.input.json";
const ID: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const CASES: &[Case] = &[
    Case { command: &["simulate", "--scenario", "IN", "--report", "OUT"], input: SCENARIO, plays: true },
    Case { command: &["simulate", "--input", "IN", "--report", "OUT"], input: SCENARIO, plays: true },
    Case { command: &["market", "--scenario", "IN", "--report", "OUT"], input: SCENARIO, plays: false },
    Case { command: &["market", "init", "--output", "OUT"], input: "", plays: true },
    Case {
        command: &["meters", "import", "--format", "octopus", "IN", "--out", "OUT"],
        input: "cases/meters/octopus-download/consumption.csv",
        plays: true,
    },
    Case { command: &["settle", "async", "--input", "IN", "--output", "OUT"], input: CYCLE, plays: true },
    Case {
        command: &["settle", "async-run", "--input", "IN", "--report", "OUT"],
        input: "cases/async-run/late",
        plays: true,
    },
    Case {
        command: &["clear", "cmap", "--input", "IN", "--output", "OUT"],
        input: "cases/cmap/simple_2x2.input.json",
        plays: true,
    },
    Case {
        command: &["grid", "solve", "--input", "IN", "--output", "OUT"],
        input: "cases/grid/dcopf-three-bus-free.input.json",
        plays: true,
    },
    Case { command: &["scenario", "random", "--households", "2", "--output", "OUT"], input: "", plays: true },
    Case { command: &["scenario", "random", "--households", "2", "--out", "OUT"], input: "", plays: true },
    Case {
        command: &[
            "scenario",
            "from-meters",
            "--load",
            "IN",
            "--pv",
            "PV",
            "--start",
            "2016-06-13T12:00",
            "--out",
            "OUT",
        ],
        input: "simbench_100hh_7d_15min_load_Wh.csv",
        plays: true,
    },
    Case { command: &["ledger", "snapshot", "IN", "OUT"], input: "cases/async-run/late", plays: false },
    Case {
        command: &["ledger", "snapshot", "--data-dir", "IN", "--output", "OUT"],
        input: "cases/async-run/late",
        plays: false,
    },
    Case { command: &["ledger", "headers", "IN", "OUT"], input: "cases/async-run/late", plays: false },
    Case { command: &["ledger", "prove", "IN", "--record", ID, "OUT"], input: "cases/async-run/late", plays: false },
    Case { command: &["wallet", "demo-phrase", "--household", "0", "--phrase-file", "OUT"], input: "", plays: true },
    Case {
        command: &[
            "wallet",
            "restore",
            "--data-dir",
            ".",
            "--phrase-file",
            "IN",
            "--vault",
            "OUT",
            "--passphrase-file",
            "PV",
        ],
        input: SCENARIO,
        plays: false,
    },
];

/// All commands that do something, with their names: "ledger verify".
fn leaves() -> Vec<(String, Command)> {
    fn add(command: &Command, name: &str, all: &mut Vec<(String, Command)>) {
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = format!("{name} {}", command.get_name()).trim_start().to_string();
            add(command, &name, all);
            // `market` has subcommands and does something without them.
            if !command.is_arg_required_else_help_set() && !command.is_subcommand_required_set() {
                all.push((name, command.clone()));
            }
        }
    }
    let mut all = Vec::new();
    add(&command(), "", &mut all);
    all
}

fn words(name: &str) -> Vec<&str> {
    name.split(' ').collect()
}

#[test]
fn every_command_is_in_a_list_and_has_json_where_it_finds_something() {
    let leaves = leaves();
    for (name, command) in &leaves {
        let (finds, writes) = (FINDING.contains(&name.as_str()), WRITING.contains(&name.as_str()));
        assert!(finds != writes, "{name} belongs to one list of this test");
        let json = command.get_arguments().any(|argument| argument.get_long() == Some("json"));
        assert_eq!(json, finds, "{name}");
    }
    assert_eq!(leaves.len(), FINDING.len() + WRITING.len());
}

#[test]
fn every_help_has_examples_and_exit_codes_and_is_100_columns_wide() {
    let groups =
        ["", "ledger", "wallet", "settle", "scenario", "audit", "experiment", "bench", "clear", "grid", "node"]
            .map(String::from);
    for name in leaves().into_iter().map(|(name, _)| name).chain(groups) {
        let path: Vec<&str> = words(&name).into_iter().filter(|word| !word.is_empty()).collect();
        for flag in ["-h", "--help"] {
            let output = veilgrid(&[&path[..], &[flag]].concat());
            assert_eq!(output.status.code(), Some(0), "{name}");
            let help = String::from_utf8(output.stdout).unwrap();
            for code in ["Exit codes:\n", "\n  0  done", "\n  1  ", "\n  2  could not be done", "\n  3  interrupted"] {
                assert!(help.contains(code), "{name} {flag}: {help}");
            }
            let wide = help.lines().find(|line| line.chars().count() > 100);
            assert_eq!(wide, None, "{name} {flag}");
            assert!(!help.contains('\u{1b}'), "{name}: no colours without a terminal");
            let leaf = FINDING.contains(&name.as_str()) || WRITING.contains(&name.as_str());
            assert!(!leaf || help.contains("Example"), "{name} shows no example");
        }
    }
    let version = String::from_utf8(veilgrid(&["--version"]).stdout).unwrap();
    assert_eq!(version, format!("veilgrid {}\n", env!("CARGO_PKG_VERSION")));
}

/// A folder with an input, another one, and links to the first.
struct World {
    folder: TempDir,
    input: PathBuf,
}

impl World {
    fn of(case: &Case) -> World {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        let from = data(case.input);
        match from.is_dir() && !case.input.is_empty() {
            true => copy_folder(&from, &input),
            false if case.input.is_empty() => fs::write(&input, "no input").unwrap(),
            false => drop(fs::copy(&from, &input).unwrap()),
        }
        fs::copy(data("simbench_100hh_7d_15min_pv_Wh.csv"), folder.path().join("pv")).unwrap();
        World { folder, input }
    }

    fn run(&self, case: &Case, output: &Path, more: &[&str]) -> Output {
        let pv = self.folder.path().join("pv");
        let argument = |argument: &&'static str| match *argument {
            "IN" => text(&self.input).to_string(),
            "PV" => text(&pv).to_string(),
            "OUT" => text(output).to_string(),
            other => other.to_string(),
        };
        let arguments: Vec<String> = case.command.iter().map(argument).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        veilgrid(&arguments)
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
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

/// Checks that the command could not be done, and says so in one line with these words.
#[track_caller]
fn not_done(output: &Output, says: &[&str]) {
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.starts_with("error: ") && line.lines().count() == 1, "{line}");
    assert!(says.iter().all(|word| line.contains(word)), "{line} says {says:?}");
    assert!(output.stdout.is_empty(), "{line}");
}

fn forced(case: &Case) -> &'static [&'static str] {
    match case.command.contains(&"--vault") {
        true => &[],
        false => &["--force"],
    }
}

#[test]
fn every_command_that_writes_a_file_has_a_case() {
    for (name, command) in leaves() {
        let writes = command.get_arguments().any(|argument| {
            let (id, input) =
                (argument.get_id().as_str(), name == "wallet restore" && argument.get_id() == "phrase_file");
            FILE_OUTPUTS.contains(&id) && !input
        });
        let has = CASES.iter().any(|case| case.command.join(" ").starts_with(&name));
        assert!(!writes || has, "{name} has no case in this test");
    }
}

#[test]
fn no_output_destroys_an_input() {
    for case in CASES.iter().filter(|case| !case.input.is_empty()) {
        let world = World::of(case);
        let root = world.folder.path();
        let target = match world.input.is_dir() {
            true => contents(&world.input)[0].0.clone(),
            false => world.input.clone(),
        };
        let mut names =
            vec![target.clone(), root.join("none/../input").join(target.strip_prefix(&world.input).unwrap())];
        fs::create_dir(root.join("none")).unwrap();
        names[1] = PathBuf::from(text(&names[1]).trim_end_matches('/'));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&target, root.join("soft")).unwrap();
            names.push(root.join("soft"));
            if world.input.is_file() {
                fs::hard_link(&target, root.join("hard")).unwrap();
                names.push(root.join("hard"));
            }
        }
        let before = contents(root);
        for output in &names {
            for more in [&[][..], forced(case)] {
                not_done(&world.run(case, output, more), &[text(output), "input"]);
                assert!(contents(root) == before, "{:?}", case.command);
            }
        }
    }
}

#[test]
fn no_output_destroys_a_file_without_force() {
    for case in CASES {
        let world = World::of(case);
        let root = world.folder.path();
        let output = root.join("output");
        fs::write(&output, "kept").unwrap();
        let before = contents(root);
        not_done(&world.run(case, &output, &[]), &[text(&output), "already"]);
        assert!(contents(root) == before, "{:?}", case.command);
        if !case.plays {
            continue;
        }
        let done = world.run(case, &output, &["--force"]);
        assert!(done.status.success(), "{:?}: {}", case.command, String::from_utf8_lossy(&done.stderr));
        assert_ne!(fs::read(&output).unwrap(), b"kept", "{:?}", case.command);
        assert_eq!(contents(root).len(), before.len(), "nothing else is left");
        // A link stays, and the file behind it is written.
        #[cfg(unix)]
        {
            let link = root.join("link");
            fs::write(&output, "kept").unwrap();
            std::os::unix::fs::symlink("output", &link).unwrap();
            not_done(&world.run(case, &link, &[]), &[text(&link), "already"]);
            assert!(world.run(case, &link, &["--force"]).status.success());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_ne!(fs::read(&output).unwrap(), b"kept");
        }
    }
}

#[test]
fn a_path_that_cannot_be_used_is_one_line_before_any_work() {
    for case in CASES {
        let world = World::of(case);
        let root = world.folder.path();
        let before = contents(root);
        let nowhere = root.join("none/output");
        not_done(&world.run(case, &nowhere, &[]), &[text(&nowhere), "cannot be written"]);
        not_done(&world.run(case, root, &[]), &[text(root)]);
        assert!(contents(root) == before);
        if case.input.is_empty() {
            continue;
        }
        let missing = World { input: root.join("missing"), ..world };
        let output = missing.folder.path().join("output");
        not_done(&missing.run(case, &output, &[]), &[text(&missing.input)]);
        assert!(contents(missing.folder.path()) == before, "{:?}", case.command);
    }
}

#[test]
fn a_dash_is_standard_output() {
    for case in CASES.iter().filter(|case| case.plays) {
        let world = World::of(case);
        let before = contents(world.folder.path());
        let output = world.folder.path().join("output");
        let file = world.run(case, &output, &[]);
        assert!(file.status.success(), "{:?}: {}", case.command, String::from_utf8_lossy(&file.stderr));
        let written = fs::read(&output).unwrap();
        fs::remove_file(&output).unwrap();
        let dash = world.run(case, Path::new("-"), &[]);
        assert!(dash.status.success(), "{:?}", case.command);
        let same = |bytes: &[u8]| match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(mut json) => {
                json.as_object_mut().map(|json| json.remove("timings"));
                json.to_string()
            }
            Err(_) => String::from_utf8(bytes.to_vec()).unwrap(),
        };
        assert_eq!(same(&dash.stdout), same(&written), "{:?}", case.command);
        assert!(contents(world.folder.path()) == before, "no file is called -");
    }
}

fn with_input(arguments: &[&str], input: &Path) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_veilgrid"));
    command.args(arguments).stdin(Stdio::from(fs::File::open(input).unwrap())).output().unwrap()
}

#[test]
fn a_dash_is_standard_input() {
    let (load, pv) = (data("simbench_100hh_7d_15min_load_Wh.csv"), data("simbench_100hh_7d_15min_pv_Wh.csv"));
    let from_meters = ["scenario", "from-meters", "--start", "2016-06-13T12:00", "--pv", text(&pv), "--load"];
    for (arguments, input) in [
        (&["simulate", "--json", "--scenario"][..], data(SCENARIO)),
        (&["settle", "async", "--input"], data(CYCLE)),
        (&from_meters, load),
    ] {
        let piped = with_input(&[arguments, &["-"]].concat(), &input);
        assert!(piped.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&piped.stderr));
        assert!(!piped.stdout.is_empty());
    }
    let wrong = with_input(&["simulate", "--scenario", "-"], &data(CYCLE));
    not_done(&wrong, &["standard input: "]);
    let twice = ["scenario", "from-meters", "--start", "x", "--load", "-", "--pv", "-"];
    refused(&veilgrid(&twice), "standard input: two inputs of the command come from there; give one of them as a file");
    // What standard input is redirected from is an input, too.
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::copy(data(SCENARIO), &input).unwrap();
    if cfg!(target_os = "linux") {
        let destroy = ["simulate", "--scenario", "-", "--report", text(&input), "--force"];
        not_done(&with_input(&destroy, &input), &[text(&input), "input"]);
    }
}

#[test]
fn json_goes_to_standard_output_and_tables_to_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    for (arguments, table) in [
        (vec!["simulate".to_string(), "--scenario".into(), text(&data(SCENARIO)).into()], "Trades"),
        (vec!["settle".into(), "async".into(), "--input".into(), text(&data(CYCLE)).into()], "records"),
        (
            ["settle", "async-run", "--input", text(&data("cases/async-run/late"))].map(String::from).to_vec(),
            "accounts",
        ),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = veilgrid(&[&arguments[..], &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains(table), "{arguments:?}");
        let file = if arguments[1] == "async" { "--output" } else { "--report" };
        not_done(&veilgrid(&[&arguments[..], &["--json", file, "-"]].concat()), &["standard output", "two outputs"]);
        let both = veilgrid(&[&arguments[..], &["--json", file, text(&report), "--force"]].concat());
        assert!(both.status.success() && !both.stdout.is_empty() && report.exists());
    }
}

#[test]
fn a_folder_of_an_earlier_run_is_kept_without_force() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man/man1");
    assert!(veilgrid(&["man", "--out", text(&pages)]).status.success());
    let first = contents(&pages);
    assert!(first.len() > leaves().len());
    fs::write(pages.join("veilgrid.1"), "kept").unwrap();
    not_done(&veilgrid(&["man", "--out", text(&pages)]), &[text(&pages), "earlier run"]);
    assert_eq!(fs::read(pages.join("veilgrid.1")).unwrap(), b"kept");
    assert!(veilgrid(&["man", "--out", text(&pages), "--force"]).status.success());
    assert!(contents(&pages) == first);
    let week = folder.path().join("week");
    fs::create_dir(&week).unwrap();
    fs::write(week.join("week-gains.svg"), "kept").unwrap();
    not_done(&veilgrid(&["experiment", "week", "--out", text(&week)]), &[text(&week), "week-gains.svg"]);
}

#[test]
fn completions_and_manual_pages_cover_every_command() {
    use clap_complete::Shell;
    let pages = man::pages();
    assert_eq!(pages[0].0, "veilgrid.1");
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let script = String::from_utf8(completions::script(shell)).unwrap();
        let output = veilgrid(&["completions", &shell.to_string()]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), script);
        for (name, command) in leaves() {
            assert!(words(&name).iter().all(|word| script.contains(word)), "{shell}: {name}");
            for long in command.get_arguments().filter_map(|argument| argument.get_long()) {
                assert!(script.contains(long), "{shell}: {name} --{long}");
            }
        }
    }
    for (name, _) in leaves() {
        let file = format!("veilgrid-{}.1", name.replace(' ', "-"));
        let (_, page) = pages.iter().find(|(page, _)| *page == file).unwrap_or_else(|| panic!("{file} is missing"));
        let page = String::from_utf8_lossy(page);
        assert!(page.contains(".SH NAME") && page.contains("Exit codes:") && page.contains(".SH OPTIONS"), "{page}");
    }
    assert_eq!(veilgrid(&["man"]).stdout, pages[0].1);
}

#[cfg(unix)]
#[test]
fn an_interrupt_has_its_own_exit_code() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_veilgrid"));
    // The command waits for its input.
    let command = command.args(["simulate", "--scenario", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let waits_for = child.stdin.take();
    // The watch begins with the program; no signal from before it would be an interrupt.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(waits_for);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "interrupted: give the same command again; it starts anew\n");
}
