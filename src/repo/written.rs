//! What a program writes, by the name of the option, the variable or the key that is given the path.

use super::kind::Kind;

/// Words in the names of what is written.
const OUTPUTS: &[&str] = &["output", "out", "outfile", "dest", "destination", "save"];

/// Returns whether a path may be that of a report or of data.
pub fn is_output(path: &str) -> bool {
    [".json", ".jsonl", ".md", ".txt", ".html", ".csv", ".log", ".xml"].iter().any(|it| path.ends_with(it))
}

/// Returns whether the start of a line gives what follows to a variable that is named for what is written.
pub fn is_given_to_output(line: &str) -> bool {
    let Some((name, _)) = line.split_once('=') else { return false };
    let name = name.split(':').next().unwrap_or(name).trim().to_ascii_lowercase();
    let is_name = !name.is_empty() && name.bytes().all(|it| it == b'_' || it == b'.' || it.is_ascii_alphanumeric());
    is_name && name.split(['_', '.']).any(|it| OUTPUTS.contains(&it))
}

/// Returns whether the start of a line is the key of what a tool writes.
pub fn is_output_key(line: &str) -> bool {
    let Some((key, _)) = line.split_once([':', '=']) else { return false };
    let key = key.trim().trim_start_matches(['-', ' ', '"', '\'']).trim_end_matches(['"', '\'', ' ']);
    let key = key.rsplit([' ', '.', '{', ',']).next().unwrap_or(key);
    let keys = ["target", "output", "out", "dest", "destination", "filename"];
    keys.contains(&key)
        || ["outfile", "outdir", "outputfile", "outputpath", "output_file", "output_path", "out_dir"]
            .contains(&key.to_ascii_lowercase().as_str())
}

/// Returns whether what comes before a word is the option of a command for what it writes.
pub fn is_option_for_output(line: &str) -> bool {
    let before = line.trim_end_matches(['"', '\'']).trim_end_matches([' ', '=']);
    ["-o", "--output", "--out", "--outfile", "--output-file", "--out-file"]
        .iter()
        .any(|it| before.strip_suffix(it).is_some_and(|it| it.is_empty() || it.ends_with(' ')))
}

/// Returns whether what comes before a path makes it the default of an option that is named for what is written:
/// `parser.add_argument("--out", default="`.
pub fn is_default_of_output(kind: Kind, before: &str) -> bool {
    /// How far before its default an option may begin.
    const NEAR: usize = 300;
    let calls: &[&str] = match kind {
        Kind::Python => &["add_argument(", "option("],
        Kind::Script => &["option("],
        Kind::Go => &["flag.String("],
        _ => return false,
    };
    let near = &before[before.floor_char_boundary(before.len().saturating_sub(NEAR))..];
    let call = calls.iter().filter_map(|it| Some(near.rfind(it)? + it.len())).max();
    let Some(arguments) = call.map(|at| &near[at..]) else { return false };
    let parts = || arguments.split(['"', '\'']);
    let mut depth = 0;
    let is_open = parts().step_by(2).flat_map(str::bytes).all(|it| {
        depth += i32::from(it == b'(') - i32::from(it == b')');
        depth >= 0
    });
    // All names of an option come before the rest; Go's have no dashes.
    let (is_go, mut texts) = (kind == Kind::Go, parts().skip(1).step_by(2));
    let names = texts.by_ref().take(if is_go { 1 } else { 3 }).take_while(|it| is_go || it.starts_with('-'));
    let words = names.flat_map(|it| it.split([' ', ',', '-', '_', '.']));
    is_open && words.into_iter().any(|it| it == "o" || it == "report" || OUTPUTS.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_an_option_is_written_if_its_name_says_so() {
        let cases = [
            (Kind::Python, "p.add_argument('--output', type=str, default=\"", true),
            (Kind::Python, "p.add_argument(\n    \"-o\",\n    help=\"a (b)\", default=Path(\"", true),
            (Kind::Python, "@click.option(\"--save-to\", default=\"", true),
            (Kind::Python, "p.add_argument(\"--input\", help=\"of --out\", default=\"", false),
            (Kind::Python, "p.add_argument(\"--out\", default=\"x\")\nopen(\"", false),
            (Kind::Script, "program.option(\"-o, --out-file <file>\", \"where to\", \"", true),
            (Kind::Script, "program.option(\"--config <file>\", \"no --out\", \"", false),
            (Kind::Go, "flag.String(\"out\", \"", true),
            (Kind::Go, "flag.String(\"in\", \"", false),
            (Kind::Rust, "option(\"--out\", \"", false),
        ];
        for (kind, before, expected) in cases {
            assert_eq!(is_default_of_output(kind, before), expected, "{before}");
        }
    }
}
