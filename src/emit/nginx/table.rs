//! Which location takes which route: the order of `ir::route` as nginx decides it.
//!
//! nginx first chooses a server by its name, then in it the location with the longest prefix. So each host gets a
//! table of its own, into which also the routes of wildcards and of any host are written; and each location names the
//! route that goes first among all whose path its own begins with.

use std::collections::BTreeMap;

use crate::emit::routing::{Way, covers, ways};
use crate::ir::route::{Entrypoint, HostClass, Ingress, host_class};
use crate::ir::service::Service;
use crate::ir::text::Text;

/// One server block to be: hosts that are served alike.
pub(super) struct Table<'a> {
    /// The hosts; `None` is any other.
    pub hosts: Vec<Option<&'a Text>>,
    /// Prefixes and what takes them, the shortest first; `/` is the rest.
    pub locations: Vec<Location<'a>>,
}

/// A location.
pub(super) struct Location<'a> {
    /// Whether it takes this path only.
    pub exact: bool,
    /// The prefix.
    pub path: String,
    /// What takes it; `None` is 404.
    pub way: Option<Way<'a>>,
}

/// Returns the tables of an entry point.
pub(super) fn tables<'a>(services: &'a [Service], ingress: &'a Ingress, entry: &Entrypoint) -> Vec<Table<'a>> {
    let is_on = |way: &Way<'_>| ingress.entries(way.route).any(|it| it.name == entry.name);
    let ways: Vec<Way<'a>> = ways(services).into_iter().filter(is_on).collect();
    let mut hosts: Vec<Option<&Text>> = Vec::new();
    for way in &ways {
        if !hosts.iter().any(|it| same(*it, way.host)) {
            hosts.push(way.host);
        }
    }
    // Hosts whose locations lead the same ways share a table.
    let mut tables: Vec<(Vec<_>, Table<'a>)> = Vec::new();
    for host in hosts {
        let locations = locations(&ways, host);
        let key: Vec<_> = locations.iter().map(|it| (it.exact, it.path.clone(), it.way.map(|it| it.nth))).collect();
        match tables.iter_mut().find(|(other, table)| *other == key && table.hosts[0].is_some() == host.is_some()) {
            Some((_, table)) => table.hosts.push(host),
            None => tables.push((key, Table { hosts: vec![host], locations })),
        }
    }
    tables.into_iter().map(|(_, table)| table).collect()
}

/// Returns whether two hosts are the same text; where it is written makes no difference.
fn same(a: Option<&Text>, b: Option<&Text>) -> bool {
    a.map(Text::to_source) == b.map(Text::to_source)
}

/// Returns whether a way takes requests to a host that has a server of its own.
fn applies(way: &Way<'_>, host: Option<&Text>) -> bool {
    match (way.host, host) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(own), Some(host)) => {
            same(Some(own), Some(host)) || host_class(Some(own)) == HostClass::Wildcard && covers(own, host)
        }
    }
}

fn locations<'a>(ways: &[Way<'a>], host: Option<&Text>) -> Vec<Location<'a>> {
    let mut best: BTreeMap<String, Option<Way<'a>>> = BTreeMap::from([(String::new(), None)]);
    let here = || ways.iter().filter(|it| applies(it, host));
    best.extend(here().map(|it| (it.prefix(), None)));
    for (path, best) in &mut best {
        *best = here().filter(|it| path.starts_with(&it.prefix())).max_by_key(|it| it.rank()).copied();
    }
    let mut locations: Vec<Location<'a>> = Vec::new();
    for (path, way) in &best {
        let above = best.iter().rfind(|(it, _)| it.len() < path.len() && path.starts_with(*it));
        // Both are one to the reader: what the shorter prefix says holds for the longer one.
        let same = |it: Option<Way<'_>>| it.map(|it| it.nth) == way.map(|it| it.nth);
        if above.is_some_and(|(_, it)| same(*it)) {
            continue;
        }
        // For a location that ends with a slash nginx redirects the path without one: nobody asked for that.
        if let Some(bare) = path.strip_suffix('/').filter(|it| !it.is_empty() && !best.contains_key(*it)) {
            let way = above.and_then(|(_, it)| *it);
            locations.push(Location { exact: true, path: bare.to_string(), way });
        }
        let path = if path.is_empty() { "/".to_string() } else { path.clone() };
        locations.push(Location { exact: false, path, way: *way });
    }
    locations
}
