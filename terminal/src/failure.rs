//! Why the command failed, in one line, with an exit code.

use crate::exit;
use crate::Coded;
use std::error::Error;
use std::fmt::Display;
use std::io;

/// Why a subcommand ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An input whose content is not what its format or the market's rules demand, or an output
    /// that must not be written there.
    #[error("{file}: {problem}")]
    Refused {
        /// The file.
        file: String,
        /// The code of the problem.
        code: &'static str,
        /// What is wrong, and where in the file.
        problem: Box<dyn Error + Send + Sync>,
    },
    /// An input that could not be read.
    #[error("{file}: cannot be read: {error}")]
    Read {
        /// The file.
        file: String,
        /// Why the file could not be read.
        error: io::Error,
    },
    /// An input above its size limit.
    #[error("{file}: larger than {limit} bytes")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// An output that could not be written.
    #[error("{file}: cannot be written: {error}")]
    Write {
        /// The file.
        file: String,
        /// Why the file could not be written.
        error: io::Error,
    },
    /// An error of the subcommand itself.
    #[error("{0}")]
    Command(Box<dyn Coded>),
}

/// `Failure` itself is not [`Coded`], so this covers every error of a subcommand and no other.
impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Command(Box::new(error))
    }
}

impl Failure {
    /// An input file that is refused: `problem` says what is wrong with it, `code` is the problem's
    /// stable code.
    pub fn refused(file: impl Display, code: &'static str, problem: impl Error + Send + Sync + 'static) -> Failure {
        Failure::Refused { file: file.to_string(), code, problem: Box::new(problem) }
    }

    /// A code that stays the same across versions, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::Refused { code, .. } => code,
            Failure::Read { .. } => "read",
            Failure::TooLarge { .. } => "too-large",
            Failure::Write { .. } => "write",
            Failure::Command(error) => error.code(),
        }
    }

    /// The exit code of the process, one of [`crate::exit`]. An input or an output at fault means
    /// that the command could not be done, as a wrong command line does.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Refused { .. } | Failure::Read { .. } | Failure::TooLarge { .. } | Failure::Write { .. } => {
                exit::NOT_DONE
            }
            Failure::Command(error) => error.exit_code(),
        }
    }

    /// The message as one line without control characters, even if the input has some.
    pub fn line(&self) -> String {
        let mut line = String::new();
        for c in self.to_string().chars() {
            if c.is_control() {
                line.extend(c.escape_default());
            } else {
                line.push(c);
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("line one\nline two")]
    struct TwoLines;

    impl Coded for TwoLines {
        fn code(&self) -> &'static str {
            "two-lines"
        }
        fn exit_code(&self) -> u8 {
            1
        }
    }

    #[test]
    fn a_failure_tells_the_code_and_message_of_what_caused_it() {
        let failure = Failure::from(TwoLines);
        assert_eq!((failure.code(), failure.exit_code()), ("two-lines", 1));
        assert_eq!(failure.line(), "line one\\nline two");
        let failure = Failure::refused("a.json", "two-lines", TwoLines);
        assert_eq!((failure.code(), failure.exit_code()), ("two-lines", 2));
        assert_eq!(failure.line(), "a.json: line one\\nline two");
    }
}
