//! `deploy`: how an environment reaches machines. From it comes one script an environment.

use schemars::JsonSchema;

use super::decode::{Context, Decode, OneOrMany};
use super::schema::AnyText;
use super::text::{CommandLine, Text};
use super::variable::FlagOrText;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// How an environment reaches machines.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Deploy {
    /// `push` copies the files over ssh, `pull` lets the host get them with git and build there, `here` runs on the
    /// machine itself, `apply` talks to a Kubernetes cluster.
    #[schemars(with = "How")]
    pub how: Option<Spanned<How>>,
    /// The script to write; default `scripts/deploy-ENVIRONMENT.sh`.
    pub file: Option<Text>,
    /// What starts it in CI: `push:BRANCH`, `manual`.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub trigger: OneOrMany<Text>,
    /// The kind of CI runner that deploys; default `ubuntu-latest`.
    pub runner: Option<Text>,
    /// Where ssh goes: an address, or `{address, user, port, key}`.
    #[schemars(with = "Option<HostShape>")]
    pub host: Option<Host>,
    /// Several machines, as one text: `HOST HOST:SERVICE,SERVICE`.
    pub hosts: Option<Text>,
    /// Nothing to do when no host is set, and no reason to fail another deployment.
    pub optional: Option<bool>,
    /// The directory on the host.
    pub dir: Option<Text>,
    /// The branch that the host gets (`pull`); default `main`.
    pub branch: Option<Text>,
    /// The kubectl context that must be the current one (`apply`).
    pub context: Option<Text>,
    /// How the env file with the secrets comes to be: `sops`, or `{run: COMMAND}`.
    #[schemars(with = "Option<SecretsShape>")]
    pub secrets: Option<DeploySecrets>,
    /// Pass the login of the registry on to the nodes (Swarm).
    pub registry_auth: Option<bool>,
    /// Files to copy besides those that the services need.
    #[schemars(with = "Option<Vec<SendShape>>")]
    pub send: Vec<Send>,
    /// Build images where the system runs: `true` for all, or the services whose images are built.
    #[schemars(with = "Option<BuildShape>")]
    pub build: Option<Build>,
    /// Remove what runs and is no part of the environment any more.
    pub remove_orphans: Option<bool>,
    /// How the new version takes the place of the old: `in-place` (the default), or `blue-green`, beside it (compose).
    #[schemars(with = "Option<Strategy>")]
    pub strategy: Option<Spanned<Strategy>>,
    /// How long what the proxy leads to may still answer after it gets no more requests (`blue-green`); default 10s.
    pub drain: Option<Text>,
    /// What brings data up to date, in a container of the new image, before the new code runs.
    #[schemars(with = "Option<OneOrMany<Migrate>>")]
    pub migrate: OneOrMany<Migrate>,
    /// How to tell that the new version works.
    pub verify: Option<Verify>,
    /// Go back to what ran before when it does not; default true.
    pub rollback: Option<bool>,
    /// What is removed after a success: `true`, or `{images, builder}`.
    #[schemars(with = "Option<PruneShape>")]
    pub prune: Option<Prune>,
    /// A test of the running system, which decides on success as `verify` does.
    pub smoke: Option<Smoke>,
    /// Who hears of the outcome.
    pub notify: Option<Notify>,
    /// Shell lines to run in `dir` of the host before anything changes.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub before: OneOrMany<Text>,
    /// Shell lines to run there after a success.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub after: OneOrMany<Text>,
    /// Other environments to deploy after this one, such as workers on other machines.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub then: OneOrMany<Text>,
    /// The order in which services are applied (`apply`); the others follow.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub order: OneOrMany<Text>,
}

impl Decode for Deploy {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Deploy> {
        let mut fields = cx.fields(node, "a deployment");
        let deploy = Deploy {
            how: fields.required("how", cx),
            file: fields.get("file", cx),
            trigger: fields.or_default("trigger", cx),
            runner: fields.get("runner", cx),
            host: fields.get("host", cx),
            hosts: fields.get("hosts", cx),
            optional: fields.get("optional", cx),
            dir: fields.get("dir", cx),
            branch: fields.get("branch", cx),
            context: fields.get("context", cx),
            secrets: fields.get("secrets", cx),
            registry_auth: fields.get("registry_auth", cx),
            send: fields.or_default("send", cx),
            build: fields.get("build", cx),
            remove_orphans: fields.get("remove_orphans", cx),
            strategy: fields.get("strategy", cx),
            drain: fields.get("drain", cx),
            migrate: fields.or_default("migrate", cx),
            verify: fields.get("verify", cx),
            rollback: fields.get("rollback", cx),
            prune: fields.get("prune", cx),
            smoke: fields.get("smoke", cx),
            notify: fields.get("notify", cx),
            before: fields.or_default("before", cx),
            after: fields.or_default("after", cx),
            then: fields.or_default("then", cx),
            order: fields.or_default("order", cx),
        };
        fields.finish(cx)?;
        Some(deploy)
    }
}

/// A way to a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum How {
    /// Copy the files over ssh.
    Push,
    /// The host gets the files with git.
    Pull,
    /// On this machine.
    Here,
    /// With kubectl.
    Apply,
}

impl Decode for How {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<How> {
        cx.word(node, &[("push", How::Push), ("pull", How::Pull), ("here", How::Here), ("apply", How::Apply)])
    }
}

/// How the new version takes the place of the old.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Strategy {
    /// The old one stops, then the new one starts.
    InPlace,
    /// What the proxy leads to starts beside the old one, gets the requests when it is healthy, and then the old one
    /// stops.
    BlueGreen,
}

impl Decode for Strategy {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Strategy> {
        cx.word(node, &[("in-place", Strategy::InPlace), ("blue-green", Strategy::BlueGreen)])
    }
}

/// Where ssh goes.
#[derive(Clone, Default, Debug)]
pub struct Host {
    /// Name or address, with `user@` if it has one.
    pub address: Option<Text>,
    /// The user.
    pub user: Option<Text>,
    /// The port.
    pub port: Option<Text>,
    /// The CI secret that holds the private key.
    pub key: Option<Text>,
}

impl Decode for Host {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Host> {
        if node.as_map().is_none() {
            return Some(Host { address: Some(Text::decode(node, cx)?), ..Host::default() });
        }
        let mut fields = cx.fields(node, "a host of a deployment");
        let host = Host {
            address: fields.required("address", cx),
            user: fields.get("user", cx),
            port: fields.get("port", cx),
            key: fields.get("key", cx),
        };
        fields.finish(cx)?;
        Some(host)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum HostShape {
    Address(String),
    Map(HostMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct HostMap {
    /// Name or address.
    address: String,
    /// The user.
    user: Option<String>,
    /// The port.
    #[schemars(with = "Option<AnyText>")]
    port: Option<String>,
    /// The CI secret that holds the private key; default `SSH_KEY`.
    key: Option<String>,
}

/// How the env file with the secrets comes to be.
#[derive(Clone, Debug)]
pub enum DeploySecrets {
    /// Decrypted from the file that `secrets.sops` names.
    Sops(Text),
    /// By a command.
    Run(Text),
}

impl Decode for DeploySecrets {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<DeploySecrets> {
        if node.as_map().is_none() {
            cx.word(node, &[("sops", ())])?;
            return Some(DeploySecrets::Sops(Text::decode(node, cx)?));
        }
        let mut fields = cx.fields(node, "a way to fill in secrets");
        let run: Option<Text> = fields.required("run", cx);
        fields.finish(cx)?;
        run.map(DeploySecrets::Run)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum SecretsShape {
    Word(SopsWord),
    Map(SecretsMap),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[allow(dead_code)]
enum SopsWord {
    Sops,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct SecretsMap {
    /// The command that writes the env file, run in the spec's directory.
    run: String,
}

/// A file to copy.
#[derive(Clone, Debug)]
pub struct Send {
    /// The file, relative to the spec.
    pub from: Text,
    /// Where it goes: relative to `dir`, or absolute.
    pub to: Option<Text>,
}

impl Decode for Send {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Send> {
        if node.as_map().is_none() {
            return Some(Send { from: Text::decode(node, cx)?, to: None });
        }
        let mut fields = cx.fields(node, "a file to send");
        let (from, to) = (fields.required("from", cx), fields.get("to", cx));
        fields.finish(cx)?;
        Some(Send { from: from?, to })
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum SendShape {
    From(String),
    Map(SendMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct SendMap {
    /// The file, relative to the spec.
    from: String,
    /// Where it goes: relative to `dir`, or absolute; default: the same path.
    to: Option<String>,
}

/// Which images are built where the system runs.
#[derive(Clone, Debug)]
pub enum Build {
    /// All, or none.
    All(bool),
    /// Those of these services.
    Services(Vec<Text>),
}

impl Decode for Build {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Build> {
        if node.as_seq().is_some() {
            return Vec::decode(node, cx).map(Build::Services);
        }
        bool::decode(node, cx).map(Build::All)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum BuildShape {
    All(bool),
    Services(Vec<AnyText>),
}

/// What brings data up to date.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Migrate {
    /// The service whose image and environment it runs in.
    pub service: Text,
    /// The command.
    pub run: CommandLine,
}

impl Decode for Migrate {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Migrate> {
        let mut fields = cx.fields(node, "a migration");
        let (service, run) = (fields.required("service", cx), fields.required("run", cx));
        fields.finish(cx)?;
        Some(Migrate { service: service?, run: run? })
    }
}

/// How to tell that a deployment works. That every service runs and every health check passes is always asked.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Verify {
    /// How long services may take to get there; default 5m.
    pub timeout: Option<Text>,
    /// Addresses that must answer with success.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub http: OneOrMany<Text>,
    /// The service that asks them, from inside of its container; default: the host asks.
    pub inside: Option<Text>,
    /// How often they are asked; default 10.
    pub tries: Option<u32>,
    /// Time between; default 3s.
    pub every: Option<Text>,
}

impl Decode for Verify {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Verify> {
        let mut fields = cx.fields(node, "a verification");
        let verify = Verify {
            timeout: fields.get("timeout", cx),
            http: fields.or_default("http", cx),
            inside: fields.get("inside", cx),
            tries: fields.get("tries", cx),
            every: fields.get("every", cx),
        };
        fields.finish(cx)?;
        Some(verify)
    }
}

/// What is removed after a success.
#[derive(Clone, Debug)]
pub struct Prune {
    /// Images: unused ones of this age (`24h`) or name (`registry/*`).
    pub images: Option<FlagOrText>,
    /// Build cache of this age.
    pub builder: Option<Text>,
}

impl Decode for Prune {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Prune> {
        if node.as_map().is_none() {
            let is_on = bool::decode(node, cx)?;
            return Some(Prune { images: Some(FlagOrText::Flag(is_on, node.place())), builder: None });
        }
        let mut fields = cx.fields(node, "a clean-up");
        let prune = Prune { images: fields.get("images", cx), builder: fields.get("builder", cx) };
        fields.finish(cx)?;
        Some(prune)
    }
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum PruneShape {
    Flag(bool),
    Map(PruneMap),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct PruneMap {
    /// Images that nothing uses: `true` for those without a name, an age such as `24h`, or a pattern of names.
    images: Option<FlagOrText>,
    /// Build cache of this age, such as `24h`.
    builder: Option<String>,
}

/// A test of the running system.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Smoke {
    /// Shell line, run in `dir` of the host.
    pub run: Text,
    /// Only if this variable has a value.
    pub when: Option<Text>,
}

impl Decode for Smoke {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Smoke> {
        let mut fields = cx.fields(node, "a smoke test");
        let (run, when) = (fields.required("run", cx), fields.get("when", cx));
        fields.finish(cx)?;
        Some(Smoke { run: run?, when })
    }
}

/// Who hears of the outcome.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Notify {
    /// Topic of ntfy, or its address.
    pub ntfy: Option<Text>,
    /// Address that gets `{"text": …}`, as chat programs take it.
    pub webhook: Option<Text>,
}

impl Decode for Notify {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Notify> {
        let mut fields = cx.fields(node, "a notification");
        let notify = Notify { ntfy: fields.get("ntfy", cx), webhook: fields.get("webhook", cx) };
        fields.finish(cx)?;
        Some(notify)
    }
}
