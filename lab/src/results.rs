//! The pages of docs/results. One command writes each page whole, and the page names the command.

use crate::findings::Findings;
use crate::provenance::Provenance;
use std::path::Path;

/// A page must not replace this file, because no command wrote the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not begin with the line {0}, so no command wrote it; move it out of the way")]
pub struct ForeignPage(String);

/// The first line of the page called `name`. A file that begins with it may be replaced.
fn first_line(name: &str) -> String {
    format!("<!-- written by veilgrid: {name} -->")
}

/// Refuses an existing file that is not an earlier page called `name`. An empty file may be
/// replaced.
pub(super) fn replaceable(existing: &[u8], name: &str) -> Result<(), ForeignPage> {
    let line = first_line(name);
    match existing.is_empty() || existing.starts_with(line.as_bytes()) {
        true => Ok(()),
        false => Err(ForeignPage(line)),
    }
}

/// Widest line of a page's prose, in characters.
const COLUMNS: usize = 100;

/// Wraps the prose of a page. Tables, code (indented by four), headings and images stay as they
/// are; the lines of a list's item are indented under the first.
fn wrapped(markdown: &str) -> String {
    let mut page = String::with_capacity(markdown.len());
    for line in markdown.split('\n') {
        let kept = line.starts_with("    ") || line.starts_with(['|', '#', '!', '<']);
        let indent = if line.starts_with("- ") { "  " } else { "" };
        match kept {
            true => page += line,
            false => wrap(line, indent, &mut page),
        }
        page.push('\n');
    }
    page.truncate(page.len() - 1);
    page
}

/// Adds the words of one line, with `indent` before each but the first of its new lines.
fn wrap(line: &str, indent: &str, page: &mut String) {
    let mut width = 0;
    for word in words(line) {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > COLUMNS {
            page.push('\n');
            *page += indent;
            width = indent.len();
        } else if width > 0 {
            page.push(' ');
            width += 1;
        }
        *page += &word;
        width += length;
    }
}

/// The words of a line. A word that Markdown would read as a list, a heading or a quotation at the
/// start of a line stays with the word in front of it.
fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        let number = word.trim_end_matches(['.', ')']);
        let counts = number != word && number.bytes().all(|byte| byte.is_ascii_digit());
        match words.last_mut() {
            Some(last) if counts || word.starts_with(['-', '+', '*', '#', '>', '|', '=']) => {
                last.push(' ');
                *last += word;
            }
            _ => words.push(word.to_string()),
        }
    }
    words
}

/// The page of `findings`. `plots` is the folder of their plots, relative to the page; without it
/// the page shows no plots.
pub(super) fn page(findings: &Findings, provenance: &Provenance, plots: Option<&Path>) -> String {
    let Provenance { command, machine, commit } = provenance;
    let mut page = format!(
        "{}\n# {}\n\n{}\n\n    {command}\n\n{}\n",
        first_line(findings.name),
        findings.title,
        wrapped(&format!("Written by this command on {machine}, at commit {commit}:")),
        wrapped(findings.markdown.trim())
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
            title: "A week".into(),
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
    fn prose_is_wrapped_and_tables_and_code_are_not() {
        let words = "word ".repeat(30);
        let kept = format!("| {words}|\n    {words}\n# {words}\n");
        assert_eq!(wrapped(&kept), kept);
        let prose = wrapped(&format!("- {words}\n\n{words}"));
        let lines: Vec<_> = prose.split('\n').collect();
        assert!(lines.len() == 5 && lines.iter().all(|line| line.len() <= COLUMNS), "{prose}");
        assert!(lines[0].starts_with("- w") && lines[1].starts_with("  w") && lines[4].starts_with('w'), "{prose}");
        assert_eq!(prose.split_whitespace().count(), 61);
    }

    #[test]
    fn no_line_of_wrapped_prose_begins_like_a_list() {
        for word in ["-", "10.", "3)", "#"] {
            let line = format!("{} {word} end", "a".repeat(COLUMNS - 1));
            assert_eq!(wrapped(&line), format!("{} {word}\nend", "a".repeat(COLUMNS - 1)));
        }
    }

    #[test]
    fn plots_that_the_page_cannot_link_to_are_left_out() {
        let (command, machine, commit) = (String::new(), String::new(), String::new());
        let written = page(&findings(), &Provenance { command, machine, commit }, None);
        assert!(!written.contains("svg"), "{written}");
    }
}
