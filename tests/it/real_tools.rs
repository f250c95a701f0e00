//! The real programs, for tests that compare specc with them: only where `SPECC_REALTOOLS` names their directory.
//!
//! Tables made by these programs lie in tests/data: the input in the first column, what each of them made of it in
//! the others, cells as JSON. Every test run holds specc against the table; where the programs are at hand, the
//! table is held against them too, and `UPDATE=1` writes it anew. To add a row, write its first cell and update.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Returns a command that finds the real programs, or none if they are not at hand.
pub fn real_tool(program: &str) -> Option<Command> {
    let directory = PathBuf::from(std::env::var_os("SPECC_REALTOOLS")?);
    let ours = [directory.join("bin"), directory.join("venv/bin")].into_iter();
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let engine = [directory.join("engine/usr/bin")].into_iter();
    let path = std::env::join_paths(ours.chain(std::env::split_paths(&inherited)).chain(engine)).unwrap();
    // The path is looked up here, because a command's own PATH does not decide where it is found.
    let file = std::env::split_paths(&path).map(|it| it.join(program)).find(|it| it.is_file())?;
    let mut command = Command::new(file);
    command.env_clear().env("PATH", path).env("HOME", "/nonexistent");
    Some(command)
}

/// A table of tests/data.
pub struct Table {
    path: PathBuf,
    head: Vec<String>,
    /// The rows; all have the same number of cells.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// Reads a table with so many columns.
    pub fn read(name: &str, columns: usize) -> Table {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, body): (Vec<_>, Vec<_>) = text.lines().partition(|it| it.starts_with('#'));
        let cell = |it: &str| serde_json::from_str(it).unwrap_or_else(|error| panic!("{it}: {error}"));
        let row = |line: &str| {
            let mut row: Vec<Value> = line.split('\t').map(cell).collect();
            row.resize(columns, Value::Null);
            row
        };
        Table { path, head: head.into_iter().map(str::to_string).collect(), rows: body.into_iter().map(row).collect() }
    }

    /// Holds the table against one made anew, or writes that if `UPDATE` is set.
    pub fn check(&self, rows: &[Vec<Value>]) {
        if std::env::var_os("UPDATE").is_some() {
            let line = |row: &Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join("\t");
            let lines: Vec<String> = self.head.iter().cloned().chain(rows.iter().map(line)).collect();
            std::fs::write(&self.path, lines.join("\n") + "\n").unwrap();
        } else {
            let different: Vec<_> = self.rows.iter().zip(rows).filter(|(it, new)| it != new).collect();
            assert!(different.is_empty(), "the real programs say otherwise: {different:#?}");
        }
    }
}
