//! How an environment reaches machines, resolved.

use super::service::{Duration, HttpClient};
use super::text::Text;
use crate::origin::Traced;
use crate::source::Span;

/// A deployment: one script.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// Where it is written.
    pub span: Span,
    /// The way to the machine.
    pub how: Traced<How>,
    /// The script, relative to the spec.
    pub file: String,
    /// What starts it in CI.
    pub trigger: Vec<Trigger>,
    /// The kind of CI runner.
    pub runner: Option<String>,
    /// The machines.
    pub hosts: Hosts,
    /// The CI secret that holds the private key of ssh.
    pub key: Option<String>,
    /// Nothing to do when no host is set.
    pub optional: bool,
    /// The directory on the host; `here` has none but its own.
    pub dir: Option<Traced<Text>>,
    /// The branch that the host gets.
    pub branch: String,
    /// The kubectl context that must be the current one.
    pub context: Option<String>,
    /// How the env file with the secrets comes to be.
    pub secrets: Option<Secrets>,
    /// Whether nodes get the login of the registry.
    pub registry_auth: bool,
    /// Files to copy besides those that the services need.
    pub send: Vec<Send>,
    /// Which images are built where the system runs.
    pub build: Build,
    /// Whether what is no part of the environment any more is removed.
    pub remove_orphans: bool,
    /// What starts beside the old version, and gets its requests by a switch of the proxy.
    pub blue_green: Option<BlueGreen>,
    /// What brings data up to date before the new code runs.
    pub migrate: Vec<Migrate>,
    /// How to tell that it works.
    pub verify: Verify,
    /// Whether to go back when it does not.
    pub rollback: bool,
    /// What is removed after a success.
    pub prune: Prune,
    /// A test of the running system.
    pub smoke: Option<Smoke>,
    /// Who hears of the outcome.
    pub notify: Notify,
    /// Shell lines before anything changes.
    pub before: Vec<Text>,
    /// Shell lines after a success.
    pub after: Vec<Text>,
    /// Environments that are deployed after this one.
    pub then: Vec<String>,
    /// The order in which services are applied.
    pub order: Vec<String>,
}

/// A new version beside the old one, on one machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlueGreen {
    /// The services that are replaced so; all others are stopped first.
    pub services: Vec<String>,
    /// How long the old ones may still answer after they get no more requests.
    pub drain: Duration,
}

/// The way to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Files are copied over ssh.
    Push,
    /// The host gets them with git.
    Pull,
    /// This machine.
    Here,
    /// With kubectl.
    Apply,
}

impl Deploy {
    /// Returns whether a service starts beside its old version.
    pub fn switches(&self, service: &str) -> bool {
        self.blue_green.as_ref().is_some_and(|it| it.services.iter().any(|it| it == service))
    }
}

impl How {
    /// Returns the word the spec uses.
    pub fn word(self) -> &'static str {
        match self {
            How::Push => "push",
            How::Pull => "pull",
            How::Here => "here",
            How::Apply => "apply",
        }
    }

    /// Returns whether ssh is the way.
    pub fn is_remote(self) -> bool {
        matches!(self, How::Push | How::Pull)
    }
}

/// What starts a workflow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trigger {
    /// A push: to this branch, or to any.
    Push(Option<String>),
    /// A pull request.
    PullRequest,
    /// A person.
    Manual,
    /// A clock (cron notation).
    Schedule(String),
}

/// The machines.
#[derive(Clone, Debug)]
pub enum Hosts {
    /// This one.
    Local,
    /// One.
    One {
        /// Name or address, with `user@` where it has one.
        address: Text,
        /// The user.
        user: Option<Text>,
        /// The port.
        port: Option<Text>,
    },
    /// Several, as one text: `HOST HOST:SERVICE,SERVICE`.
    Several(Text),
}

/// How the env file with the secrets comes to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Secrets {
    /// Decrypted from the store of the system.
    Sops,
    /// By a command.
    Run(Text),
}

/// A file to copy.
#[derive(Clone, Debug)]
pub struct Send {
    /// The file, relative to the spec.
    pub from: String,
    /// Where it goes: relative to the directory on the host, or absolute.
    pub to: String,
}

/// Which images are built where the system runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Build {
    /// None: they come from a registry.
    Nothing,
    /// All that are built from the repository.
    All,
    /// Those of these services.
    Services(Vec<String>),
}

/// What brings data up to date.
#[derive(Clone, Debug)]
pub struct Migrate {
    /// The service whose image and environment it runs in.
    pub service: String,
    /// The command.
    pub words: Vec<Text>,
    /// Where it is written.
    pub span: Span,
}

/// How to tell that a deployment works.
#[derive(Clone, Debug)]
pub struct Verify {
    /// How long services may take.
    pub timeout: Duration,
    /// Addresses that must answer.
    pub http: Vec<Text>,
    /// The service that asks, and the program in its image that can.
    pub inside: Option<(String, HttpClient)>,
    /// How often they are asked.
    pub tries: u32,
    /// Time between.
    pub every: Duration,
}

/// What is removed after a success.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Prune {
    /// Images.
    pub images: Option<Images>,
    /// Build cache of this age.
    pub builder: Option<String>,
}

/// Images that nothing uses any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Images {
    /// Those without a name.
    Nameless,
    /// Those of this age, such as `24h`.
    Age(String),
    /// Those whose names match, such as `ghcr.io/team/*`.
    Named(String),
}

/// A test of the running system.
#[derive(Clone, Debug)]
pub struct Smoke {
    /// Shell line.
    pub run: Text,
    /// Only if this variable has a value.
    pub when: Option<String>,
}

/// Who hears of the outcome.
#[derive(Clone, Default, Debug)]
pub struct Notify {
    /// Topic or address of ntfy.
    pub ntfy: Option<Text>,
    /// Address that gets `{"text": …}`.
    pub webhook: Option<Text>,
}

/// The store that secrets come from.
#[derive(Clone, Default, Debug)]
pub struct SecretStore {
    /// A file encrypted with sops.
    pub file: Option<String>,
    /// The variable that names the key file.
    pub key: Option<String>,
    /// What names in the store begin with, by environment; `never` marks what is delivered to none.
    pub prefixes: Vec<(String, String)>,
    /// The variable that says for which environment an env file was made.
    pub marker: Option<String>,
}
