//! What the expressions of a workflow ask of other jobs, steps and the caller: `needs.build.outputs.tag`,
//! `steps.meta.outputs.tags`, `inputs.environment`.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts>

use super::fact::{Asked, Text, WorkflowReference};
use super::near::{line_after, line_before};
use super::reader::Input;
use crate::source::{Span, Spanned};

/// Finds them in the text of a workflow, in the order in which they are written.
pub fn references(input: &Input) -> Vec<WorkflowReference> {
    let mut found = Vec::new();
    for (word, asked) in [("needs.", Asked::Job), ("steps.", Asked::Step), ("inputs.", Asked::Input)] {
        for at in memchr::memmem::find_iter(input.text.as_bytes(), word.as_bytes()) {
            let before = line_before(input.text, at);
            if is_expression(before) && !before.ends_with(|it: char| is_name(it) || it == '.') {
                found.extend(reference(input, at + word.len(), asked));
            }
        }
    }
    found.sort_by_key(|it| it.name.span.start);
    found
}

/// Returns whether what follows on a line is evaluated: `${{` is open, or the line is a condition.
fn is_expression(before: &str) -> bool {
    let key = before.trim_start().trim_start_matches("- ").trim_start();
    match (before.rfind("${{"), before.rfind("}}")) {
        _ if key.starts_with('#') => false,
        (Some(open), close) => close.is_none_or(|it| it < open),
        (None, _) => key.strip_prefix("if:").is_some_and(|it| !it.contains(" #")),
    }
}

fn reference(input: &Input, start: usize, asked: Asked) -> Option<WorkflowReference> {
    let name = name_at(input, start)?;
    let after = line_after(input.text, name.span.end as usize);
    // Anything else of a job or step is there whatever it does: `result`, `outcome`, `conclusion`.
    let output =
        after.strip_prefix(".outputs.").and_then(|_| name_at(input, name.span.end as usize + ".outputs.".len()));
    Some(WorkflowReference { asked, name, output })
}

fn name_at(input: &Input, start: usize) -> Option<Text> {
    let rest = line_after(input.text, start);
    let length = rest.find(|it: char| !is_name(it)).unwrap_or(rest.len());
    (length > 0).then(|| Spanned::new(rest[..length].to_string(), Span::new(input.file, start, start + length)))
}

fn is_name(it: char) -> bool {
    it.is_ascii_alphanumeric() || matches!(it, '_' | '-')
}
