//! Sections of a document that commands write: whatever is between an experiment's two markers.

/// A document without the place for a section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lines <!-- experiment {0} --> and <!-- end of {0} --> are not there once each, in this order")]
pub struct NoSection(String);

/// The document with `section` between the markers of `experiment`, and nothing else changed.
pub(crate) fn replaced(document: &str, experiment: &str, section: &str) -> Result<String, NoSection> {
    let missing = || NoSection(experiment.to_string());
    let (start, end) = (format!("<!-- experiment {experiment} -->\n"), format!("<!-- end of {experiment} -->\n"));
    let once = |marker: &str| {
        let mut found = document.match_indices(marker).filter(|(at, _)| *at == 0 || document[..*at].ends_with('\n'));
        let place = found.next().map(|(at, _)| at).ok_or_else(missing)?;
        if found.next().is_some() {
            Err(missing())
        } else {
            Ok(place)
        }
    };
    let (from, to) = (once(&start)? + start.len(), once(&end)?);
    if from > to {
        return Err(missing());
    }
    Ok(format!("{}\n{}\n{}", &document[..from], section.trim(), &document[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Results\n\n<!-- experiment week -->\nold\n<!-- end of week -->\n\nrest\n";

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let once = replaced(DOCUMENT, "week", "new\n").unwrap();
        assert_eq!(once, "# Results\n\n<!-- experiment week -->\n\nnew\n<!-- end of week -->\n\nrest\n");
        assert_eq!(replaced(&once, "week", "new").unwrap(), once);
    }

    #[test]
    fn a_document_without_the_markers_once_each_in_order_is_refused() {
        let twice = format!("{DOCUMENT}{DOCUMENT}");
        let turned = "<!-- end of week -->\n<!-- experiment week -->\n";
        for document in ["", "<!-- experiment week -->\n", "<!-- end of week -->\n", turned, &twice] {
            assert!(replaced(document, "week", "new").is_err(), "{document:?}");
        }
        assert!(replaced(DOCUMENT, "matching", "new").is_err());
        assert!(
            replaced(&DOCUMENT.replace("<!-- e", "see <!-- e"), "week", "new").is_err(),
            "not on lines of their own"
        );
    }
}
