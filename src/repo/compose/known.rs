//! What a value with `${…}` comes to, as far as it can be known.

use crate::syntax::interpolation::{Operator, Part, Template, parse};

/// Returns the value with every reference replaced by what `look_up` knows or by its default; `None` if one has
/// neither, or the value is malformed. Unlike compose, nothing unknown becomes empty.
pub fn fill(value: &str, look_up: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let template = parse(value);
    if template.errors.is_empty() { fill_template(&template, look_up) } else { None }
}

fn fill_template(template: &Template, look_up: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    for part in &template.parts {
        match part {
            Part::Literal { text, .. } => out.push_str(text),
            Part::Dollar { .. } => out.push('$'),
            Part::Variable(variable) => {
                let value = look_up(&variable.name);
                let Some(operation) = &variable.operation else {
                    out.push_str(&value?);
                    continue;
                };
                let there = value.filter(|it| !(operation.empty_is_unset && it.is_empty()));
                match (operation.operator, there) {
                    (Operator::Default, None) | (Operator::Replace, Some(_)) => {
                        out.push_str(&fill_template(&operation.argument, look_up)?);
                    }
                    (Operator::Default | Operator::Required, Some(value)) => out.push_str(&value),
                    (Operator::Replace, None) => {}
                    (Operator::Required, None) => return None,
                }
            }
        }
    }
    Some(out)
}

/// Returns the value with every reference replaced by its default; `None` if one has none.
pub fn with_defaults(value: &str) -> Option<String> {
    fill(value, &|_| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fill_in_what_nobody_set_and_nothing_becomes_empty() {
        assert_eq!(with_defaults("${A:-x}/${B-${C:-y}}").as_deref(), Some("x/y"));
        assert_eq!(with_defaults("${A}"), None);
        assert_eq!(with_defaults("${A?:-d}"), None);
        let look_up = |name: &str| (name == "A").then(|| "1".to_string());
        assert_eq!(fill("$A-${A:-2}-${A:+3}-${B:+4}", &look_up).as_deref(), Some("1-1-3-"));
    }
}
