//! Base and overlay: only what differs, such that compose's own merge of the two is the environment in full.
//!
//! Compose joins lists and never drops anything by itself, so what the base has and the environment has not is
//! written as `!reset`, and a list that is not just longer as `!override`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::origin::Origin;
use crate::source::Span;
use crate::syntax::yaml_out::{Entry, Item, Map, Origins, Seq, Yaml};

use super::merge_rules::{Identity, Rule, rule};

/// Below this depth (`services.NAME.KEY`) a map may be replaced whole, where that is shorter than to take it apart.
const REPLACEABLE: usize = 3;

/// From this many keys on, looking them up one by one would make the time grow with the square.
const MANY: usize = 16;

/// What an environment says over a base.
pub(super) struct Overlay<'b> {
    base: &'b Map,
    services: Lookup<'b>,
    differ: Differ,
}

impl<'b> Overlay<'b> {
    /// Begins one. `environment` is where the environment is written, which is why a line that takes something away
    /// is there.
    pub(super) fn new(base: &'b Map, environment: Span) -> Overlay<'b> {
        let why = &"the base has it and this environment has not";
        let removed = Origin::Derived { span: environment, why };
        Overlay { base, services: services(base).map_or(Lookup::None, Lookup::new), differ: Differ { removed } }
    }

    /// Returns what is left to say of a service.
    pub(super) fn service(&self, full: Entry) -> Option<Entry> {
        let Some(before) = self.services.get(&full.key) else { return Some(full) };
        let Entry { key, value, origins, comment: _ } = full;
        let value = self.differ.value(before, &value, &mut vec![SERVICES, &key])?;
        // What a service is for is said in the base.
        Some(Entry { key, value, origins, comment: None })
    }

    /// Returns the whole overlay of a document, of whose `services` there is only what is left to say of those with
    /// these `names`.
    pub(super) fn document(&self, full: Map, names: &[&str]) -> Map {
        let mut out = Map::new();
        out.spaced = full.spaced;
        let names: BTreeSet<&str> = names.iter().copied().collect();
        let is_gone = |it: &&Entry| full.get(&it.key).is_none();
        let gone: Vec<&Entry> = self.base.entries.iter().filter(is_gone).collect();
        for Entry { key, value, comment, origins } in full.entries {
            let value = match (value, self.base.get(&key)) {
                (Yaml::Map(mut left), _) if key == SERVICES => {
                    let gone = services(self.base).into_iter().flat_map(|it| &it.entries);
                    self.differ.remove(gone.filter(|it| !names.contains(&*it.key)), &mut left);
                    (!left.is_empty()).then(|| left.into())
                }
                (value, Some(before)) => self.differ.value(before, &value, &mut vec![&key]),
                (value, None) => Some(value),
            };
            out.entries.extend(value.map(|value| Entry { key, value, comment, origins }));
        }
        self.differ.remove(gone.into_iter(), &mut out);
        if out.is_empty() { out.put(SERVICES, Map::new()) } else { out }
    }
}

const SERVICES: &str = "services";

fn services(document: &Map) -> Option<&Map> {
    if let Some(Yaml::Map(it)) = document.get(SERVICES) { Some(it) } else { None }
}

struct Differ {
    removed: Origin,
}

impl Differ {
    fn map<'p>(&self, base: &'p Map, full: &'p Map, path: &mut Vec<&'p str>) -> Map {
        let (old, new) = (Lookup::new(base), Lookup::new(full));
        let mut out = Map::new();
        out.spaced = full.spaced;
        for Entry { key, value, comment, origins } in &full.entries {
            path.push(key);
            let change = old.get(key).map_or_else(|| Some(value.clone()), |before| self.value(before, value, path));
            if let Some(value) = change {
                let (comment, origins) = (comment.clone(), origins.clone());
                out.entries.push(Entry { key: key.clone(), value, comment, origins });
            }
            path.pop();
        }
        self.remove(base.entries.iter().filter(|it| new.get(&it.key).is_none()), &mut out);
        out
    }

    /// Takes away what the base has.
    fn remove<'p>(&self, gone: impl Iterator<Item = &'p Entry>, out: &mut Map) {
        for entry in gone {
            out.add(entry.key.clone(), reset()).from(&self.removed);
        }
    }

    /// Returns what turns one value into the other, or nothing if they are the same.
    fn value<'p>(&self, base: &'p Yaml, full: &'p Yaml, path: &mut Vec<&'p str>) -> Option<Yaml> {
        if base == full {
            return None;
        }
        match rule(path) {
            Some(Rule::Replace) => Some(full.clone()),
            Some(Rule::Whole) => Some(whole(base, full)),
            Some(Rule::Build) => self.build(base, full, path),
            Some(Rule::Logging) if key_of(base, "driver") != key_of(full, "driver") => Some(full.clone()),
            Some(Rule::Set(identity)) if is_list(base) && is_list(full) => joined(base, full, identity, false),
            Some(Rule::Ordered(identity)) if is_list(base) && is_list(full) => joined(base, full, identity, true),
            _ => self.plain(base, full, path),
        }
    }

    fn plain<'p>(&self, base: &'p Yaml, full: &'p Yaml, path: &mut Vec<&'p str>) -> Option<Yaml> {
        match (base, full) {
            (Yaml::Map(before), Yaml::Map(after)) => {
                let merged = self.map(before, after, path);
                shorter(merged, full, path.len())
            }
            (Yaml::Map(before), Yaml::Null) => {
                let merged = self.map(before, &Map::new(), &mut path.clone());
                shorter(merged, full, 0)
            }
            (Yaml::Null, _) => Some(full.clone()),
            (_, Yaml::Null) => Some(reset()),
            _ if is_list(base) && is_list(full) => joined(base, full, Identity::None, true),
            _ if is_scalar(base) && is_scalar(full) => Some(full.clone()),
            _ => Some(full.clone().tagged("!override")),
        }
    }

    fn build(&self, base: &Yaml, full: &Yaml, path: &[&str]) -> Option<Yaml> {
        let as_map = |it: &Yaml| match it {
            Yaml::Str(context) => Map::new().put("context", context).into(),
            other => other.clone(),
        };
        let (base, full) = (as_map(base), as_map(full));
        self.plain(&base, &full, &mut path.to_vec())
    }
}

fn reset() -> Yaml {
    Yaml::Null.tagged("!reset")
}

/// Chooses between merging key by key and replacing a map whole, which reads better when much goes away.
fn shorter(merged: Map, full: &Yaml, depth: usize) -> Option<Yaml> {
    let removes = merged.entries.iter().any(|it| matches!(it.value, Yaml::Tagged(..)));
    let merged = Yaml::from(merged);
    if merged.is_empty() {
        None
    } else if depth >= REPLACEABLE && removes && lines(full) < lines(&merged) {
        Some(full.clone().tagged("!override"))
    } else {
        Some(merged)
    }
}

/// Returns the whole value, as an override if the base has a key more.
fn whole(base: &Yaml, full: &Yaml) -> Yaml {
    let has_more = match (base, full) {
        (Yaml::Map(before), Yaml::Map(after)) => before.entries.iter().any(|it| after.get(&it.key).is_none()),
        _ => true,
    };
    if has_more { full.clone().tagged("!override") } else { full.clone() }
}

fn lines(yaml: &Yaml) -> usize {
    match yaml {
        Yaml::Map(map) => map.entries.iter().map(|it| 1 + lines(&it.value)).sum(),
        Yaml::Seq(seq) => seq.items.iter().map(|it| lines(&it.value).max(1)).sum(),
        Yaml::Tagged(_, inner) => lines(inner),
        _ => 0,
    }
}

/// Returns what compose must join to `base` to get `full`: the new items if that does it, else the whole list to
/// override the base's.
fn joined(base: &Yaml, full: &Yaml, identity: Identity, ordered: bool) -> Option<Yaml> {
    let (old, new) = (items(base), items(full));
    let mut result: Vec<&Yaml> = old.iter().map(|it| &it.value).collect();
    let mut added: Vec<Item> = Vec::new();
    for item in new.iter() {
        let id = identity.of(&item.value);
        let same = |it: &&Yaml| if id.is_some() { identity.of(it) == id } else { **it == item.value };
        match result.iter().position(same) {
            Some(at) if *result[at] == item.value => continue,
            Some(at) => result[at] = &item.value,
            None => result.push(&item.value),
        }
        added.push(item.clone());
    }
    let is_full = result.len() == new.len()
        && result
            .iter()
            .zip(new.iter())
            .all(|(have, want)| if ordered { **have == want.value } else { new.iter().any(|it| it.value == **have) });
    match (is_full, added.is_empty(), full) {
        (true, true, _) => None,
        (true, false, Yaml::Flow(_)) => Some(Yaml::Flow(added.into_iter().map(|it| it.value).collect())),
        (true, false, _) => {
            let mut seq = Seq::new();
            seq.items = added;
            Some(seq.into())
        }
        (false, ..) => Some(full.clone().tagged("!override")),
    }
}

fn is_list(yaml: &Yaml) -> bool {
    matches!(yaml, Yaml::Seq(_) | Yaml::Flow(_))
}

fn items(yaml: &Yaml) -> Cow<'_, [Item]> {
    match yaml {
        Yaml::Seq(seq) => Cow::Borrowed(&seq.items),
        Yaml::Flow(values) => {
            let item = |value: &Yaml| Item { value: value.clone(), comment: None, origins: Origins::new() };
            Cow::Owned(values.iter().map(item).collect())
        }
        _ => Cow::Borrowed(&[]),
    }
}

fn is_scalar(yaml: &Yaml) -> bool {
    matches!(yaml, Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Str(_))
}

fn key_of<'a>(yaml: &'a Yaml, key: &str) -> Option<&'a Yaml> {
    if let Yaml::Map(map) = yaml { map.get(key) } else { None }
}

/// The values of a map by key.
enum Lookup<'a> {
    None,
    Few(&'a Map),
    Many(BTreeMap<&'a str, &'a Yaml>),
}

impl<'a> Lookup<'a> {
    fn new(map: &'a Map) -> Lookup<'a> {
        if map.entries.len() < MANY {
            return Lookup::Few(map);
        }
        Lookup::Many(map.entries.iter().map(|it| (&*it.key, &it.value)).collect())
    }

    fn get(&self, key: &str) -> Option<&'a Yaml> {
        match self {
            Lookup::None => None,
            Lookup::Few(map) => map.get(key),
            Lookup::Many(map) => map.get(key).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::yaml_out::render;

    fn service(body: Map) -> Map {
        Map::new().put("services", Map::new().put("web", body))
    }

    /// Lays one body of the service `web` over another, and returns the overlay's body as text.
    fn check(base: Map, full: Map, expected: &str) {
        let base = service(base);
        let overlay = Overlay::new(&base, Span::new(FileId(0), 0, 1));
        let mut left = Map::new();
        left.entries.extend(overlay.service(Entry::new("web", full)));
        let out = overlay.document(Map::new().put("services", left), &["web"]);
        let text = render(&out.into(), &[]).text;
        let body: String = text.lines().skip(2).map(|it| format!("{}\n", it.get(4..).unwrap_or(""))).collect();
        assert_eq!(body, expected);
    }

    fn list(key: &'static str, items: &[&str]) -> Map {
        Map::new().put(key, items.to_vec())
    }

    #[test]
    fn longer_list_is_written_as_its_new_items() {
        check(list("ports", &["1:1"]), list("ports", &["2:2", "1:1"]), "ports:\n  - \"2:2\"\n");
        check(list("env_file", &["a"]), list("env_file", &["a", "b"]), "env_file:\n  - b\n");
    }

    #[test]
    fn list_that_is_not_just_longer_overrides() {
        check(list("ports", &["1:1"]), list("ports", &["2:2"]), "ports: !override\n  - \"2:2\"\n");
        let both = "env_file: !override\n  - b\n  - a\n";
        check(list("env_file", &["a"]), list("env_file", &["b", "a"]), both);
        check(
            list("device_cgroup_rules", &["a"]),
            list("device_cgroup_rules", &["b", "a"]),
            &both.replace("env_file", "device_cgroup_rules"),
        );
    }

    #[test]
    fn mount_takes_the_place_of_the_one_with_its_target() {
        check(list("volumes", &["a:/x", "b:/y"]), list("volumes", &["c:/x", "b:/y"]), "volumes:\n  - c:/x\n");
    }

    #[test]
    fn what_the_base_has_and_the_environment_has_not_is_reset() {
        let base = Map::new().put("image", "a").put("ports", vec!["1:1"]);
        check(base, Map::new().put("image", "a"), "ports: !reset null\n");
        let env =
            |keys: &[&'static str]| Map::new().put("environment", keys.iter().map(|it| (*it, "1")).collect::<Map>());
        let wanted = "environment:\n  C: \"1\"\n  A: !reset null\n";
        check(env(&["A", "B", "D"]), env(&["C", "B", "D"]), wanted);
    }

    #[test]
    fn service_that_the_environment_has_not_is_reset() {
        let base = service(Map::new().put("image", "a"));
        let overlay = Overlay::new(&base, Span::new(FileId(0), 0, 1));
        let out = overlay.document(Map::new().put("services", Map::new()), &[]);
        assert_eq!(render(&out.into(), &[]).text, "services:\n  web: !reset null\n");
    }

    #[test]
    fn map_that_loses_most_of_itself_is_replaced_whole() {
        let base = Map::new().put("test", Yaml::flow(["CMD", "true"])).put("interval", "1s").put("retries", 3);
        let wanted = "healthcheck: !override\n  disable: true\n";
        let full = Map::new().put("disable", true);
        check(Map::new().put("healthcheck", base), Map::new().put("healthcheck", full), wanted);
    }

    #[test]
    fn build_merges_whichever_way_it_is_written() {
        let long = Map::new().put("build", Map::new().put("context", ".").put("target", "dev"));
        let short = Map::new().put("build", ".");
        check(short.clone(), long.clone(), "build:\n  target: dev\n");
        check(long, short, "build:\n  target: !reset null\n");
    }

    #[test]
    fn need_is_written_whole_so_that_the_overlay_alone_is_valid() {
        let needs = |need: Map| Map::new().put("depends_on", Map::new().put("db", need));
        let short = Map::new().put("condition", "service_healthy");
        let long = short.clone().put("restart", true);
        let wanted = "depends_on:\n  db:\n    condition: service_healthy\n    restart: true\n";
        check(needs(short.clone()), needs(long.clone()), wanted);
        let wanted = "depends_on:\n  db: !override\n    condition: service_healthy\n";
        check(needs(long), needs(short), wanted);
    }

    #[test]
    fn other_log_driver_brings_its_own_options() {
        let log = |driver: &str, key: &'static str| {
            let log = Map::new().put("driver", driver).put("options", Map::new().put(key, "1"));
            Map::new().put("logging", log)
        };
        check(log("a", "x"), log("b", "y"), "logging:\n  driver: b\n  options:\n    \"y\": \"1\"\n");
    }

    #[test]
    fn other_order_of_keys_is_no_difference() {
        let (one, two) = (Map::new().put("a", 1).put("b", 2), Map::new().put("b", 2).put("a", 1));
        check(one, two, "");
    }
}
