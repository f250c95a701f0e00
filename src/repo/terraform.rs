//! Terraform files, as far as names of modules and outputs go.

use super::fact::terraform::TerraformFile;
use super::fact::{Facts, Text};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};

/// Reads a `.tf` file; other texts are not its business.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    if !input.path.ends_with(".tf") {
        return;
    }
    let mut file = TerraformFile {
        path: input.path.to_string(),
        outputs: Vec::new(),
        modules: Vec::new(),
        references: Vec::new(),
    };
    let mut at = 0;
    let mut is_address = false;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let code = line.split('#').next().unwrap_or(line);
        // `//` starts a comment, and is part of every URL.
        let code = if code.trim_start().starts_with("//") { "" } else { code };
        if let Some(name) = labelled(code, "output", start, input) {
            file.outputs.push(name);
        } else if let Some(name) = labelled(code, "module", start, input) {
            file.modules.push((name, None));
        } else if let Some((_, source)) = file.modules.last_mut()
            && source.is_none()
            && code.trim_start().starts_with("source")
        {
            *source = quoted(code, start, input);
        }
        // `moved { from = module.x.aws_y.z }` names a resource of the module, not an output.
        is_address = match code.split_whitespace().next() {
            Some("moved" | "removed" | "import") => true,
            _ if code.starts_with('}') => false,
            _ => is_address,
        };
        if !is_address {
            references(code, start, input, &mut file);
        }
    }
    facts.terraform.push(file);
}

/// `output "name" {`
fn labelled(line: &str, word: &str, start: usize, input: &Input) -> Option<Text> {
    let rest = line.strip_prefix(word)?;
    rest.starts_with([' ', '"']).then(|| quoted(line, start, input)).flatten()
}

fn quoted(line: &str, start: usize, input: &Input) -> Option<Text> {
    let open = line.find('"')? + 1;
    let close = open + line[open..].find('"')?;
    let span = Span::new(input.file, start + open, start + close);
    Some(Spanned::new(line[open..close].to_string(), span))
}

fn references(line: &str, start: usize, input: &Input, file: &mut TerraformFile) {
    for (at, _) in line.match_indices("module.") {
        let is_whole =
            at == 0 || !matches!(line.as_bytes()[at - 1], b'.' | b'_' | b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9');
        let name_start = at + "module.".len();
        let is_name = |it: &u8| *it == b'_' || *it == b'-' || it.is_ascii_alphanumeric();
        let length = |from: usize| line.as_bytes()[from..].iter().take_while(|it| is_name(it)).count();
        let name_end = name_start + length(name_start);
        // `module.x[0].y`
        let after =
            line[name_end..].strip_prefix('[').and_then(|it| it.find(']')).map_or(name_end, |it| name_end + it + 2);
        if is_whole && line.as_bytes().get(after) == Some(&b'.') {
            let attribute = after + 1;
            let end = attribute + length(attribute);
            let span = Span::new(input.file, start + attribute, start + end);
            let text = Spanned::new(line[attribute..end].to_string(), span);
            file.references.push((line[name_start..name_end].to_string(), text));
        }
    }
}
