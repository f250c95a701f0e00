//! The two scripts: settings, the functions that their steps call, the steps.

use std::collections::BTreeSet;

use super::steps::Step;
use crate::emit::deploy::quote::{literal, literals, word};
use crate::emit::deploy::{env_reader, lean, up};
use crate::ir::around::Backup;
use crate::ir::text::Text;
use crate::ir::{Environment, Target};

const MAKE: &str = include_str!("parts/make.sh");
const SCHEDULE: &str = include_str!("parts/schedule.sh");
const BEGIN: &str = include_str!("parts/begin.sh");
const END: &str = include_str!("parts/end.sh");
const LOAD: &str = include_str!("parts/load.sh");
const RESTORE_HEAD: &str = include_str!("parts/restore-head.sh");
const RESTORE: &str = include_str!("parts/restore.sh");
const NO_HALT: &str = include_str!("parts/no-halt.sh");
const CONTAINER: [&str; 2] = [include_str!("parts/container-compose.sh"), include_str!("parts/container-swarm.sh")];
const HALT: [&str; 2] = [include_str!("parts/halt-compose.sh"), include_str!("parts/halt-swarm.sh")];
const ASK_POSTGRES: &str = include_str!("parts/ask-postgres.sh");
const ASK_QDRANT: &str = include_str!("parts/ask-qdrant.sh");
const DUMP_POSTGRES: &str = include_str!("parts/dump-postgres.sh");
const DUMP_QDRANT: &str = include_str!("parts/dump-qdrant.sh");
const ARCHIVE_VOLUME: &str = include_str!("parts/archive-volume.sh");
const PLAY_POSTGRES: &str = include_str!("parts/play-postgres.sh");
const PLAY_QDRANT: &str = include_str!("parts/play-qdrant.sh");
const UNPACK_VOLUME: &str = include_str!("parts/unpack-volume.sh");

/// A small image with tar.
const ARCHIVER: &str = "busybox:1.37";
/// A small image with curl.
const CLIENT: &str = "curlimages/curl:8.17.0";

/// Which kinds of steps there are.
struct Kinds {
    postgres: bool,
    timescale: bool,
    qdrant: bool,
    volume: bool,
}

impl Kinds {
    fn of(steps: &[Step]) -> Kinds {
        let has = |kind: fn(&Step) -> bool| steps.iter().any(kind);
        Kinds {
            postgres: has(|it| matches!(it, Step::Postgres(_) | Step::Timescale(_))),
            timescale: has(|it| matches!(it, Step::Timescale(_))),
            qdrant: has(|it| matches!(it, Step::Qdrant(_))),
            volume: has(|it| matches!(it, Step::Volume { .. })),
        }
    }
}

/// Writes the script that copies.
pub(super) fn make(environment: &Environment, backup: &Backup, steps: &[Step]) -> String {
    let kinds = Kinds::of(steps);
    let mut out = head(environment, &backup.file, "Copies the data, on the machine that has them.");
    out.push_str(MAKE);
    settings(&mut out, environment, backup, steps);
    out.push_str(&format!("keep={}\n", backup.keep));
    if let Some(it) = &backup.schedule {
        out.push_str(&format!("schedule='{}'\nfile={}\n", it.replace('\'', ""), literal(&backup.file)));
    }
    let engine = usize::from(environment.target == Target::Swarm);
    let parts = [
        (SCHEDULE, backup.schedule.is_some()),
        (BEGIN, true),
        (CONTAINER[engine], kinds.postgres || kinds.qdrant),
        (ASK_POSTGRES, kinds.postgres),
        (DUMP_POSTGRES, kinds.postgres),
        (ASK_QDRANT, kinds.qdrant),
        (DUMP_QDRANT, kinds.qdrant),
        (ARCHIVE_VOLUME, kinds.volume),
    ];
    write_parts(&mut out, parts);
    for step in steps {
        out.push_str(&match step {
            Step::Postgres(it) | Step::Timescale(it) => format!("dump_postgres {}\n", literal(it)),
            Step::Qdrant(it) => format!("dump_qdrant {}\n", literal(it)),
            Step::Volume { name, stop } => {
                format!("archive_volume {}{}\n", word(name), if *stop { " stop" } else { "" })
            }
        });
    }
    out.push_str(&format!("\n{END}"));
    out
}

/// Writes the script that plays a copy back.
pub(super) fn restore(environment: &Environment, backup: &Backup, steps: &[Step]) -> String {
    let kinds = Kinds::of(steps);
    let what = "Plays a backup back, on the machine that has the data. What it replaces stays until the copy is whole.";
    let mut out = head(environment, &backup.restore, what);
    out.push_str(RESTORE_HEAD);
    settings(&mut out, environment, backup, steps);
    let engine = usize::from(environment.target == Target::Swarm);
    let play_postgres = lean(PLAY_POSTGRES, &[("timescale", kinds.timescale)]);
    let parts = [
        (RESTORE, true),
        (if kinds.volume { HALT[engine] } else { NO_HALT }, true),
        (CONTAINER[engine], kinds.postgres || kinds.qdrant),
        (ASK_POSTGRES, kinds.postgres),
        (play_postgres.as_str(), kinds.postgres),
        (ASK_QDRANT, kinds.qdrant),
        (PLAY_QDRANT, kinds.qdrant),
        (UNPACK_VOLUME, kinds.volume),
    ];
    write_parts(&mut out, parts);
    for step in steps {
        out.push_str(&match step {
            Step::Postgres(it) => format!("play_postgres {}\n", literal(it)),
            Step::Timescale(it) => format!("play_postgres {} timescaledb\n", literal(it)),
            Step::Qdrant(it) => format!("play_qdrant {}\n", literal(it)),
            Step::Volume { name, .. } => format!("unpack_volume {}\n", word(name)),
        });
    }
    out
}

fn write_parts<const N: usize>(out: &mut String, parts: [(&str, bool); N]) {
    for (part, _) in parts.into_iter().filter(|it| it.1) {
        out.push('\n');
        out.push_str(part);
    }
    out.push('\n');
}

fn head(environment: &Environment, file: &str, what: &str) -> String {
    format!(
        "#!/usr/bin/env bash\n# Generated by specc (environment {}). Do not edit: change the spec and run `specc build`.\n#\n# {what}\n\
         set -euo pipefail\n\nroot={}\n",
        literal(&environment.name),
        literal(&up(file)),
    )
}

/// Writes the settings; those with variables are read from the env files of the environment.
fn settings(out: &mut String, environment: &Environment, backup: &Backup, steps: &[Step]) {
    let project = environment.project.as_ref().map_or_else(Text::default, |it| it.value.clone());
    let names = steps.iter().filter_map(|it| if let Step::Volume { name, .. } = it { Some(name) } else { None });
    let texts = names.chain([&project, &backup.dir]);
    let used: BTreeSet<&str> = texts.flat_map(Text::variables).map(|it| it.name.as_str()).collect();
    if !used.is_empty() {
        let files = environment.env_files.iter().map(|it| &it.path.value);
        out.push_str(&format!(
            "used=({})\nenv_files=({})\n\n{}\n{LOAD}\n",
            literals(&used),
            literals(files),
            env_reader()
        ));
    }
    out.push_str(&format!("project={}\ndir={}\n", word(&project), word(&backup.dir)));
    let kinds = Kinds::of(steps);
    if kinds.volume {
        out.push_str(&format!("archiver={ARCHIVER}\n"));
    }
    if kinds.qdrant {
        out.push_str(&format!("client={CLIENT}\n"));
    }
}
