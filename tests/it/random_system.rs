//! Random systems: a base, and an environment that changes, adds and drops what a service has.

use specc::ir::service::{
    Build, Command, Condition, Content, Duration, Gpu, Harden, Health, HttpCheck, HttpClient, Log, Mount, MountSource,
    Need, Probe, Protocol, Publish, Raw, Replicas, Resources, Restart, Role, Service, Watch, WatchAction,
};
use specc::ir::text::{Fallback, Operator, Part, Text, Variable};
use specc::ir::variable::{Delivery, Entry};
use specc::ir::{EnvFile, Environment, Layer, Network, System, Target, Volume};
use specc::origin::{Origin, Traced};
use specc::source::{FileId, Span};
use specc::syntax::node::{Entry as NodeEntry, Map, Node, Style};

const NAMES: [&str; 5] = ["db", "cache", "job", "api", "web"];
const NETWORKS: [&str; 3] = ["default", "front", "back"];
const VOLUMES: [&str; 3] = ["data", "cache", "shared"];

/// Makes a system of two environments; the same seed gives the same system.
pub fn system(seed: u64) -> System {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        random.next();
    }
    let base = environment("base", Layer::Base, services(&mut random), &mut random);
    let changed = change(&base.services, &mut random);
    let mut dev = environment("dev", Layer::Overlay, changed, &mut random);
    if random.often() {
        dev.env_files.clone_from(&base.env_files);
        dev.networks.clone_from(&base.networks);
    }
    System {
        name: "sys".to_string(),
        spec: "specc.yaml".to_string(),
        environments: vec![base, dev],
        ..System::default()
    }
}

/// Makes a system of one Swarm environment, without what Swarm refuses.
pub fn swarm(seed: u64) -> System {
    let mut system = system(seed);
    let mut stack = system.environments.remove(1);
    (stack.target, stack.layer) = (Target::Swarm, Layer::Standalone);
    for service in &mut stack.services {
        service.mounts.retain(|it| !matches!(it.source, MountSource::Repository { .. }) || is_file_of_swarm(it.role));
        service.publish.retain(|it| it.host.is_none());
        service.raw.clear();
        if let Some(resources) = &mut service.resources {
            resources.value.gpu = None;
        }
    }
    system.environments = vec![stack];
    system
}

fn is_file_of_swarm(role: Role) -> bool {
    matches!(role, Role::Config | Role::Secret)
}

/// xorshift64: good enough to be surprising.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn often(&mut self) -> bool {
        self.below(4) > 0
    }

    fn seldom(&mut self) -> bool {
        self.below(4) == 0
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Returns some of the items, in a random order.
    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let mut left = of.to_vec();
        let mut chosen = Vec::new();
        while !left.is_empty() && self.below(3) > 0 {
            let at = self.below(left.len());
            chosen.push(left.remove(at));
        }
        chosen
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Random) -> T) -> Option<Traced<T>> {
        self.seldom().then(|| traced(make(self)))
    }
}

fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

fn origin() -> Origin {
    Origin::Written(span())
}

fn traced<T>(value: T) -> Traced<T> {
    Traced::new(value, origin())
}

fn environment(name: &str, layer: Layer, services: Vec<Service>, random: &mut Random) -> Environment {
    let files = random.some(&["a.env", "b.env", "c.env"]);
    let env_file = |path: &str, required: bool| EnvFile { path: traced(path.to_string()), required };
    Environment {
        name: name.to_string(),
        span: span(),
        doc: None,
        target: Target::Compose,
        layer,
        file: traced(format!("{name}.yml")),
        project: random.maybe(|it| Text::literal(it.one(&["one", "two"]))),
        env_files: files.into_iter().map(|it| env_file(it, random.often())).collect(),
        public: None,
        template: None,
        groups: Vec::new(),
        services,
        networks: NETWORKS.iter().map(|it| network(it, random)).collect(),
        volumes: VOLUMES.iter().map(|it| volume(it, random)).collect(),
        ingress: None,
        features: random.some(&["extra"]).into_iter().map(|it: &str| traced(it.to_string())).collect(),
        host: None,
        kubernetes: None,
        external: Vec::new(),
        contents: std::collections::BTreeMap::new(),
        raw: Vec::new(),
        deploy: None,
        backup: None,
    }
}

fn network(name: &str, random: &mut Random) -> Network {
    let external = name != "default" && random.seldom();
    Network {
        name: name.to_string(),
        span: random.often().then(span),
        doc: None,
        external,
        real_name: random.maybe(|_| Text::literal(format!("real-{name}"))),
        attachable: false,
        internal: random.seldom(),
        driver: random.seldom().then(|| "bridge".to_string()),
        options: random
            .some(&[("com.docker.network.bridge.name", "br1"), ("mtu", "1400")])
            .into_iter()
            .map(pair)
            .collect(),
        subnet: random.seldom().then(|| random.one(&["10.9.0.0/24", "10.8.0.0/24"]).to_string()),
    }
}

fn volume(name: &str, random: &mut Random) -> Volume {
    Volume {
        name: name.to_string(),
        span: span(),
        doc: None,
        external: random.seldom(),
        real_name: random.maybe(|_| Text::literal(format!("real-{name}"))),
        driver: random.seldom().then(|| "local".to_string()),
        options: Vec::new(),
        size_bytes: None,
        access: None,
        class: None,
        backup: None,
    }
}

fn pair((key, value): (&str, &str)) -> (String, String) {
    (key.to_string(), value.to_string())
}

fn services(random: &mut Random) -> Vec<Service> {
    let mut all: Vec<Service> = Vec::new();
    for name in NAMES {
        if random.often() {
            let service = service(name, &all, random);
            all.push(service);
        }
    }
    if all.is_empty() {
        all.push(service(NAMES[0], &[], random));
    }
    all
}

/// Keeps much of each service, as an environment does.
fn change(base: &[Service], random: &mut Random) -> Vec<Service> {
    let mut all: Vec<Service> = Vec::new();
    for name in NAMES {
        let before = base.iter().find(|it| it.name == name);
        let other = service(name, &all, random);
        match before {
            Some(before) if random.often() => all.push(mixed(before.clone(), other, random)),
            None if random.seldom() => all.push(other),
            _ => {}
        }
    }
    if all.is_empty() { base.to_vec() } else { all }
}

fn mixed(mut kept: Service, other: Service, random: &mut Random) -> Service {
    macro_rules! take {
        ($($field:ident)*) => { $(if random.seldom() { kept.$field = other.$field; })* };
    }
    take!(image build run entrypoint user init stop_grace environment publish mounts health replicas restart);
    take!(resources harden networks feature log watch hostname dns labels raw);
    // The services it needs are those of its own environment.
    kept.needs = other.needs;
    kept
}

fn service(name: &str, before: &[Service], random: &mut Random) -> Service {
    let conditions = [Condition::Started, Condition::Healthy, Condition::Done];
    let needed = random.some(before);
    let needs = needed.iter().map(|it| Need {
        service: it.name.clone(),
        condition: random.one(&conditions),
        restart: random.seldom(),
        wait: false,
        origin: origin(),
    });
    let needs = needs.collect();
    let services = Service::new(name, span());
    Service {
        image: Some(traced(text(&format!("{name}:1"), random))),
        build: random.maybe(build).map(Box::new),
        run: random.maybe(command).map(Box::new),
        entrypoint: random.maybe(command).map(Box::new),
        user: random.maybe(|it| text("1000", it)),
        init: random.maybe(|_| true),
        stop_grace: random.maybe(time),
        environment: environment_of(random),
        needs,
        publish: random.some(&[1, 2, 3, 4]).into_iter().map(publish).collect(),
        mounts: random.some(&[0, 1, 2, 3, 4, 5, 6]).into_iter().map(|it| mount(it, random)).collect(),
        health: random.maybe(health).map(Box::new),
        replicas: random
            .maybe(|it| it.one(&[Replicas::Count(2), Replicas::Count(3), Replicas::Variable(unset("N", "4"))])),
        restart: traced(random.one(&[Restart::No, Restart::Always, Restart::UnlessStopped])),
        resources: random.maybe(resources).map(Box::new),
        harden: random.maybe(harden).map(Box::new),
        networks: random.some(&NETWORKS).into_iter().map(|it| traced(it.to_string())).collect(),
        feature: random.maybe(|_| "extra".to_string()),
        log: random.maybe(log).map(Box::new),
        watch: watch(random),
        hostname: random.maybe(|it| text("host", it)),
        dns: random.some(&["1.1.1.1", "9.9.9.9", "8.8.8.8"]).into_iter().map(|it| traced(Text::literal(it))).collect(),
        labels: random
            .some(&["a.b", "c", "d.e.f"])
            .into_iter()
            .map(|it| (it.to_string(), traced(text("v", random))))
            .collect(),
        raw: raw(random),
        ..services
    }
}

/// A text that may hold what hurts.
fn text(plain: &str, random: &mut Random) -> Text {
    match random.below(6) {
        0 => unset("TAG", plain),
        1 => Text::literal(format!("{plain}-2")),
        _ => Text::literal(plain),
    }
}

fn unset(name: &str, default: &str) -> Text {
    let fallback = Fallback { operator: Operator::Default, empty_too: true, argument: Text::literal(default) };
    Text {
        parts: smallvec::smallvec![Part::Variable(Box::new(Variable {
            name: name.to_string(),
            fallback: Some(fallback),
            span: span(),
        }))],
    }
}

fn time(random: &mut Random) -> Duration {
    Duration { millis: random.one(&[500, 1000, 90_000, 180_000]) }
}

fn command(random: &mut Random) -> Command {
    let words: Vec<Text> =
        ["run", "$HOME", "a b", "--x=1"].into_iter().take(1 + random.below(4)).map(Text::literal).collect();
    let line = Text::literal("serve --port 80");
    if random.seldom() { Command::Line { text: line, words: Vec::new() } } else { Command::List(words) }
}

fn build(random: &mut Random) -> Build {
    Build {
        image: "app".to_string(),
        context: random.one(&[".", "./app"]).to_string(),
        dockerfile: random.seldom().then(|| "docker/Dockerfile".to_string()),
        target: random.seldom().then(|| "dev".to_string()),
        args: random.some(&["ONE", "TWO"]).into_iter().map(|it| (it.to_string(), traced(text("1", random)))).collect(),
        platforms: random.some(&["linux/amd64", "linux/arm64"]).into_iter().map(str::to_string).collect(),
    }
}

fn environment_of(random: &mut Random) -> Vec<Entry> {
    let values = ["1", "", "yes", "0755", "a\"b'c", "$HOME ${X}", "line\nline", "# no: comment", "ü {{x}}", " x "];
    let mut all = Vec::new();
    for name in random.some(&["ONE", "TWO", "THREE", "FOUR"]) {
        let value = if random.seldom() { unset("V", "d") } else { Text::literal(random.one(&values)) };
        all.push((name, Delivery::Inline(value)));
    }
    if random.seldom() {
        all.push(("FROM", Delivery::EnvFile));
    }
    let entry = |(name, delivery): (&str, Delivery)| Entry {
        name: name.into(),
        delivery: traced(delivery),
        declared: None,
        secret: false,
    };
    all.into_iter().map(entry).collect()
}

fn publish(nth: u16) -> Publish {
    let host = match nth {
        2 => Some(Text::literal("127.0.0.1")),
        3 => Some(Text::literal("::1")),
        _ => None,
    };
    let published = if nth == 4 { unset("PORT", "8004") } else { Text::literal(format!("{}", 8000 + nth)) };
    let protocol = if nth == 1 { Protocol::Udp } else { Protocol::Tcp };
    Publish { host, published: Some(published), target: 80 + nth, protocol, origin: origin() }
}

fn mount(nth: usize, random: &mut Random) -> Mount {
    let repository = |path: &str| MountSource::Repository {
        path: path.to_string(),
        content: Content::File("0123456789ab".to_string()),
    };
    let (source, role) = match nth {
        0 => (MountSource::Volume(random.one(&VOLUMES).to_string()), Role::Data),
        1 => (repository("./conf/a.conf"), Role::Config),
        2 => (repository("./run"), Role::Runtime),
        3 => (MountSource::Host(Text::literal("/proc")), Role::Host),
        4 => (MountSource::Host(unset("DIR", "./x")), Role::Runtime),
        5 => (repository("./pw"), Role::Secret),
        _ => (repository("./src"), Role::Source),
    };
    // Now and then at the same place as another environment's other mount.
    let target = if random.seldom() { format!("/at/{nth}x") } else { format!("/at/{nth}") };
    Mount { source, target, read_only: random.seldom(), role, origin: origin() }
}

fn health(random: &mut Random) -> Health {
    let probes = [
        Probe::Http {
            checks: vec![HttpCheck { port: 80, path: "/up".to_string() }],
            client: random.one(&[HttpClient::Curl, HttpClient::Wget, HttpClient::Python, HttpClient::Node]),
        },
        Probe::Tcp(80),
        Probe::Command(vec![Text::literal("true"), Text::literal("$X")]),
        Probe::Shell(Text::literal("pg_isready -U $${USER:-x}")),
    ];
    let probe = random.often().then(|| random.one(&probes));
    Health {
        probe,
        every: random.maybe(time),
        timeout: random.maybe(time),
        tries: random.maybe(|_| 3),
        grace: random.maybe(time),
        start_every: random.maybe(time),
        restart: false,
    }
}

fn resources(random: &mut Random) -> Resources {
    let gpus =
        [Gpu::All, Gpu::Count(1), Gpu::Cdi(vec!["nvidia.com/gpu=all".to_string()]), Gpu::Ids(vec!["0".to_string()])];
    Resources {
        cpu_millis: random.seldom().then_some(500),
        memory_bytes: random.seldom().then_some(512 << 20),
        reserve_cpu_millis: None,
        reserve_memory_bytes: random.seldom().then_some(1 << 30),
        gpu: random.seldom().then(|| random.one(&gpus)),
        shm_bytes: random.seldom().then_some(64 << 20),
    }
}

fn harden(random: &mut Random) -> Harden {
    let strings = |list: Vec<&str>| list.into_iter().map(str::to_string).collect();
    Harden {
        drop: random.often(),
        keep: strings(random.some(&["CHOWN", "KILL", "SETUID"])),
        options: strings(random.some(&["apparmor:unconfined", "label:disable"])),
        reasons: Vec::new(),
        allow: Vec::new(),
        read_only: random.seldom().then(|| strings(random.some(&["/tmp", "/run"]))),
    }
}

fn log(random: &mut Random) -> Log {
    Log {
        driver: random.one(&["json-file", "local"]).to_string(),
        options: random.some(&[("max-size", "10m"), ("max-file", "3")]).into_iter().map(pair).collect(),
    }
}

fn watch(random: &mut Random) -> Vec<Watch> {
    let watch = |path: &str| Watch {
        action: WatchAction::Sync,
        path: path.to_string(),
        target: Some("/app".to_string()),
        ignore: vec!["node_modules/".to_string()],
        origin: origin(),
    };
    random.some(&["./src", "./lib"]).into_iter().map(watch).collect()
}

fn raw(random: &mut Random) -> Vec<Raw> {
    if random.often() {
        return Vec::new();
    }
    let scalar = |text: &str| Node::scalar(text, Style::Plain, span());
    let map = |entries: Vec<(&str, Node)>| {
        let entry = |(key, value): (&str, Node)| NodeEntry { key: key.into(), key_span: span(), value };
        Node::map(Map { entries: entries.into_iter().map(entry).collect() }, span())
    };
    let nofile = if random.seldom() {
        scalar("1024")
    } else {
        map(vec![("soft", scalar("1024")), ("hard", scalar(random.one(&["2048", "4096"])))])
    };
    let hosts = random.some(&["a:1.2.3.4", "b:1.2.3.4"]).into_iter().map(scalar).collect();
    let patches = [
        ("ulimits", map(vec![("nofile", nofile)])),
        ("extra_hosts", Node::seq(hosts, span())),
        ("ipc", scalar(random.one(&["host", "private"]))),
        ("tmpfs", Node::seq(vec![scalar("/tmp")], span())),
        ("group_add", Node::seq(random.some(&["1", "2", "3"]).into_iter().map(scalar).collect(), span())),
    ];
    let chosen = random.some(&patches);
    vec![Raw { target: "compose".to_string(), span: span(), patch: map(chosen) }]
}
