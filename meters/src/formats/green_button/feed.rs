//! The entries of the feed, one after the other, in bounded memory.

use crate::exact::Exact;
use crate::formats::reading::Reading;
use crate::text::{input, Text};
use crate::{Problem, Refused};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

/// How deep elements may lie in each other.
const DEEPEST: usize = 64;
/// The longest text that is read.
const LONGEST_TEXT: usize = 256;
/// The most links of an entry.
const MOST_LINKS: usize = 1000;
/// The most qualities of an interval.
const MOST_QUALITIES: usize = 16;

/// What the values of a meter reading are. None: the feed does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadingType {
    pub(super) unit: Option<i64>,
    pub(super) direction: Option<i64>,
    pub(super) multiplier: Option<i64>,
    pub(super) accumulation: Option<i64>,
    pub(super) length: Option<i64>,
    pub(super) quality: Option<i64>,
}

/// A value and its time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) row: u64,
    pub(super) start: Option<i64>,
    pub(super) duration: Option<i64>,
    pub(super) value: Option<Exact>,
    pub(super) qualities: Vec<i64>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    UsagePoint,
    MeterReading,
    ReadingType(ReadingType),
    Intervals(Vec<Interval>),
    Other,
}

/// An entry of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) row: u64,
    /// Its link to itself.
    pub(super) own: Option<String>,
    /// Its link to what it is part of.
    pub(super) up: Option<String>,
    /// Its links to others.
    pub(super) related: Vec<String>,
    pub(super) content: Content,
}

/// What takes an entry.
pub(super) type Take<'a> = &'a mut dyn FnMut(Entry, &mut Reading) -> Result<(), Refused>;

/// Reads the entries. Intervals are kept only where they are wanted.
pub(super) fn entries(text: Text, reading: &mut Reading, intervals: bool, take: Take) -> Result<(), Refused> {
    let limits = reading.options.limits;
    let (name, disk) = (text.name.clone(), text.disk.clone());
    let lines = Lines {
        inner: text.into_reader(),
        line: Rc::new(Cell::new(1)),
        since: Rc::new(Cell::new(0)),
        most: limits.longest_line,
    };
    let (line, since) = (lines.line.clone(), lines.since.clone());
    let at = |refused: Refused| refused.in_file(name.clone()).at_row(line.get());
    let mut xml = Reader::from_reader(lines);
    xml.config_mut().expand_empty_elements = true;
    let most = limits.memory / std::mem::size_of::<Interval>();
    let mut parser = Parser { stack: Vec::new(), text: String::new(), entry: None, intervals, most };
    let (mut buffer, mut told, mut events) = (Vec::new(), 0, 0u32);
    loop {
        buffer.clear();
        since.set(0);
        let event = xml.read_event_into(&mut buffer).map_err(|error| at(refused(error, &name)))?;
        events = events.wrapping_add(1);
        if intervals && events.is_multiple_of(4096) {
            reading.progress(disk.get() - told)?;
            told = disk.get();
        }
        if let Event::Eof = event {
            break;
        }
        if let Some(entry) = parser.take(event, line.get()).map_err(at)? {
            take(entry, reading).map_err(at)?;
        }
    }
    if !parser.stack.is_empty() {
        return Err(at(broken("the file is cut off within an element")));
    }
    if intervals {
        reading.progress(disk.get() - told)?;
    }
    Ok(())
}

fn broken(what: impl Into<String>) -> Refused {
    Problem::Structure(what.into()).into()
}

/// What an error of the XML reader means.
fn refused(error: quick_xml::Error, file: &str) -> Refused {
    match error {
        quick_xml::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<TooLong>()) {
            Some(TooLong(most)) => Problem::LineTooLong(*most).into(),
            None => input::refused(&error, file),
        },
        error => broken(format!("it is no well-formed XML: {error}")),
    }
}

/// What is read so far.
struct Parser {
    stack: Vec<String>,
    text: String,
    entry: Option<Entry>,
    intervals: bool,
    most: usize,
}

impl Parser {
    /// Takes an event. Some: the entry that it closes.
    fn take(&mut self, event: Event, row: u64) -> Result<Option<Entry>, Refused> {
        match event {
            Event::Start(start) => self.start(&start, row)?,
            Event::End(end) => return self.end(end.local_name().as_ref()),
            Event::Text(text) => self.append(&text.xml10_content())?,
            Event::CData(text) => self.append(&text.xml10_content())?,
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(letter)) => self.append(letter.encode_utf8(&mut [0; 4]))?,
                Ok(None) => match resolve_predefined_entity(&reference) {
                    Some(text) => self.append(text)?,
                    None => return Err(broken("an entity that XML does not define")),
                },
                Err(error) => return Err(broken(format!("it is no well-formed XML: {error}"))),
            },
            Event::DocType(_) => {
                let why = "a feed of meter data needs none, and its entities could fill memory".into();
                return Err(Problem::Unsupported { what: "a document type definition (DTD)".into(), why }.into());
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(None)
    }

    fn append(&mut self, text: &str) -> Result<(), Refused> {
        // Only short texts are read; a title may be longer.
        if self.text.len() + text.len() <= LONGEST_TEXT {
            self.text.push_str(text);
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart, row: u64) -> Result<(), Refused> {
        if self.stack.len() >= DEEPEST {
            return Err(broken(format!("elements lie deeper in each other than {DEEPEST}")));
        }
        self.text.clear();
        let name = start.local_name().as_ref().to_owned();
        if name == "entry" {
            if self.entry.is_some() {
                return Err(broken("an entry within an entry"));
            }
            self.entry = Some(Entry { row, own: None, up: None, related: Vec::new(), content: Content::Other });
        }
        if let Some(entry) = &mut self.entry {
            let is_new = |content: &Content| matches!(content, Content::Other);
            match name.as_str() {
                "link" => link(start, entry)?,
                "UsagePoint" if is_new(&entry.content) => entry.content = Content::UsagePoint,
                "MeterReading" if is_new(&entry.content) => entry.content = Content::MeterReading,
                "ReadingType" if is_new(&entry.content) => entry.content = Content::ReadingType(ReadingType::default()),
                "IntervalBlock" if is_new(&entry.content) => entry.content = Content::Intervals(Vec::new()),
                "IntervalReading" if self.intervals => {
                    let Content::Intervals(intervals) = &mut entry.content else {
                        return Err(broken("an IntervalReading outside of an IntervalBlock"));
                    };
                    if intervals.len() >= self.most {
                        return Err(broken(format!("an entry has more than {} intervals", self.most)));
                    }
                    intervals.push(Interval { row, ..Interval::default() });
                }
                _ => {}
            }
        }
        self.stack.push(name);
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<Option<Entry>, Refused> {
        self.stack.pop();
        if name == "entry" {
            return Ok(self.entry.take());
        }
        let parent = self.stack.last().map_or("", String::as_str);
        let text = std::mem::take(&mut self.text);
        let Some(entry) = &mut self.entry else { return Ok(None) };
        match &mut entry.content {
            Content::ReadingType(kind) if parent == "ReadingType" => {
                let field = match name {
                    "uom" => &mut kind.unit,
                    "flowDirection" => &mut kind.direction,
                    "powerOfTenMultiplier" => &mut kind.multiplier,
                    "accumulationBehaviour" => &mut kind.accumulation,
                    "intervalLength" => &mut kind.length,
                    "defaultQuality" => &mut kind.quality,
                    _ => return Ok(None),
                };
                *field = Some(whole(name, &text)?);
            }
            Content::Intervals(intervals) => {
                let within = self.stack.iter().any(|element| element == "IntervalReading");
                if let Some(interval) = intervals.last_mut().filter(|_| within) {
                    fill(interval, name, parent, &text)?;
                }
            }
            _ => {}
        }
        Ok(None)
    }
}

/// Takes a field of an interval.
fn fill(interval: &mut Interval, name: &str, parent: &str, text: &str) -> Result<(), Refused> {
    match (parent, name) {
        ("timePeriod", "start") => interval.start = Some(whole(name, text)?),
        ("timePeriod", "duration") => interval.duration = Some(whole(name, text)?),
        ("IntervalReading", "value") if text.trim().is_empty() => {}
        ("IntervalReading", "value") => {
            let why = "a value of the feed".to_owned();
            let value = Exact::parse(text, '.');
            interval.value = Some(value.map_err(|_| Problem::BadNumber { text: text.trim().to_owned(), why })?);
        }
        ("ReadingQuality", "quality") if interval.qualities.len() < MOST_QUALITIES => {
            interval.qualities.push(whole(name, text)?);
        }
        _ => {}
    }
    Ok(())
}

/// A whole number.
fn whole(name: &str, text: &str) -> Result<i64, Refused> {
    let text = text.trim();
    // Far beyond any time and length, and far below where arithmetic with them could overflow.
    match text.parse::<i64>() {
        Ok(number) if number.unsigned_abs() < 1 << 40 => Ok(number),
        _ => Err(Problem::BadNumber { text: text.to_owned(), why: format!("{name} is a whole number") }.into()),
    }
}

/// A link without scheme, host and slashes at its ends.
fn plain(href: &str) -> String {
    let href = href.trim();
    let path = match href.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => href,
    };
    path.trim_matches('/').to_owned()
}

/// Takes a link of the entry itself.
fn link(start: &BytesStart, entry: &mut Entry) -> Result<(), Refused> {
    let (mut rel, mut href) = (None, None);
    for attribute in start.attributes() {
        let bad = |error: String| broken(format!("it is no well-formed XML: {error}"));
        let attribute = attribute.map_err(|error| bad(error.to_string()))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| bad(error.to_string()))?;
        match attribute.key.local_name().as_ref() {
            "rel" => rel = Some(value.into_owned()),
            "href" => href = Some(value.into_owned()),
            _ => {}
        }
    }
    let Some(href) = href else { return Ok(()) };
    let href = plain(&href);
    match rel.as_deref() {
        Some("self") => entry.own = Some(href),
        Some("up") => entry.up = Some(href),
        Some("related") => {
            if entry.related.len() >= MOST_LINKS {
                return Err(broken(format!("an entry has more than {MOST_LINKS} links")));
            }
            entry.related.push(href);
        }
        _ => {}
    }
    Ok(())
}

/// A part of the feed is longer than this many bytes.
#[derive(Debug, thiserror::Error)]
#[error("a part of the feed is longer than {0} bytes")]
struct TooLong(usize);

/// Counts lines, and refuses an event that is too long to be kept.
struct Lines {
    inner: Box<dyn BufRead>,
    line: Rc<Cell<u64>>,
    since: Rc<Cell<usize>>,
    most: usize,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Lines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since.get() > self.most {
            return Err(io::Error::other(TooLong(self.most)));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, used: usize) {
        if let Ok(buffer) = self.inner.fill_buf() {
            let lines = buffer[..used.min(buffer.len())].iter().filter(|byte| **byte == b'\n').count();
            self.line.set(self.line.get() + lines as u64);
        }
        self.since.set(self.since.get().saturating_add(used));
        self.inner.consume(used);
    }
}
