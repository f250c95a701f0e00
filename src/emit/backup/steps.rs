//! What a backup copies, and how: which databases can say what they hold, which volumes are archived.

use crate::ir::around::Backup;
use crate::ir::service::{Kind, MountSource, Service};
use crate::ir::text::Text;
use crate::ir::{Environment, Target, Volume};

/// One thing that is copied.
pub(super) enum Step {
    /// A PostgreSQL server, by its service.
    Postgres(String),
    /// A PostgreSQL server with TimescaleDB, by its service.
    Timescale(String),
    /// A Qdrant server, by its service.
    Qdrant(String),
    /// A volume, by the name that the engine knows.
    Volume {
        /// The name.
        name: Text,
        /// Whether its containers write what they keep in memory only when they are stopped.
        stop: bool,
    },
}

/// Returns what there is to copy, databases first.
pub(super) fn steps(environment: &Environment, backup: &Backup) -> Vec<Step> {
    let is_marked = environment.volumes.iter().any(|it| it.backup == Some(true));
    let is_kept = |it: &Volume| !backup.without.contains(&it.name) && it.backup.unwrap_or(!is_marked);
    let kept: Vec<&Volume> = environment.volumes.iter().filter(|it| is_kept(it)).collect();
    let running: Vec<&Service> = environment.services.iter().filter(|it| runs(it, environment)).collect();
    let mut steps = Vec::new();
    let mut dumped: Vec<&str> = Vec::new();
    for service in &running {
        let dump: fn(String) -> Step = match program(service).as_str() {
            "postgres" | "pgvector" | "postgis" => Step::Postgres,
            "timescaledb" | "timescaledb-ha" => Step::Timescale,
            "qdrant" => Step::Qdrant,
            _ => continue,
        };
        let own: Vec<&str> = volumes(service).collect();
        dumped.extend(&own);
        // A database whose volumes are all left out is left out; one without volumes has its data elsewhere.
        if own.is_empty() || own.iter().any(|name| kept.iter().any(|it| it.name == *name)) {
            steps.push(dump(service.name.clone()));
        }
    }
    for volume in kept.into_iter().filter(|it| !dumped.contains(&it.name.as_str())) {
        let mut users = running.iter().filter(|it| volumes(it).any(|name| name == volume.name)).peekable();
        if users.peek().is_some() {
            let stop = environment.target == Target::Compose && users.any(|it| keeps_in_memory(it));
            steps.push(Step::Volume { name: real_name(volume, environment), stop });
        }
    }
    steps
}

/// Returns whether a service is there all the time: no job, and no part that is off.
fn runs(service: &Service, environment: &Environment) -> bool {
    let is_on = |feature: &str| environment.features.iter().any(|it| it.value == feature);
    service.kind.value == Kind::Service && service.feature.as_ref().is_none_or(|it| is_on(&it.value))
}

fn volumes(service: &Service) -> impl Iterator<Item = &str> {
    let mounts = service.mounts.iter();
    mounts.filter_map(|it| if let MountSource::Volume(name) = &it.source { Some(name.as_str()) } else { None })
}

/// Returns the image's name without registry and tag.
fn program(service: &Service) -> String {
    let image = service.image.as_ref().map_or_else(String::new, |it| it.value.to_source());
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split([':', '@']).next().unwrap_or_default().to_string()
}

/// Redis has on disk what it had at its last save, unless it writes each change to a log.
fn keeps_in_memory(service: &Service) -> bool {
    let is_redis = matches!(program(service).as_str(), "redis" | "valkey");
    let writes_a_log = service.run.as_ref().is_some_and(|it| {
        let words: Vec<String> = it.value.words().iter().map(Text::to_source).collect();
        words.windows(2).any(|it| it[0].trim_start_matches('-') == "appendonly" && it[1] == "yes")
    });
    is_redis && !writes_a_log
}

fn real_name(volume: &Volume, environment: &Environment) -> Text {
    if let Some(it) = &volume.real_name {
        return it.value.clone();
    }
    if volume.external {
        return Text::literal(&volume.name);
    }
    let mut name = environment.project.as_ref().map_or_else(Text::default, |it| it.value.clone());
    name.push_literal(&format!("_{}", volume.name));
    name
}
