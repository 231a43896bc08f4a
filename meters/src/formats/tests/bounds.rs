//! No bytes make a reader panic, and bounds hold.

use super::recorder::{read_as, read_path};
use crate::options::{Named, Unit};
use crate::{formats, Format, Options};
use proptest::prelude::*;

/// A small file of each format, in its true shape.
const SAMPLES: [(Format, &str); 12] = [
    (Format::Octopus, "Consumption (kwh), Start, End\n0.5, 2025-06-01T00:00:00Z, 2025-06-01T00:30:00Z\n"),
    (Format::LowCarbonLondon, "LCLid,DateTime,KWH/hh (per half hour) \nMAC1,2013-03-31 01:00:00.0000000, 0.341 \n"),
    (
        Format::Fluvius,
        "Van datum;Van tijdstip;Tot datum;Tot tijdstip;EAN;Register;Volume;Eenheid;Validatiestatus\n\
         12-10-2021;07:30:00;12-10-2021;07:45:00;=\"5414\";Afname Dag;0,067;kWh;Uitgelezen\n",
    ),
    (
        Format::Enedis,
        "Identifiant PRM;Type de donnees;Grandeur physique;Grandeur metier;Unite\n1;Courbe de charge;E;Production;W\n\
         Horodate;Valeur\n2025-06-20T12:30:00+02:00;998\n",
    ),
    (Format::Ausgrid, "Customer,Consumption Category,date,0:30,1:00,Row Quality\n17,GC,1/07/2012,0.5,0.5,\n"),
    (Format::Nem12, "100,NEM12,1,A,B\n200,N,E1,E1,E1,,S,kWh,30,\n300,20250201,0.1,0.2,V,,,\n400,1,2,A\n900\n"),
    (Format::PecanStreet, "dataid,local_15min,grid,solar\n17,2018-03-11 01:45:00-06,-0.503,-0.004\n"),
    (Format::SmartStar, "Date & Time,use [kW],gen [kW]\n2016-06-11 10:00:00,1.5,0.7\n"),
    (Format::HomeAssistant, "statistic_id\tunit\tstart\tsum\nsensor.in\tkWh\t26.10.2025 02:00\t-21.5\n"),
    (
        Format::GreenButton,
        "<feed><entry><link rel=\"self\" href=\"MeterReading/1\"/><MeterReading/></entry><entry><ReadingType><uom>72</uom>\
         <flowDirection>1</flowDirection></ReadingType></entry><entry><IntervalBlock><IntervalReading><timePeriod>\
         <duration>900</duration><start>1749535200</start></timePeriod><value>5</value></IntervalReading></IntervalBlock>\
         </entry></feed>",
    ),
    (Format::Wide, "Zeit;Haus 1;Haus 2 [kWh]\n26.10.2025 02:00;0,714;\"0,5\"\n26.10.2025 02:15;0,5;0,1\n"),
    (Format::Registers, "timestamp;meter;serial;sensor.in\n2025-06-10T10:52:00Z;H-17;S;1,5\n"),
];

fn options() -> Options {
    let named = Named { import: vec!["sensor.in".into()], ..Named::default() };
    let mut options = Options { meter: Some("m".into()), ..Options::default() };
    options.named = named;
    options
}

/// The options that go with a format.
fn fitting(format: Format) -> Options {
    let mut options = options();
    match format {
        Format::HomeAssistant => {}
        Format::Registers => options.unit = Some(Unit::KWh),
        Format::Wide => (options.unit, options.named) = (Some(Unit::KWh), Named::default()),
        _ => options.named = Named::default(),
    }
    options
}

fn never_panics(format: Format, bytes: &[u8]) {
    let mut options = fitting(format);
    options.limits.longest_line = 4096;
    if let Err(refused) = read_as(format, "data.csv", bytes, &options) {
        assert!(refused.to_string().contains("data.csv"), "{refused}");
    }
}

#[test]
fn the_samples_are_read() {
    for (format, text) in SAMPLES {
        let read = read_as(format, "data.csv", text.as_bytes(), &fitting(format));
        match format {
            // Their days are shortened here.
            Format::Ausgrid | Format::Nem12 => assert!(read.is_err()),
            _ => assert!(!read.unwrap().samples.is_empty(), "{format}"),
        }
    }
}

#[test]
fn files_may_end_anywhere() {
    for (format, text) in SAMPLES {
        for end in 0..text.len() {
            never_panics(format, &text.as_bytes()[..end]);
        }
    }
}

#[test]
fn an_interruption_ends_the_reading() {
    for (format, text) in SAMPLES.into_iter().filter(|(format, _)| !matches!(format, Format::Ausgrid | Format::Nem12)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        std::fs::write(&path, text).unwrap();
        let mut sink = super::recorder::Recorded::default();
        let stopped = formats::read(format, &[path], &fitting(format), &mut sink, &mut |_| {
            Err(crate::Problem::Interrupted.into())
        });
        assert_eq!(stopped.unwrap_err().code(), "interrupted", "{format}");
    }
}

#[test]
fn options_that_do_nothing_are_refused() {
    for format in [Format::Fluvius, Format::Nem12, Format::GreenButton] {
        let options = Options { quantity: Some(crate::options::Quantity::Export), ..Options::default() };
        let refused = read_as(format, "data.csv", b"", &options).unwrap_err();
        assert_eq!(refused.code(), "option-unfit");
        assert!(refused.to_string().contains("--quantity"), "{refused}");
    }
    let refused = read_as(Format::Wide, "data.csv", b"", &options()).unwrap_err();
    assert!(refused.to_string().contains("--import"), "{refused}");
    let options = Options { step: std::num::NonZeroU32::new(900), ..Options::default() };
    let refused = read_as(Format::Octopus, "data.csv", b"", &options).unwrap_err();
    assert!(refused.code() == "option-unfit" && refused.to_string().contains("30 minutes"), "{refused}");
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let refused = read_path(Format::Wide, folder.path().to_owned(), &Options::default()).unwrap_err();
    assert!(refused.code() == "unreadable" && refused.to_string().contains("folder"), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_never_panics(place in 0..SAMPLES.len(), bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        never_panics(SAMPLES[place].0, &bytes);
    }

    #[test]
    fn damage_never_panics(
        place in 0..SAMPLES.len(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (format, text) = SAMPLES[place];
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        never_panics(format, &bytes);
    }

    #[test]
    fn lines_in_any_order_never_panic(place in 0..SAMPLES.len(), order in proptest::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let (format, text) = SAMPLES[place];
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mixed: String = order.iter().map(|at| lines[at.index(lines.len())]).collect();
        never_panics(format, mixed.as_bytes());
    }
}
