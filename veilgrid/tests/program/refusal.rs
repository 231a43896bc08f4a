//! What a refusal of the built command looks like.

use std::process::Output;

/// Checks that the command refused its input with this line alone.
#[track_caller]
pub fn refused(output: &Output, line: &str) {
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("error: {line}\n"));
    assert!(output.stdout.is_empty());
}
