//! Backups: a script that copies the data of an environment, one that plays a copy back, and when the first runs.
//!
//! What a database can dump it dumps, because a copy of its files is only good when it stands still; everything else
//! is an archive of the volume, made while its containers stand still.

mod script;
mod steps;

use crate::diag::{Diagnostic, Diags, Level, Reported};
use crate::emit::{Artifact, Grade, Loss, Output, Target};
use crate::ir::around::Backup;
use crate::ir::{self, Environment, System};
use crate::kubernetes::schedule;

pub(crate) use crate::emit::codes::BAD_BACKUP;

/// Backup scripts.
pub static TARGET: Target = Target { name: "backup", summary: "Scripts that back data up and play it back", emit };

fn emit(_: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let mut output = Output::default();
    for environment in environments {
        let Some(backup) = &environment.backup else { continue };
        if environment.target == ir::Target::Kubernetes {
            output.losses.push(Loss {
                environment: environment.name.clone(),
                target: TARGET.name,
                field: format!("backup.{}", environment.name),
                grade: Grade::NotExpressible,
                reason: "on Kubernetes the storage class or an operator of the database makes the copies".to_string(),
                span: Some(backup.span),
            });
            continue;
        }
        let steps = steps::steps(environment, backup);
        judge(environment, backup, steps.is_empty(), diags);
        let texts = [
            (&backup.file, script::make(environment, backup, &steps)),
            (&backup.restore, script::restore(environment, backup, &steps)),
        ];
        output.artifacts.extend(texts.into_iter().map(|(path, text)| Artifact {
            path: path.clone(),
            text,
            executable: true,
            target: TARGET.name,
            environments: vec![environment.name.clone()],
            origins: Vec::new(),
        }));
    }
    Ok(output)
}

fn judge(environment: &Environment, backup: &Backup, is_empty: bool, diags: &mut Diags) {
    if is_empty {
        let message = format!("`{}` has nothing to back up: no database, and no volume", environment.name);
        let error = Diagnostic::new(BAD_BACKUP, Level::Error, backup.span, message);
        diags.push(error.help("take this entry out, or mark what is to be kept: `volumes: {NAME: {backup: true}}`"));
    }
    let Some(when) = &backup.schedule else { return };
    let wanted = if when.contains(['\n', '\r']) || when.starts_with("@every") {
        Some("five fields on one line".to_string())
    } else {
        schedule::refuses(when)
    };
    if let Some(wanted) = wanted {
        let message = format!("cron does not know when `{}` is: it wants {wanted}", when.escape_debug());
        let error = Diagnostic::new(BAD_BACKUP, Level::Error, backup.span, message);
        diags.push(error.help("write minute, hour, day, month and day of the week, such as `0 3 * * *`"));
    }
}
