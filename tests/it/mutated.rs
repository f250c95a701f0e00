//! The example specs with a few lines spoilt: the build ends in files or in an error that points into the text.
//!
//! `PROPTEST_CASES=100000 cargo test --test it mutated` goes on for long; fuzz/ does the same guided by coverage.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use specc::diag::Diags;
use specc::emit;
use specc::files::InMemory;
use specc::resolve;
use specc::source::Sources;

/// What a line's value is replaced with: texts that mean something somewhere, or nothing anywhere.
const NASTY: &[&str] = &[
    "",
    "null",
    "true",
    "-1",
    "99999999999999999999",
    "0.1",
    "[]",
    "{}",
    "[[]]",
    "{a: {b: c}}",
    "\"\"",
    "'@{'",
    "\"@{db.host}\"",
    "\"@{1 / 0}\"",
    "\"${A:-${B:?${C}}}\"",
    "\"${\"",
    "\"$${A}\"",
    "../..",
    "/",
    "./.",
    "a:b:c:d",
    "80:80/udp",
    "💥",
    "\u{202e}x",
    "&x [1]",
    "*x",
    "!reset []",
    "|",
    ">-\n    x",
    "{<<: {a: b}}",
    "{like: web}",
    "{services: null}",
    "*",
    "a b",
    "1h",
    "1.5G",
    "no",
    "~",
];

/// A small change of a text: where (in lines, of the text and of another one), which, and with what.
type Change = (prop::sample::Index, prop::sample::Index, u8, prop::sample::Index);

fn change(text: &mut Vec<String>, other: &[String], (at, from, kind, nasty): &Change) {
    if text.is_empty() {
        return;
    }
    let at = at.index(text.len());
    let nasty = NASTY[nasty.index(NASTY.len())];
    match kind % 9 {
        0 => drop(text.remove(at)),
        1 => text.insert(at, text[at].clone()),
        2 => {
            let with = from.index(text.len());
            text.swap(at, with);
        }
        3 => text[at].insert_str(0, "  "),
        4 => text[at] = text[at].strip_prefix("  ").unwrap_or(&text[at]).to_string(),
        5 => text.insert(at, other[from.index(other.len())].clone()),
        6 => {
            let key =
                text[at].split_once(": ").map_or(text[at].as_str(), |(key, _)| key).trim_end_matches(':').to_string();
            text[at] = format!("{key}: {nasty}");
        }
        7 => {
            let place = from.index(text[at].chars().count() + 1);
            let place = text[at].char_indices().nth(place).map_or(text[at].len(), |it| it.0);
            text[at].insert_str(place, nasty);
        }
        _ => {
            let place = from.index(text[at].chars().count() + 1);
            text[at] = text[at].chars().enumerate().filter(|(nth, _)| *nth != place).map(|it| it.1).collect();
        }
    }
}

/// The text of every YAML example, with the files around it.
fn examples() -> Vec<(Vec<String>, InMemory)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    let read = |folder: &std::path::PathBuf| {
        let spec = fs::read_to_string(folder.join("specc.yaml")).ok()?;
        let mut files = Vec::new();
        collect(folder, "", &mut files);
        let files = InMemory::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        Some((spec.lines().map(str::to_string).collect(), files))
    };
    let found: Vec<_> = folders.iter().filter_map(read).collect();
    assert!(found.len() > 5);
    found
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push((path, text));
        }
    }
}

fn build(spec: &str, files: &InMemory) {
    use specc::files::Files as _;
    files.write("specc.yaml", spec.as_bytes(), false).unwrap();
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let root = resolve::include::load(files, "specc.yaml", &mut sources, &mut diags);
    let system = root.map(|it| resolve::resolve(&it, "specc.yaml", files, &mut diags));
    match system {
        Some(Ok(system)) => {
            let before = diags.n_errors();
            let emitted = emit::emit(&system, &emit::Selection::default(), &mut diags);
            assert!(emitted.is_ok() || diags.n_errors() > before, "refused without a reason: {spec}");
        }
        Some(Err(_)) => assert!(diags.n_errors() > 0, "refused without a reason: {spec}"),
        None => {}
    }
    for diagnostic in diags.list() {
        for span in diagnostic.span().into_iter().chain(diagnostic.related.iter().map(|it| it.span)) {
            let text = sources.text(span.file);
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "a span cuts text: {diagnostic:?}");
        }
    }
}

#[test]
fn a_spoilt_example_is_built_or_refused_with_a_reason() {
    let examples = examples();
    let changes = prop::collection::vec(any::<Change>(), 1..7);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let which = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), changes);
    let result = runner.run(&which, |(one, other, changes)| {
        let (text, files) = &examples[one.index(examples.len())];
        let (other, _) = &examples[other.index(examples.len())];
        let mut text = text.clone();
        changes.iter().for_each(|it| change(&mut text, other, it));
        build(&(text.join("\n") + "\n"), files);
        Ok(())
    });
    assert!(result.is_ok(), "{}", result.unwrap_err());
}
