//! What holds of a deployment, by the names that the conditions in `parts/` use.

use crate::ir::deploy::{Build, Deploy, Hosts, How, Images};
use crate::ir::{Environment, System, Target};

use super::blue_green;
use super::facts::{self, Facts};
use super::lean::Holds;
use super::settings;

/// Gathers the facts that decide which lines a script has.
pub(super) fn holds(system: &System, environment: &Environment, deploy: &Deploy, facts: &Facts) -> Holds {
    let is_swarm = environment.target == Target::Swarm;
    let rolls_back = deploy.rollback;
    let pushes = deploy.how.value == How::Push;
    let runs_first = !facts.jobs.is_empty() || !deploy.migrate.is_empty();
    let marker = !settings::marker(system, environment).is_empty();
    let required = !facts.required.is_empty();
    let given = !facts.parameters.is_empty();
    let used = !facts::used(deploy).is_empty();
    let tells = (deploy.notify.ntfy.is_some(), deploy.notify.webhook.is_some());
    let mut holds = vec![
        ("remote", deploy.how.value.is_remote()),
        ("push", pushes),
        ("hashes", pushes),
        ("swarm", is_swarm),
        ("several", matches!(deploy.hosts, Hosts::Several(_))),
        ("optional", deploy.optional),
        ("env", !environment.env_files.is_empty()),
        ("given", given),
        ("used", used),
        ("given_or_used", given || used),
        ("git_commit", facts.parameters.iter().any(|it| it == "GIT_COMMIT")),
        ("hostname", facts.parameters.iter().any(|it| it == "HOSTNAME")),
        ("required", required),
        ("marker", marker),
        ("checked", required || marker),
        ("secrets", deploy.secrets.is_some()),
        ("rollback", rolls_back),
        ("tree", rolls_back && deploy.how.value.is_remote()),
        ("good_files", rolls_back && pushes),
        ("ntfy", tells.0),
        ("webhook", tells.1),
        ("tell", tells.0 || tells.1),
        ("before", !deploy.before.is_empty()),
        ("after", !deploy.after.is_empty()),
        ("smoke", deploy.smoke.is_some()),
        ("smoke_when", deploy.smoke.as_ref().is_some_and(|it| it.when.is_some())),
        ("lines", !deploy.before.is_empty() || !deploy.after.is_empty() || deploy.smoke.is_some()),
        ("networks", !facts.networks.is_empty()),
        ("volumes", !facts.volumes.is_empty()),
        ("directories", !facts.directories.is_empty()),
        ("urls", !deploy.verify.http.is_empty()),
        ("inside", !deploy.verify.http.is_empty() && deploy.verify.inside.is_some()),
        ("host_tools", !settings::host_tools(deploy).is_empty()),
        ("build", deploy.build != Build::Nothing),
        ("build_some", matches!(deploy.build, Build::Services(_))),
        ("ahead", runs_first),
        ("jobs", !facts.jobs.is_empty()),
        ("migrate", !deploy.migrate.is_empty()),
        ("first", runs_first && !facts.first.is_empty()),
        ("first_own", runs_first && !facts.first_own.is_empty()),
        ("unchecked", !facts.unchecked.is_empty()),
        ("orphans", deploy.remove_orphans),
    ];
    holds.extend(follow(system, deploy));
    holds.extend(prune(deploy));
    holds.extend(beside(environment, deploy, facts));
    holds
}

/// What is deployed after this one.
fn follow(system: &System, deploy: &Deploy) -> Holds {
    let [must, may] = [false, true].map(|optional| !settings::following(system, deploy, optional).is_empty());
    vec![("next", must), ("next_try", may), ("followed", must || may)]
}

fn prune(deploy: &Deploy) -> Holds {
    let images = &deploy.prune.images;
    let builder = deploy.prune.builder.is_some();
    vec![
        ("prune", images.is_some() || builder),
        ("prune_nameless", matches!(images, Some(Images::Nameless))),
        ("prune_age", matches!(images, Some(Images::Age(_)))),
        ("prune_named", matches!(images, Some(Images::Named(_)))),
        ("prune_builder", builder),
    ]
}

fn beside(environment: &Environment, deploy: &Deploy, facts: &Facts) -> Holds {
    let order = deploy.blue_green.as_ref().map(|it| blue_green::order(environment, it, facts));
    let (needed, others) = order.map_or((false, false), |it| (!it.needed.is_empty(), !it.others.is_empty()));
    vec![
        ("bluegreen", deploy.blue_green.is_some()),
        ("needed", needed),
        ("others", others),
        ("needed_or_others", needed || others),
    ]
}
