//! Health checks: a probe becomes a command that the image can really run; Swarm reads these the same.
//!
//! Addresses are `127.0.0.1`, never `localhost`: BusyBox's wget asks only the first address of a name, which is
//! `::1` where most servers do not listen.

use crate::emit::deploy::blue_green;
use crate::emit::deploy::quote::literals;
use crate::emit::lowering::Lowering;
use crate::ir::service::{Duration, Health, HttpCheck, HttpClient, Probe, Service};
use crate::ir::text::Text;
use crate::syntax::yaml_out::{Map, Yaml};

use super::service::put;
use super::units;

/// Writes `healthcheck`, if there is something to write.
pub(crate) fn healthcheck(service: &Service, cx: &mut Lowering<'_>) -> Option<Map> {
    let Health { probe, every, timeout, tries, grace, start_every, restart: _ } = &service.health.as_ref()?.value;
    let Some(probe) = probe else { return Some(Map::new().put("disable", true)) };
    if let Probe::Http { client: HttpClient::None, .. } = probe {
        // Only a cluster asks from outside; the resolver has refused it for everybody else.
        return None;
    }
    let mut map = Map::new();
    if blue_green::drains_by_health(service, cx.environment) {
        map.add("test", draining(test(probe))).comment(blue_green::ABOUT_DRAINING);
    } else {
        map.add("test", test(probe));
    }
    let time = |it: &Duration| Yaml::from(units::duration(*it));
    put(&mut map, "interval", every.as_ref(), time);
    put(&mut map, "timeout", timeout.as_ref(), time);
    put(&mut map, "retries", tries.as_ref(), |it| Yaml::from(*it));
    put(&mut map, "start_period", grace.as_ref(), time);
    put(&mut map, "start_interval", start_every.as_ref(), time);
    Some(map)
}

fn test(probe: &Probe) -> Yaml {
    match probe {
        Probe::Http { checks, client } => http(checks, *client),
        Probe::Tcp(port) => shell(&Text::literal(tcp(*port))),
        Probe::Command(words) => {
            Yaml::flow(std::iter::once("CMD".to_string()).chain(words.iter().map(Text::to_compose)))
        }
        Probe::Shell(line) => shell(line),
    }
}

/// Makes a check fail in a container that is to get no more requests.
fn draining(test: Yaml) -> Yaml {
    let Yaml::Flow(items) = test else { return test };
    let words = items.into_iter().filter_map(|it| if let Yaml::Str(word) = it { Some(word) } else { None });
    let words: Vec<String> = words.collect();
    let line = match words.split_first() {
        Some((kind, line)) if kind == "CMD-SHELL" => line.join(" "),
        Some((_, words)) => literals(words),
        None => String::new(),
    };
    Yaml::flow(["CMD-SHELL".to_string(), format!("test ! -e {} || exit 1; {line}", blue_green::DRAINING)])
}

/// Returns the words of a probe that a program in the container answers.
pub(crate) fn arguments(probe: &Probe) -> Vec<String> {
    let Yaml::Flow(items) = test(probe) else { return Vec::new() };
    let words = items.into_iter().filter_map(|it| if let Yaml::Str(word) = it { Some(word) } else { None });
    let words: Vec<String> = words.map(|it| it.replace("$$", "$")).collect();
    match words.split_first() {
        Some((kind, line)) if kind == "CMD-SHELL" => {
            ["/bin/sh".to_string(), "-c".to_string()].into_iter().chain(line.iter().cloned()).collect()
        }
        Some((_, words)) => words.to_vec(),
        None => Vec::new(),
    }
}

fn shell(line: &Text) -> Yaml {
    Yaml::flow(["CMD-SHELL".to_string(), line.to_compose()])
}

/// `nc` is in Alpine and BusyBox, `bash` in Debian: one of the two is nearly everywhere.
fn tcp(port: u16) -> String {
    format!("nc -z 127.0.0.1 {port} || bash -c ': </dev/tcp/127.0.0.1/{port}'")
}

fn http(checks: &[HttpCheck], client: HttpClient) -> Yaml {
    let urls: Vec<String> = checks.iter().map(|it| format!("http://127.0.0.1:{}{}", it.port, it.path)).collect();
    match client {
        HttpClient::Curl => each(&["curl", "-fsS", "-o", "/dev/null"], &urls),
        // Not `--spider`: it sends HEAD, which many frameworks answer with 405.
        HttpClient::Wget => each(&["wget", "-q", "-O", "/dev/null"], &urls),
        HttpClient::Python => cmd(&["python", "-c", &python(&urls)]),
        HttpClient::Node => cmd(&["node", "-e", &node(&urls)]),
        HttpClient::None => Yaml::Null,
    }
}

/// One address is asked without a shell, several with `&&`.
fn each(program: &[&str], urls: &[String]) -> Yaml {
    if let [url] = urls {
        return cmd(&[program, &[url]].concat());
    }
    let calls: Vec<String> = urls.iter().map(|it| format!("{} {}", program.join(" "), quoted(it))).collect();
    shell(&Text::literal(calls.join(" && ")))
}

fn cmd(words: &[&str]) -> Yaml {
    let words = std::iter::once("CMD").chain(words.iter().copied());
    Yaml::flow(words.map(|it| Text::literal(it).to_compose()))
}

fn python(urls: &[String]) -> String {
    match urls {
        [url] => format!("import urllib.request as r; r.urlopen({})", quoted(url)),
        urls => format!("import urllib.request as r; [r.urlopen(u) for u in ({})]", list(urls)),
    }
}

fn node(urls: &[String]) -> String {
    match urls {
        [url] => {
            format!("fetch({}).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))", quoted(url))
        }
        urls => format!(
            "Promise.all([{}].map(u => fetch(u))).then(all => process.exit(all.every(r => r.ok) ? 0 : 1), \
             () => process.exit(1))",
            list(urls)
        ),
    }
}

fn list(urls: &[String]) -> String {
    urls.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ")
}

/// Quotes an address for a shell, Python or JavaScript. In an address a quote or backslash stands percent-encoded.
fn quoted(url: &str) -> String {
    format!("'{}'", url.replace('\'', "%27").replace('\\', "%5C"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(yaml: &Yaml) -> Vec<&str> {
        let Yaml::Flow(items) = yaml else { panic!("not a list in brackets: {yaml:?}") };
        items.iter().map(|it| if let Yaml::Str(text) = it { text.as_str() } else { panic!("{it:?}") }).collect()
    }

    fn ask(client: HttpClient, paths: &[&str]) -> Yaml {
        let checks = paths.iter().map(|it| HttpCheck { port: 80, path: (*it).to_string() }).collect();
        test(&Probe::Http { checks, client })
    }

    #[test]
    fn each_client_asks_in_its_own_way() {
        let curl = ask(HttpClient::Curl, &["/up"]);
        assert_eq!(words(&curl), ["CMD", "curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:80/up"]);
        let two = ask(HttpClient::Wget, &["/a", "/b?x=1"]);
        let line = "wget -q -O /dev/null 'http://127.0.0.1:80/a' && wget -q -O /dev/null 'http://127.0.0.1:80/b?x=1'";
        assert_eq!(words(&two), ["CMD-SHELL", line]);
        let python = ask(HttpClient::Python, &["/it's"]);
        assert_eq!(words(&python)[3], "import urllib.request as r; r.urlopen('http://127.0.0.1:80/it%27s')");
    }

    #[test]
    fn dollars_of_a_probe_reach_the_shell_in_the_container() {
        let probe = Probe::Shell(Text::literal("pg_isready -U ${POSTGRES_USER:-x}"));
        assert_eq!(words(&test(&probe)), ["CMD-SHELL", "pg_isready -U $${POSTGRES_USER:-x}"]);
    }
}
