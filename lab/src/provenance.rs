//! By which command, on what kind of machine, and at which commit something was measured.

use std::ffi::OsString;
use std::fs;
use std::process::Command;

/// Where findings come from. It describes the class of the machine and names no machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The command as it was given, after the program's name.
    pub command: String,
    /// Architecture, the processor's model, cores, memory, and whether there is AVX-512, with IFMA
    /// or without.
    pub machine: String,
    /// The commit of the folder that the command was given in, with `+changes` if a file outside
    /// docs/ differs from it; `unknown` outside a repository.
    pub commit: String,
}

impl Provenance {
    /// Looks at this machine and this folder.
    pub fn here() -> Provenance {
        let commit = commit().unwrap_or_else(|| "unknown".into());
        Provenance { command: command(std::env::args_os().skip(1)), machine: machine(), commit }
    }
}

/// The command as one line of text. An argument that a shell would change is quoted.
fn command(arguments: impl Iterator<Item = OsString>) -> String {
    arguments.fold("veilgrid".into(), |line, argument| {
        let argument = argument.to_string_lossy();
        let plain = |c: char| c.is_alphanumeric() || "-_./=:,+".contains(c);
        match !argument.is_empty() && argument.chars().all(plain) {
            true => format!("{line} {argument}"),
            false => format!("{line} {argument:?}"),
        }
    })
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let field = |file: &str, name: &str| {
        let all = fs::read_to_string(file).ok()?;
        all.lines().find_map(|line| line.strip_prefix(name).map(str::to_string))
    };
    let model = field("/proc/cpuinfo", "model name").unwrap_or_default();
    let model = model.trim_start_matches([' ', '\t', ':']).trim();
    let mut text = std::env::consts::ARCH.to_string();
    if !model.is_empty() {
        text += &format!(" ({model})");
    }
    text += &format!(", {cores} core{}", if cores == 1 { "" } else { "s" });
    let kib = field("/proc/meminfo", "MemTotal:").and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    if let Some(kib) = kib {
        text += &format!(", {} GiB of memory", (kib + (1 << 19)) >> 20);
    }
    if let Some(flags) = field("/proc/cpuinfo", "flags") {
        let has = |name| flags.split_whitespace().any(|flag| flag == name);
        text += match (has("avx512f"), has("avx512ifma")) {
            (_, true) => ", AVX-512 IFMA",
            (true, false) => ", AVX-512 without IFMA",
            (false, false) => ", no AVX-512",
        };
    }
    text
}

fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?.trim().to_string();
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)docs"])?;
    Some(if changed.is_empty() { commit } else { commit + "+changes" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_with_its_odd_arguments_quoted() {
        let given = ["experiment", "week", "--out", "a folder", "--data", "b\nc", ""].map(OsString::from);
        let line = "veilgrid experiment week --out \"a folder\" --data \"b\\nc\" \"\"";
        assert_eq!(command(given.into_iter()), line);
    }
}
