//! Whatever stands in a file, an import refuses it or writes a file that holds to the rules. It
//! never panics, and leaves nothing of a refusal.

mod common;

use common::{command, Command};
use meters::normal::{verify, Reader};
use meters::options::{Format, Limits, Options};
use meters::{import, Output};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cases/meters")
}

/// Imports copies of a command's inputs, changed by `change`.
fn attempt(Command { inputs, out, options }: &Command, change: &dyn Fn(Vec<u8>) -> Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let mut copies = Vec::new();
    for input in inputs {
        let copy = folder.path().join(input.file_name().unwrap());
        if input.is_dir() {
            fs::create_dir(&copy).unwrap();
            for entry in fs::read_dir(input).unwrap() {
                let entry = entry.unwrap();
                fs::write(copy.join(entry.file_name()), change(fs::read(entry.path()).unwrap())).unwrap();
            }
        } else {
            fs::write(&copy, change(fs::read(input).unwrap())).unwrap();
        }
        copies.push(copy);
    }
    let out = folder.path().join(out.file_name().unwrap());
    match import(&copies, &Output::new(&out, false), options, &mut |_| Ok(())) {
        Ok(_) => {
            let verified = verify(Reader::open(&out, Limits::default()).unwrap(), options.max_power).unwrap();
            assert!(verified.holds(), "{:?}", verified.broken);
        }
        Err(refused) => {
            assert!(!refused.to_string().is_empty() && !refused.code().is_empty());
            assert!(!out.exists(), "{refused}");
        }
    }
}

fn read(name: &str) -> Command {
    let folder = cases().join(name);
    command(&fs::read_to_string(folder.join("command.txt")).unwrap(), &folder, Path::new("/nowhere"))
}

const CASES: [&str; 15] = [
    "ausgrid",
    "enedis",
    "enedis-10min-production",
    "fluvius-autumn",
    "green-button",
    "home-assistant",
    "low-carbon-london",
    "nem12",
    "octopus-download",
    "pecan-street",
    "registers",
    "simbench",
    "smart-star",
    "wide-autumn",
    "gap-interpolate",
];

/// A change of bytes: at a place, take some away and put others there.
type Change = (prop::sample::Index, usize, Vec<u8>);

fn any_change() -> impl Strategy<Value = Change> {
    let telling = prop::sample::select(vec![
        "0",
        "9",
        "-",
        ".",
        ",",
        ";",
        "\"",
        "\n",
        "\r\n",
        "\t",
        "E",
        "e99",
        "1e-30",
        "NaN",
        "Null",
        "2025",
        "1900",
        "=",
        "\u{feff}",
        "ä",
        "</",
        "<",
        "&",
        "'",
        "T",
        "Z",
        "+02:00",
        ":",
        "/",
        "300,",
        "900",
        "99999999999999999999",
    ]);
    let bytes =
        prop_oneof![telling.prop_map(|text| text.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..4),];
    (any::<prop::sample::Index>(), 0usize..6, bytes)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for (place, length, new) in changes {
        let from = place.index(bytes.len() + 1);
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, new.iter().copied());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_files_are_refused_or_read(
        case in prop::sample::select(CASES.to_vec()),
        changes in prop::collection::vec(any_change(), 1..4),
        fill in any::<bool>(),
    ) {
        let mut command = read(case);
        if fill {
            command.options.gaps = meters::options::Gaps::Interpolate;
        }
        attempt(&command, &|bytes| changed(bytes, &changes));
    }

    #[test]
    fn rows_in_another_order_are_refused_or_read(
        case in prop::sample::select(CASES.to_vec()),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        attempt(&read(case), &|bytes| {
            let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            for (a, b) in &swaps {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
            }
            lines.join(&b'\n')
        });
    }

    #[test]
    fn any_bytes_are_refused_or_read_by_every_format(
        format in prop::sample::select(Format::ALL.to_vec()),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input.csv");
        fs::write(&input, bytes).unwrap();
        let mut options = Options { format: Some(format), zone: Some("Europe/Berlin".into()), ..Options::default() };
        if matches!(format, Format::Registers | Format::HomeAssistant) {
            options.named.import.push("x".into());
        }
        attempt(&Command { inputs: vec![input], out: "out".into(), options }, &|bytes| bytes);
    }

    #[test]
    fn any_text_is_refused_or_read_without_a_format(text in "[0-9a-zA-Z,;:\\.\\-\\n \"]{0,300}") {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input.csv");
        fs::write(&input, text).unwrap();
        attempt(&Command { inputs: vec![input], out: "out".into(), options: Options::default() }, &|bytes| bytes);
    }
}
