//! `veilgrid meters`: meter data as people have it, brought into one normal form, and checked.

mod arguments;
mod print;

pub use arguments::{CheckArguments, FormatsArguments, ImportArguments};

use ::meters::normal::{verify, Reader};
use ::meters::{import, Output, Problem, Progress, Refused};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use terminal::{exit, output, Coded, Failure};

/// `veilgrid meters`.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Bring meter data into the normal form: quarter hours, UTC, whole Wh
    Import(Box<ImportArguments>),
    /// List the formats that can be imported
    Formats(FormatsArguments),
    /// Check a file in the normal form
    Check(CheckArguments),
}

/// Runs the command.
pub fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Import(arguments) => run_import(arguments),
        Command::Formats(arguments) => output::print(print::formats(arguments.json).as_bytes()),
        Command::Check(arguments) => run_check(arguments),
    }
}

/// Why the command ended without doing its work, or found what does not hold.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// An input, an option or the output is at fault.
    #[error("{0}")]
    Refused(Refused),
    /// A file in the normal form breaks its rules.
    #[error("{file}: {count} rows break a rule of the normal form; the first is row {row}")]
    Broken {
        /// The file.
        file: String,
        /// How many rows.
        count: u64,
        /// The first of them.
        row: u64,
    },
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Coded for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code(),
            Self::Broken { .. } => "not-normal",
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(refused) if *refused.problem == Problem::Interrupted => exit::INTERRUPTED,
            Self::Refused(_) => exit::NOT_DONE,
            Self::Broken { .. } => exit::DOES_NOT_HOLD,
        }
    }
}

/// A bar with an estimate of the time left, and an end to the work when a person asks for it.
struct Watch {
    bar: terminal::Progress,
    writing: bool,
    steps: usize,
    begun: Instant,
    said: Instant,
    interrupted: Arc<AtomicBool>,
}

/// How often the bar is drawn anew.
const OFTEN: Duration = Duration::from_millis(200);

impl Watch {
    fn new() -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = interrupted.clone();
        // Where no handler can be set, Ctrl-C ends the process as usual; the temporary file stays.
        let _ = ctrlc::try_set_handler(move || flag.store(true, Ordering::Relaxed));
        let now = Instant::now();
        Self { bar: terminal::Progress::new("MiB read"), writing: false, steps: 0, begun: now, said: now, interrupted }
    }

    fn tell(&mut self, progress: Progress) -> Result<(), Refused> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(Problem::Interrupted.into());
        }
        let (done, total, unit, what) = match progress {
            Progress::Reading { bytes, total } => (bytes, total, 1 << 20, "MiB read"),
            Progress::Writing { meters, total } => (meters, total, 1, "meters written"),
        };
        let writing = matches!(progress, Progress::Writing { .. });
        if writing != self.writing {
            self.writing = writing;
            self.begun = Instant::now();
            self.steps = 0;
        } else if self.said.elapsed() < OFTEN {
            return Ok(());
        }
        self.said = Instant::now();
        let steps = (total / unit) as usize;
        if self.steps != steps {
            self.steps = steps;
            self.bar.over(steps);
        }
        self.bar.now(format!("{what}{}", left(self.begun.elapsed(), done, total)));
        self.bar.reach((done / unit) as usize);
        Ok(())
    }
}

/// The time left at the speed so far.
fn left(elapsed: Duration, done: u64, total: u64) -> String {
    if done == 0 || elapsed < Duration::from_secs(1) {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() * total.saturating_sub(done) as f64 / done as f64;
    match seconds {
        _ if seconds < 90.0 => format!(", about {seconds:.0} s left"),
        _ => format!(", about {:.0} min left", seconds / 60.0),
    }
}

fn run_import(arguments: &ImportArguments) -> Result<(), Failure> {
    let options = arguments.options();
    let out = Output::new(&arguments.out, arguments.force);
    let mut watch = Watch::new();
    let summary = import(&arguments.inputs, &out, &options, &mut |progress| watch.tell(progress));
    watch.bar.done();
    let summary = summary.map_err(Error::Refused)?;
    let text = print::summary(&summary, &arguments.out, arguments.json);
    // Standard output has the rows where `--out -` puts them there.
    if arguments.out == Path::new("-") {
        output::note(text.trim_end());
        return Ok(());
    }
    output::print(text.as_bytes())
}

fn run_check(arguments: &CheckArguments) -> Result<(), Failure> {
    let reader = Reader::open(&arguments.file, arguments.limits.limits()).map_err(Error::Refused)?;
    let verified = verify(reader, arguments.max_power).map_err(Error::Refused)?;
    output::print(print::verified(&verified, &arguments.file, arguments.json).as_bytes())?;
    match verified.broken.first() {
        None => Ok(()),
        Some(first) => Err(Error::Broken {
            file: arguments.file.display().to_string(),
            count: verified.broken_count,
            row: first.row,
        }
        .into()),
    }
}
