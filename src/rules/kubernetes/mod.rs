//! Rules about Kubernetes manifests: what an API server would refuse, told before there is one.
//!
//! `crate::kubernetes` judges; a rule is a kind of fault, so that each has its page, its level and its code.

pub mod backend;
pub mod command_name;
pub mod config_reference;
pub mod conflict;
pub mod deprecated_api;
pub mod divergence;
pub mod invalid;
pub mod kustomization;
pub mod kustomize_image;
pub mod kustomize_patch;
mod object;
pub mod probe_port;
pub mod removed_api;
pub mod required;
pub mod schema;
pub mod selector;
mod twin;
pub mod volume_unknown;

use crate::diag::{Applicability, Diagnostic, Edit};
use crate::kubernetes::{Fault, FaultKind};
use crate::repo::Repo;
use crate::rules::{Findings, Rule};

/// Tells the faults of some kinds.
fn report(rule: &Rule, kinds: &[FaultKind], repo: &Repo, findings: &mut Findings) {
    // What sops adds to an object that it has encrypted is taken away again before anything is applied.
    let is_of_sops = |it: &&Fault| it.kind == FaultKind::UnknownField && it.path == "sops";
    for fault in repo.kubernetes_faults().iter().filter(|it| kinds.contains(&it.kind) && !is_of_sops(it)) {
        findings.push(finding(rule, fault));
    }
}

fn finding(rule: &Rule, fault: &Fault) -> Diagnostic {
    let path = if fault.path.is_empty() { String::new() } else { format!("`{}`: ", fault.path) };
    let mut finding = rule.finding(fault.span, format!("{path}{}", fault.message));
    if let Some((span, label)) = &fault.related {
        finding = finding.also(*span, label.clone());
    }
    if let Some((span, replacement)) = &fault.replacement {
        let title = format!("write `{replacement}`");
        let edit = Edit { span: *span, replacement: replacement.clone() };
        finding = finding.fix(title, Applicability::Unsafe, vec![edit]);
    }
    finding.maybe_help(fault.help.clone())
}
