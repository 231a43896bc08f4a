//! Text that others chose, as Markdown and spreadsheets must get it. The page's templates escape
//! their own text.

/// Whether a spreadsheet would take the text for a formula: it begins with = + - @, a tab or a
/// carriage return.
pub(crate) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A name for a CSV file: one that a spreadsheet would take for a formula gets a quote (') before
/// it.
pub(crate) fn for_spreadsheet(name: &str) -> String {
    match is_formula(name) {
        true => format!("'{name}"),
        false => name.to_string(),
    }
}

/// Text for a cell of a Markdown table, or for a line of prose behind other text: it shows as it is
/// written, and is no markup, no link and no HTML. A character that turns the direction of writing
/// shows as its number, since it would turn the cells after it too.
pub(crate) fn for_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let ends = characters.peek().is_none_or(|next| *next == ' ');
        match c {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            // A renderer makes links of bare addresses too: by their colon, their www. and their @.
            // The full stop of a number or a sentence and the colon of prose are no such thing.
            ':' if !ends => out += "&#58;",
            '.' if !ends && !before.is_ascii_digit() => out += "&#46;",
            '@' => out += "&#64;",
            // Some renderers split a table's row at an escaped pipe in code; an entity is no pipe.
            '|' => out += "&#124;",
            '`' => out += "&#96;",
            '\\' | '*' | '_' | '[' | ']' | '~' | '#' | '^' | '{' | '}' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if turns(c) => out += &format!("(U+{:04X})", u32::from(c)),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Whether a character turns the direction of writing of what follows.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_gets_a_quote_and_nothing_else_does() {
        for formula in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(for_spreadsheet(formula), format!("'{formula}"));
        }
        for plain in ["H000", "a=b", "'=1", "", " =1"] {
            assert_eq!(for_spreadsheet(plain), plain);
        }
    }

    #[test]
    fn markdown_has_no_markup_of_a_name() {
        assert_eq!(for_markdown("<script>"), "&lt;script&gt;");
        assert_eq!(for_markdown("a|b"), "a&#124;b");
        assert_eq!(for_markdown("`a`"), "&#96;a&#96;");
        assert_eq!(for_markdown("[x](http://y.z)"), "\\[x\\](http&#58;//y&#46;z)");
        assert_eq!(for_markdown("www.x.y a@b"), "www&#46;x&#46;y a&#64;b");
        assert_eq!(for_markdown("\u{202e}abc"), "(U+202E)abc");
        assert_eq!(for_markdown("*_~#!&amp;"), "\\*\\_\\~\\#!&amp;amp;");
        for plain in ["H-01 Zoë 家, 5%", "Bill: 1.25 EUR/kWh (net)."] {
            assert_eq!(for_markdown(plain), plain);
        }
    }
}
