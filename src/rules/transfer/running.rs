//! What commands ask of Docker by the names that things have once they run.

use crate::repo::fact::{Command, Text, Word};
use crate::repo::shell::action::{option_values, unwrapped};
use crate::source::Spanned;

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A container.
    Container,
    /// A container, or something else that can be inspected.
    Object,
    /// A service of a Swarm.
    StackService,
    /// A volume.
    Volume,
    /// A network.
    Network,
}

/// A name in a command.
pub struct Asked {
    /// It.
    pub name: Text,
    /// What it is of.
    pub kind: Kind,
    /// What the command does with it.
    pub verb: String,
}

/// Options of these commands that take a value.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "-u", "--user", "-w", "--workdir", "-e", "--env", "--env-file", "--tail", "-n", "--since", "--until", "-t", "--time",
    "-s", "--signal", "-f", "--format", "--detach-keys", "--image", "--replicas", "--filter", "--timeout",
    "--env-add", "--env-rm", "--label-add", "--secret-add", "--config-add", "--mount-add", "--limit-memory",
    "--update-order", "--update-delay", "--update-parallelism", "--update-failure-action", "--constraint-add", "--args",
    "--publish-add", "--publish-rm", "--ip", "--alias", "--link",
];

/// Returns the names that a command asks for.
pub fn asked(command: &Command) -> Vec<Asked> {
    let texts: Vec<&str> = command.words.iter().map(|it| it.text.as_str()).collect();
    let words = &command.words[unwrapped(&texts, &mut None)..];
    if !matches!(words.first().map(|it| it.text.as_str()), Some("docker" | "podman")) {
        return Vec::new();
    }
    let mut rest = &words[1..];
    let mut group = rest.first().map_or("", |it| it.text.as_str());
    if matches!(group, "container" | "service" | "volume" | "network") {
        rest = &rest[1..];
    } else {
        group = "container";
    }
    let Some((verb, rest)) = rest.split_first() else { return Vec::new() };
    let kind = match (group, verb.text.as_str()) {
        ("container", "run" | "create") => return of_run(rest),
        ("container", "exec" | "logs" | "cp" | "restart" | "start" | "attach" | "top" | "port") => Kind::Container,
        ("container", "inspect") => Kind::Object,
        ("service", "update" | "scale" | "logs" | "ps" | "inspect" | "rollback") => Kind::StackService,
        ("volume", "rm" | "inspect") => Kind::Volume,
        ("network", "rm" | "inspect" | "connect" | "disconnect") => Kind::Network,
        _ => return Vec::new(),
    };
    let names = names(rest, verb.text.as_str());
    let text = |it: &Word| Spanned::new(it.text.clone(), it.span);
    let names = names.into_iter().filter(|it| kind == Kind::StackService || !it.is_dynamic).map(text);
    let cut = |it: Text| match (verb.text.as_str(), it.value.split_once([':', '='])) {
        ("cp", None) => None,
        ("cp" | "scale", Some((name, _))) => Some(Spanned::new(name.to_string(), front(&it, name.len()))),
        _ => Some(it),
    };
    // `shop_SERVICE_NAME` stands for any.
    let is_any = |it: &str| it.contains(['/', '<', '*', ' ', '(']) || it.contains("NAME") || it.contains("SERVICE");
    let is_name = |it: &Text| !it.value.is_empty() && !is_any(&it.value);
    let verb = verb.text.clone();
    names.filter_map(cut).filter(is_name).map(|name| Asked { name, kind, verb: verb.clone() }).collect()
}

fn front(it: &Text, length: usize) -> crate::source::Span {
    let written = (it.span.end - it.span.start) as usize;
    if written == it.value.len() { it.span.part(0, length) } else { it.span }
}

/// Returns the words that are names: all that are no options, or only the first where a command follows.
fn names<'w>(words: &'w [Word], verb: &str) -> Vec<&'w Word> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word.text.starts_with('-') {
            // `logs -f` and `exec -t` are flags; `inspect -f` and `restart -t` take a value.
            let is_flag = matches!(
                (verb, word.text.as_str()),
                ("logs", "-f" | "-t") | ("exec", "-t") | ("attach" | "start" | "volume" | "rm", "-f")
            );
            at += if VALUES.contains(&word.text.as_str()) && !is_flag { 2 } else { 1 };
            continue;
        }
        list.push(word);
        at += 1;
        let is_one = matches!(verb, "exec" | "logs" | "attach" | "top" | "port" | "connect" | "disconnect" | "update");
        if is_one {
            break;
        }
    }
    list
}

/// `docker run --network shop_back -v shop_data:/data`.
fn of_run(words: &[Word]) -> Vec<Asked> {
    let end = words.iter().position(|it| it.is_dynamic).unwrap_or(words.len());
    let networks = option_values(&words[..end], &["--network", "--net"]).into_iter().map(|it| (it, Kind::Network));
    let volumes = option_values(&words[..end], &["-v", "--volume"]).into_iter().filter_map(|it| {
        let (name, _) = it.value.split_once(':')?;
        // What has a slash is a path of the machine.
        let is_name = !name.is_empty() && !name.contains(['/', '$', '~', '<']) && !name.starts_with('.');
        is_name.then(|| (Spanned::new(name.to_string(), front(&it, name.len())), Kind::Volume))
    });
    networks.chain(volumes).map(|(name, kind)| Asked { name, kind, verb: "run".to_string() }).collect()
}
