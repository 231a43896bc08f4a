use super::*;
use crate::refused::{Problem, Refused};

fn buses(names: &[&str]) -> Buses {
    Buses::new(names.iter().map(|name| name.to_string()).collect()).unwrap()
}

#[test]
fn a_feeder_knows_its_paths_and_sums_what_lies_behind_a_line() {
    let radial = Radial::new(&buses(&["T", "A", "B", "C"]), [("A", "B"), ("T", "A"), ("A", "C")]).unwrap();
    assert_eq!(radial.outward(), [1, 0, 2]);
    assert_eq!(radial.path(2).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(radial.path(0).count(), 0);
    assert_eq!(radial.flows(&[5, 1, 2, 4]), [2, 7, 4]);
    assert_eq!((radial.ends(2), radial.feeding(3), radial.feeding(0)), ((1, 3), Some(2), None));
}

#[test]
fn a_network_that_is_no_feeder_is_refused_with_its_field() {
    let of = |lines: &[(&str, &str)]| Radial::new(&buses(&["T", "A", "B"]), lines.to_vec()).unwrap_err();
    let unconnected = Problem::Unconnected { bus: "A".into(), first: "T".into() };
    for (lines, path, problem) in [
        (&[("T", "A"), ("T", "X")][..], "lines[1].to", Problem::UnknownBus("X".into())),
        (&[("X", "A")], "lines[0].from", Problem::UnknownBus("X".into())),
        (&[("A", "A")], "lines[0].to", Problem::ToItself("A".into())),
        (&[("T", "A"), ("T", "B"), ("B", "A")], "lines[2].to", Problem::FedTwice { bus: "A".into(), earlier: 0 }),
        (&[("A", "T")], "lines[0].to", Problem::FeedsRoot("T".into())),
        (&[("A", "B"), ("B", "A")], "buses[1]", unconnected.clone()),
        (&[("T", "B")], "buses[1]", unconnected),
    ] {
        assert_eq!(of(lines), Refused::at(path, problem));
    }
    assert_eq!(Buses::new(vec![]).unwrap_err(), Refused::at("buses", Problem::NoBus));
    let twice = Buses::new(vec!["A".into(), "A".into()]).unwrap_err();
    assert_eq!(twice.to_string(), "buses[1]: \"A\" is also the id of `buses[0]`");
    assert_eq!(Buses::new(vec![String::new()]).unwrap_err().problem, Problem::EmptyId);
}
