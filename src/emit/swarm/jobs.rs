//! The jobs of a stack: a file of its own, deployed before the stack, with what the jobs need.
//!
//! The deploy script waits until they have ended, and then removes them: Swarm would start them again with every change.

use crate::emit::Artifact;
use crate::emit::compose::document::origin_lines;
use crate::emit::deploy::needed_first;
use crate::emit::lowering::Lowering;
use crate::ir::service::{Command, Kind, Restart, Service};
use crate::ir::{Environment, System, Volume};
use crate::origin::{Origin, Traced};
use crate::syntax::yaml_out::{Map, render};

use super::{TARGET, stack};

/// Writes jobs, migrations, and the services that those need.
pub(super) fn document(cx: &mut Lowering<'_>) -> Map {
    let environment = cx.environment;
    let on: Vec<&Service> = environment.services.iter().filter(|it| cx.off(&it.name).is_none()).collect();
    let first = needed_first(environment, &on);
    let migrations = migrations(environment);
    let is_wanted = |it: &&&Service| it.kind.value == Kind::Job || first.contains(&it.name);
    let services: Vec<&Service> = on.iter().filter(is_wanted).copied().chain(&migrations).collect();
    let volumes: Vec<Volume> = environment.volumes.clone();
    // What cannot be said of these services was said with the stack.
    let n_losses = cx.losses.len();
    let map = stack(&services, &volumes, cx);
    cx.losses.truncate(n_losses);
    map
}

/// A migration is a job with the image and the environment of its service, and nothing that is for callers.
fn migrations(environment: &Environment) -> Vec<Service> {
    let written = environment.deploy.iter().flat_map(|it| &it.migrate).enumerate();
    let job = |(at, it): (usize, &crate::ir::deploy::Migrate)| {
        let service = environment.service(&it.service)?;
        let origin = Origin::Written(it.span);
        let (program, rest) = it.words.split_first()?;
        Some(Service {
            name: format!("migration-{}", at + 1),
            doc: Some(format!("Migration in the image of {}.", service.name)),
            kind: Traced::new(Kind::Job, origin.clone()),
            entrypoint: Some(Box::new(Traced::new(Command::List(vec![program.clone()]), origin.clone()))),
            run: (!rest.is_empty()).then(|| Box::new(Traced::new(Command::List(rest.to_vec()), origin.clone()))),
            restart: Traced::new(Restart::No, origin),
            publish: Vec::new(),
            routes: Vec::new(),
            health: None,
            replicas: None,
            singleton: None,
            rollout: None,
            container_name: None,
            stateful: false,
            ..service.clone()
        })
    };
    written.filter_map(job).collect()
}

/// Makes the file.
pub(super) fn artifact(system: &System, environment: &Environment, document: Map, path: String) -> Artifact {
    let mut header = origin_lines(system, environment);
    header.push("Jobs and migrations, with what they need: the deploy script runs them before the stack.".to_string());
    let rendered = render(&document.into(), &header);
    Artifact {
        path,
        text: rendered.text,
        executable: false,
        target: TARGET.name,
        environments: vec![environment.name.clone()],
        origins: rendered.origins,
    }
}
