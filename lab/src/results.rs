//! The pages of docs/results: each is written whole by one command, and says by which.

use crate::findings::Findings;
use crate::provenance::Provenance;
use std::path::Path;

/// A file that a page must not replace, because no command wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not begin with the line {0}, so no command wrote it; move it out of the way")]
pub struct ForeignPage(String);

/// The first line of the page called `name`. A file that begins with it may be replaced.
fn first_line(name: &str) -> String {
    format!("<!-- written by veilgrid: {name} -->")
}

/// Refuses an existing file that is not an earlier page called `name`. An empty file may be replaced.
pub(super) fn replaceable(existing: &[u8], name: &str) -> Result<(), ForeignPage> {
    let line = first_line(name);
    match existing.is_empty() || existing.starts_with(line.as_bytes()) {
        true => Ok(()),
        false => Err(ForeignPage(line)),
    }
}

/// The page of `findings`. `plots` is the folder of their plots as the page links to it, if it can.
pub(super) fn page(findings: &Findings, provenance: &Provenance, plots: Option<&Path>) -> String {
    let Provenance { command, machine, commit } = provenance;
    let mut page = format!(
        "{}\n# {}\n\nWritten by this command on {machine}, at commit {commit}:\n\n    {command}\n\n{}\n",
        first_line(findings.name),
        findings.title,
        findings.markdown.trim()
    );
    for plot in plots.map_or(&[][..], |_| &findings.plots) {
        let file = plots.unwrap_or(Path::new("")).join(format!("{}-{}.svg", findings.name, plot.name));
        page += &format!("\n![{}]({})\n", plot.says, file.display());
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Plot;

    fn findings() -> Findings {
        let plot = Plot { name: "energy", says: "Energy by hour", svg: String::new() };
        Findings {
            name: "week",
            title: "A week",
            summary: String::new(),
            json: serde_json::Map::new(),
            plots: vec![plot],
            markdown: "\n| a |\n\n".into(),
        }
    }

    #[test]
    fn a_page_names_its_command_and_may_be_replaced_by_its_own_kind_alone() {
        let (command, machine, commit) = ("veilgrid experiment week".into(), "one core".into(), "0123".into());
        let written = page(&findings(), &Provenance { command, machine, commit }, Some(Path::new("week")));
        let head =
            "<!-- written by veilgrid: week -->\n# A week\n\nWritten by this command on one core, at commit 0123:\n\n";
        let body = "    veilgrid experiment week\n\n| a |\n\n![Energy by hour](week/week-energy.svg)\n";
        assert_eq!(written, format!("{head}{body}"));
        assert_eq!(replaceable(written.as_bytes(), "week"), Ok(()));
        assert_eq!(replaceable(b"", "week"), Ok(()));
        assert!(replaceable(written.as_bytes(), "matching").is_err());
        assert!(replaceable(b"# By hand\n", "week").is_err());
    }

    #[test]
    fn plots_that_the_page_cannot_link_to_are_left_out() {
        let (command, machine, commit) = (String::new(), String::new(), String::new());
        let written = page(&findings(), &Provenance { command, machine, commit }, None);
        assert!(!written.contains("svg"), "{written}");
    }
}
