//! Logs of programs that run on: to standard error, as text or as JSON. No line has a secret, a
//! household's value, or an address together with an id.

use tracing_subscriber::EnvFilter;

/// A filter that is none. The message quotes it.
#[derive(Debug, thiserror::Error)]
#[error("{filter:?} is no filter: {problem}")]
pub struct Error {
    filter: String,
    problem: String,
}

/// The filter with this text.
///
/// # Errors
/// [`Error`].
pub fn check(filter: &str) -> Result<EnvFilter, Error> {
    EnvFilter::try_new(filter).map_err(|error| Error { filter: filter.into(), problem: error.to_string() })
}

/// Starts the log of this process. A second call changes nothing.
///
/// # Errors
/// [`Error`].
pub fn start(filter: &str, json: bool) -> Result<(), Error> {
    let log = tracing_subscriber::fmt().with_env_filter(check(filter)?).with_writer(std::io::stderr).with_ansi(false);
    // An error says that the log of this process has been started.
    let _ = match json {
        true => log.json().try_init(),
        false => log.try_init(),
    };
    Ok(())
}
