//! Green Button.

use super::recorder::{lines, read, refused};
use crate::{Format, Options};

/// A feed of one meter, whose parts can be replaced.
const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<entry><link rel="self" href="RC/1/UsagePoint/17"/><link rel="up" href="RC/1/UsagePoint"/>
<link rel="related" href="RC/1/UsagePoint/17/MeterReading"/><content><UsagePoint xmlns="http://naesb.org/espi"/></content></entry>
<entry><link rel="self" href="RC/1/UsagePoint/17/MeterReading/1"/><link rel="up" href="RC/1/UsagePoint/17/MeterReading"/>
<link rel="related" href="RC/1/UsagePoint/17/MeterReading/1/IntervalBlock"/><link rel="related" href="ReadingType/1"/>
<content><MeterReading xmlns="http://naesb.org/espi"/></content></entry>
<entry><link rel="self" href="ReadingType/1"/><content><ReadingType xmlns="http://naesb.org/espi"><accumulationBehaviour>4</accumulationBehaviour>
<flowDirection>1</flowDirection><intervalLength>900</intervalLength><powerOfTenMultiplier>-3</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>
<entry><link rel="self" href="RC/1/UsagePoint/17/MeterReading/1/IntervalBlock/1"/><link rel="up" href="RC/1/UsagePoint/17/MeterReading/1/IntervalBlock"/>
<content><IntervalBlock xmlns="http://naesb.org/espi"><interval><duration>3600</duration><start>1749535200</start></interval>
<IntervalReading><cost>9</cost><timePeriod><duration>900</duration><start>1749535200</start></timePeriod><value>690500</value></IntervalReading>
<IntervalReading><ReadingQuality><quality>8</quality></ReadingQuality><timePeriod><duration>900</duration><start>1749536100</start></timePeriod><value>1000</value></IntervalReading>
</IntervalBlock></content></entry>
</feed>
"#;

fn expected() -> [&'static str; 2] {
    ["12 17 import 2025-06-10T06:00:00Z 900s 690.5 Wh", "13 17 import 2025-06-10T06:15:00Z 900s 1 Wh estimated"]
}

#[test]
fn a_feed_is_read_by_its_links() {
    assert_eq!(lines(Format::GreenButton, FEED, &Options::default()), expected());
    let options = Options { meter: Some("home".into()), ..Options::default() };
    assert!(lines(Format::GreenButton, FEED, &options)[0].contains(" home "));
}

/// The entries of the feed.
fn entries() -> (String, Vec<String>, String) {
    let (head, rest) = FEED.split_once("<entry>").unwrap();
    let (body, tail) = rest.rsplit_once("</entry>").unwrap();
    let entries = body.split("</entry>\n<entry>").map(|entry| format!("<entry>{entry}</entry>\n")).collect();
    (head.into(), entries, tail.into())
}

#[test]
fn entries_may_stand_in_any_order() {
    let (head, mut entries, tail) = entries();
    assert_eq!(entries.len(), 4);
    entries.reverse();
    let text = format!("{head}{}{tail}", entries.concat());
    let without_row = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    };
    let expected = without_row(expected().map(str::to_owned).to_vec());
    assert_eq!(without_row(lines(Format::GreenButton, &text, &Options::default())), expected);
}

#[test]
fn any_prefix_is_read() {
    let mut text = FEED.replace(" xmlns=\"http://naesb.org/espi\"", "");
    for name in
        ["UsagePoint", "MeterReading", "ReadingType", "IntervalBlock", "IntervalReading", "value", "quality", "uom"]
    {
        text = text.replace(&format!("<{name}>"), &format!("<ns1:{name}>"));
        text = text.replace(&format!("<{name}/>"), &format!("<ns1:{name}/>"));
        text = text.replace(&format!("</{name}>"), &format!("</ns1:{name}>"));
    }
    for name in ["entry", "link", "content", "feed"] {
        text = text
            .replace(&format!("<{name}"), &format!("<a:{name}"))
            .replace(&format!("</{name}"), &format!("</a:{name}"));
    }
    assert!(text.contains("<ns1:value>") && text.contains("<a:link"));
    assert_eq!(lines(Format::GreenButton, &text, &Options::default()), expected());
}

#[test]
fn links_may_be_whole_addresses() {
    let text = FEED
        .replace("href=\"RC", "href=\"https://utility.example/espi/1_1/resource/RC")
        .replace("href=\"ReadingType", "href=\"/ReadingType");
    assert_eq!(lines(Format::GreenButton, &text, &Options::default()), expected());
}

#[test]
fn qualities() {
    for (quality, estimated) in
        [(0, false), (14, false), (17, false), (18, false), (19, false), (8, true), (9, true), (16, true)]
    {
        let own = FEED.replace("<quality>8", &format!("<quality>{quality}"));
        assert_eq!(
            lines(Format::GreenButton, &own, &Options::default())[1].ends_with("estimated"),
            estimated,
            "{quality}"
        );
        // The reading type's quality is that of intervals without one of their own.
        let default = FEED.replace("<uom>", &format!("<defaultQuality>{quality}</defaultQuality><uom>"));
        let read = lines(Format::GreenButton, &default, &Options::default());
        assert_eq!(read[0].ends_with("estimated"), estimated, "{quality}");
        assert!(read[1].ends_with("estimated"));
    }
}

#[test]
fn directions_and_multipliers() {
    let export = FEED.replace("<flowDirection>1<", "<flowDirection>19<").replace(">-3<", ">0<");
    assert!(lines(Format::GreenButton, &export, &Options::default())[0]
        .ends_with("export 2025-06-10T06:00:00Z 900s 690500 Wh"));
    let other = FEED.replace("<flowDirection>1<", "<flowDirection>4<");
    refused(Format::GreenButton, &other, &Options::default(), "bad-field", Some(8), &["flowDirection 4", "19"]);
    let none = FEED.replace("<flowDirection>1</flowDirection>", "");
    refused(Format::GreenButton, &none, &Options::default(), "bad-field", Some(8), &["flowDirection"]);
    let totals = FEED.replace("Behaviour>4<", "Behaviour>3<");
    refused(Format::GreenButton, &totals, &Options::default(), "unsupported", Some(8), &["accumulationBehaviour 3"]);
    // Power is no energy, and is not read.
    let power = FEED.replace("<uom>72", "<uom>38");
    let recorded = read(Format::GreenButton, &power, &Options::default()).unwrap();
    assert!(recorded.lines().is_empty() && recorded.said().contains("dropped"));
    let unsaid = FEED.replace("<uom>72</uom>", "");
    refused(Format::GreenButton, &unsaid, &Options::default(), "unit-needed", Some(8), &["uom"]);
}

#[test]
fn the_length_may_stand_in_the_reading_type() {
    let text = FEED.replace("<timePeriod><duration>900</duration>", "<timePeriod>");
    assert_eq!(lines(Format::GreenButton, &text, &Options::default()), expected());
    let neither = text.replace("<intervalLength>900</intervalLength>", "");
    refused(Format::GreenButton, &neither, &Options::default(), "structure", Some(12), &["duration"]);
    let no_start = FEED.replace("<start>1749536100</start>", "");
    refused(Format::GreenButton, &no_start, &Options::default(), "structure", Some(13), &["start"]);
}

#[test]
fn two_usage_points_are_two_meters() {
    let (head, entries, tail) = entries();
    let second: String = [0, 1, 3].map(|place| entries[place].replace("UsagePoint/17", "UsagePoint/25")).concat();
    let text = format!("{head}{}{second}{tail}", entries.concat());
    let read = lines(Format::GreenButton, &text, &Options::default());
    assert_eq!(read.len(), 4);
    assert!(read[1].contains(" 17 ") && read[2].contains(" 25 "));
    let options = Options { meter: Some("home".into()), ..Options::default() };
    refused(Format::GreenButton, &text, &options, "option-unfit", None, &["--meter", "2 usage points"]);
    // A block that is linked to neither belongs to nobody.
    let astray =
        text.replace("href=\"RC/1/UsagePoint/25/MeterReading/1/IntervalBlock/1\"", "href=\"Elsewhere/1\"").replace(
            "rel=\"up\" href=\"RC/1/UsagePoint/25/MeterReading/1/IntervalBlock\"",
            "rel=\"up\" href=\"Elsewhere\"",
        );
    assert_eq!(read_code(&astray), "structure");
}

fn read_code(text: &str) -> &'static str {
    read(Format::GreenButton, text, &Options::default()).unwrap_err().code()
}

#[test]
fn hostile_feeds_are_refused() {
    let dtd = FEED.replace("<feed ", "<!DOCTYPE feed [<!ENTITY a \"aaaa\">]>\n<feed ");
    refused(Format::GreenButton, &dtd, &Options::default(), "unsupported", Some(2), &["DTD"]);
    let entity = FEED.replace("<value>1000", "<value>&a;");
    refused(Format::GreenButton, &entity, &Options::default(), "structure", Some(13), &["entity"]);
    let number = FEED.replace("<value>1000", "<value>&#49;000");
    assert_eq!(lines(Format::GreenButton, &number, &Options::default()), expected());
    let deep = FEED.replace("<cost>9</cost>", &format!("{}{}", "<x>".repeat(100), "</x>".repeat(100)));
    refused(Format::GreenButton, &deep, &Options::default(), "structure", Some(12), &["64"]);
    let mut options = Options::default();
    options.limits.longest_line = 5000;
    let comment = FEED.replace("<cost>9</cost>", &format!("<!-- {} -->", "x>".repeat(500_000)));
    refused(Format::GreenButton, &comment, &options, "line-too-long", Some(12), &["--longest-line"]);
    assert_eq!(read_code(&FEED.replace("</IntervalBlock>", "")), "structure");
    assert_eq!(read_code(&FEED[..FEED.len() - 20]), "structure");
    assert_eq!(read_code(&FEED.replace(">1749536100<", ">99999999999999999999<")), "bad-number");
    assert_eq!(read_code(&FEED.replace(">1000<", ">many<")), "bad-number");
    assert_eq!(read_code("no feed"), "not-this-format");
    assert_eq!(read_code(""), "not-this-format");
}
