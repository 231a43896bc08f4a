//! Fluvius, Enedis, SimBench.

use super::recorder::{lines, read, read_path, refused};
use crate::options::Unit;
use crate::source::Stamps;
use crate::{Format, Options, Refused};

const DUTCH: &str = "Van (datum);Van (tijdstip);Tot (datum);Tot (tijdstip);EAN-code;Meter;Metertype;Register;Volume;\
                     Eenheid;Validatiestatus;Omschrijving\n";

fn fluvius(rows: &[&str]) -> String {
    rows.iter().fold(DUTCH.to_owned(), |text, row| format!("{text}{row}\n"))
}

#[test]
fn fluvius_in_dutch() {
    let text = fluvius(&[
        "11-06-2025;06:45:00;11-06-2025;07:00:00;=\"5414\";1T;Digitale meter;Afname Nacht;0,168;kWh;Gevalideerd;",
        "11-06-2025;06:45:00;11-06-2025;07:00:00;=\"5414\";1T;Digitale meter;Injectie Nacht;;kWh;Geen verbruik;",
        "11-06-2025;07:00:00;11-06-2025;07:15:00;=\"5414\";1T;Digitale meter;Afname Dag;0,5;kWh;Geschat;",
        "11-06-2025;07:00:00;11-06-2025;07:15:00;=\"5414\";1T;Digitale meter;Reactief;x;kVArh;Geschat;",
    ]);
    let recorded = read(Format::Fluvius, &text, &Options::default()).unwrap();
    let expected = [
        "2 5414 import 2025-06-11T06:45:00 900s 168 Wh",
        "3 5414 export 2025-06-11T06:45:00 900s none Wh",
        "4 5414 import 2025-06-11T07:00:00 900s 500 Wh estimated",
    ];
    assert_eq!(recorded.lines(), expected);
    assert!(recorded.series.iter().all(|series| series.habits.takes_turns));
    assert!(recorded.said().contains("dropped"));
    let registers: Vec<&str> = recorded.series.iter().map(|series| series.register.as_str()).collect();
    assert_eq!(registers, ["Afname Nacht", "Injectie Nacht", "Afname Dag"]);
}

#[test]
fn fluvius_in_english_with_slashes() {
    let text = "From (date);From (time);Until (date);Until (time);EAN code;Meter;Meter type;Register;Volume;Unit;\
                Validation status;Description\n\
                02/03/2025;23:45:00;03/03/2025;00:00:00;=\"5414\";1S;Digital meter;Offtake Day;0,173;kWh;Read;\n\
                02/03/2025;23:45:00;03/03/2025;00:00:00;=\"5414\";1S;Digital meter;Injection Day;0,001;kWh;Validated;\n\
                03/03/2025;00:00:00;03/03/2025;00:15:00;=\"5414\";1S;Digital meter;Offtake Day;0,5;kWh;No consumption;\n";
    let expected = [
        "2 5414 import 2025-03-02T23:45:00 900s 173 Wh",
        "3 5414 export 2025-03-02T23:45:00 900s 1 Wh",
        "4 5414 import 2025-03-03T00:00:00 900s none Wh",
    ];
    assert_eq!(lines(Format::Fluvius, text, &Options::default()), expected);
}

#[test]
fn fluvius_older_headers_without_brackets() {
    let text =
        "Van datum;Van tijdstip;Tot datum;Tot tijdstip;EAN;Meter;Metertype;Register;Volume;Eenheid;Validatiestatus\n\
                12-10-2021;07:30:00;12-10-2021;07:45:00;=\"5414\";1S;Digitale Meter;Afname Dag;0,067;kWh;Uitgelezen\n";
    let expected = ["2 5414 import 2021-10-12T07:30:00 900s 67 Wh"];
    assert_eq!(lines(Format::Fluvius, text, &Options::default()), expected);
}

#[test]
fn fluvius_ends_where_clocks_change() {
    let text = fluvius(&[
        "26-10-2025;02:45:00;26-10-2025;02:00:00;=\"5414\";1T;D;Afname Nacht;0,1;kWh;Uitgelezen;",
        "26-10-2025;02:45:00;26-10-2025;03:00:00;=\"5414\";1T;D;Afname Nacht;0,2;kWh;Uitgelezen;",
        "30-03-2025;01:45:00;30-03-2025;03:00:00;=\"5414\";1T;D;Afname Nacht;0,3;kWh;Uitgelezen;",
    ]);
    assert_eq!(lines(Format::Fluvius, &text, &Options::default()).len(), 3);
}

#[test]
fn fluvius_refusals() {
    let day = fluvius(&["01-06-2025;00:00:00;02-06-2025;00:00:00;=\"5414\";1T;D;Afname Dag;9,1;kWh;Uitgelezen;"]);
    refused(Format::Fluvius, &day, &Options::default(), "wrong-step", Some(2), &["1440", "15"]);
    // A Monday, on which no clock changes.
    let hour = fluvius(&["02-06-2025;01:45:00;02-06-2025;03:00:00;=\"5414\";1T;D;Afname Dag;9,1;kWh;Uitgelezen;"]);
    refused(Format::Fluvius, &hour, &Options::default(), "wrong-step", Some(2), &["75"]);
    let gas = fluvius(&["02-06-2025;01:45:00;02-06-2025;02:00:00;=\"5414\";1T;D;Afname Dag;9,1;m3;Uitgelezen;"]);
    refused(Format::Fluvius, &gas, &Options::default(), "bad-field", Some(2), &["m3", "kWh"]);
    let no_status = DUTCH.replace("Validatiestatus;", "");
    refused(
        Format::Fluvius,
        &no_status,
        &Options::default(),
        "not-this-format",
        Some(1),
        &["Validatiestatus", "fluvius"],
    );
}

fn enedis(kind: &str, direction: &str, unit: &str, step: Option<&str>, rows: &str) -> String {
    let (name, value) =
        step.map_or((String::new(), String::new()), |step| (";Pas en minutes".into(), format!(";{step}")));
    format!(
        "\u{feff}Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;\
         Unite{name}\r\n00025;{kind};20/06/2025;21/06/2025;Energie active;{direction};Comptage Brut;{unit}{value}\r\n\
         Horodate;Valeur\r\n{rows}"
    )
}

#[test]
fn enedis_load_curve() {
    let rows = "2025-06-20T12:30:00+02:00;998\r\n2025-06-20T13:00:00+02:00;\r\n";
    let text = enedis("Courbe de charge", "Consommation", "W", None, rows);
    let recorded = read(Format::Enedis, &text, &Options::default()).unwrap();
    let expected =
        ["4 00025 import 2025-06-20T10:30:00Z changing 998 W", "5 00025 import 2025-06-20T11:00:00Z changing none W"];
    assert_eq!(recorded.lines(), expected);
    assert_eq!(recorded.series[0].stamps, Stamps::End);
}

#[test]
fn enedis_production_with_a_step_and_stamps_at_the_start() {
    for step in [10, 15, 30, 60] {
        let rows = "2025-06-20T12:30:00+02:00;998\r\n";
        let text = enedis("Courbe de charge", "Production", "W", Some(&step.to_string()), rows);
        let options = Options { stamps: Some(Stamps::Start), ..Options::default() };
        let recorded = read(Format::Enedis, &text, &options).unwrap();
        assert_eq!(
            recorded.lines(),
            [format!("4 00025 export 2025-06-20T10:30:00Z changing from {}s 998 W", step * 60)]
        );
        assert_eq!(recorded.series[0].stamps, Stamps::Start);
    }
}

#[test]
fn enedis_headers_with_accents_in_latin_1() {
    let text = enedis("Courbe de charge", "Consommation", "kW", None, "2025-06-20T12:30:00+02:00;1,5\r\n")
        .replace("donnees", "données")
        .replace("Unite", "Unité")
        .replace('\u{feff}', "");
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    let recorded = super::recorder::read_as(Format::Enedis, "data.csv", &latin, &Options::default()).unwrap();
    assert_eq!(recorded.lines(), ["4 00025 import 2025-06-20T10:30:00Z changing 1500 W"]);
    assert!(recorded.said().contains("Latin-1"));
}

#[test]
fn enedis_refusals() {
    let rows = "2025-06-20T12:30:00+02:00;998\r\n";
    let none = Options::default();
    for kind in ["Index", "Puissance maximale"] {
        refused(Format::Enedis, &enedis(kind, "Consommation", "W", None, rows), &none, "unsupported", Some(2), &[kind]);
    }
    let other = enedis("Courbe de charge", "Autre", "W", None, rows);
    refused(Format::Enedis, &other, &none, "bad-field", Some(2), &["Autre", "Consommation"]);
    let step = enedis("Courbe de charge", "Production", "W", Some("7"), rows);
    refused(Format::Enedis, &step, &none, "bad-field", Some(2), &["10, 15, 30 or 60"]);
    let unit = enedis("Courbe de charge", "Production", "VA", None, rows);
    refused(Format::Enedis, &unit, &none, "bad-field", Some(2), &["VA"]);
    let option = Options { unit: Some(Unit::KWh), ..Options::default() };
    let text = enedis("Courbe de charge", "Production", "W", None, rows);
    refused(Format::Enedis, &text, &option, "unit-conflict", Some(2), &["--unit"]);
    let reactive = text.replace("Energie active", "Energie réactive");
    refused(Format::Enedis, &reactive, &none, "unsupported", Some(2), &["réactive"]);
    let cut: String = text.lines().take(2).map(|line| format!("{line}\n")).collect();
    refused(Format::Enedis, &cut, &none, "empty", None, &["Horodate"]);
    refused(Format::Enedis, "Horodate;Valeur\n", &none, "not-this-format", Some(1), &["Identifiant PRM", "enedis"]);
    let index = text.replace("Horodate;Valeur", "Horodate;EAS F1");
    refused(Format::Enedis, &index, &none, "not-this-format", Some(3), &["Valeur"]);
}

fn simbench(files: [&str; 4]) -> Result<Vec<String>, Refused> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in ["Load.csv", "LoadProfile.csv", "RES.csv", "RESProfile.csv"].iter().zip(files) {
        if !text.is_empty() {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
    }
    read_path(Format::SimBench, folder.path().to_owned(), &Options::default()).map(|recorded| recorded.lines())
}

const LOAD: &str = "id;node;profile;pLoad;qLoad\nLoad 1;Bus 4;H0-A;0.003;x\nLoad 2;Bus 8;H0-A;0.0047;x\n";
const LOAD_PROFILE: &str = "time;H0-A_qload;H0-A_pload\n30.10.2016 02:00;x;0.520809\n30.10.2016 02:00;x;0.25\n";
const RES: &str =
    "id;node;type;profile;pRES;qRES\nR1;Bus 8;PV;PV5;0.0083;0\nR2;Bus 8;PV;PV1;0.03;0\nR3;Bus 11;PV;PV1;0.01;0\n";
const RES_PROFILE: &str = "time;PV1;PV5;WP4\n30.10.2016 02:00;0.031;0.0977;x\n";

#[test]
fn simbench_folder() {
    let expected = [
        "2 Load 1 consumption 2016-10-30T02:00:00 900s 1562.427 W",
        "2 Load 2 consumption 2016-10-30T02:00:00 900s 2447.8023 W",
        "3 Load 1 consumption 2016-10-30T02:00:00 900s 750 W",
        "3 Load 2 consumption 2016-10-30T02:00:00 900s 1175 W",
        "2 Load 2 generation 2016-10-30T02:00:00 900s 930 W",
        "2 R3 generation 2016-10-30T02:00:00 900s 310 W",
        "2 Load 2 generation 2016-10-30T02:00:00 900s 810.91 W",
    ];
    assert_eq!(simbench([LOAD, LOAD_PROFILE, RES, RES_PROFILE]).unwrap(), expected);
    let without_roofs = simbench([LOAD, LOAD_PROFILE, "id;node;type;profile;pRES\n", RES_PROFILE]).unwrap();
    assert_eq!(without_roofs.len(), 4);
}

#[test]
fn simbench_refusals() {
    let code = |files: [&str; 4]| simbench(files).map(|_| ()).unwrap_err();
    let refused = code([LOAD, "", RES, RES_PROFILE]);
    assert!(refused.code() == "unreadable" && refused.to_string().contains("LoadProfile.csv"), "{refused}");
    let refused = code([LOAD, "time;H0-B_pload\n", RES, RES_PROFILE]);
    assert!(refused.code() == "no-column" && refused.to_string().contains("H0-A_pload"), "{refused}");
    let refused = code([&LOAD.replace("Load 2", "Load 1"), LOAD_PROFILE, RES, RES_PROFILE]);
    assert!(refused.code() == "structure" && refused.to_string().contains("rows 2 and 3"), "{refused}");
    let refused = code([&LOAD.replace("pLoad", "p"), LOAD_PROFILE, RES, RES_PROFILE]);
    assert!(refused.code() == "not-this-format" && refused.to_string().contains("pLoad"), "{refused}");
    let refused = code([LOAD, &LOAD_PROFILE.replace("0.25", "?"), RES, RES_PROFILE]);
    assert!(refused.code() == "bad-number" && refused.row == Some(3), "{refused}");
    let refused = super::recorder::read(Format::SimBench, LOAD, &Options::default()).unwrap_err();
    assert_eq!(refused.code(), "not-this-format");
}
