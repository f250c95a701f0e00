//! What keeps pods running, or runs them to their end: selectors, templates, strategies.

use std::collections::HashMap;

use super::at::At;
use super::tree::Tree;
use super::{FaultKind, Judge, format, pod, storage};
use crate::source::Span;

/// Judges a Deployment, ReplicaSet, StatefulSet, DaemonSet or ReplicationController.
pub fn judge(object: &At<'_>, kind: &str, judge: &mut Judge) {
    let Some(spec) = object.get("spec") else { return };
    let Some(template) = spec.get("template") else { return };
    match (spec.get("selector"), kind) {
        (Some(selector), "ReplicationController") => {
            matches(&selector, &template, judge);
        }
        (Some(selector), _) => self::selector(&selector, &template, judge),
        (None, _) => {}
    }
    if let Some(pod) = template.get("spec") {
        for_ever(&pod, kind, judge);
    }
    pod::judge_with(&template.get("spec"), &claims(&spec), judge);
    match kind {
        "Deployment" => deployment(&spec, judge),
        "StatefulSet" => stateful_set(&spec, judge),
        "DaemonSet" => daemon_set(&spec, judge),
        _ => {}
    }
}

/// Returns the claims that become volumes of every pod, and where they stand.
fn claims<'a>(spec: &At<'a>) -> HashMap<&'a str, Span> {
    let templates = spec.tree.get("volumeClaimTemplates").into_iter().flat_map(Tree::items);
    let names = templates.filter_map(|it| it.at(&["metadata", "name"]));
    names.filter_map(|it| Some((it.text()?, it.place()))).collect()
}

/// A selector chooses the pods of its own template.
fn selector(selector: &At<'_>, template: &At<'_>, judge: &mut Judge) {
    pod::selector(selector, judge);
    let labels = selector.get("matchLabels");
    let names_one = labels.as_ref().is_some_and(|it| it.tree.entry(0).is_some());
    if !names_one && !selector.has_items("matchExpressions") {
        judge.fault(FaultKind::Invalid, selector, "an empty selector chooses every pod: name at least one label");
        return;
    }
    if let Some(labels) = labels {
        matches(&labels, template, judge);
    }
}

fn matches(labels: &At<'_>, template: &At<'_>, judge: &mut Judge) {
    let metadata = template.get("metadata");
    let of_pod = metadata.as_ref().and_then(|it| it.get("labels"));
    for (key, wanted) in labels.entries() {
        let Some(value) = wanted.tree.text().filter(|it| !it.contains("${")) else { continue };
        let found = of_pod.as_ref().and_then(|it| it.get(key));
        match found {
            Some(it) if it.tree.text().is_none_or(|it| it == value || it.contains("${")) => {}
            Some(it) => {
                let other = it.value_span();
                let has = it.tree.text().unwrap_or_default().to_string();
                judge
                    .fault(FaultKind::Invalid, &wanted, format!("the template's pods have `{key}: {has}`"))
                    .also(other, "the label of the template")
                    .help(format!("write `{has}` here: a selector cannot be changed later"));
            }
            None => {
                let other = of_pod.as_ref().or(metadata.as_ref()).unwrap_or(template).span;
                judge
                    .fault(FaultKind::Invalid, &wanted, format!("the template's pods have no label `{key}`"))
                    .also(other, "the labels of the template")
                    .help(format!("add `{key}: {value}` to the labels of the template"));
            }
        }
    }
}

/// Pods that are kept running are started again whatever happens, and have no end.
fn for_ever(pod: &At<'_>, kind: &str, judge: &mut Judge) {
    if let Some(it) = pod.get("restartPolicy")
        && let Some(text @ ("OnFailure" | "Never")) = it.tree.text()
    {
        let message = format!("a {kind} starts its pods again always, so `{text}` is not supported");
        judge.fault(FaultKind::NotSupported, &it, message).help("drop it, or make this a Job");
    }
    if let Some(it) = pod.get("activeDeadlineSeconds") {
        judge.fault(FaultKind::Forbidden, &it, format!("the pods of a {kind} have no end"));
    }
}

fn deployment(spec: &At<'_>, judge: &mut Judge) {
    if let Some(strategy) = spec.get("strategy") {
        let recreate = strategy.text("type") == Some("Recreate");
        if let Some(it) = strategy.get("rollingUpdate") {
            if recreate {
                judge.fault(FaultKind::Forbidden, &it, "`type: Recreate` replaces all at once");
            }
            never_moves(&it, judge);
        }
    }
    let (progress, ready) = (spec.int("progressDeadlineSeconds"), spec.int("minReadySeconds").unwrap_or(0));
    if let (Some(it), Some(progress)) = (spec.get("progressDeadlineSeconds"), progress)
        && progress <= ready
    {
        judge.fault(FaultKind::Invalid, &it, format!("must be more than `minReadySeconds`, which is {ready}"));
    }
}

/// With neither one more nor one less, nothing could ever be replaced.
fn never_moves(rolling: &At<'_>, judge: &mut Judge) {
    let is_zero = |key: &str| {
        rolling
            .tree
            .get(key)
            .and_then(Tree::written)
            .and_then(|it| format::share(&it))
            .is_some_and(|(number, _)| number == 0)
    };
    if let Some(surge) = rolling.get("maxSurge")
        && is_zero("maxSurge")
        && is_zero("maxUnavailable")
    {
        let other = rolling.get("maxUnavailable").map(|it| it.span);
        let fault = judge.fault(FaultKind::Invalid, &surge, "may not be 0 when `maxUnavailable` is 0");
        if let Some(other) = other {
            fault.also(other, "0 too");
        }
    }
}

fn stateful_set(spec: &At<'_>, judge: &mut Judge) {
    if let Some(strategy) = spec.get("updateStrategy")
        && let Some(it) = strategy.get("rollingUpdate")
        && strategy.text("type") == Some("OnDelete")
    {
        judge.fault(FaultKind::Invalid, &it, "goes with `type: RollingUpdate` only");
    }
    for it in spec.get("volumeClaimTemplates").iter().flat_map(At::items) {
        storage::claim(&it.get("spec"), judge);
    }
}

fn daemon_set(spec: &At<'_>, judge: &mut Judge) {
    if let Some(it) = spec.get("updateStrategy").as_ref().and_then(|it| it.get("rollingUpdate")) {
        never_moves(&it, judge);
    }
}

/// Judges a Job.
pub fn job(object: &At<'_>, judge: &mut Judge) {
    if let Some(spec) = object.get("spec") {
        job_spec(&spec, judge);
    }
}

/// Judges a CronJob.
pub fn cron_job(object: &At<'_>, judge: &mut Judge) {
    let Some(spec) = object.get("spec") else { return };
    if let Some(it) = spec.get("timeZone")
        && it.tree.text().is_some_and(|it| it.eq_ignore_ascii_case("local") || it.contains(' '))
    {
        judge.fault(FaultKind::Invalid, &it, "must be a time zone such as `Europe/Berlin`");
    }
    if let Some(job) = spec.get("jobTemplate").as_ref().and_then(|it| it.get("spec")) {
        job_spec(&job, judge);
    }
}

fn job_spec(spec: &At<'_>, judge: &mut Judge) {
    let template = spec.get("template");
    let pod = template.as_ref().and_then(|it| it.get("spec"));
    if let Some(pod) = &pod {
        match pod.get("restartPolicy") {
            Some(it) if it.tree.text() == Some("Always") => {
                let message = "a Job runs to its end, so `Always` is not supported";
                judge.fault(FaultKind::NotSupported, &it, message).help("write `Never` or `OnFailure`");
            }
            Some(_) => {}
            None => {
                let message = "needs `restartPolicy`: a Job runs to its end, and the default is `Always`";
                judge.fault(FaultKind::Required, pod, message).help("write `restartPolicy: Never` or `OnFailure`");
            }
        }
    }
    pod::judge(&pod, judge);
    if let Some(it) = spec.get("selector").filter(|_| !spec.is_true("manualSelector")) {
        judge
            .fault(FaultKind::Invalid, &it, "the selector of a Job is made for it")
            .help("drop it, or say `manualSelector: true`");
    }
    let indexed = spec.text("completionMode") == Some("Indexed");
    if let Some(it) = spec.get("completionMode").filter(|_| indexed && spec.get("completions").is_none()) {
        judge.fault(FaultKind::Required, &it, "`Indexed` needs `completions`");
    }
    for name in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
        if let Some(it) = spec.get(name).filter(|_| !indexed) {
            judge.fault(FaultKind::Invalid, &it, "goes with `completionMode: Indexed` only");
        }
    }
    let never = pod.as_ref().and_then(|it| it.text("restartPolicy")) == Some("Never");
    if let Some(it) = spec.get("podFailurePolicy").filter(|_| !never) {
        judge.fault(FaultKind::Invalid, &it, "goes with `restartPolicy: Never` only");
    }
}
