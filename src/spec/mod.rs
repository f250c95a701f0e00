//! What the user wrote, with places: the language of `specc.yaml`, typed.
//!
//! Every struct here is both the decoder's and the schema's: its doc comments are the field descriptions of
//! schema/specc.schema.json and of docs/spec.md. Meaning (links, defaults, substitution) is `resolve/`'s.

pub mod around;
pub mod check;
pub mod decode;
pub mod deploy;
pub mod environment;
pub mod health;
pub mod ingress;
pub mod kubernetes;
pub mod mount;
pub mod parts;
pub mod route;
pub mod runtime;
pub mod schema;
pub mod service;
pub mod text;
pub mod variable;

use indexmap::IndexMap;
use schemars::JsonSchema;

use crate::diag::Code;
use crate::source::Spanned;
use crate::syntax::node::Node;
use around::{Backup, Ci, Docs, TaskShape, Tasks, Template};
use check::Check;
use decode::{Context, Decode};
use deploy::Deploy;
use environment::Environment;
use ingress::Ingress;
use parts::{Image, Network, Secrets, SystemInfo, Volume};
use schema::AnyTree;
use service::Service;
use text::Text;
use variable::Vars;

/// Something else belongs here.
pub static EXPECTED: Code = Code { id: "SPEC001", name: "wrong-shape" };
/// A key that nothing reads.
pub static UNKNOWN_KEY: Code = Code { id: "SPEC002", name: "unknown-key" };
/// A variable outside of a group.
pub static MISPLACED_VARIABLE: Code = Code { id: "SPEC003", name: "variable-outside-group" };
/// A mount that cannot be read.
pub static BAD_MOUNT: Code = Code { id: "SPEC004", name: "bad-mount" };
/// A language version that this specc does not know.
pub static BAD_VERSION: Code = Code { id: "SPEC005", name: "unknown-language-version" };

/// A spec.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Spec {
    /// The schema of this file, for editors that read JSON.
    #[schemars(rename = "$schema", with = "Option<String>")]
    pub schema: Option<Text>,
    /// Version of the language: 1.
    #[schemars(with = "u32", range(min = 1, max = 1))]
    pub specc: Option<Spanned<u32>>,
    /// The system as a whole.
    pub system: Option<SystemInfo>,
    /// Further files whose sections are merged in; what is written here wins.
    #[schemars(with = "Option<decode::OneOrMany<Text>>")]
    pub include: decode::OneOrMany<Text>,
    /// Every variable once, in named groups.
    #[schemars(with = "Option<Vars>")]
    pub vars: Vars,
    /// What we build.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Image>>")]
    pub images: IndexMap<String, Spanned<Image>>,
    /// What runs.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Service>>")]
    pub services: IndexMap<String, Spanned<Service>>,
    /// Where the values of secrets come from.
    pub secrets: Option<Secrets>,
    /// Zones.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<Network>>>")]
    pub networks: IndexMap<String, Spanned<Network>>,
    /// Data.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Option<Volume>>>")]
    pub volumes: IndexMap<String, Spanned<Volume>>,
    /// The proxy in front.
    pub ingress: Option<Ingress>,
    /// Named outputs.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Environment>>")]
    pub environments: IndexMap<String, Spanned<Environment>>,
    /// How environments reach machines: one script each.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Deploy>>")]
    pub deploy: IndexMap<String, Spanned<Deploy>>,
    /// Makefile targets.
    #[schemars(with = "Option<std::collections::BTreeMap<String, TaskShape>>")]
    pub tasks: Option<Spanned<Tasks>>,
    /// Lint, test, build and deploy jobs.
    pub ci: Option<Ci>,
    /// Copies of the data of environments.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Backup>>")]
    pub backup: IndexMap<String, Spanned<Backup>>,
    /// The infrastructure page.
    pub docs: Option<Docs>,
    /// Files from the user's own templates.
    #[schemars(with = "Option<Vec<Template>>")]
    pub templates: Vec<Template>,
    /// What `specc check` should know.
    pub check: Option<Check>,
    /// Patches per target, applied last, in the target's own vocabulary.
    #[schemars(with = "Option<std::collections::BTreeMap<String, AnyTree>>")]
    pub raw: IndexMap<String, Spanned<Node>>,
}

impl Decode for Spec {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Spec> {
        let mut fields = cx.fields(node, "a spec");
        let spec = Spec {
            schema: fields.get("$schema", cx),
            specc: fields.required("specc", cx),
            system: fields.get("system", cx),
            include: fields.or_default("include", cx),
            vars: fields.or_default("vars", cx),
            images: fields.or_default("images", cx),
            services: fields.or_default("services", cx),
            secrets: fields.get("secrets", cx),
            networks: fields.or_default("networks", cx),
            volumes: fields.or_default("volumes", cx),
            ingress: fields.get("ingress", cx),
            environments: fields.or_default("environments", cx),
            deploy: fields.or_default("deploy", cx),
            tasks: fields.get("tasks", cx),
            ci: fields.get("ci", cx),
            backup: fields.or_default("backup", cx),
            docs: fields.get("docs", cx),
            templates: fields.or_default("templates", cx),
            check: fields.get("check", cx),
            raw: fields.or_default("raw", cx),
        };
        fields.finish(cx)?;
        Some(spec)
    }
}
