//! Hostile specs: whatever the text, the build ends in files or in an error, in bounded time.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use specc::diag::Diags;
use specc::emit;
use specc::files::InMemory;
use specc::resolve;
use specc::source::Sources;

/// Builds in memory; returns the messages of errors.
fn build(spec: &str, others: &[(&str, &str)]) -> Vec<String> {
    let files = InMemory::new([("specc.yaml", spec), ("a.conf", "x")].into_iter().chain(others.iter().copied()));
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    if let Some(root) = resolve::include::load(&files, "specc.yaml", &mut sources, &mut diags) {
        if let Ok(system) = resolve::resolve(&root, "specc.yaml", &files, &mut diags) {
            let _ = emit::emit(&system, &emit::Selection::default(), &mut diags);
        } else {
            assert!(diags.n_errors() > 0, "refused without a reason");
        }
    }
    for diagnostic in diags.list() {
        for span in diagnostic.span().into_iter().chain(diagnostic.related.iter().map(|it| it.span)) {
            assert!(
                sources.text(span.file).get(span.start as usize..span.end as usize).is_some(),
                "a span cuts text: {diagnostic:?}"
            );
        }
    }
    diags.list().iter().map(|it| it.message.clone()).collect()
}

/// The times are for hangs, not for speed: a quadratic or exponential walk takes minutes here.
fn soon<T>(what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = what();
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
    value
}

#[test]
fn alias_bomb_is_an_error_in_bounded_time() {
    let mut text = "specc: 1\nx-0: &a0 {image: x}\n".to_string();
    for n in 1..25 {
        text += &format!("x-{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "));
    }
    text += "services: {web: {image: x, run: *a24}}\n";
    let said = soon(|| build(&text, &[]));
    assert!(said.iter().any(|it| it.contains("aliases")), "{said:?}");
}

#[test]
fn nesting_of_255_and_far_more_is_read_or_refused() {
    for depth in [200, 255, 256, 5_000, 100_000] {
        let flow = format!("specc: 1\nservices: {}{}\n", "[".repeat(depth), "]".repeat(depth));
        assert!(!soon(|| build(&flow, &[])).is_empty(), "{depth}");
        let json = format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        let said = soon(|| build("specc: 1\ninclude: [a.json]\n", &[("a.json", &json)]));
        assert!(!said.is_empty(), "{depth}");
        let toml = format!("a = {}1{}", "[".repeat(depth), "]".repeat(depth));
        let said = soon(|| build("specc: 1\ninclude: [a.toml]\n", &[("a.toml", &toml)]));
        assert!(!said.is_empty(), "{depth}");
    }
}

/// A spec with one route, in which `field` stands as it is written.
fn routed(kind: &str, field: &str) -> String {
    let matches = if field.starts_with("match:") { "" } else { "match: [{host: a.io}], " };
    format!(
        "specc: 1\nsystem: {{name: x}}\n\
         ingress: {{kind: {kind}, owner: here, entrypoints: {{web: {{port: 80}}}}, file: out.conf}}\n\
         services: {{web: {{image: \"x:1\", port: 80, routes: [{{{matches}{field}}}]}}}}\n\
         environments: {{prod: {{target: compose, file: c.yml}}}}\n"
    )
}

#[test]
fn what_would_leave_its_quotes_in_a_proxy_is_refused_in_every_field_of_a_route() {
    let hostile = [
        "a`) || Host(`b",
        "a\"; return 200 \"",
        "a;return 444",
        "a{b}",
        "a}b",
        "a\nb",
        "a b",
        "a'b",
        "a$host",
        "$(id)",
        "é",
    ];
    // Before the text, after it, and a text that may stand there.
    let fields = [
        ("match: [{host: ", "}]", "b.io"),
        ("match: [{host: a.io, path: ", "}]", "/x"),
        ("strip: ", "", "/x"),
        ("redirect: ", "", "https://b.io"),
        ("auth: ", "", "/etc/users"),
        ("timeout: ", "", "5s"),
        ("body: ", "", "1M"),
        ("rate: ", "", "5/s"),
        ("headers: {", ": x}", "X-A"),
        ("headers: {X-A: ", "}", "one; two"),
        ("entry: ", "", "web"),
    ];
    for (kind, (before, after, fine)) in ["traefik", "nginx"].into_iter().flat_map(|kind| fields.map(|it| (kind, it))) {
        let said = build(&routed(kind, &format!("{before}\"{fine}\"{after}")), &[]);
        assert!(said.is_empty(), "{kind}: {before}{fine}: {said:?}");
        for text in hostile {
            // What is quoted in either configuration may have spaces, quotes and braces in it.
            if before.ends_with("X-A: ") && !text.contains(['`', '\n', '$', 'é'])
                || kind == "traefik" && before.ends_with("X-A: ")
            {
                continue;
            }
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let written = if fine.starts_with('/') { format!("/{escaped}") } else { escaped };
            let said = build(&routed(kind, &format!("{before}\"{written}\"{after}")), &[]);
            assert!(!said.is_empty(), "{kind}: {before}{text:?} was let through");
        }
    }
}

#[test]
fn spec_of_twenty_megabytes_is_an_error() {
    let text =
        format!("specc: 1\nsystem: {{name: x}}\n{}", "# comment line that says nothing at all\n".repeat(540_000));
    let said = soon(|| build(&text, &[]));
    assert!(said.iter().any(|it| it.contains("a spec has at most")), "{said:?}");
}

#[test]
fn cyclic_and_missing_includes_are_errors() {
    let said =
        build("specc: 1\ninclude: [b.yaml]\n", &[("b.yaml", "include: [c.yaml]\n"), ("c.yaml", "include: [b.yaml]\n")]);
    assert!(said.iter().any(|it| it.contains("b.yaml → c.yaml → b.yaml")), "{said:?}");
    assert!(build("specc: 1\ninclude: [no.yaml]\n", &[])[0].contains("cannot read `no.yaml`"));
    assert!(build("specc: 1\ninclude: [../up.yaml]\n", &[])[0].contains("leads out of the tree"));
}

#[test]
fn dense_needs_of_two_thousand_services_take_linear_time() {
    let mut text = "specc: 1\nsystem: {name: x}\nenvironments: {a: {target: compose}}\nservices:\n".to_string();
    for n in 0..2000u32 {
        let needs: Vec<String> = (n.saturating_sub(3)..n).map(|it| format!("s{it}: started")).collect();
        text += &format!("  s{n}: {{image: x, needs: {{{}}}}}\n", needs.join(", "));
    }
    let said = soon(|| build(&text, &[]));
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn expressions_cannot_run_away() {
    let spec = |it: &str| {
        format!(
            "specc: 1\nsystem: {{name: x}}\nenvironments: {{a: {{target: compose}}}}\nservices: {{web: {{image: x, env: {{A: {it}}}}}}}\n"
        )
    };
    for expression in [
        "\"@{[0] * 1000000000}\"",
        "\"@{'x' * 10000000000}\"",
        "\"@{range(10000000000)}\"",
        "\"@{((((((((((1))))))))))}\"",
    ] {
        soon(|| build(&spec(expression), &[]));
    }
    let deep = format!("\"@{{{}1{}}}\"", "(".repeat(20_000), ")".repeat(20_000));
    assert!(!soon(|| build(&spec(&deep), &[])).is_empty());
    let nested = format!("\"{}x{}\"", "${A:-".repeat(20_000), "}".repeat(20_000));
    assert!(!soon(|| build(&spec(&nested), &[])).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_ends_in_files_or_an_error(text in "(\\PC|\\n|: |- |\\{|\\}|\\[|\\]|&a|\\*a|<<: |\\$\\{|@\\{){0,200}") {
        build(&text, &[]);
        build("specc: 1\ninclude: [x.toml, x.json]\n", &[("x.toml", &text), ("x.json", &text)]);
    }

    #[test]
    fn any_value_in_any_field_ends_in_files_or_an_error(
        field in "image|run|user|env|vars|needs|port|ports|publish|routes|mounts|health|replicas|rollout|resources|harden|networks|log|watch|dns|labels|raw|kind|restart|stop_grace",
        value in "(\\PC){0,40}|\\[[a-z0-9:./${}@, \"-]{0,40}\\]|\\{[a-z]{1,8}: [a-z0-9:./${}@-]{0,40}\\}",
    ) {
        build(&format!("specc: 1\nsystem: {{name: x}}\nenvironments: {{a: {{target: compose, layer: base}}, b: {{target: swarm}}, c: {{target: compose, layer: overlay}}}}\nservices:\n  web:\n    image: x\n    {field}: {value}\n"), &[]);
    }
}
