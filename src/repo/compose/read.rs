//! Takes a compose tree, of one file or merged, apart into [`Model`].
//!
//! Nothing is refused here: a value of the wrong shape is left out, and the `yaml` rules say so.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::comment;
use super::{
    Arguments, Build, Dependency, Deploy, EnvFileEntry, Extends, FieldReference, File, Healthcheck, Model, Mount,
    MountKind, NetworkUse, Port, Resource, Service, Variable, known,
};
use crate::diag::Diags;
use crate::repo::fact::{Facts, Text};
use crate::repo::reader::Input;
use crate::source::{Span, Spanned};
use crate::syntax::interpolation;
use crate::syntax::node::{Entry, Node, Value};
use crate::syntax::yaml;

/// Reads a compose file. Several documents are laid over each other, as compose does with them.
pub fn read(input: &Input, facts: &mut Facts, diags: &mut Diags) {
    // What is broken in tests is broken on purpose.
    let mut unheard = Diags::default();
    let diags = if input.in_test { &mut unheard } else { diags };
    let documents = yaml::parse(input.text, input.file, diags).into_iter();
    let Some(node) = documents.reduce(|before, next| super::merge::merge(&before, &next)) else { return };
    let mut file = File {
        file: input.file,
        path: input.path.to_string(),
        model: model(&super::merge::alone(&node), folder(input.path)),
        node: node.clone(),
        references: Vec::new(),
        key_references: Vec::new(),
        bad_references: Vec::new(),
        commented_out: comment::commented_out(input.text),
        is_continued: false,
    };
    collect_references(&node, input.text, &mut Vec::new(), &mut file);
    facts.docs.extend(comment::documented(input));
    facts.compose_files.push(file);
}

/// Returns the folder of a path, "." for the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |it| it.0)
}

/// Reads a tree whose relative paths start at `base`.
pub fn model(node: &Node, base: &str) -> Model {
    let resources = |key: &str| entries(node.get(key)).map(resource).collect();
    let include = |it: &Node| match it.get("path") {
        Some(path) => texts(Some(path)),
        None => text(it).into_iter().collect(),
    };
    Model {
        name: node.get("name").and_then(text),
        version: node.get("version").and_then(text),
        services: entries(node.get("services")).map(|it| service(it, base)).collect(),
        networks: resources("networks"),
        volumes: resources("volumes"),
        configs: resources("configs"),
        secrets: resources("secrets"),
        includes: items(node.get("include")).flat_map(include).collect(),
        by_name: OnceLock::new(),
    }
}

fn resource(entry: &Entry) -> Resource {
    let node = &entry.value;
    let external = node.get("external");
    Resource {
        name: key(entry),
        is_external: external.is_some_and(|it| it.as_bool() == Some(true) || it.as_map().is_some()),
        real_name: node.get("name").or_else(|| external?.get("name")).and_then(text),
        file: node.get("file").and_then(text),
        node: node.clone(),
    }
}

fn service(entry: &Entry, base: &str) -> Service {
    let node = &entry.value;
    let get = |key: &str| node.get(key);
    let value = |key: &str| get(key).and_then(text);
    let mut mounts: Vec<Mount> = items(get("volumes")).filter_map(|it| mount(it, base)).collect();
    mounts.extend(texts(get("tmpfs")).into_iter().map(|it| tmpfs(it, base)));
    Service {
        name: key(entry),
        image: value("image"),
        build: get("build").and_then(build),
        command: get("command").and_then(arguments),
        entrypoint: get("entrypoint").and_then(arguments),
        environment: variables(get("environment")),
        env_files: items_or_one(get("env_file")).filter_map(env_file).collect(),
        ports: items(get("ports")).filter_map(port).collect(),
        expose: texts(get("expose")),
        mounts,
        networks: networks(get("networks")),
        network_mode: value("network_mode"),
        depends_on: depends_on(get("depends_on")),
        links: texts(get("links")).into_iter().map(|it| before(it, ':')).collect(),
        healthcheck: get("healthcheck").and_then(healthcheck),
        profiles: texts(get("profiles")),
        labels: variables(get("labels")),
        deploy: get("deploy").map(deploy),
        extends: get("extends").and_then(extends),
        configs: items(get("configs")).filter_map(source_name).collect(),
        secrets: items(get("secrets")).filter_map(source_name).collect(),
        container_name: value("container_name"),
        hostname: value("hostname"),
        extra_hosts: variables_split(get("extra_hosts"), &['=', ':']).into_iter().map(|it| it.name).collect(),
        restart: value("restart"),
        scale: value("scale"),
        node: node.clone(),
    }
}

fn build(node: &Node) -> Option<Build> {
    if let Some(context) = text(node) {
        let span = context.span;
        let (dockerfile, target) = (None, None);
        let (args, additional_contexts, secrets) = (Vec::new(), Vec::new(), Vec::new());
        return Some(Build { context: Some(context), dockerfile, target, args, additional_contexts, secrets, span });
    }
    node.as_map()?;
    let value = |key: &str| node.get(key).and_then(text);
    Some(Build {
        context: value("context"),
        dockerfile: value("dockerfile"),
        target: value("target"),
        args: variables(node.get("args")),
        additional_contexts: variables(node.get("additional_contexts")),
        secrets: items(node.get("secrets")).filter_map(source_name).collect(),
        span: node.place(),
    })
}

/// Reads `command` or `entrypoint`: compose splits a string into words itself, no shell is involved.
pub fn arguments(node: &Node) -> Option<Arguments> {
    let span = node.place();
    if let Some(list) = node.as_seq() {
        return Some(Arguments { words: list.iter().filter_map(text).collect(), is_shell: false, span });
    }
    let whole = text(node)?;
    let mut words = Vec::new();
    let exact = (span.end - span.start) as usize == whole.value.len();
    for (range, word) in split_words(&whole.value) {
        words.push(Spanned::new(word, if exact { span.part(range.start, range.end) } else { span }));
    }
    Some(Arguments { words, is_shell: false, span })
}

/// Splits into words as compose does: at blanks outside quotes, quotes and backslashes taken away. Returns where each
/// word is written, and the word.
fn split_words(value: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    let (mut open, mut quote, mut is_escaped) = (None::<(usize, String)>, None, false);
    for (at, it) in value.char_indices() {
        if !is_escaped && quote.is_none() && it.is_whitespace() {
            words.extend(open.take().map(|(start, word)| (start..at, word)));
            continue;
        }
        let word = &mut open.get_or_insert_with(|| (at, String::new())).1;
        match (it, quote) {
            _ if is_escaped => {
                is_escaped = false;
                word.push(it);
            }
            ('\\', None | Some('"')) => is_escaped = true,
            ('"' | '\'', None) => quote = Some(it),
            (it, Some(around)) if it == around => quote = None,
            _ => word.push(it),
        }
    }
    words.extend(open.map(|(start, word)| (start..value.len(), word)));
    words
}

fn healthcheck(node: &Node) -> Option<Healthcheck> {
    node.as_map()?;
    let mut test = node.get("test").and_then(|it| match it.as_seq() {
        Some(_) => arguments(it),
        None => text(it).map(|it| Arguments { span: it.span, words: vec![it], is_shell: true }),
    });
    let mut is_disabled = node.get("disable").and_then(Node::as_bool) == Some(true);
    if let Some(arguments) = test.as_mut().filter(|it| !it.is_shell && !it.words.is_empty()) {
        let how = arguments.words.remove(0);
        arguments.is_shell = how.value == "CMD-SHELL";
        is_disabled |= how.value == "NONE";
    }
    Some(Healthcheck { test, is_disabled, node: node.clone() })
}

fn deploy(node: &Node) -> Deploy {
    Deploy {
        replicas: node.get("replicas").and_then(text),
        mode: node.get("mode").and_then(text),
        labels: variables(node.get("labels")),
        node: node.clone(),
    }
}

fn extends(node: &Node) -> Option<Extends> {
    match text(node) {
        Some(service) => Some(Extends { service, file: None }),
        None => Some(Extends { service: text(node.get("service")?)?, file: node.get("file").and_then(text) }),
    }
}

fn source_name(node: &Node) -> Option<Text> {
    text(node).or_else(|| text(node.get("source")?))
}

fn env_file(node: &Node) -> Option<EnvFileEntry> {
    if let Some(path) = text(node) {
        return Some(EnvFileEntry { path, is_required: true, is_raw: false });
    }
    let is_required = node.get("required").and_then(Node::as_bool) != Some(false);
    let is_raw = node.get("format").and_then(Node::as_text) == Some("raw");
    Some(EnvFileEntry { path: text(node.get("path")?)?, is_required, is_raw })
}

fn networks(node: Option<&Node>) -> Vec<NetworkUse> {
    if let Some(Value::Map(map)) = node.map(|it| &it.value) {
        let one = |it: &Entry| NetworkUse { name: key(it), aliases: texts(it.value.get("aliases")) };
        return map.entries.iter().map(one).collect();
    }
    texts(node).into_iter().map(|name| NetworkUse { name, aliases: Vec::new() }).collect()
}

fn depends_on(node: Option<&Node>) -> Vec<Dependency> {
    if let Some(Value::Map(map)) = node.map(|it| &it.value) {
        let one = |it: &Entry| {
            let started = || Spanned::new("service_started".to_string(), it.key_span);
            Dependency {
                service: key(it),
                condition: it.value.get("condition").and_then(text).unwrap_or_else(started),
                is_required: it.value.get("required").and_then(Node::as_bool) != Some(false),
            }
        };
        return map.entries.iter().map(one).collect();
    }
    let one = |service: Text| {
        let condition = Spanned::new("service_started".to_string(), service.span);
        Dependency { service, condition, is_required: true }
    };
    texts(node).into_iter().map(one).collect()
}

fn tmpfs(target: Text, base: &str) -> Mount {
    Mount {
        kind: MountKind::Tmpfs,
        source: None,
        span: target.span,
        target: before(target, ':'),
        is_read_only: false,
        is_short: true,
        create_host_path: None,
        base: base.to_string(),
    }
}

/// Splits `source:target:mode`; the source is `None` for an anonymous volume. `${X:-y}` holds no separator.
pub fn split_mount(text: &str) -> (Option<&str>, &str, &str) {
    let parts = split_outside_braces(text, ':');
    match parts.as_slice() {
        [target] => (None, target, ""),
        // A single letter is a drive of Windows, `c:\x:/y`, and the colon after it no separator.
        [drive, rest] if is_drive(drive) => (None, &text[..drive.len() + 1 + rest.len()], ""),
        [drive, rest, more @ ..] if is_drive(drive) => {
            let source = &text[..drive.len() + 1 + rest.len()];
            (Some(source), more.first().copied().unwrap_or(""), more.get(1).copied().unwrap_or(""))
        }
        [source, target] => (Some(source), target, ""),
        [source, target, mode, ..] => (Some(source), target, mode),
        [] => (None, "", ""),
    }
}

fn is_drive(text: &str) -> bool {
    text.len() == 1 && text.starts_with(|it: char| it.is_ascii_alphabetic())
}

/// Splits at a character that is not within `${…}`.
pub fn split_outside_braces(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, it) in text.char_indices() {
        match it {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if it == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + it.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn mount(node: &Node, base: &str) -> Option<Mount> {
    let span = node.place();
    let base = base.to_string();
    let Some(whole) = text(node) else {
        let kind = match node.get("type").and_then(Node::as_text) {
            Some("bind") => MountKind::Bind,
            Some("volume") | None => MountKind::Volume,
            Some("tmpfs") => MountKind::Tmpfs,
            Some(_) => MountKind::Other,
        };
        return Some(Mount {
            kind,
            source: node.get("source").and_then(text),
            target: clean(text(node.get("target")?)?),
            is_read_only: node.get("read_only").and_then(Node::as_bool) == Some(true),
            is_short: false,
            create_host_path: node.at(&["bind", "create_host_path"]).and_then(Node::as_bool),
            base,
            span,
        });
    };
    let (source, target, mode) = split_mount(&whole.value);
    let is_path =
        |it: &str| it.starts_with(['.', '/', '~']) || it.contains('\\') || it.contains('/') && it.contains(['$', ':']);
    let written = |it: &str| known::with_defaults(it).unwrap_or_else(|| it.to_string());
    let kind = match source {
        Some(source) if is_path(&written(source)) || is_path(source) => MountKind::Bind,
        _ => MountKind::Volume,
    };
    let within = |it: &str| within(&whole, it);
    Some(Mount {
        kind,
        source: source.map(within),
        target: clean(within(target)),
        is_read_only: mode.split(',').any(|it| it == "ro"),
        is_short: true,
        create_host_path: None,
        base,
        span,
    })
}

/// `/x/` is the same place as `/x`.
fn clean(target: Text) -> Text {
    let short = target.value.trim_end_matches('/');
    if short.is_empty() { target } else { Spanned::new(short.to_string(), target.span) }
}

/// Returns a part of a text with its own place; the whole place where quoting hides it.
fn within(whole: &Text, part: &str) -> Text {
    let offset = (part.as_ptr() as usize).wrapping_sub(whole.value.as_ptr() as usize);
    if offset > whole.value.len() {
        return Spanned::new(part.to_string(), whole.span);
    }
    let width = (whole.span.end - whole.span.start) as usize;
    // One more byte on either side are the quotes; anything else is an escape or a fold.
    let span = match width.checked_sub(whole.value.len()) {
        Some(0) => whole.span.part(offset, offset + part.len()),
        Some(2) => whole.span.part(offset + 1, offset + 1 + part.len()),
        _ => whole.span,
    };
    Spanned::new(part.to_string(), span)
}

fn port(node: &Node) -> Option<Port> {
    let span = node.place();
    let Some(whole) = text(node) else {
        let value = |key: &str| node.get(key).and_then(Node::as_text).map(str::to_string);
        return Some(Port {
            host_ip: value("host_ip"),
            published: value("published"),
            target: value("target")?,
            protocol: value("protocol").unwrap_or_else(|| "tcp".to_string()),
            is_host_mode: value("mode").as_deref() == Some("host"),
            span,
        });
    };
    let (ports, protocol) =
        whole.value.rsplit_once('/').filter(|it| !it.1.contains('}')).unwrap_or((&whole.value, "tcp"));
    let parts = split_outside_braces(ports, ':');
    let (target, rest) = parts.split_last()?;
    let (host_ip, published) = match rest {
        [] => (None, None),
        [published] => (None, Some(*published)),
        [host @ .., published] => (Some(host.join(":")), Some(*published)),
    };
    Some(Port {
        host_ip: host_ip.map(|it| it.trim_matches(['[', ']']).to_string()),
        published: published.filter(|it| !it.is_empty()).map(str::to_string),
        target: target.to_string(),
        protocol: protocol.to_string(),
        is_host_mode: false,
        span,
    })
}

/// Reads a mapping or a list of `name=value`.
pub fn variables(node: Option<&Node>) -> Vec<Variable> {
    variables_split(node, &['='])
}

fn variables_split(node: Option<&Node>, separators: &[char]) -> Vec<Variable> {
    if let Some(Value::Map(map)) = node.map(|it| &it.value) {
        let one = |it: &Entry| {
            let value_span = it.value.place();
            let span = if value_span.file == it.key_span.file { it.key_span.to(value_span) } else { it.key_span };
            Variable { name: key(it), value: text(&it.value), is_mapping: true, span }
        };
        return map.entries.iter().map(one).collect();
    }
    let one = |whole: Text| {
        let parts = whole.value.split_once(separators);
        Variable {
            name: within(&whole, parts.map_or(&whole.value, |it| it.0)),
            value: parts.map(|it| within(&whole, it.1)),
            is_mapping: false,
            span: whole.span,
        }
    };
    texts(node).into_iter().map(one).collect()
}

/// Finds every `$` of the file with the field it stands in.
fn collect_references<'a>(node: &'a Node, source: &str, path: &mut Vec<&'a Arc<str>>, file: &mut File) {
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                if memchr::memchr(b'$', entry.key.as_bytes()).is_some() {
                    push_references(&entry.key, entry.key_span, source, path, true, file);
                }
                path.push(&entry.key);
                collect_references(&entry.value, source, path, file);
                path.pop();
            }
        }
        Value::Seq(items) => items.iter().for_each(|it| collect_references(it, source, path, file)),
        Value::Scalar(it) => {
            if memchr::memchr(b'$', it.text.as_bytes()).is_some() {
                push_references(&it.text, node.span, source, path, false, file);
            }
        }
    }
}

fn push_references(text: &str, span: Span, source: &str, path: &[&Arc<str>], is_key: bool, file: &mut File) {
    let written = source.get(span.start as usize..span.end as usize).unwrap_or("");
    let mut from = 0;
    // Quotes and folds shift a value against its text, so each part is looked for in what is written.
    let mut place = |part: &str| match written[from..].find(part) {
        Some(at) => {
            let start = from + at;
            from = start + 1;
            span.part(start, start + part.len())
        }
        None => span,
    };
    let template = interpolation::parse(text);
    let service =
        path.first().is_some_and(|it| &***it == "services").then(|| path.get(1).map(|it| (*it).to_string())).flatten();
    for reference in template.variables() {
        let found = FieldReference {
            span: place(&text[reference.range.clone()]),
            reference: reference.clone(),
            service: service.clone(),
            field: path.iter().map(|it| Arc::clone(it)).collect(),
        };
        if is_key { file.key_references.push(found) } else { file.references.push(found) }
    }
    if !is_key {
        for bad in template.errors.iter().chain(&template.oddities) {
            let start = text.get(bad.range.clone()).and_then(|it| written.find(it));
            let span = start.map_or(span, |it| span.part(it, it + bad.range.len()));
            file.bad_references.push(Spanned::new(bad.message.to_string(), span));
        }
    }
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &Entry> {
    node.and_then(Node::as_map).map_or(&[][..], |it| &it.entries).iter()
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.and_then(Node::as_seq).unwrap_or(&[]).iter()
}

fn items_or_one(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let one = node.filter(|it| it.as_seq().is_none());
    one.into_iter().chain(items(node))
}

fn key(entry: &Entry) -> Text {
    Spanned::new(entry.key.to_string(), entry.key_span)
}

fn text(node: &Node) -> Option<Text> {
    Some(Spanned::new(node.as_text()?.to_string(), node.place()))
}

fn texts(node: Option<&Node>) -> Vec<Text> {
    items_or_one(node).filter_map(text).collect()
}

fn before(whole: Text, separator: char) -> Text {
    let part = whole.value.split(separator).next().unwrap_or("");
    within(&whole, part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn one_service(body: &str) -> Service {
        let text = format!("services:\n  s: {body}\n");
        let node = yaml::parse(&text, FileId(0), &mut Diags::default()).remove(0);
        model(&node, "deploy").services.remove(0)
    }

    #[test]
    fn mounts_are_told_apart_in_both_forms() {
        let cases = [
            ("./a.json:/app/a.json:ro", MountKind::Bind, Some("./a.json"), "/app/a.json", true),
            ("data:/var/lib", MountKind::Volume, Some("data"), "/var/lib", false),
            ("/var/lib", MountKind::Volume, None, "/var/lib", false),
            ("${DIR:-./documents}:/mnt:ro", MountKind::Bind, Some("${DIR:-./documents}"), "/mnt", true),
            ("~/x:/y", MountKind::Bind, Some("~/x"), "/y", false),
        ];
        for (written, kind, source, target, is_read_only) in cases {
            let mount = one_service(&format!("{{volumes: ['{written}']}}")).mounts.remove(0);
            let found = (mount.kind, mount.source.as_ref().map(|it| it.value.as_str()), mount.target.value.as_str());
            assert_eq!((found, mount.is_read_only), ((kind, source, target), is_read_only), "{written}");
        }
        let long = "{volumes: [{type: bind, source: ../x, target: /y, bind: {create_host_path: false}}]}";
        let mount = one_service(long).mounts.remove(0);
        assert_eq!((mount.repository_path().as_deref(), mount.create_host_path), (Some("x"), Some(false)));
    }

    #[test]
    fn ports_are_read_in_every_form() {
        let cases = [
            ("'80'", None, None, "80", "tcp"),
            ("'8080:80'", None, Some("8080"), "80", "tcp"),
            ("'127.0.0.1:8080:80/udp'", Some("127.0.0.1"), Some("8080"), "80", "udp"),
            ("'${P:-5432}:5432'", None, Some("${P:-5432}"), "5432", "tcp"),
            ("{target: 80, published: 8080}", None, Some("8080"), "80", "tcp"),
        ];
        for (written, host_ip, published, target, protocol) in cases {
            let port = one_service(&format!("{{ports: [{written}]}}")).ports.remove(0);
            let found =
                (port.host_ip.as_deref(), port.published.as_deref(), port.target.as_str(), port.protocol.as_str());
            assert_eq!(found, (host_ip, published, target, protocol), "{written}");
        }
    }

    #[test]
    fn parts_of_a_value_have_their_own_place() {
        let text = "services:\n  s:\n    volumes:\n      - \"./a:/b:ro\"\n    environment:\n      - KEY=v\n";
        let node = yaml::parse(text, FileId(0), &mut Diags::default()).remove(0);
        let service = model(&node, ".").services.remove(0);
        let slice = |span: Span| &text[span.start as usize..span.end as usize];
        assert_eq!(slice(service.mounts[0].source.as_ref().unwrap().span), "./a");
        assert_eq!(slice(service.environment[0].name.span), "KEY");
        assert_eq!(slice(service.environment[0].value.as_ref().unwrap().span), "v");
    }

    #[test]
    fn references_know_their_place_and_field() {
        let text = concat!(
            "services:\n  s:\n    image: \"a:${TAG:-${OLD}}\"\n",
            "    labels: {'x.${N}.y': $V, n: \"${B?:-c}\"}\n"
        );
        let tree = crate::repo::tree::Tree::default();
        let kind = crate::repo::kind::Kind::Compose;
        let input = Input { file: FileId(0), path: "compose.yml", text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        let file = &facts.compose_files[0];
        let slice = |span: Span| &text[span.start as usize..span.end as usize];
        let places: Vec<&str> = file.references.iter().map(|it| slice(it.span)).collect();
        assert_eq!(places, ["${TAG:-${OLD}}", "${OLD}", "$V", "${B?:-c}"]);
        assert_eq!(file.references[0].field.join("."), "services.s.image");
        assert_eq!(file.key_references.iter().map(|it| slice(it.span)).collect::<Vec<_>>(), ["${N}"]);
        assert_eq!(file.bad_references.len(), 1);
    }
}
