//! Which route takes a request, as every proxy must have it: the order that `ir::route` defines, made into data.
//!
//! A route is a list of alternatives. Taken apart it is a list of ways, each of at most one host and one path, and of
//! any two ways it is clear which one goes first. Traefik has one number per router to say so, nginx its locations.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::ir::route::{HostClass, Match, Route, host_class};
use crate::ir::service::Service;
use crate::ir::text::{Part, Text};

/// One host and one path of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub service: &'a Service,
    pub route: &'a Route,
    /// `None` takes any.
    pub host: Option<&'a Text>,
    /// `None` takes any.
    pub path: Option<&'a Text>,
    /// The place of its route among all.
    pub nth: usize,
}

/// All routers in written order, and those of each service.
pub(crate) struct Routers<'a> {
    /// All of them.
    pub all: Vec<Router<'a>>,
    by_service: BTreeMap<&'a str, Range<usize>>,
}

impl<'a> Routers<'a> {
    pub(crate) fn new(all: Vec<Router<'a>>) -> Routers<'a> {
        let mut by_service: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        // Routes are numbered service by service, so those of one stand together.
        for (at, router) in all.iter().enumerate() {
            by_service.entry(&router.service.name).or_insert(at..at).end = at + 1;
        }
        Routers { all, by_service }
    }

    /// Returns those of a service.
    pub(crate) fn of(&self, service: &str) -> &[Router<'a>] {
        self.by_service.get(service).map_or(&[], |it| &self.all[it.clone()])
    }
}

/// What decides between two ways that a request could take; the greater one takes it.
pub(crate) type Rank = (i64, HostClass, usize, Reverse<usize>);

impl Way<'_> {
    /// Returns what decides.
    pub(crate) fn rank(&self) -> Rank {
        let priority = self.route.priority.as_ref().map_or(0, |it| it.value);
        (priority, host_class(self.host), prefix(self.path).len(), Reverse(self.nth))
    }

    /// Returns the path prefix that it takes; everything begins with the empty one.
    pub(crate) fn prefix(&self) -> String {
        prefix(self.path)
    }
}

/// `/` is what every path begins with, so it says no more than no path at all.
fn prefix(path: Option<&Text>) -> String {
    path.map(Text::to_source).filter(|it| it != "/").unwrap_or_default()
}

/// Returns all ways into the services, in written order.
pub(crate) fn ways(services: &[Service]) -> Vec<Way<'_>> {
    let routes = services.iter().flat_map(|service| service.routes.iter().map(move |it| (service, it)));
    let mut all = Vec::new();
    for (nth, (service, route)) in routes.enumerate() {
        for it in &route.matches {
            for (host, path) in pairs(it) {
                all.push(Way { service, route, host, path, nth });
            }
        }
    }
    all
}

fn pairs(of: &Match) -> Vec<(Option<&Text>, Option<&Text>)> {
    let or_any = |list: &'_ [Text]| list.len().max(1);
    let mut pairs = Vec::new();
    for host in 0..or_any(&of.hosts) {
        pairs.extend((0..or_any(&of.paths)).map(|path| (of.hosts.get(host), of.paths.get(path))));
    }
    pairs
}

/// Returns whether some request has a host that both take.
pub(crate) fn hosts_meet(a: Option<&Text>, b: Option<&Text>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    match (host_class(Some(a)), host_class(Some(b))) {
        (HostClass::Wildcard, HostClass::Exact) => covers(a, b),
        (HostClass::Exact, HostClass::Wildcard) => covers(b, a),
        _ => lower(a) == lower(b),
    }
}

/// Returns whether a wildcard takes a host: it stands for one label.
pub(crate) fn covers(wildcard: &Text, host: &Text) -> bool {
    let rest = lower(wildcard).trim_start_matches('*').to_string();
    let host = lower(host);
    host.strip_suffix(&rest).is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

fn lower(host: &Text) -> String {
    host.to_source().to_ascii_lowercase()
}

/// Returns whether some request has a path that both take.
fn paths_meet(a: &Way<'_>, b: &Way<'_>) -> bool {
    let (a, b) = (a.prefix(), b.prefix());
    a.starts_with(&b) || b.starts_with(&a)
}

/// A route, or one way of it, as one rule with one number.
#[derive(Clone, Debug)]
pub(crate) struct Router<'a> {
    pub service: &'a Service,
    pub route: &'a Route,
    /// Unique among all.
    pub name: String,
    pub matches: Vec<Match>,
    /// The number that it must have so that the right one takes each request; `None` where the length of the rule,
    /// which Traefik takes by itself, decides the same.
    pub priority: Option<i64>,
}

/// Returns the routers of all services. `length` is the number that a rule has by itself, if that is known.
pub(crate) fn routers<'a>(services: &'a [Service], length: &dyn Fn(&[Match]) -> Option<i64>) -> Vec<Router<'a>> {
    let ways = ways(services);
    let whole: Vec<Vec<Way<'a>>> = grouped(&ways);
    let (groups, before) = match order(&whole) {
        Ok(before) => (whole, before),
        // Two routes that each win somewhere need a number each for every place.
        Err(knotted) => {
            let split = whole.into_iter().enumerate().flat_map(|(at, group)| {
                if knotted.contains(&at) { group.into_iter().map(|it| vec![it]).collect() } else { vec![group] }
            });
            let split: Vec<_> = split.collect();
            let before = order(&split).unwrap_or_default();
            (split, before)
        }
    };
    let matches: Vec<Vec<Match>> = groups.iter().map(|it| matches_of(it)).collect();
    let numbers = numbers(&groups, &before, &matches.iter().map(|it| length(it)).collect::<Vec<_>>());
    let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
    let named = groups.iter().zip(matches).zip(numbers).filter_map(|((group, matches), priority)| {
        let first = group.first()?;
        let part = parts.entry(first.nth).or_default();
        *part += 1;
        let name = if *part == 1 { first.route.name.clone() } else { format!("{}-way-{part}", first.route.name) };
        Some(Router { service: first.service, route: first.route, name, matches, priority })
    });
    named.collect()
}

fn grouped<'a>(ways: &[Way<'a>]) -> Vec<Vec<Way<'a>>> {
    ways.chunk_by(|a, b| a.nth == b.nth).map(<[Way<'a>]>::to_vec).collect()
}

/// A whole route keeps its alternatives as they are written.
fn matches_of(group: &[Way<'_>]) -> Vec<Match> {
    match group {
        [first, ..] if group.len() == first.route.matches.iter().map(|it| pairs(it).len()).sum::<usize>() => {
            first.route.matches.clone()
        }
        _ => group
            .iter()
            .map(|it| Match {
                hosts: it.host.into_iter().cloned().collect(),
                paths: it.path.into_iter().cloned().collect(),
            })
            .collect(),
    }
}

/// Returns for each group those that must come after it, or the groups that are in each other's way.
fn order(groups: &[Vec<Way<'_>>]) -> Result<Vec<Vec<usize>>, Vec<usize>> {
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (a, b) in meeting(groups) {
        for (one, other) in groups[a].iter().flat_map(|one| groups[b].iter().map(move |other| (one, other))) {
            if hosts_meet(one.host, other.host) && paths_meet(one, other) {
                let (winner, loser) = if one.rank() > other.rank() { (a, b) } else { (b, a) };
                if !after[winner].contains(&loser) {
                    after[winner].push(loser);
                }
            }
        }
    }
    let sorted = sorted(&after);
    let knotted: Vec<usize> = (0..groups.len()).filter(|it| !sorted.contains(it) && groups[*it].len() > 1).collect();
    if sorted.len() == groups.len() || knotted.is_empty() { Ok(after) } else { Err(knotted) }
}

/// Returns the pairs of groups that have a host in common; most have none, and there may be many.
fn meeting(groups: &[Vec<Way<'_>>]) -> Vec<(usize, usize)> {
    let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut wide: Vec<usize> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        for way in group {
            match way.host.filter(|it| host_class(Some(it)) == HostClass::Exact) {
                Some(host) => by_host.entry(lower(host)).or_default().push(at),
                None => wide.push(at),
            }
        }
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for same in by_host.values() {
        pairs.extend(same.iter().enumerate().flat_map(|(nth, a)| same[nth + 1..].iter().map(|b| (*a, *b))));
    }
    pairs.extend(wide.iter().flat_map(|a| (0..groups.len()).map(|b| (*a.min(&b), *a.max(&b)))));
    pairs.retain(|(a, b)| a != b);
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Sorts groups so that each stands before those that come after it; what is in a circle is left out.
fn sorted(after: &[Vec<usize>]) -> Vec<usize> {
    let mut open = vec![0_usize; after.len()];
    after.iter().flatten().for_each(|it| open[*it] += 1);
    let mut ready: Vec<usize> = (0..after.len()).filter(|it| open[*it] == 0).collect();
    let mut sorted = Vec::new();
    while let Some(next) = ready.pop() {
        sorted.push(next);
        for it in &after[next] {
            open[*it] -= 1;
            if open[*it] == 0 {
                ready.push(*it);
            }
        }
    }
    sorted
}

/// Finds numbers in the right order that are near what a person would expect: a written one stays, any other is the
/// length of its rule unless that is too little for those after it, or too much for those before it.
fn numbers(groups: &[Vec<Way<'_>>], after: &[Vec<usize>], lengths: &[Option<i64>]) -> Vec<Option<i64>> {
    const TYPICAL: i64 = 50;
    let sorted = sorted(after);
    let written: Vec<Option<i64>> =
        groups.iter().map(|it| it.first().and_then(|it| Some(it.route.priority.as_ref()?.value))).collect();
    let mut most = vec![i64::MAX; groups.len()];
    for &at in &sorted {
        let mine = written[at].map_or(most[at], |it| it.min(most[at]));
        for &it in &after[at] {
            most[it] = most[it].min(below(mine));
        }
    }
    let mut numbers = vec![0_i64; groups.len()];
    for &at in sorted.iter().rev() {
        let wanted = written[at].unwrap_or_else(|| lengths[at].unwrap_or(TYPICAL));
        let least = after[at].iter().map(|it| above(numbers[*it])).max().unwrap_or(i64::MIN);
        numbers[at] = wanted.min(most[at]).max(least);
    }
    let is_plain = |at: usize| written[at].is_none() && lengths[at] == Some(numbers[at]);
    let mut said: Vec<bool> = (0..groups.len()).map(|at| written[at].is_some()).collect();
    for (at, rest) in after.iter().enumerate() {
        for &it in rest {
            if !(is_plain(at) && is_plain(it)) {
                said[at] = true;
                said[it] = true;
            }
        }
    }
    numbers.into_iter().zip(said).map(|(number, said)| said.then_some(number)).collect()
}

/// Zero means "none" to Traefik.
fn below(number: i64) -> i64 {
    match number.saturating_sub(1) {
        0 => -1,
        it if number == i64::MAX => it + 1,
        it => it,
    }
}

fn above(number: i64) -> i64 {
    match number.saturating_add(1) {
        0 => 1,
        it => it,
    }
}

/// Returns whether no part of a text is decided later.
pub(crate) fn is_literal(matches: &[Match]) -> bool {
    let texts = matches.iter().flat_map(|it| it.hosts.iter().chain(&it.paths));
    texts.flat_map(|it| &it.parts).all(|it| matches!(it, Part::Literal(_)))
}

#[cfg(test)]
#[path = "routing/tests.rs"]
mod tests;
