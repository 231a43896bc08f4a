//! What every failure must be like.

use terminal::Failure;

/// Checks that a failure prints as one line, with any keys and paths that a file may contain.
pub fn one_line(failure: &Failure) {
    let line = failure.line();
    assert!(!line.chars().any(char::is_control), "{line:?}");
}
