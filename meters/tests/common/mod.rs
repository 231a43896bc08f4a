//! Commands as the cases write them, without the program.

use meters::options::{parse_step, Options};
use meters::Exact;
use std::path::{Path, PathBuf};

/// What a command asks for.
pub struct Command {
    pub inputs: Vec<PathBuf>,
    pub out: PathBuf,
    pub options: Options,
}

/// The words of a command line with quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.trim().chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_with(String::new);
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_with(String::new).push(letter),
        }
    }
    words.extend(word);
    words
}

/// Reads a command line whose inputs lie in `folder`, and whose output goes to `out`.
pub fn command(line: &str, folder: &Path, out: &Path) -> Command {
    let words = words(line);
    assert_eq!(words[..3], ["veilgrid", "meters", "import"]);
    let mut options = Options::default();
    let mut inputs = Vec::new();
    let mut output = None;
    let mut rest = words[3..].iter();
    while let Some(word) = rest.next() {
        let Some(option) = word.strip_prefix("--") else {
            inputs.push(folder.join(word));
            continue;
        };
        let value = rest.next().unwrap_or_else(|| panic!("--{option} has no value"));
        match option {
            "format" => options.format = Some(value.parse().unwrap()),
            "zone" => options.zone = Some(value.clone()),
            "unit" => options.unit = Some(value.parse().unwrap()),
            "quantity" => options.quantity = Some(value.parse().unwrap()),
            "step" => options.step = Some(parse_step(value).unwrap()),
            "stamps" => options.stamps = Some(value.parse().unwrap()),
            "separator" => options.separator = Some(value.parse().unwrap()),
            "decimal" => options.decimal = Some(value.parse().unwrap()),
            "encoding" => options.encoding = Some(value.parse().unwrap()),
            "date-format" => options.date_format = Some(value.parse().unwrap()),
            "header" => options.header = Some(value == "yes"),
            "meter" => options.meter = Some(value.clone()),
            "import" => options.named.import.push(value.clone()),
            "export" => options.named.export.push(value.clone()),
            "generation" => options.named.generation.push(value.clone()),
            "consumption" => options.named.consumption.push(value.clone()),
            "register-digits" => options.register_digits = Some(value.parse().unwrap()),
            "max-power" => options.max_power = Exact::parse(value, '.').unwrap(),
            "gaps" => options.gaps = value.parse().unwrap(),
            "out" => output = Some(out.join(value)),
            _ => panic!("unknown option --{option}"),
        }
    }
    Command { inputs, out: output.expect("--out"), options }
}
