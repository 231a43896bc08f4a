//! Keeps the samples of all series in bounded memory, each series in the order of the file.
//!
//! Samples are packed ([`packed`]), mostly into two or three bytes. Once all series together take
//! more than a bound, their bytes go to one temporary file, and each series keeps the list of its
//! pieces there. A small import never touches the disk.

mod packed;
mod spill;

pub(crate) use packed::Packed;

use crate::said::Notes;
use crate::source::{Sample, Series, SeriesId, Sink, Target};
use crate::{Problem, Refused, Said};
use packed::{Packer, Unpacker};
use spill::{Piece, Spill};
use std::collections::{BTreeMap, HashMap};

/// How the samples of one file follow each other in time, over all series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Direction {
    /// Samples later than the one before in their series.
    pub(crate) later: u64,
    /// Samples earlier than the one before.
    pub(crate) earlier: u64,
}

impl Direction {
    /// Whether the file runs newest first.
    pub(crate) const fn newest_first(self) -> bool {
        self.earlier > self.later
    }
}

/// A file that samples came from.
#[derive(Clone, Debug)]
pub(crate) struct FileOf {
    /// The name that messages show.
    pub(crate) name: String,
    /// How its samples follow each other.
    pub(crate) direction: Direction,
}

/// One series with what was packed of it.
struct Kept {
    series: Series,
    packer: Packer,
    count: u64,
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// Takes what readers find.
pub(crate) struct Store {
    kept: Vec<Kept>,
    ids: HashMap<(String, String, Target), SeriesId>,
    meters: BTreeMap<String, Vec<SeriesId>>,
    files: Vec<FileOf>,
    spill: Spill,
    in_memory: usize,
    most_in_memory: usize,
    most_meters: usize,
    most_values: u64,
    rows: u64,
    local: u64,
    notes: Notes,
}

impl Store {
    /// An empty store with these bounds.
    pub(crate) fn new(limits: &crate::options::Limits) -> Self {
        Self {
            kept: Vec::new(),
            ids: HashMap::new(),
            meters: BTreeMap::new(),
            files: Vec::new(),
            spill: Spill::default(),
            in_memory: 0,
            most_in_memory: limits.memory,
            most_meters: limits.most_meters,
            most_values: limits.most_values,
            rows: 0,
            local: 0,
            notes: Notes::default(),
        }
    }

    /// The samples, to be taken meter by meter.
    pub(crate) fn finish(self) -> Stored {
        Stored {
            kept: self.kept,
            meters: self.meters.into_iter().collect(),
            files: self.files,
            spill: self.spill,
            samples: self.rows,
            local: self.local,
            notes: self.notes,
        }
    }

    fn unwritable(error: &std::io::Error) -> Refused {
        Problem::Unwritable(format!("a temporary file: {error}")).into()
    }

    /// Moves all packed bytes to the temporary file.
    fn spill_all(&mut self) -> Result<(), Refused> {
        for kept in self.kept.iter_mut().filter(|kept| !kept.bytes.is_empty()) {
            let bytes = std::mem::take(&mut kept.bytes);
            kept.pieces.push(self.spill.write(&bytes).map_err(|error| Self::unwritable(&error))?);
        }
        self.in_memory = 0;
        self.spill.flush().map_err(|error| Self::unwritable(&error))
    }
}

impl Sink for Store {
    fn file(&mut self, name: &str) {
        self.files.push(FileOf { name: name.to_owned(), direction: Direction::default() });
    }

    fn series(&mut self, series: Series) -> Result<SeriesId, Refused> {
        let key = (series.meter.clone(), series.register.clone(), series.target);
        if let Some(id) = self.ids.get(&key) {
            let known = &self.kept[id.0 as usize].series;
            if known.kind != series.kind || known.step != series.step || known.stamps != series.stamps {
                let text = "the same register is there with two units, steps or kinds of stamps";
                return Err(Refused::new(Problem::Structure(text.into()))
                    .of_meter(&series.meter)
                    .in_column(&series.register));
            }
            return Ok(*id);
        }
        if !self.meters.contains_key(&series.meter) && self.meters.len() >= self.most_meters {
            return Err(Problem::TooManyMeters(self.most_meters).into());
        }
        let id = SeriesId(u32::try_from(self.kept.len()).map_err(|_| Problem::TooManyMeters(self.most_meters))?);
        self.ids.insert(key, id);
        self.meters.entry(series.meter.clone()).or_default().push(id);
        self.kept.push(Kept { series, packer: Packer::default(), count: 0, bytes: Vec::new(), pieces: Vec::new() });
        Ok(id)
    }

    fn push(&mut self, series: SeriesId, sample: Sample) -> Result<(), Refused> {
        if self.files.is_empty() {
            self.file("input");
        }
        let file = self.files.len() - 1;
        let kept = &mut self.kept[series.0 as usize];
        kept.count += 1;
        if kept.count > self.most_values {
            return Err(Refused::new(Problem::TooManyValues(self.most_values))
                .in_file(&self.files[file].name)
                .at_row(sample.row)
                .of_meter(&kept.series.meter)
                .in_column(&kept.series.register));
        }
        let before = kept.bytes.len();
        if let Some(step) = kept.packer.pack(&sample, file as u32, &mut kept.bytes) {
            let direction = &mut self.files[file].direction;
            direction.later += u64::from(step > 0);
            direction.earlier += u64::from(step < 0);
        }
        self.in_memory += kept.bytes.len() - before;
        self.rows += 1;
        self.local += u64::from(matches!(sample.when, crate::source::When::Local(_)));
        if self.in_memory > self.most_in_memory {
            self.spill_all()?;
        }
        Ok(())
    }

    fn say(&mut self, what: Said) {
        self.notes.add(what);
    }
}

/// All samples of an import, after its files were read.
pub(crate) struct Stored {
    kept: Vec<Kept>,
    /// The meters in the order of their bytes.
    pub(crate) meters: Vec<(String, Vec<SeriesId>)>,
    /// The files, by the number that samples carry.
    pub(crate) files: Vec<FileOf>,
    spill: Spill,
    /// How many samples there are.
    pub(crate) samples: u64,
    /// How many of them have stamps without offset.
    pub(crate) local: u64,
    /// What readers said.
    pub(crate) notes: Notes,
}

impl Stored {
    /// What the samples of a series have in common.
    pub(crate) fn series(&self, id: SeriesId) -> &Series {
        &self.kept[id.0 as usize].series
    }

    /// How many bytes a series takes, packed.
    pub(crate) fn packed_len(&self, id: SeriesId) -> usize {
        let kept = &self.kept[id.0 as usize];
        kept.bytes.len() + kept.pieces.iter().map(|piece| piece.len as usize).sum::<usize>()
    }

    /// The samples of a series in the order of the file.
    pub(crate) fn samples(&self, id: SeriesId) -> Result<Vec<Packed>, Refused> {
        let kept = &self.kept[id.0 as usize];
        let mut bytes = Vec::with_capacity(self.packed_len(id));
        for piece in &kept.pieces {
            self.spill
                .read(*piece, &mut bytes)
                .map_err(|error| Problem::Unreadable(format!("a temporary file: {error}")))?;
        }
        bytes.extend_from_slice(&kept.bytes);
        Ok(Unpacker::new(&bytes).collect())
    }
}

#[cfg(test)]
mod tests;
