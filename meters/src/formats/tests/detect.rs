//! The format of a file is detected where it is certain.

use crate::formats::{describe, detect};
use crate::{Format, Options};
use std::path::PathBuf;

fn detected(files: &[(&str, &str)]) -> Result<Format, crate::Refused> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    detect(&paths, &Options::default())
}

#[test]
fn each_format_is_known_by_its_columns() {
    for (text, format) in [
        ("Consumption (kwh), Start, End\n", Format::Octopus),
        ("consumption,interval_start,interval_end\n", Format::Octopus),
        ("LCLid,stdorToU,DateTime,KWH/hh (per half hour) \n", Format::LowCarbonLondon),
        ("From (date);From (time);EAN code;Register;Volume;Unit;Validation status\n", Format::Fluvius),
        ("Identifiant PRM;Type de donnees;Grandeur physique;Grandeur metier;Unite\n", Format::Enedis),
        ("title\nCustomer,Postcode,Consumption Category,date,0:30\n", Format::Ausgrid),
        ("100,NEM12,1,A,B\n900\n", Format::Nem12),
        ("dataid,local_15min,grid\n", Format::PecanStreet),
        ("Date & Time,use [kW],gen [kW]\n", Format::SmartStar),
        ("\u{feff}statistic_id\tunit\tstart\tsum\n", Format::HomeAssistant),
        ("<?xml version=\"1.0\"?>\n<feed><UsagePoint xmlns=\"http://naesb.org/espi\"/></feed>", Format::GreenButton),
        ("timestamp;meter;serial;1.8.0 [kWh]\n", Format::Registers),
    ] {
        assert_eq!(detected(&[("data.csv", text)]).unwrap(), format, "{text}");
    }
}

#[test]
fn what_is_not_certain_names_the_option() {
    for files in [
        &[("data.csv", "time;Haus 1\n26.10.2025 02:00;0,5\n")][..],
        &[("data.csv", "")],
        &[("data.xml", "<feed/>")],
        &[("a.csv", "dataid,local_15min,grid\n"), ("b.csv", "Date & Time,use [kW]\n")],
    ] {
        let refused = detected(files).unwrap_err();
        assert_eq!(refused.code(), "uncertain", "{refused}");
        assert!(refused.to_string().contains("--format"), "{refused}");
    }
    let folder = tempfile::tempdir().unwrap();
    let refused = detect(&[folder.path().to_owned()], &Options::default()).unwrap_err();
    assert_eq!(refused.code(), "uncertain");
    assert_eq!(detect(&[PathBuf::from("-")], &Options::default()).unwrap_err().code(), "option-needed");
}

#[test]
fn each_format_is_described() {
    for format in Format::ALL {
        let description = describe(format);
        assert!(description.example.contains(&format!("--format {format} ")), "{format}");
        for text in [description.what, description.reads, description.unit, description.columns, description.quirks] {
            assert!(!text.is_empty() && !text.contains("  "), "{format}: {text}");
        }
    }
}
