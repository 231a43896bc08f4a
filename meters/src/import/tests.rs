use super::*;
use crate::options::{Format, Limits};
use std::fs;
use std::io::Read;
use std::path::Path;

const OCTOPUS: &str = "consumption,interval_start,interval_end\n\
    0.065,2025-03-30T04:30:00+01:00,2025-03-30T05:00:00+01:00\n\
    1.388,2025-03-30T04:00:00+01:00,2025-03-30T04:30:00+01:00\n";

fn options() -> Options {
    Options { format: Some(Format::Octopus), ..Options::default() }
}

fn run(input: &Path, output: &Output, options: &Options) -> Result<Summary, Refused> {
    import(&[input.to_path_buf()], output, options, &mut |_| Ok(()))
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn an_output_is_not_replaced_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("home.csv"), folder.path().join("out.csv"));
    fs::write(&input, OCTOPUS).unwrap();
    fs::write(&out, "precious").unwrap();
    let refused = run(&input, &Output::new(&out, false), &options()).unwrap_err();
    assert_eq!(refused.code(), "output-exists");
    assert!(refused.to_string().contains("--force"));
    assert_eq!(fs::read(&out).unwrap(), b"precious");
    let summary = run(&input, &Output::new(&out, true), &options()).unwrap();
    assert_eq!((summary.rows, summary.meters), (4, 1));
    assert_eq!(files(folder.path()), 2);
}

#[test]
fn an_output_is_never_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("home.csv");
    fs::write(&input, OCTOPUS).unwrap();
    let mut names =
        vec![input.clone(), folder.path().join("../").join(folder.path().file_name().unwrap()).join("home.csv")];
    #[cfg(unix)]
    {
        let (link, hard) = (folder.path().join("link.csv"), folder.path().join("hard.csv"));
        std::os::unix::fs::symlink(&input, &link).unwrap();
        fs::hard_link(&input, &hard).unwrap();
        names.extend([link, hard]);
    }
    for name in names {
        let refused = run(&input, &Output::new(&name, true), &options()).unwrap_err();
        assert_eq!(refused.code(), "output-is-input", "{}", name.display());
    }
    assert_eq!(fs::read_to_string(&input).unwrap(), OCTOPUS);
    // A file in a folder that is read.
    let refused =
        import(&[folder.path().to_path_buf()], &Output::new(&input, true), &options(), &mut |_| Ok(())).unwrap_err();
    assert_eq!(refused.code(), "output-is-input");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out, link) =
        (folder.path().join("home.csv"), folder.path().join("out.csv"), folder.path().join("link"));
    fs::write(&input, OCTOPUS).unwrap();
    fs::write(&out, "old").unwrap();
    std::os::unix::fs::symlink(&out, &link).unwrap();
    run(&input, &Output::new(&link, true), &options()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&out).unwrap().starts_with(HEADER));
}

#[test]
fn nothing_is_left_of_an_import_that_is_refused_or_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("home.csv");
    let out = Output::new(folder.path().join("out.csv"), false);
    fs::write(&input, OCTOPUS.replace("1.388", "138800")).unwrap();
    assert_eq!(run(&input, &out, &options()).unwrap_err().code(), "too-much-power");
    assert_eq!(files(folder.path()), 1);
    fs::write(&input, OCTOPUS).unwrap();
    for stop_at_writing in [false, true] {
        let mut tell = |progress| match progress {
            Progress::Writing { .. } if stop_at_writing => Err(Problem::Interrupted.into()),
            Progress::Reading { .. } if !stop_at_writing => Err(Problem::Interrupted.into()),
            _ => Ok(()),
        };
        let result = import(&[input.clone()], &out, &options(), &mut tell);
        if stop_at_writing {
            assert_eq!(result.as_ref().unwrap_err().code(), "interrupted");
        }
        if result.is_err() {
            assert_eq!(files(folder.path()), 1);
        } else {
            // A file this small may be read before the reader tells anything.
            fs::remove_file(folder.path().join("out.csv")).unwrap();
        }
    }
    let nowhere = Output::new(folder.path().join("none/out.csv"), false);
    assert_eq!(run(&input, &nowhere, &options()).unwrap_err().code(), "unwritable");
    let folder_as_file = Output::new(folder.path(), true);
    assert!(run(&input, &folder_as_file, &options()).is_err());
}

#[test]
fn packed_outputs_hold_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("home.csv");
    fs::write(&input, OCTOPUS).unwrap();
    let made = |name: &str| {
        let path = folder.path().join(name);
        run(&input, &Output::new(&path, false), &options()).unwrap();
        fs::read(path).unwrap()
    };
    let plain = made("out.csv");
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&made("out.csv.gz")[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert_eq!(zstd::decode_all(&made("out.csv.zst")[..]).unwrap(), plain);
}

#[test]
fn little_memory_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("wide.csv");
    let mut text = "time,b (W),a (W)\n".to_owned();
    for quarter in 0..200 {
        text.push_str(&format!(
            "2025-06-{:02}T{:02}:{:02}:00Z,{quarter},{}\n",
            10 + quarter / 96,
            quarter / 4 % 24,
            quarter % 4 * 15,
            quarter * 7
        ));
    }
    fs::write(&input, text).unwrap();
    let made = |name: &str, memory| {
        let path = folder.path().join(name);
        let options = Options {
            format: Some(Format::Wide),
            limits: Limits { memory, ..Limits::default() },
            ..Options::default()
        };
        let summary = run(&input, &Output::new(&path, false), &options).unwrap();
        assert_eq!((summary.meters, summary.rows), (2, 400));
        fs::read(path).unwrap()
    };
    assert_eq!(made("spilled.csv", 10), made("kept.csv", 1 << 20));
}

#[test]
fn the_summary_counts_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("home.csv"), folder.path().join("out.csv"));
    fs::write(&input, OCTOPUS).unwrap();
    let summary = run(&input, &Output::new(&out, false), &options()).unwrap();
    assert_eq!(summary.energy, [Some(1453), None, None, None]);
    assert_eq!(summary.measuring, [1, 0, 0, 0]);
    assert_eq!(summary.quality, [0, 4, 0, 0]);
    assert_eq!(summary.steps.iter().copied().collect::<Vec<_>>(), [1800]);
    assert_eq!(summary.first.unwrap().to_string(), "2025-03-30T03:00:00Z");
    assert_eq!(summary.last.unwrap().to_string(), "2025-03-30T03:45:00Z");
    assert_eq!(summary.greatest_energy(), 12_500);
    assert!(summary.said.iter().any(|said| said.text.contains("newest first")), "{:?}", summary.said);
    let checked =
        crate::normal::verify(crate::normal::Reader::open(&out, Limits::default()).unwrap(), crate::Exact::whole(50));
    assert!(checked.unwrap().holds());
}
