//! What a container may use and do: resources, privileges, rollout, log, live reload.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::decode::{Context, Decode, OneOrMany};
use super::text::Text;
use crate::source::{Span, Spanned};
use crate::syntax::node::Node;

/// Limits and reservations.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resources {
    /// Most of the processors: `0.5`, `2`, or `500m`.
    pub cpu: Option<Text>,
    /// Most memory: `512m`, `2g` (powers of 1024).
    pub memory: Option<Text>,
    /// What is set aside.
    #[schemars(with = "Option<Reserve>")]
    pub reserve: Option<Reserve>,
    /// A number of graphics processors, `all`, or `{cdi: …}`, `{ids: […]}`.
    pub gpu: Option<Gpu>,
    /// Shared memory, `/dev/shm`.
    pub shm: Option<Text>,
}

/// Graphics processors.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Gpu {
    /// This many of any.
    Count(u32),
    /// `all`.
    All(AllWord),
    /// Chosen ones.
    Devices(GpuDevices),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum AllWord {
    /// Every one that the machine has.
    All,
}

/// Graphics processors by one of three ways to choose them.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GpuDevices {
    /// This many of any.
    pub count: Option<u32>,
    /// Names of the Container Device Interface; `all` is short for `nvidia.com/gpu=all`.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub cdi: OneOrMany<Text>,
    /// Identities, as the driver numbers them.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub ids: OneOrMany<Text>,
}

impl Decode for Gpu {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Gpu> {
        if node.as_map().is_some() {
            return GpuDevices::decode(node, cx).map(Gpu::Devices);
        }
        match node.as_text().map(str::parse) {
            Some(Ok(count)) => Some(Gpu::Count(count)),
            Some(Err(_)) if node.as_text() == Some("all") => Some(Gpu::All(AllWord::All)),
            _ => cx.expected(node, "a number of graphics processors, `all`, or `{ids: […]}`"),
        }
    }
}

impl Decode for GpuDevices {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<GpuDevices> {
        let mut fields = cx.fields(node, "a choice of graphics processors");
        let devices = GpuDevices {
            count: fields.get("count", cx),
            cdi: fields.or_default("cdi", cx),
            ids: fields.or_default("ids", cx),
        };
        let one = fields.exactly_one(&["count", "cdi", "ids"], cx);
        fields.finish(cx)?;
        one.map(|()| devices)
    }
}

/// What is set aside.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Reserve {
    /// Processors.
    pub cpu: Option<Text>,
    /// Memory.
    pub memory: Option<Text>,
}

impl Decode for Resources {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Resources> {
        let mut fields = cx.fields(node, "resources");
        let resources = Resources {
            cpu: fields.get("cpu", cx),
            memory: fields.get("memory", cx),
            reserve: fields.get("reserve", cx),
            gpu: fields.get("gpu", cx),
            shm: fields.get("shm", cx),
        };
        fields.finish(cx)?;
        Some(resources)
    }
}

impl Decode for Reserve {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Reserve> {
        let mut fields = cx.fields(node, "a reservation");
        let reserve = Reserve { cpu: fields.get("cpu", cx), memory: fields.get("memory", cx) };
        fields.finish(cx)?;
        Some(reserve)
    }
}

/// How a new version replaces the old.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rollout {
    /// `start-first` or `stop-first`.
    #[schemars(with = "Option<Order>")]
    pub order: Option<Spanned<Order>>,
    /// How many at a time.
    pub parallel: Option<u32>,
    /// Time between them.
    pub delay: Option<Text>,
    /// How long a new one is watched.
    pub monitor: Option<Text>,
    /// Go back when it fails.
    pub rollback: Option<bool>,
}

/// Which goes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Order {
    /// The new one starts before the old one stops.
    StartFirst,
    /// The old one stops before the new one starts.
    StopFirst,
}

impl Decode for Order {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Order> {
        cx.word(node, &[("start-first", Order::StartFirst), ("stop-first", Order::StopFirst)])
    }
}

impl Decode for Rollout {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Rollout> {
        let mut fields = cx.fields(node, "a rollout");
        let rollout = Rollout {
            order: fields.get("order", cx),
            parallel: fields.get("parallel", cx),
            delay: fields.get("delay", cx),
            monitor: fields.get("monitor", cx),
            rollback: fields.get("rollback", cx),
        };
        fields.finish(cx)?;
        Some(rollout)
    }
}

/// Privileges taken away.
#[derive(Clone, Debug)]
pub struct Harden {
    /// Where it is written.
    pub span: Span,
    /// Drop everything that is not kept.
    pub drop: bool,
    /// Capabilities kept, or added when nothing is dropped, each with the reason if one is given.
    pub keep: Kept,
    /// Further security options.
    pub options: Vec<Text>,
    /// What it may do nevertheless, with the reason.
    pub allow: IndexMap<String, Spanned<Text>>,
    /// Whether its own files cannot be written.
    pub read_only: Option<ReadOnly>,
}

/// Capabilities: a list, or a map with the reason for each.
#[derive(Clone, Default, Debug)]
pub struct Kept {
    /// Capability and reason.
    pub list: Vec<(Text, Option<Text>)>,
}

impl Decode for Kept {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Kept> {
        let Some(map) = node.as_map() else {
            let list = Vec::<Text>::decode(node, cx)?;
            return Some(Kept { list: list.into_iter().map(|it| (it, None)).collect() });
        };
        let mut list = Vec::new();
        for entry in map.entries.iter().filter(|it| !it.value.is_null()) {
            let name = Text { value: entry.key.to_string().into(), span: entry.key_span };
            list.push((name, Some(Text::decode(&entry.value, cx)?)));
        }
        Some(Kept { list })
    }
}

/// A file system that cannot be written, but for some directories.
#[derive(Clone, Debug)]
pub struct ReadOnly {
    /// Whether it is on.
    pub on: bool,
    /// Directories that can be written, such as `/tmp`; they are gone with the container.
    pub except: Vec<Text>,
}

impl Decode for ReadOnly {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<ReadOnly> {
        if let Some(on) = node.as_bool() {
            return Some(ReadOnly { on, except: Vec::new() });
        }
        Some(ReadOnly { on: true, except: OneOrMany::decode(node, cx)?.0 })
    }
}

/// Log driver and rotation.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Log {
    /// The engine's driver; default `json-file`.
    pub driver: Option<Text>,
    /// Largest size of a file, such as `100m`.
    pub max_size: Option<Text>,
    /// How many files are kept.
    pub max_files: Option<Text>,
    /// Other options of the driver.
    #[schemars(with = "Option<std::collections::BTreeMap<String, crate::spec::schema::AnyText>>")]
    pub options: IndexMap<String, Spanned<Text>>,
}

impl Decode for Log {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Log> {
        let mut fields = cx.fields(node, "a log");
        let log = Log {
            driver: fields.get("driver", cx),
            max_size: fields.get("max_size", cx),
            max_files: fields.get("max_files", cx),
            options: fields.or_default("options", cx),
        };
        fields.finish(cx)?;
        Some(log)
    }
}

/// One rule of live reload: exactly one of the actions.
#[derive(Clone, Default, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Watch {
    /// Copy changes in: `./backend:/app`.
    pub sync: Option<Text>,
    /// Copy changes in and restart: `./config:/etc/app`.
    pub sync_restart: Option<Text>,
    /// Build the image again.
    pub rebuild: Option<Text>,
    /// Restart.
    pub restart: Option<Text>,
    /// Patterns that are left out.
    #[schemars(with = "Option<OneOrMany<Text>>")]
    pub ignore: OneOrMany<Text>,
}

impl Decode for Watch {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Watch> {
        let mut fields = cx.fields(node, "a watch rule");
        let watch = Watch {
            sync: fields.get("sync", cx),
            sync_restart: fields.get("sync_restart", cx),
            rebuild: fields.get("rebuild", cx),
            restart: fields.get("restart", cx),
            ignore: fields.or_default("ignore", cx),
        };
        fields.finish(cx)?;
        Some(watch)
    }
}

impl Decode for Harden {
    fn decode(node: &Node, cx: &mut Context<'_>) -> Option<Harden> {
        let span = node.place();
        if node.as_bool().is_some() {
            return Some(Harden {
                span,
                drop: node.as_bool()?,
                keep: Kept::default(),
                options: Vec::new(),
                allow: IndexMap::new(),
                read_only: None,
            });
        }
        let mut fields = cx.fields(node, "harden");
        let harden = Harden {
            span,
            drop: fields.get("drop", cx).unwrap_or(true),
            keep: fields.or_default("keep", cx),
            options: fields.or_default("options", cx),
            allow: fields.or_default("allow", cx),
            read_only: fields.get("read_only", cx),
        };
        fields.finish(cx)?;
        Some(harden)
    }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code)]
struct HardenMap {
    /// Drop everything that is not kept; default true.
    drop: Option<bool>,
    /// Capabilities kept, or added when nothing is dropped: a list, or a map with the reason for each.
    keep: Option<KeptShape>,
    /// Further security options, such as `apparmor:unconfined`.
    options: Option<Vec<Text>>,
    /// What it may do nevertheless, each with the reason: `root`, `escalation`, `writable`, `host_path`.
    allow: Option<std::collections::BTreeMap<String, String>>,
    /// Its own files cannot be written; a list names the directories that can, such as `/tmp`.
    read_only: Option<ReadOnlyShape>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum KeptShape {
    List(Vec<Text>),
    Map(std::collections::BTreeMap<String, String>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code)]
enum ReadOnlyShape {
    Flag(bool),
    Except(OneOrMany<Text>),
}

impl JsonSchema for Harden {
    fn schema_name() -> Cow<'static, str> {
        "Harden".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<HardenMap>();
        json_schema!({"description": "`true` takes all privileges away; a map keeps some.", "anyOf": [{"type": "boolean"}, map]})
    }
}
