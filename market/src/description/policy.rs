//! Where the households' policy is. This crate does not know what a policy says: the crate `policy`
//! reads it.

use super::refused::Refused;
use super::table::Value;

/// Where the policy is by which households list their plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicySource {
    /// The default policy.
    #[default]
    Default,
    /// A policy file, by its name.
    File(String),
    /// The policy's own TOML, as it stands in the description.
    Text(String),
}

impl PolicySource {
    pub(super) fn read(of: Option<Value<'_>>) -> Result<PolicySource, Refused> {
        let Some(of) = of else { return Ok(PolicySource::Default) };
        let mut table = of.table()?;
        if let Some(file) = table.get("file") {
            let name = file.text()?.to_string();
            table.finish()?;
            return Ok(PolicySource::File(name));
        }
        let text = table.to_toml();
        Ok(if text.is_empty() { PolicySource::Default } else { PolicySource::Text(text) })
    }
}
