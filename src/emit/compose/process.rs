//! What a container runs and with which variables; Swarm reads these the same.

use crate::emit::lowering::Lowering;
use crate::ir::service::{Command, Service};
use crate::ir::text::{Part, Text};
use crate::ir::variable::Delivery;
use crate::syntax::yaml_out::{Map, Seq, Yaml};

use super::paths::from_directory;

/// Writes a text in compose's notation.
pub(crate) fn text(text: &Text) -> Yaml {
    Yaml::Str(text.to_compose())
}

/// Writes a command line as it was written: a line if compose splits it into the very same words, else a list.
pub(crate) fn command(command: &Command) -> Yaml {
    match command {
        Command::Line { text, .. } if is_split_by_spaces_only(text) => Yaml::Str(text.to_compose()),
        Command::Line { words, .. } | Command::List(words) => Yaml::flow(words.iter().map(Text::to_compose)),
    }
}

/// Compose's own splitter ends a line at `;`, `&`, `|`, `<` and `>`, trips over `(` and backticks, and has its
/// own idea of quotes. A list says exactly what is meant.
fn is_split_by_spaces_only(text: &Text) -> bool {
    let is_plain = |it: char| it.is_alphanumeric() || " _-./:=@,+%".contains(it);
    text.parts.iter().all(|part| match part {
        Part::Literal(literal) => literal.chars().all(is_plain),
        // A default would be split as well.
        Part::Variable(variable) => variable.fallback.is_none(),
        Part::Slot => true,
    })
}

/// Writes the values that are fixed in the generated file. `write` is how the target reads a text.
pub(crate) fn environment(service: &Service, write: fn(&Text) -> String) -> Map {
    let mut map = Map::new();
    for entry in &service.environment {
        if let Delivery::Inline(value) = &entry.delivery.value {
            map.add(entry.name.to_string(), write(value)).from(&entry.delivery.origin);
        }
    }
    map
}

/// Writes the list of env files, if a variable arrives with them. `optional` is how one that may be missing is
/// written.
pub(crate) fn env_files(service: &Service, cx: &Lowering<'_>, optional: fn(String) -> Yaml) -> Seq {
    let mut list = Seq::new();
    if service.environment.iter().any(|it| it.delivery.value == Delivery::EnvFile) {
        for file in &cx.environment.env_files {
            let path = from_directory(&file.path.value, cx.directory());
            let item = if file.required { Yaml::Str(path) } else { optional(path) };
            list.add(item).from(&file.path.origin);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::text::Variable;
    use crate::source::{FileId, Span};

    fn line(text: &str, words: &[&str]) -> Yaml {
        command(&Command::Line {
            text: Text::literal(text),
            words: words.iter().map(|it| Text::literal(*it)).collect(),
        })
    }

    #[test]
    fn plain_line_stays_a_line() {
        assert_eq!(line("redis-server --appendonly yes", &[]), Yaml::from("redis-server --appendonly yes"));
    }

    #[test]
    fn line_that_composes_splitter_reads_otherwise_becomes_a_list() {
        let words = ["sh", "-c", "a && b > $X"];
        assert_eq!(line("sh -c 'a && b > $X'", &words), Yaml::flow(["sh", "-c", "a && b > $$X"]));
    }

    #[test]
    fn variable_stands_in_a_line_as_it_was_written() {
        let span = Span::new(FileId(0), 0, 0);
        let variable = Variable { name: "KEY".into(), fallback: None, span };
        let text = Text {
            parts: smallvec::smallvec![Part::Literal("listen --key ".into()), Part::Variable(Box::new(variable))],
        };
        assert_eq!(command(&Command::Line { text, words: Vec::new() }), Yaml::from("listen --key ${KEY}"));
    }
}
