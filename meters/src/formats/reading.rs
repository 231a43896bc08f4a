//! What every reader works with: the options, where samples go, how far it is.

use crate::options::{Format, Unit};
use crate::source::{Column, SeriesId, Sink, Stamps};
use crate::text::{Evidence, Input, Record, Records, Text, Unpacked};
use crate::{Options, Problem, Refused, Said};
use std::collections::HashMap;

/// Told how many bytes of files on the disk were read since it was told last.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64) -> Result<(), Refused>;

/// An import that is under way.
pub(crate) struct Reading<'a> {
    pub(crate) format: Format,
    pub(crate) options: &'a Options,
    pub(crate) sink: &'a mut dyn Sink,
    progress: Progress<'a>,
    unpacked: Unpacked,
}

/// Records between two calls of `progress`.
const BETWEEN: u64 = 1024;

impl<'a> Reading<'a> {
    pub(crate) fn new(format: Format, options: &'a Options, sink: &'a mut dyn Sink, progress: Progress<'a>) -> Self {
        let unpacked = Unpacked::new(options.limits.most_unpacked.into());
        Self { format, options, sink, progress, unpacked }
    }

    /// Opens a file. What it unpacks to counts.
    pub(crate) fn open(&mut self, input: &Input) -> Result<Text, Refused> {
        self.sink.file(&input.name);
        let text = input.open(self.options, &self.unpacked)?;
        let mark = if text.marked { " with byte order mark" } else { "" };
        self.say(input, Said::detected(format!("encoding {}{mark}", text.encoding.name())));
        Ok(text)
    }

    /// Opens a file that will be opened once more.
    pub(crate) fn open_quietly(&mut self, input: &Input) -> Result<Text, Refused> {
        self.sink.file(&input.name);
        input.open(self.options, &Unpacked::new(self.unpacked.get().into()))
    }

    /// Says something of a file.
    pub(crate) fn say(&mut self, input: &Input, said: Said) {
        self.sink.say(said.in_file(input.name.clone()));
    }

    /// The meter's name: what the file calls it, else `--meter`, else the file's name up to its
    /// first dot.
    pub(crate) fn meter(&mut self, input: &Input) -> Result<String, Refused> {
        if let Some(meter) = &self.options.meter {
            return Ok(meter.clone());
        }
        let Some(stem) = input.stem() else {
            let why = "neither the file nor its name says which meter it is of".into();
            return Err(input.refuse(Problem::OptionNeeded { option: "--meter", why }));
        };
        let said = format!("the meter is called {stem:?} after the file; --meter gives another name");
        self.say(input, Said::assumed(said));
        Ok(stem)
    }

    /// What stamps name where no file can tell it: the start, unless `--stamps` says otherwise.
    pub(crate) fn assumed_stamps(&mut self, input: &Input) -> Stamps {
        self.options.stamps.unwrap_or_else(|| {
            self.say(input, Said::assumed("a time is the start of its interval; --stamps end says otherwise"));
            Stamps::Start
        })
    }

    /// Refuses `--unit` where it differs from the unit of the format.
    pub(crate) fn check_unit(&self, input: &Input, header: &str, unit: Unit) -> Result<(), Refused> {
        match self.options.unit {
            Some(option) if option != unit => Err(input.refuse(Problem::UnitConflict {
                text: header.into(),
                header: unit.name(),
                option: option.name(),
            })),
            _ => Ok(()),
        }
    }

    /// Looks at the values of a file before any is read for good: at its beginning, and at all of
    /// it if that is not enough.
    pub(crate) fn survey(
        &mut self,
        input: &Input,
        text: &Text,
        separator: u8,
        after: u64,
        evidence: &mut Evidence,
        look: &mut dyn FnMut(&Record, &mut Evidence),
    ) -> Result<(), Refused> {
        let limits = &self.options.limits;
        let mut pass = |mut records: Records, quiet: bool| {
            let mut record = Record::default();
            loop {
                match records.next(&mut record) {
                    Ok(true) if record.row <= after => continue,
                    Ok(true) => look(&record, evidence),
                    Ok(false) => return Ok(false),
                    // The sample may end within a record.
                    Err(_) if quiet => return Ok(false),
                    Err(refused) => return Err(refused),
                }
                if evidence.is_settled() {
                    return Ok(true);
                }
            }
        };
        if pass(Records::new(text.of_sample(), separator, limits), true)? || text.whole {
            return Ok(());
        }
        let budget = Unpacked::new(self.unpacked.get().into());
        pass(Records::new(input.open(self.options, &budget)?, separator, limits), false)?;
        Ok(())
    }

    /// Reads all records after the row `after`. A refusal without file or row gets the record's.
    pub(crate) fn each(
        &mut self,
        mut records: Records,
        after: u64,
        take: &mut dyn FnMut(&Record, &mut dyn Sink) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let (mut record, mut told, mut until) = (Record::default(), 0, BETWEEN);
        loop {
            let more = records.next(&mut record)?;
            if more && record.row > after {
                let taken = take(&record, self.sink);
                taken.map_err(|refused| refused.in_file(records.name()).at_row(record.row))?;
            }
            until -= 1;
            if until == 0 || !more {
                (self.progress)(records.disk() - told)?;
                (told, until) = (records.disk(), BETWEEN);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Tells of progress where a reader has no records.
    pub(crate) fn progress(&mut self, bytes: u64) -> Result<(), Refused> {
        (self.progress)(bytes)
    }
}

/// The option that names columns or identifiers for a column.
pub(crate) const fn option(column: Column) -> &'static str {
    match column {
        Column::Import => "--import",
        Column::Export => "--export",
        Column::Generation => "--generation",
        Column::Consumption => "--consumption",
    }
}

/// What belongs to each key of a long file. Nothing depends on the order of the keys.
pub(crate) struct Known<T> {
    all: HashMap<Vec<u8>, T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { all: HashMap::new() }
    }
}

impl<T: Copy> Known<T> {
    /// What belongs to a key. It is made when the key is met first.
    pub(crate) fn get(&mut self, key: &[u8], make: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
        if let Some(known) = self.all.get(key) {
            return Ok(*known);
        }
        let made = make()?;
        self.all.insert(key.to_vec(), made);
        Ok(made)
    }
}

/// The series of a file, by their keys.
pub(crate) type KnownSeries = Known<SeriesId>;
