//! Octopus, Low Carbon London, Pecan Street, SMART*, Home Assistant, registers.

use super::recorder::{lines, read, read_as, refused};
use crate::options::{Named, Quantity, Unit};
use crate::source::{Kind, Stamps};
use crate::{Format, Options};

fn home() -> Options {
    Options { meter: Some("home".into()), ..Options::default() }
}

const OCTOPUS: &str = "Consumption (kwh), Start, End, Estimated Cost Inc. Tax (p)\n";

#[test]
fn octopus_download() {
    let text = format!(
        "{OCTOPUS}0.848000, 2024-10-27T01:30:00+01:00, 2024-10-27T01:00:00Z, 4.1\n\
         0E-20, 2024-10-27T01:00:00Z, 2024-10-27T01:30:00Z, \n"
    );
    let expected = ["2 home import 2024-10-27T00:30:00Z 1800s 848 Wh", "3 home import 2024-10-27T01:00:00Z 1800s 0 Wh"];
    assert_eq!(lines(Format::Octopus, &text, &home()), expected);
}

#[test]
fn octopus_api_in_any_order_of_columns() {
    let text = "interval_start,interval_end,consumption\n2025-03-30T00:30:00Z,2025-03-30T02:00:00+01:00,1.347\n";
    let options = Options { quantity: Some(Quantity::Export), ..home() };
    assert_eq!(lines(Format::Octopus, text, &options), ["2 home export 2025-03-30T00:30:00Z 1800s 1347 Wh"]);
}

#[test]
fn octopus_meter_is_called_after_the_file() {
    let text = format!("{OCTOPUS}0.5, 2025-06-01T00:00:00Z, 2025-06-01T00:30:00Z, 1\n");
    let recorded = read_as(Format::Octopus, "my.home.csv", text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(recorded.series[0].meter, "my");
    assert!(recorded.said().contains("--meter"));
}

#[test]
fn octopus_refusals() {
    let long = format!("{OCTOPUS}0.5, 2025-06-01T00:00:00Z, 2025-06-01T01:00:00Z, 1\n");
    refused(Format::Octopus, &long, &home(), "wrong-step", Some(2), &["60", "30"]);
    let gas = "Consumption (m3), Start, End\n1, 2025-06-01T00:00:00Z, 2025-06-01T00:30:00Z\n";
    refused(Format::Octopus, gas, &home(), "not-this-format", Some(1), &["Consumption (kwh)", "octopus"]);
    let no_end = "consumption,interval_start\n1,2025-06-01T00:00:00Z\n";
    refused(Format::Octopus, no_end, &home(), "not-this-format", Some(1), &["\"End\"", "octopus"]);
    let words = format!("{OCTOPUS}much, 2025-06-01T00:00:00Z, 2025-06-01T00:30:00Z, 1\n");
    refused(Format::Octopus, &words, &home(), "bad-number", Some(2), &["much"]);
    let cut = format!("{OCTOPUS}0.5, 2025-06-01T00:00:00Z\n");
    refused(Format::Octopus, &cut, &home(), "field-count", Some(2), &["2 fields"]);
    let options = Options { unit: Some(Unit::Wh), ..home() };
    refused(Format::Octopus, &long, &options, "unit-conflict", None, &["--unit", "kWh"]);
    let twice = "consumption,interval_start,interval_end,consumption\n";
    refused(Format::Octopus, twice, &home(), "column-twice", Some(1), &["1", "4"]);
}

const LONDON: &str = "LCLid,stdorToU,DateTime,KWH/hh (per half hour) ,Acorn\n";

#[test]
fn low_carbon_london() {
    let text = format!(
        "{LONDON}MAC1,Std,2013-03-31 01:00:00.0000000, 0.341 ,A\n\
         MAC1,Std,2013-03-31 01:30:00.0000000,Null,A\n\
         MAC1,Std,2013-03-31 03:13:41.0000000,Null,A\n\
         MAC1,Std,2013-03-31 03:30:00.5000000,Null,A\n\
         MAC2,ToU,2013-03-31 01:00:00.0000000, 0.1 ,A\n"
    );
    let recorded = read(Format::LowCarbonLondon, &text, &Options::default()).unwrap();
    let expected = [
        "2 MAC1 import 2013-03-31T01:00:00 1800s 341 Wh",
        "3 MAC1 import 2013-03-31T01:30:00 1800s none Wh",
        "6 MAC2 import 2013-03-31T01:00:00 1800s 100 Wh",
    ];
    assert_eq!(recorded.lines(), expected);
    assert!(recorded.said().contains("a row without value beside the half hours (2 times)"));
    assert!(recorded.said().contains("assumed"));
    let value_with_fraction = format!("{LONDON}MAC1,Std,2013-03-31 03:30:00.5000000, 0.1 ,A\n");
    refused(Format::LowCarbonLondon, &value_with_fraction, &Options::default(), "bad-time", Some(2), &[]);
    let nameless = format!("{LONDON},Std,2013-03-31 03:30:00, 0.1 ,A\n");
    refused(Format::LowCarbonLondon, &nameless, &Options::default(), "bad-field", Some(2), &["meter"]);
}

#[test]
fn stamps_of_london_can_be_said_to_be_ends() {
    let options = Options { stamps: Some(Stamps::End), ..Options::default() };
    let text = format!("{LONDON}MAC1,Std,2013-03-31 01:00:00.0000000, 0.341 ,A\n");
    assert_eq!(read(Format::LowCarbonLondon, &text, &options).unwrap().series[0].stamps, Stamps::End);
}

#[test]
fn pecan_street_quarter_hours_and_minutes() {
    let text = "dataid,local_15min,air1,grid,solar,solar2\n\
                17,2018-03-11 01:45:00-06,broken,-0.503,-0.004,\n\
                25,2018-03-11 03:00:00-05,1,0.667,,\n";
    let expected = [
        "2 17 grid 2018-03-11T07:45:00Z 900s -503 W",
        "2 17 generation 2018-03-11T07:45:00Z 900s -4 W",
        "2 17 generation 2018-03-11T07:45:00Z 900s none W",
        "3 25 grid 2018-03-11T08:00:00Z 900s 667 W",
        "3 25 generation 2018-03-11T08:00:00Z 900s none W",
        "3 25 generation 2018-03-11T08:00:00Z 900s none W",
    ];
    assert_eq!(lines(Format::PecanStreet, text, &Options::default()), expected);
    let minutes = "localminute,dataid,grid\n2018-03-11 01:45:00-06,17,1.5\n";
    let expected = ["2 17 grid 2018-03-11T07:45:00Z 60s 1500 W"];
    assert_eq!(lines(Format::PecanStreet, minutes, &Options::default()), expected);
    let no_grid = "dataid,local_15min,solar\n";
    refused(
        Format::PecanStreet,
        no_grid,
        &Options::default(),
        "not-this-format",
        Some(1),
        &["\"grid\"", "pecan-street"],
    );
}

#[test]
fn smart_star_home() {
    let text = "Date & Time,use [kW],gen [kW],Grid [kW],AC [kW]\n2016-06-11 10:00:00,1.536358,0.718083,-0.1,broken\n";
    let expected = [
        "2 home consumption 2016-06-11T10:00:00 60s 1536.358 W",
        "2 home generation 2016-06-11T10:00:00 60s 718.083 W",
        "2 home grid 2016-06-11T10:00:00 60s -100 W",
    ];
    assert_eq!(lines(Format::SmartStar, text, &home()), expected);
    let without_use = "Date & Time,gen [kW],Grid [kW]\n2016-06-11 10:00:00,1,1\n";
    refused(Format::SmartStar, without_use, &home(), "not-this-format", Some(1), &["use [kW]", "smart-star"]);
}

#[test]
fn smart_star_apartment_has_no_header() {
    let text = "2014-10-15 00:00:00,1.25\n2014-10-15 00:01:00,0.5\n";
    let expected =
        ["1 home consumption 2014-10-15T00:00:00 60s 1250 W", "2 home consumption 2014-10-15T00:01:00 60s 500 W"];
    assert_eq!(lines(Format::SmartStar, text, &home()), expected);
    let recorded = read_as(Format::SmartStar, "Apt1_2014.csv", text.as_bytes(), &Options::default()).unwrap();
    assert_eq!(recorded.series[0].meter, "Apt1_2014");
}

#[test]
fn american_dates_are_settled_by_one_of_them() {
    let text = "Date & Time,use [kW]\n1/2/2016 0:00,1\n1/13/2016 0:00,1\n";
    let expected =
        ["2 home consumption 2016-01-02T00:00:00 60s 1000 W", "3 home consumption 2016-01-13T00:00:00 60s 1000 W"];
    assert_eq!(lines(Format::SmartStar, text, &home()), expected);
    let unsure = "Date & Time,use [kW]\n1/2/2016 0:00,1\n1/3/2016 0:00,1\n";
    refused(Format::SmartStar, unsure, &home(), "uncertain", Some(2), &["--date-format"]);
}

fn asked() -> Options {
    let named = Named { import: vec!["sensor.in".into()], generation: vec!["sensor.roof".into()], ..Named::default() };
    Options { named, ..home() }
}

#[test]
fn home_assistant_tsv() {
    let text = "\u{feff}statistic_id\tunit\tstart\tsum\tstate\r\n\
                sensor.in\tkWh\t26.10.2025 02:00\t-21.5\t700\r\n\
                sensor.in\tkWh\t26.10.2025 02:00\t-21.25\t0\r\n\
                sensor.heat\tbroken\t99.99.2025\tx\ty\tz\r\n\
                sensor.roof\tWh\t26.10.2025 02:00\t5120300\t1\r\n\
                sensor.roof\tMWh\t26.10.2025 03:00\t5.1204\t1\r\n";
    let recorded = read(Format::HomeAssistant, text, &asked()).unwrap();
    let expected = [
        "2 home import 2025-10-26T02:00:00 3600s -21500 total",
        "3 home import 2025-10-26T02:00:00 3600s -21250 total",
        "5 home generation 2025-10-26T02:00:00 3600s 5120300 total",
        "6 home generation 2025-10-26T03:00:00 3600s 5120400 total",
    ];
    assert_eq!(recorded.lines(), expected);
    assert_eq!(recorded.series[0].stamps, Stamps::Start);
    assert_eq!(recorded.series[0].kind, Kind::Register { may_be_negative: true, unit: Unit::KWh });
}

#[test]
fn home_assistant_old_files_have_decimal_commas_and_the_newest_row_first() {
    let text =
        "statistic_id;unit;start;sum\nsensor.in;kWh;02.10.2025 01:00;812,417\nsensor.in;kWh;02.10.2025 00:00;811,5\n\
                sensor.roof;kWh;02.10.2025 00:00;1,250\n";
    let expected = [
        "2 home import 2025-10-02T01:00:00 3600s 812417 total",
        "3 home import 2025-10-02T00:00:00 3600s 811500 total",
        "4 home generation 2025-10-02T00:00:00 3600s 1250 total",
    ];
    assert_eq!(lines(Format::HomeAssistant, text, &asked()), expected);
}

#[test]
fn home_assistant_refusals() {
    let head = "statistic_id\tunit\tstart\tsum\n";
    let lost = format!("{head}sensor.in\tkWh\t26.10.2025 02:00\t1\nsensor.other\tkWh\t26.10.2025 02:00\t1\n");
    refused(
        Format::HomeAssistant,
        &lost,
        &asked(),
        "option-unfit",
        None,
        &["--generation", "sensor.roof", "sensor.other"],
    );
    refused(Format::HomeAssistant, &lost, &home(), "option-needed", None, &["--import"]);
    let power = format!("{head}sensor.in\tW\t26.10.2025 02:00\t1\n");
    refused(Format::HomeAssistant, &power, &asked(), "bad-field", Some(2), &["\"W\"", "kWh"]);
    let no_sum = "statistic_id\tunit\tstart\tmean\n";
    refused(Format::HomeAssistant, no_sum, &asked(), "not-this-format", Some(1), &["\"sum\"", "home-assistant"]);
}

fn registers() -> Options {
    let named = Named { import: vec!["1.8.0 [kWh]".into()], export: vec!["2.8.0".into()], ..Named::default() };
    Options { named, ..Options::default() }
}

#[test]
fn registers_of_devices() {
    let text = "timestamp;meter;serial;1.8.0 [kWh];2.8.0 [kWh];15.8.0\n\
                2025-06-10T10:52:00+02:00;H-17;OLD;41220,424;0,627;broken\n\
                2025-06-10T10:52:00+02:00;H-17;NEW;0,005;;broken\n";
    let expected = [
        "2 H-17 import 2025-06-10T08:52:00Z step 41220424 total #1",
        "2 H-17 export 2025-06-10T08:52:00Z step 627 total #1",
        "3 H-17 import 2025-06-10T08:52:00Z step 5 total #2",
        "3 H-17 export 2025-06-10T08:52:00Z step none total #2",
    ];
    assert_eq!(lines(Format::Registers, text, &registers()), expected);
}

#[test]
fn registers_with_date_and_time_and_without_meter() {
    let text = "date;time;serial;1.8.0 [kWh];2.8.0 [kWh]\n10.06.2025;10:15;S1;1,5;2\n";
    let options = Options { meter: Some("home".into()), ..registers() };
    let expected = [
        "2 home import 2025-06-10T10:15:00 step 1500 total #1",
        "2 home export 2025-06-10T10:15:00 step 2000 total #1",
    ];
    assert_eq!(lines(Format::Registers, text, &options), expected);
}

#[test]
fn registers_refusals() {
    let head = "timestamp;meter;serial;1.8.0 [kWh];2.8.0\n2025-06-10T10:52:00Z;H-17;S;1;2\n";
    refused(Format::Registers, head, &registers(), "unit-needed", Some(1), &["--unit", "2.8.0"]);
    let options = Options { unit: Some(Unit::Wh), ..registers() };
    refused(Format::Registers, head, &options, "unit-conflict", Some(1), &["1.8.0 [kWh]", "Wh"]);
    let other = "timestamp;meter;serial;1.8.0 [kWh]\n2025-06-10T10:52:00Z;H-17;S;1\n";
    refused(Format::Registers, other, &registers(), "no-column", Some(1), &["2.8.0", "1.8.0 [kWh]"]);
    refused(Format::Registers, other, &Options::default(), "option-needed", Some(1), &["--import", "1.8.0"]);
    let power = "timestamp;meter;serial;1.8.0 [kWh];2.8.0 [kW]\n";
    refused(Format::Registers, power, &registers(), "option-unfit", Some(1), &["--export", "kW"]);
    let no_serial = "timestamp;meter;1.8.0 [kWh];2.8.0 [kWh]\n";
    refused(Format::Registers, no_serial, &registers(), "not-this-format", Some(1), &["\"serial\"", "registers"]);
}
