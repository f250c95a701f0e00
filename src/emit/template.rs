//! Files from the user's own templates: minijinja over the resolved system, for anything that specc does not emit.

use minijinja::{AutoEscape, UndefinedBehavior};

use crate::diag::{Diagnostic, Diags, Level, Reported};
use crate::emit::{Artifact, Output, Target, view};
use crate::ir::around::Template;
use crate::ir::{Environment, System};

pub(crate) use crate::emit::codes::BAD_TEMPLATE;

/// Files from templates.
pub static TARGET: Target =
    Target { name: "template", summary: "Files from your own templates over the resolved system", emit };

fn emit(system: &System, _: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let mut output = Output::default();
    let errors = diags.n_errors();
    for template in &system.templates {
        match filled(system, template) {
            Ok(text) => output.artifacts.push(Artifact {
                path: template.to.clone(),
                text,
                executable: template.executable,
                target: TARGET.name,
                environments: match &template.environment {
                    Some(it) => vec![it.clone()],
                    None => system.environments.iter().map(|it| it.name.clone()).collect(),
                },
                origins: Vec::new(),
            }),
            Err(error) => {
                let line = error.line().map_or_else(String::new, |it| format!(" in line {it}"));
                let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_string);
                let message = format!("the template `{}` cannot be filled in{line}: {reason}", template.from);
                let help = "docs/templates.md lists what a template sees; values of secrets are not among it";
                diags.push(Diagnostic::new(BAD_TEMPLATE, Level::Error, template.span, message).help(help));
            }
        }
    }
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

fn filled(system: &System, template: &Template) -> Result<String, minijinja::Error> {
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_recursion_limit(100);
    engine.add_template(&template.from, &template.text)?;
    let mut data = view::system(system);
    if let Some(it) = template.environment.as_ref().and_then(|it| system.environment(it)) {
        data["environment"] = view::environment(it);
    }
    let mut text = engine.get_template(&template.from)?.render(value(&data))?;
    // The engine takes away the last line break of a template.
    if template.text.ends_with('\n') && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// The data as the engine has it; maps keep no order but that of their names.
fn value(data: &serde_json::Value) -> minijinja::Value {
    match data {
        serde_json::Value::Null => minijinja::Value::from(()),
        serde_json::Value::Bool(it) => minijinja::Value::from(*it),
        serde_json::Value::Number(it) => minijinja::Value::from(it.as_i64().unwrap_or_default()),
        serde_json::Value::String(it) => minijinja::Value::from(it.as_str()),
        serde_json::Value::Array(items) => minijinja::Value::from(items.iter().map(value).collect::<Vec<_>>()),
        serde_json::Value::Object(map) => {
            let entries = map.iter().map(|(name, it)| (name.clone(), value(it)));
            minijinja::Value::from(entries.collect::<std::collections::BTreeMap<String, minijinja::Value>>())
        }
    }
}
