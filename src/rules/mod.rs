//! What specc judges: a file per rule, and one place where levels, selection and suppressions are applied.
//!
//! A rule is a static value with its manual page in it; the samples in the page are its first tests. It joins facts
//! of [`Repo`] and reports; it never reads a file, and it knows neither suppressions nor what was selected.

mod ci;
pub mod config;
mod dialect;
mod docker;
mod document;
mod env;
mod existence;
mod fixture;
pub mod generated;
mod image;
mod kubernetes;
mod mount;
mod overlay;
pub mod policy;
mod port;
mod reference;
mod resource;
mod route;
mod secret;
pub mod selection;
mod settings;
mod shell;
mod suppress;
mod transfer;
mod wiring;
mod yaml;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diag::{Code, Diagnostic, Diags, Level};
use crate::parallel;
use crate::repo::{Repo, Wanted};
use crate::source::{FileId, Span};
pub use selection::Selection;

/// One thing to judge.
#[derive(Debug)]
pub struct Rule {
    /// Its id and name.
    pub code: Code,
    /// How bad it is, unless the rule says otherwise of a finding.
    pub level: Level,
    /// What it finds, in one line without a full stop.
    pub summary: &'static str,
    /// Its manual page: `## What it does`, `## Why it matters`, `## Example`, `## Silent`, `## When it may be wrong`.
    pub docs: &'static str,
    /// Looks for it.
    pub run: fn(&Repo, &mut Findings),
}

impl Rule {
    /// Starts a finding of this rule.
    pub fn finding(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, self.level, span, message)
    }

    /// Starts a finding that is worse or milder than usual.
    pub fn finding_at(&self, level: Level, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, level, span, message)
    }
}

/// All rules, by code.
pub static RULES: &[&Rule] = &[
    &suppress::IGNORE_WITHOUT_REASON,
    &suppress::IGNORE_UNKNOWN_RULE,
    &suppress::IGNORE_UNUSED,
    &config::names_nothing::NAMES_NOTHING,
    &config::names_nothing::EXCLUDES_NOTHING,
    &ci::path_missing::RULE,
    &ci::branch_unknown::RULE,
    &ci::job_unknown::RULE,
    &ci::output_unknown::RULE,
    &ci::workflow_unknown::RULE,
    &ci::service_address::RULE,
    &ci::input_unknown::RULE,
    &wiring::dependency_unknown::RULE,
    &wiring::depends_healthy::RULE,
    &wiring::oneshot_condition::RULE,
    &wiring::depends_disabled::RULE,
    &wiring::never_completes::RULE,
    &dialect::quotes::RULE,
    &dialect::comment::RULE,
    &dialect::shell::RULE,
    &dialect::expansion::RULE,
    &dialect::refused::RULE,
    &dialect::hash::RULE,
    &dialect::odd_bytes::RULE,
    &dialect::disagreement::RULE,
    &docker::copy_ignored::RULE,
    &docker::stage_unknown::RULE,
    &docker::environment_moved::RULE,
    &docker::argument_out_of_scope::RULE,
    &document::default_drift::RULE,
    &env::required_missing::RULE,
    &env::undocumented::RULE,
    &env::not_passed::RULE,
    &env::set_but_unread::RULE,
    &env::key_unread::RULE,
    &env::parity::RULE,
    &env::case_mismatch::RULE,
    &env::typo::RULE,
    &env::conditional_required::RULE,
    &env::localhost_default::RULE,
    &env::bad_value::RULE,
    &env::interpolation_unset::RULE,
    &env::env_file_not_interpolated::RULE,
    &env::dollar_unescaped::RULE,
    &env::pass_through_unset::RULE,
    &env::shadowed::RULE,
    &env::duplicate_key::RULE,
    &env::file_missing::RULE,
    &env::secret_default::RULE,
    &env::buildtime_in_runtime::RULE,
    &env::build_argument_unknown::RULE,
    &env::public_secret::RULE,
    &env::prefix_unused::RULE,
    &env::nested_ignored::RULE,
    &env::replica_mismatch::RULE,
    &env::near_duplicate::RULE,
    &shell::variable_elsewhere::RULE,
    &env::script_variable_undocumented::RULE,
    &env::build_argument_unset::RULE,
    &fixture::unknown_field::RULE,
    &fixture::missing_required::RULE,
    &fixture::setenv_unread::RULE,
    &fixture::path_missing::RULE,
    &fixture::live_service::RULE,
    &image::version_drift::TESTS,
    &fixture::switch_unset::RULE,
    &generated::drift::STALE,
    &generated::drift::EDITED,
    &wiring::healthcheck_inherited::RULE,
    &wiring::healthcheck_path::RULE,
    &wiring::healthcheck_binary::RULE,
    &wiring::healthcheck_port::RULE,
    &wiring::healthcheck_form::RULE,
    &image::floating_tag::RULE,
    &image::version_drift::RULE,
    &image::built_elsewhere::RULE,
    &kubernetes::schema::RULE,
    &kubernetes::selector::RULE,
    &kubernetes::backend::RULE,
    &kubernetes::config_reference::RULE,
    &kubernetes::deprecated_api::RULE,
    &kubernetes::probe_port::RULE,
    &kubernetes::divergence::RULE,
    &kubernetes::removed_api::RULE,
    &kubernetes::required::RULE,
    &kubernetes::invalid::RULE,
    &kubernetes::conflict::RULE,
    &kubernetes::volume_unknown::RULE,
    &kubernetes::kustomization::RULE,
    &kubernetes::command_name::RULE,
    &kubernetes::kustomize_image::RULE,
    &kubernetes::kustomize_patch::RULE,
    &mount::source_missing::RULE,
    &mount::kind_mismatch::RULE,
    &mount::config_not_mounted::RULE,
    &mount::target_twice::RULE,
    &mount::volume_undeclared::RULE,
    &mount::data_elsewhere::RULE,
    &mount::inner_path::RULE,
    &mount::volume_apart::RULE,
    &wiring::network_undefined::RULE,
    &wiring::host_unresolvable::RULE,
    &wiring::port_internal::RULE,
    &port::unserved::RULE,
    &route::upstream::SCRAPE,
    &route::config_host::RULE,
    &wiring::store_login::RULE,
    &wiring::log_driver_host::RULE,
    &route::nginx_upstream::RULE,
    &route::nginx_resolver::RULE,
    &route::nginx_path::RULE,
    &route::nginx_template::RULE,
    &overlay::unknown_service::RULE,
    &overlay::list_append::RULE,
    &overlay::swarm_unsupported::RULE,
    &overlay::asymmetric::RULE,
    &policy::violated::VIOLATED,
    &policy::violated::MALFORMED,
    &wiring::port_conflict::RULE,
    &wiring::port_closed::RULE,
    &wiring::port_public::RULE,
    &port::host_port_inside::RULE,
    &port::malformed::RULE,
    &reference::path_stale::RULE,
    &reference::build_path_missing::RULE,
    &reference::service_unknown::RULE,
    &reference::make_target_unknown::RULE,
    &reference::script_missing::RULE,
    &reference::path_filter_empty::RULE,
    &reference::module_missing::RULE,
    &reference::script_argument_missing::RULE,
    &reference::terraform_output_unknown::RULE,
    &resource::device_capabilities::RULE,
    &resource::replicas::RULE,
    &route::entry_point::RULE,
    &route::resolver::RULE,
    &route::middleware::RULE,
    &route::router_service::RULE,
    &route::rule_syntax::RULE,
    &route::port_missing::RULE,
    &route::proxy_network::RULE,
    &route::constraint::RULE,
    &route::label_level::RULE,
    &route::label_key::RULE,
    &route::upstream::CADDY,
    &route::upstream::PROXY,
    &secret::in_compose::RULE,
    &secret::in_env_file::RULE,
    &secret::default_credentials::RULE,
    &secret::trusts_every_proxy::RULE,
    &secret::private_key::RULE,
    &secret::file_not_given::RULE,
    &settings::field_unused::RULE,
    &settings::optional_required::RULE,
    &settings::shared_env_file::RULE,
    &settings::env_collision::RULE,
    &settings::direct_environ::RULE,
    &settings::v1_leftover::RULE,
    &transfer::missing::RULE,
    &transfer::source_missing::RULE,
    &transfer::unused::RULE,
    &transfer::path_mismatch::RULE,
    &transfer::file_unknown::RULE,
    &transfer::stack_not_exported::RULE,
    &transfer::name_unknown::RULE,
    &transfer::apply_list_incomplete::RULE,
    &transfer::running_name::RULE,
    &transfer::variable_unused::RULE,
    &transfer::variable_left_behind::RULE,
    &yaml::syntax::SYNTAX_ERROR,
    &yaml::syntax::DUPLICATE_KEY,
    &yaml::scalar_changed::RULE,
    &yaml::unknown_key::RULE,
    &yaml::syntax::BAD_ALIAS,
    &yaml::interpolation_malformed::RULE,
];

/// Rules that need no more of a repository than the paths that its texts mention: [`Wanted::Paths`]. Every other rule
/// gets everything, so that one that is not here cannot be wrong for want of a fact; one that is here is held by
/// tests/it/wanted.rs to what it says with everything.
pub static BY_PATHS: &[&Rule] = &[&reference::path_stale::RULE];

/// Returns what has to be read for the rules that are selected.
pub fn wanted(selection: &Selection) -> Wanted {
    let is_by_paths = |it: &String| BY_PATHS.iter().any(|rule| selection::fits(it, rule.code));
    let needs_all = |it: &&Rule| selection.wants(it.code) && BY_PATHS.iter().all(|rule| rule.code != it.code);
    let is_narrow = !selection.select.is_empty() && selection.select.iter().all(is_by_paths);
    if is_narrow && !RULES.iter().any(needs_all) { Wanted::Paths } else { Wanted::All }
}

/// Returns the rule of a code or name, in any case.
pub fn find(word: &str) -> Option<&'static Rule> {
    RULES.iter().find(|it| it.code.id.eq_ignore_ascii_case(word) || it.code.name.eq_ignore_ascii_case(word)).copied()
}

/// A finding, and what beside its places it is about.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is told.
    pub diagnostic: Diagnostic,
    /// Paths it depends on that it does not point into, such as a missing file: a change that deletes the path is to
    /// blame for the finding.
    pub about: Vec<String>,
}

/// What rules found so far.
#[derive(Default, Debug)]
pub struct Findings {
    list: Vec<Finding>,
    /// What is in the list already: a repository may have ten thousand findings before its first baseline.
    seen: HashSet<(Code, Option<Span>, String)>,
}

impl Findings {
    /// Returns whether something at or above a warning points at a place, or into it.
    pub fn tell_of(&self, place: Span) -> bool {
        let points = |it: Span| it.file == place.file && it.start < place.end && place.start < it.end;
        let is_told = |it: &Finding| it.diagnostic.level > Level::Info && it.diagnostic.span().is_some_and(points);
        self.list.iter().any(is_told)
    }

    /// Returns the paths that something at or above a warning is about, each with the place that names it.
    pub fn told_about(&self) -> BTreeSet<(FileId, String, u32)> {
        let mut found = BTreeSet::new();
        for finding in self.list.iter().filter(|it| it.diagnostic.level > Level::Info) {
            let Some(span) = finding.diagnostic.span() else { continue };
            found.extend(finding.about.iter().map(|it| (span.file, it.clone(), span.start)));
        }
        found
    }

    /// Adds a finding. The same one again, as when several environments share a file, is kept once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.push_about(diagnostic, Vec::new());
    }

    /// Adds a finding if there is one.
    pub fn push_maybe(&mut self, diagnostic: Option<Diagnostic>) {
        diagnostic.into_iter().for_each(|it| self.push(it));
    }

    /// Adds a finding that comes from a path it does not point into.
    pub fn push_about(&mut self, diagnostic: Diagnostic, about: Vec<String>) {
        if self.seen.insert((diagnostic.code, diagnostic.span(), diagnostic.message.clone())) {
            self.list.push(Finding { diagnostic, about });
        }
    }
}

/// A finding that a comment keeps quiet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Silenced {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// The reason given.
    pub reason: String,
}

/// Makes one finding of those that say the same of one file: a text that names a missing thing ten times has one
/// mistake. A comment that ignores one of the places has been honoured before.
fn merge(list: Vec<Finding>) -> Vec<Finding> {
    let mut at: HashMap<(Code, Level, FileId, String), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in list {
        // Texts repeat what they refer to; what a mount or a variable says twice is said by two services.
        let repeats = |it: &Code| ["REF", "XFR", "NET005", "ENV013"].iter().any(|family| it.id.starts_with(family));
        let Some(span) = finding.diagnostic.span().filter(|_| repeats(&finding.diagnostic.code)) else {
            kept.push(finding);
            continue;
        };
        let it = &finding.diagnostic;
        match at.entry((it.code, it.level, span.file, it.message.clone())) {
            Entry::Occupied(first) => {
                let first = &mut kept[*first.get()];
                // One cause is mended everywhere at once.
                if let (Some(whole), Some(fix)) = (&mut first.diagnostic.fix, finding.diagnostic.fix) {
                    whole.edits.extend(fix.edits);
                }
                first.diagnostic = first.diagnostic.clone().also(span, "and here");
                first.about.extend(finding.about);
            }
            Entry::Vacant(free) => {
                free.insert(kept.len());
                kept.push(finding);
            }
        }
    }
    kept
}

/// What lies in a folder for what is kept and not used hurts nobody; but a secret is told there, too.
fn put_away(repo: &Repo, finding: &mut Finding) {
    let diagnostic = &mut finding.diagnostic;
    let is_away = |it: Span| {
        let path = repo.path(it.file);
        existence::is_put_away(&path.to_ascii_lowercase()) && !repo.hints.is_reference(path)
    };
    if !diagnostic.code.id.starts_with("SEC") && diagnostic.span().is_some_and(is_away) {
        diagnostic.level = Level::Info;
    }
}

/// Runs the selected rules. `diags` comes with what reading found, and leaves with everything that is to be told.
pub fn judge(repo: &Repo, selection: &Selection, diags: &mut Diags) -> Vec<Silenced> {
    let mut findings = Findings::default();
    for diagnostic in diags.take() {
        findings.push(diagnostic);
    }
    // The broadest rule comes last, so that it can leave out what a more exact one has said of the same place.
    let is_last = |it: &&Rule| it.code == reference::path_stale::RULE.code;
    let wanted = RULES.iter().copied().filter(|it| selection.wants(it.code));
    let (last, others): (Vec<&Rule>, Vec<&Rule>) = wanted.partition(is_last);
    // The others know nothing of each other. What they found is put together in their order.
    let found = parallel::map(&others, repo.size(), |rule| {
        let mut findings = Findings::default();
        (rule.run)(repo, &mut findings);
        findings.list
    });
    for finding in found.into_iter().flatten() {
        findings.push_about(finding.diagnostic, finding.about);
    }
    for rule in last {
        (rule.run)(repo, &mut findings);
    }
    let mut list = findings.list;
    list.retain(|it| selection.wants(it.diagnostic.code));
    list.iter_mut().for_each(|it| put_away(repo, it));
    for finding in &mut list {
        let said = selection.levels.iter().rev().find(|it| selection::fits(&it.0, finding.diagnostic.code));
        finding.diagnostic.level = said.map_or(finding.diagnostic.level, |it| it.1);
    }
    let (list, silenced) = suppress::apply(repo, selection, list);
    let mut list = merge(list);
    list.retain(|it| selection.shows(repo, it));
    for finding in list {
        diags.push(finding.diagnostic);
    }
    silenced
}
