//! The tables of the infrastructure page.

use std::collections::BTreeSet;

use crate::emit::compose::networks::joined;
use crate::ir::interpolated::{interpolated, interpolated_by};
use crate::ir::kubernetes::External;
use crate::ir::service::{Condition, Kind, MountSource, Replicas, Service};
use crate::ir::text::Text;
use crate::ir::variable::Variable;
use crate::ir::{Environment, Target};

/// Writes text into a table: no line breaks, and nothing that ends a cell.
pub(super) fn cell(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes text as a paragraph: its first word begins no list, heading, quote or block of code.
pub(super) fn paragraph(text: &str) -> String {
    let text = cell(text);
    let begins_a_block = text.starts_with("```") || text.starts_with(['#', '>', '~', '-', '+', '=']);
    if begins_a_block { format!("\\{text}") } else { text }
}

/// Writes text as code.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return String::new();
    }
    // Between backticks nothing is escaped but a `|`, and that not after a backslash.
    if text.contains(['`', '\\']) {
        let escaped =
            |it: char| if it.is_alphanumeric() || it == ' ' { it.to_string() } else { format!("&#{};", it as u32) };
        return format!("<code>{}</code>", text.chars().map(escaped).collect::<String>());
    }
    format!("`{}`", text.replace('|', "\\|"))
}

fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

pub(super) fn services(environment: &Environment) -> String {
    let mut out =
        "| service | image | listens on | how many | needs | what it is |\n| --- | --- | --- | --- | --- | --- |\n"
            .to_string();
    for it in &environment.services {
        let ports: Vec<String> = it
            .ports
            .iter()
            .map(|it| if it.name == "main" { it.number.to_string() } else { format!("{} ({})", it.number, it.name) })
            .collect();
        let scale = it.scale.as_ref().map(|it| &it.value).filter(|_| environment.target == Target::Kubernetes);
        let many = match (it.replicas.as_ref().map(|it| &it.value), it.singleton.as_ref().is_some_and(|it| it.value)) {
            _ if scale.is_some() => scale.map_or_else(String::new, |it| format!("{} to {}", it.min, it.max)),
            (_, true) => "1, never more".to_string(),
            (None, _) => "1".to_string(),
            (Some(Replicas::Count(n)), _) => n.to_string(),
            (Some(Replicas::Variable(it)), _) => code(&it.to_source()),
        };
        let image = it.image.as_ref().map_or_else(String::new, |it| code(&it.value.to_source()));
        out.push_str(&format!(
            "| {} | {image} | {} | {many} | {} | {} |\n",
            code(&it.name),
            ports.join(", "),
            needs(it),
            cell(&about(it))
        ));
    }
    out
}

fn needs(service: &Service) -> String {
    let one = |it: &crate::ir::service::Need| {
        let word = match it.condition {
            Condition::Started => "",
            Condition::Healthy => " (healthy)",
            Condition::Done => " (done)",
        };
        format!("{}{word}", code(&it.service))
    };
    service.needs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn about(service: &Service) -> String {
    let kind = match &service.kind.value {
        Kind::Service => String::new(),
        Kind::Job => "Runs once, to its end. ".to_string(),
        Kind::Cron(schedule) => format!("Runs at {schedule}. "),
    };
    let part = service.feature.as_ref().map_or_else(String::new, |it| format!("Part of {}. ", it.value));
    format!("{kind}{part}{}", service.doc.as_deref().unwrap_or_default())
}

/// What others run for this environment.
pub(super) fn elsewhere(environment: &Environment) -> String {
    let row = |it: &External| {
        let port = it.port.map_or_else(String::new, |it| it.to_string());
        format!("| {} | {} | {port} |\n", code(&it.service), code(&it.host))
    };
    let rows: String = environment.external.iter().map(row).collect();
    if rows.is_empty() { rows } else { format!("| service | host | port |\n| --- | --- | --- |\n{rows}") }
}

pub(super) fn callers(environment: &Environment) -> String {
    let mut rows = Vec::new();
    for service in &environment.services {
        for route in &service.routes {
            for it in &route.matches {
                let all = |list: &[Text]| list.iter().map(|it| code(&it.to_source())).collect::<Vec<_>>().join(", ");
                let hosts = if it.hosts.is_empty() { "any host".to_string() } else { all(&it.hosts) };
                let paths = if it.paths.is_empty() { String::new() } else { format!(", paths {}", all(&it.paths)) };
                rows.push(format!(
                    "| the world, through the proxy: {hosts}{paths} | {} port {} |\n",
                    code(&service.name),
                    route.port
                ));
            }
        }
        for it in &service.publish {
            let published = it.published.as_ref().map_or_else(
                || "a port that the engine chooses".to_string(),
                |it| format!("port {}", code(&it.to_source())),
            );
            let from = match it.host.as_ref().map(Text::to_source) {
                Some(host) => format!("whoever reaches {} {published}", code(&host)),
                None => format!("whoever reaches the host at {published}"),
            };
            rows.push(format!("| {from} | {} port {} |\n", code(&service.name), it.target));
        }
    }
    if rows.is_empty() {
        return "Nobody from outside. Services of a network call each other by name.\n".to_string();
    }
    format!(
        "| who | calls |\n| --- | --- |\n{}\nServices of a network call each other by name; nothing else is reachable.\n",
        rows.concat()
    )
}

/// What a person must set comes first; what has a value is listed by group.
pub(super) fn variables(environment: &Environment) -> String {
    let mut used: BTreeSet<String> = interpolated(environment).into_iter().map(|it| it.into_owned()).collect();
    used.extend(environment.services.iter().flat_map(|it| &it.environment).map(|it| it.name.to_string()));
    used.extend(environment.deploy.iter().flat_map(crate::emit::deploy::used));
    let files = codes(environment.env_files.iter().map(|it| it.path.value.as_str()));
    let mut out = if files.is_empty() { String::new() } else { format!("In {files}; later files win.\n\n") };
    out.push_str("| variable | must be set | value here | read by | what it is |\n| --- | --- | --- | --- | --- |\n");
    let mut n = 0;
    let all = || environment.groups.iter().flat_map(|it| &it.variables).filter(|it| used.contains(&*it.name));
    for it in all().filter(|it| must(it)).chain(all().filter(|it| !must(it))) {
        out.push_str(&row(environment, it));
        n += 1;
    }
    if n == 0 { "Nothing.\n".to_string() } else { out }
}

fn must(it: &Variable) -> bool {
    let has_value = it.value.as_ref().is_some_and(|it| it.value.as_literal() != Some(""));
    !it.optional && (it.secret.is_some() || it.required.is_some()) && !has_value
}

fn row(environment: &Environment, it: &Variable) -> String {
    let set = match (must(it), it.secret.is_some()) {
        (true, true) => "**yes**, secret",
        (true, false) => "**yes**",
        (false, true) => "secret",
        (false, false) => "",
    };
    let value = match (&it.value, &it.inside) {
        _ if it.secret.is_some() => String::new(),
        (_, Some(inside)) => code(&inside.value.to_source()),
        (Some(value), None) => code(&value.value.to_source()),
        (None, None) => String::new(),
    };
    let reads = |service: &&Service| {
        service.environment.iter().any(|entry| entry.name == it.name) || interpolated_by(service).contains(&*it.name)
    };
    let readers = environment.services.iter().filter(reads);
    let readers = if it.deploy_only { "the deployment".to_string() } else { codes(readers.map(|it| &*it.name)) };
    let recipe = it
        .secret
        .as_ref()
        .and_then(|it| it.recipe.as_ref())
        .map_or_else(String::new, |it| format!("Make one with {}.", code(it)));
    let doc = cell(it.doc.as_deref().unwrap_or_default());
    let space = if doc.is_empty() || recipe.is_empty() { "" } else { " " };
    format!("| {} | {set} | {value} | {readers} | {doc}{space}{recipe} |\n", code(&it.name))
}

pub(super) fn volumes(environment: &Environment) -> String {
    let mut rows = String::new();
    for volume in &environment.volumes {
        let is_it = |source: &MountSource| matches!(source, MountSource::Volume(name) if *name == volume.name);
        let users = environment.services.iter().flat_map(|service| service.mounts.iter().map(move |it| (service, it)));
        let users: Vec<String> = users
            .filter(|it| is_it(&it.1.source))
            .map(|(service, it)| format!("{} at {}", code(&service.name), code(&it.target)))
            .collect();
        let external = if volume.external { "Not made by this system. " } else { "" };
        rows.push_str(&format!(
            "| {} | {} | {external}{} |\n",
            code(&volume.name),
            users.join(", "),
            cell(volume.doc.as_deref().unwrap_or_default())
        ));
    }
    if rows.is_empty() { rows } else { format!("| volume | used by | what it holds |\n| --- | --- | --- |\n{rows}") }
}

pub(super) fn networks(environment: &Environment) -> String {
    let mut out = "| network | who is on it | what it is |\n| --- | --- | --- |\n".to_string();
    for network in &environment.networks {
        let is_on = |service: &&Service| {
            let networks = joined(service, environment);
            if networks.is_empty() {
                network.name == "default"
            } else {
                networks.iter().any(|it| it.value == network.name)
            }
        };
        let members: Vec<&str> = environment.services.iter().filter(is_on).map(|it| &*it.name).collect();
        if members.is_empty() {
            continue;
        }
        let real = network
            .real_name
            .as_ref()
            .map_or_else(String::new, |it| format!("Its real name is {}. ", code(&it.value.to_source())));
        let external = if network.external { "Must be there before; shared with others. " } else { "" };
        out.push_str(&format!(
            "| {} | {} | {external}{real}{} |\n",
            code(&network.name),
            codes(members),
            cell(network.doc.as_deref().unwrap_or_default())
        ));
    }
    out
}
