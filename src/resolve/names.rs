//! Names that become names elsewhere: of services, networks and volumes in every target, of environments in files and
//! targets of make. Compose takes nothing but letters, digits, `.`, `_` and `-`, and what begins with `-` is an option.

use std::collections::BTreeSet;

use super::codes;
use crate::diag::{Diagnostic, Diags, Level};
use crate::ir::System;
use crate::source::Span;

/// Refuses names that no target can carry; each place is told once.
pub fn names(system: &System, diags: &mut Diags) {
    let mut told: BTreeSet<(u32, &str)> = BTreeSet::new();
    let mut check = |what: &str, name, span: Span| {
        if !is_name(name) && told.insert((span.start, name)) {
            let message = format!("`{}` cannot be the name of {what}", name.escape_debug());
            let error = Diagnostic::new(codes::BAD_VALUE, Level::Error, span, message);
            diags.push(error.help("use letters, digits, `-`, `_` and `.`, and begin with a letter or a digit"));
        }
    };
    for environment in &system.environments {
        check("an environment", environment.name.as_str(), environment.span);
        environment.services.iter().for_each(|it| check("a service", &it.name, it.span));
        environment.networks.iter().for_each(|it| check("a network", &it.name, it.span.unwrap_or(environment.span)));
        environment.volumes.iter().for_each(|it| check("a volume", &it.name, it.span));
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
    name.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_') && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_what_compose_takes_for_one_and_no_option() {
        for name in ["web", "postgres-cs", "runner_qwen", "db2", "_x", "a.b"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "w b", "-rf", "$(id)", "a;b", "ä", "a\nb", "end\"] --> n0", "a/b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
