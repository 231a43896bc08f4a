//! A node's configuration: `node.toml` in its home, with environment variables over it.
//!
//! A key is either in the file, or in the variable `VEILGRID_NODE_` and the key in capitals. The
//! parts of a key inside a table are joined by two underscores (`VEILGRID_NODE_TLS__KEY`). Every
//! key has a default, and an unknown key is refused.

use crate::api::Requests;
use crate::embedded::Pace;
use crate::server::{Connections, Listening, TlsFiles};
use figment::providers::{Env, Format, Toml};
use figment::Figment;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// The name of the file in a home.
pub const FILE: &str = "node.toml";
/// What the names of environment variables begin with.
const PREFIX: &str = "VEILGRID_NODE_";

/// The file that `node init` writes. It names every key with its default.
pub const TEMPLATE: &str = include_str!("config/node.toml");

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// A certificate and its key, as PEM files. A relative path is inside the home.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain of certificates.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A node's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address of the API.
    pub listen: SocketAddr,
    /// The address of health and metrics; empty for none.
    pub watch: String,
    /// Whether plain HTTP is allowed on an address that others reach.
    pub plain_http: bool,
    /// The certificate of the API; without one it is plain HTTP.
    pub tls: Option<Tls>,
    /// How many connections the API keeps.
    pub connections: usize,
    /// How many of them one peer may have.
    pub connections_of_a_peer: usize,
    /// How many requests a peer may make in a second.
    pub requests_per_second: NonZeroU32,
    /// How many requests a peer may make at once, after a pause.
    pub requests_at_once: NonZeroU32,
    /// How many seconds may pass without a block.
    pub idle_seconds: u64,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or a filter by module.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7650)),
            watch: "127.0.0.1:7651".into(),
            plain_http: false,
            tls: None,
            connections: Connections::default().all,
            connections_of_a_peer: Connections::default().of_a_peer,
            requests_per_second: Requests::default().per_second,
            requests_at_once: Requests::default().at_once,
            idle_seconds: Pace::default().idle_seconds,
            log: "info".into(),
            log_format: LogFormat::Text,
        }
    }
}

/// Why a configuration is refused. The message names the file or the variable, and the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key that is unknown, or a value that is not of its key.
    #[error("{0}")]
    Figment(Box<figment::Error>),
    /// A value that its key does not allow.
    #[error("{key}: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong with the value.
        problem: &'static str,
    },
}

impl Config {
    /// The configuration of a home. A home without the file has the defaults.
    ///
    /// # Errors
    /// Any of [`Error`].
    pub fn load(home: &Path) -> Result<Self, Error> {
        let layers = Figment::new().merge(Toml::file_exact(home.join(FILE))).merge(Env::prefixed(PREFIX).split("__"));
        let config: Config = layers.extract().map_err(|error| Error::Figment(Box::new(error)))?;
        if config.idle_seconds == 0 {
            return Err(Error::Value { key: "idle_seconds", problem: "at least 1" });
        }
        if !config.watch.is_empty() && config.watch.parse::<SocketAddr>().is_err() {
            return Err(Error::Value { key: "watch", problem: "an address with a port, or empty" });
        }
        Ok(config)
    }
    /// The configuration as a file that says the same.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every value of a configuration has a form in TOML")
    }
    /// The same as JSON, on several lines.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("every value of a configuration has a form in JSON")
    }
    /// How the API listens. Relative paths are inside the home.
    pub fn listening(&self, home: &Path) -> Listening {
        let tls = self.tls.as_ref();
        let tls = tls.map(|tls| TlsFiles { certificate: home.join(&tls.certificate), key: home.join(&tls.key) });
        let connections = Connections { all: self.connections, of_a_peer: self.connections_of_a_peer };
        Listening { address: self.listen, tls, plain_http: self.plain_http, connections }
    }
    /// How health and metrics listen; None where they do not.
    pub fn watch_listening(&self) -> Option<Listening> {
        let address = self.watch.parse().ok()?;
        Some(Listening { address, tls: None, plain_http: self.plain_http, connections: Connections::default() })
    }
    /// How many requests a peer may make.
    pub fn requests(&self) -> Requests {
        Requests { per_second: self.requests_per_second, at_once: self.requests_at_once }
    }
    /// When blocks are sealed.
    pub fn pace(&self) -> Pace {
        Pace { idle_seconds: self.idle_seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Result<Config, String> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(FILE), text).unwrap();
        Config::load(home.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_has_every_key_with_its_default() {
        assert_eq!(loaded(TEMPLATE), Ok(Config::default()));
        let uncommented = TEMPLATE.replace("\n#= ", "\n");
        let all: toml::Table = uncommented.parse().unwrap();
        let full = Config { tls: Some(Tls { certificate: "a".into(), key: "b".into() }), ..Config::default() };
        let known = toml::Table::try_from(&full).unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
        let without_tls = |mut table: toml::Table| (table.remove("tls").is_some(), table);
        assert_eq!(without_tls(all), without_tls(known));
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused_by_name() {
        for (text, words) in [
            ("lisen = \"127.0.0.1:1\"", "lisen"),
            ("listen = \"here\"", "listen"),
            ("watch = \"here\"", "watch"),
            ("idle_seconds = 0", "idle_seconds"),
            ("idle_seconds = -1", "idle_seconds"),
            ("log_format = \"xml\"", "log_format"),
            ("[tls]\ncertificate = \"c\"", "key"),
        ] {
            let refused = loaded(text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }
}
