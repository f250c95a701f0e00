//! Docker Swarm stacks: one file that stands alone, with only what `docker stack deploy` honours.
//!
//! A stack is read by another program than a compose file, with an older dialect: it refuses some keys, drops others
//! with or without a word, and has its own idea of `${…}`. So nothing is merged here: every service is lowered anew.

mod deploy;
mod files;
mod jobs;
mod keys;
mod service;
mod text;

use crate::diag::{Diags, Reported};
use crate::emit::compose::document::{has_variables, origin_lines, with_proxy};
use crate::emit::compose::{networks, patch};
use crate::emit::deploy::jobs_file;
use crate::emit::lowering::Lowering;
use crate::emit::{Artifact, Output, Target, proxy};
use crate::ir::service::{Kind, Service};
use crate::ir::{self, Environment, System, Volume};
use crate::origin::Origin;
use crate::syntax::yaml_out::{Map, render};
use files::Files;

pub(crate) use crate::emit::codes::{GPU, HOST_ADDRESS, MISREAD_DEFAULT, NOT_ON_NODES, SLOT_NOT_FILLED};

/// Docker Swarm.
pub static TARGET: Target = Target { name: "swarm", summary: "Docker Swarm stacks", emit };

fn emit(system: &System, environments: &[&Environment], diags: &mut Diags) -> Result<Output, Reported> {
    let errors = diags.n_errors();
    let mut output = Output::default();
    for environment in environments.iter().filter(|it| it.target == ir::Target::Swarm) {
        let mut cx = Lowering::new(system, environment, TARGET.name);
        let rewritten = text::rewrite(&mut cx);
        output.losses.append(&mut cx.losses);
        diags.absorb(cx.diags);
        let mut cx = Lowering::new(system, &rewritten, TARGET.name);
        let document = document(&mut cx);
        output.losses.append(&mut cx.losses);
        output.artifacts.push(artifact(system, environment, document));
        if let Some(file) = jobs_file(environment) {
            let document = jobs::document(&mut cx);
            output.artifacts.push(jobs::artifact(system, environment, document, file));
        }
        diags.absorb(cx.diags);
    }
    if diags.n_errors() > errors {
        diags.ok()?;
    }
    Ok(output)
}

fn document(cx: &mut Lowering<'_>) -> Map {
    let (proxy, extra) = proxy::proxy(cx);
    let mut services = with_proxy(cx.environment, proxy.as_ref());
    services.retain(|it| cx.off(&it.name).is_none() && is_long_running(it, cx));
    let volumes: Vec<Volume> = cx.environment.volumes.iter().cloned().chain(extra).collect();
    let mut map = stack(&services, &volumes, cx);
    patch::patch_document(&mut map, &services, cx);
    map
}

/// Writes services with the networks, volumes and files that they need.
fn stack(services: &[&Service], volumes: &[Volume], cx: &mut Lowering<'_>) -> Map {
    let mut section = Map::new().spaced();
    let mut files = Files::default();
    for it in services {
        let mut body = service::lower(it, &mut files, cx);
        patch::patch_service(&mut body, &it.raw, cx.target, keys::HONOURED, &mut cx.diags);
        patch::patch_named(&mut body, &it.name, cx, keys::HONOURED);
        let entry = section.add(it.name.clone(), body);
        entry.from(&Origin::Written(it.span));
        if let Some(doc) = &it.doc {
            entry.comment(doc);
        }
    }
    let map = Map::new()
        .spaced()
        .put("services", section)
        .put_filled("networks", networks::networks(services, cx))
        .put_filled("volumes", networks::volumes(services, volumes));
    files.sections(map)
}

/// Swarm would start a job again and again, or all at once with what needs it.
fn is_long_running(service: &Service, cx: &mut Lowering<'_>) -> bool {
    let span = service.kind.origin.span().or(Some(service.span));
    match service.kind.value {
        Kind::Service => true,
        // The deploy script runs it, from a file of its own.
        Kind::Job if cx.environment.deploy.is_some() => false,
        Kind::Job => {
            let reason = "a job is no part of the stack: it is a step of the deployment, before `docker stack deploy`";
            cx.approximate(service, "kind", span, reason);
            false
        }
        Kind::Cron(_) => {
            cx.leave_out(service, "kind", span, "Swarm has no schedule: run it from the cron of a host");
            false
        }
    }
}

fn artifact(system: &System, environment: &Environment, document: Map) -> Artifact {
    let header = header(system, environment, &document);
    let rendered = render(&document.into(), &header);
    Artifact {
        path: environment.file.value.clone(),
        text: rendered.text,
        executable: false,
        target: TARGET.name,
        environments: vec![environment.name.clone()],
        origins: rendered.origins,
    }
}

fn header(system: &System, environment: &Environment, document: &Map) -> Vec<String> {
    let mut lines = origin_lines(system, environment);
    let files: Vec<String> = environment.env_files.iter().map(|it| format!(". ./{}", it.path.value)).collect();
    if has_variables(document) && !files.is_empty() {
        // Unlike compose, `docker stack` takes variables from the shell only.
        lines.push(format!("set -a; {}; set +a", files.join("; ")));
    }
    let name = environment.project.as_ref().map_or_else(|| system.name.clone(), |it| it.value.to_source());
    lines.push(format!("docker stack deploy --with-registry-auth -c {} {name}", environment.file.value));
    lines
}
