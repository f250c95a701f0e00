//! Numbers against the definition, on written cases and on any routes.

use super::*;
use crate::ir::route::HostClass;
use crate::source::{FileId, Span};

fn texts(list: &[&str]) -> Vec<Text> {
    list.iter().map(|it| Text::literal(*it)).collect()
}

fn route(name: &str, matches: &[(&[&str], &[&str])], priority: Option<i64>) -> Route {
    let span = Span::new(FileId(0), 0, 0);
    Route {
        name: name.to_string(),
        span,
        matches: matches.iter().map(|(hosts, paths)| Match { hosts: texts(hosts), paths: texts(paths) }).collect(),
        port: 80,
        strip: None,
        websocket: false,
        timeout: None,
        body: None,
        priority: priority.map(|it| crate::origin::Traced::new(it, crate::origin::Origin::Written(span))),
        auth: None,
        rate: None,
        headers: Vec::new(),
        entry: Vec::new(),
        redirect: None,
    }
}

fn environment(routes: Vec<Route>) -> Vec<Service> {
    let mut service = Service::new("app", Span::new(FileId(0), 0, 0));
    service.routes = routes;
    vec![service]
}

/// Which router takes a request, the way Traefik decides.
fn taken(routers: &[Router<'_>], host: &str, path: &str) -> Option<String> {
    let applies = |it: &&Router<'_>| {
        it.matches.iter().any(|it| {
            let host_fits =
                it.hosts.is_empty() || it.hosts.iter().any(|of| hosts_meet(Some(of), Some(&Text::literal(host))));
            host_fits && (it.paths.is_empty() || it.paths.iter().any(|of| path.starts_with(&of.to_source())))
        })
    };
    let number = |it: &&Router<'_>| it.priority.or(length(&it.matches)).unwrap_or_default();
    let mut fitting: Vec<&Router<'_>> = routers.iter().filter(applies).collect();
    fitting.sort_by_key(number);
    if let [.., a, b] = fitting.as_slice() {
        assert!(number(a) < number(b), "{host}{path} is undecided between {} and {}", a.name, b.name);
    }
    fitting.last().map(|it| it.route.name.clone())
}

/// Which route takes a request, by the definition.
fn defined(services: &[Service], host: &str, path: &str) -> Option<String> {
    let ways = ways(services);
    let fits = |it: &&Way<'_>| hosts_meet(it.host, Some(&Text::literal(host))) && path.starts_with(&it.prefix());
    ways.iter().filter(fits).max_by_key(|it| it.rank()).map(|it| it.route.name.clone())
}

fn length(matches: &[Match]) -> Option<i64> {
    let texts = matches.iter().flat_map(|it| it.hosts.iter().chain(&it.paths));
    Some(texts.map(|it| it.to_source().len() as i64 + 8).sum())
}

#[test]
fn numbers_are_written_only_where_lengths_would_decide_otherwise() {
    let plain =
        environment(vec![route("web", &[(&["a.io"], &[])], None), route("api", &[(&["a.io"], &["/api"])], None)]);
    assert!(routers(&plain, &length).iter().all(|it| it.priority.is_none()));
    // The longer rule is the less exact one.
    let long = environment(vec![
        route("web", &[(&["a.io", "another.example.com"], &[])], None),
        route("api", &[(&["a.io"], &["/api"])], None),
    ]);
    assert!(routers(&long, &length).iter().all(|it| it.priority.is_some()));
    assert_eq!(taken(&routers(&long, &length), "a.io", "/api/x").as_deref(), Some("api"));
}

#[test]
fn written_numbers_stay_and_others_give_way() {
    let system = environment(vec![
        route("web", &[(&["a.very.long.host.example.com"], &[])], None),
        route("api", &[(&["a.very.long.host.example.com"], &["/api"])], Some(20)),
    ]);
    let found = routers(&system, &length);
    assert_eq!(found[1].priority, Some(20));
    assert_eq!(found[0].priority, Some(19));
}

#[test]
fn routes_that_each_win_somewhere_are_taken_apart() {
    let system = environment(vec![
        route("one", &[(&["a.io"], &[]), (&["b.io"], &["/x"])], None),
        route("two", &[(&["b.io"], &[]), (&["a.io"], &["/x"])], None),
    ]);
    let found = routers(&system, &length);
    assert_eq!(found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["one", "one-way-2", "two", "two-way-2"]);
    for (host, path, name) in
        [("a.io", "/", "one"), ("a.io", "/x", "two"), ("b.io", "/", "two"), ("b.io", "/x/y", "one")]
    {
        assert_eq!(taken(&found, host, path).as_deref(), Some(name), "{host}{path}");
    }
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let covers = |wildcard: &str, host: &str| super::covers(&Text::literal(wildcard), &Text::literal(host));
    assert!(covers("*.a.io", "x.a.io") && covers("*.a.io", "X.A.IO"));
    assert!(!covers("*.a.io", "a.io") && !covers("*.a.io", "x.y.a.io") && !covers("*.a.io", "xa.io"));
    assert_eq!(host_class(Some(&Text::literal("*.a.io"))), HostClass::Wildcard);
}

mod any_routes {
    use proptest::prelude::*;

    use super::*;

    type Alternative = (Vec<&'static str>, Vec<&'static str>);

    fn alternative() -> impl Strategy<Value = Alternative> {
        let hosts = prop::sample::subsequence(vec!["a.io", "b.a.io", "*.a.io", "c.io"], 0..3);
        let paths = prop::sample::subsequence(vec!["/", "/a", "/api", "/api/v1"], 0..3);
        (hosts, paths)
    }

    proptest! {
        #[test]
        fn the_numbers_choose_what_the_definition_chooses(
            list in prop::collection::vec((prop::collection::vec(alternative(), 1..4), prop::option::of(-3_i64..4)), 1..6)
        ) {
            let routes = list.iter().enumerate().map(|(nth, (alternatives, priority))| {
                let matches: Vec<(&[&str], &[&str])> =
                    alternatives.iter().map(|(hosts, paths)| (hosts.as_slice(), paths.as_slice())).collect();
                route(&format!("r{nth}"), &matches, priority.filter(|it| *it != 0))
            });
            let system = environment(routes.collect());
            let routers = routers(&system, &length);
            for host in ["a.io", "b.a.io", "x.a.io", "c.io", "d.io"] {
                for path in ["/", "/a", "/ab", "/api", "/api/v1/x", "/z"] {
                    prop_assert_eq!(taken(&routers, host, path), defined(&system, host, path), "{}{}", host, path);
                }
            }
        }
    }
}
