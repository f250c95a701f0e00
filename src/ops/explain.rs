//! `specc explain`: from a generated line to the spec, and from the spec to generated lines.

use serde::Serialize;

use crate::emit::Artifact;
use crate::ops::place::{Place, Step};
use crate::secret::Masks;
use crate::source::{Sources, Span};
use crate::syntax::node::{Entry, Node};

/// Where a generated line comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// The line itself.
    pub text: String,
    /// The innermost entry around it first; each with the origins that decided it.
    pub origins: Vec<Vec<Step>>,
}

/// Explains a line, from 1; `None` if the file has none of that number.
pub fn line(artifact: &Artifact, number: u32, sources: &Sources) -> Option<Line> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    let text = artifact.text.lines().nth(index)?.to_string();
    let mut around: Vec<(u32, u32)> = Vec::new();
    for it in artifact.origins.iter().filter(|it| it.first <= number && number <= it.last) {
        if around.last() != Some(&(it.first, it.last)) {
            around.push((it.first, it.last));
        }
    }
    let origins = around.into_iter().rev().map(|range| {
        let own = artifact.origins.iter().filter(move |it| (it.first, it.last) == range);
        let mut steps: Vec<Step> = own.map(|it| Step::origin(&it.origin, sources)).collect();
        steps.dedup();
        steps
    });
    let text = Masks::default().hide(&text).into_owned();
    Some(Line { text, origins: origins.collect() })
}

/// Generated lines that come from a part of the spec.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Lines {
    /// The file.
    pub path: String,
    /// First line, from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
    /// The first line's text.
    pub text: String,
}

/// A part of the spec and what comes from it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// Its path, with the environment in front if it is a patch.
    pub path: String,
    /// Where it is written.
    pub place: Place,
    /// What comes from it, sorted.
    pub lines: Vec<Lines>,
}

/// Finds what a path of the spec, such as `services.web.replicas`, says: also in the patches of environments.
pub fn parts(root: &Node, path: &str, artifacts: &[Artifact], sources: &Sources) -> Vec<Part> {
    let mut found: Vec<(String, Span)> = Vec::new();
    found.extend(find(root, path).map(|it| (path.to_string(), it)));
    for entry in root.get("environments").and_then(Node::as_map).iter().flat_map(|it| &it.entries) {
        let place = find(&entry.value, path);
        found.extend(place.map(|it| (format!("environments.{}.{path}", entry.key), it)));
    }
    let part = |(path, span): (String, Span)| {
        let place = Place::of(span, sources);
        Part { path, place, lines: lines(span, artifacts) }
    };
    found.into_iter().map(part).collect()
}

/// Returns the span of a key with its value. Names may hold dots, so every way to cut the path is tried.
fn find(node: &Node, path: &str) -> Option<Span> {
    let cuts = path.match_indices('.').map(|(at, _)| at).chain([path.len()]);
    for at in cuts {
        let rest = path.get(at + 1..);
        let (value, span) = match child(node, &path[..at]) {
            Some(it) => it,
            None => continue,
        };
        match rest {
            None => return Some(span),
            Some(rest) => {
                if let Some(found) = find(value, rest) {
                    return Some(found);
                }
            }
        }
    }
    None
}

fn child<'a>(node: &'a Node, name: &str) -> Option<(&'a Node, Span)> {
    if let Some(items) = node.as_seq() {
        let item = items.get(name.parse::<usize>().ok()?)?;
        return Some((item, item.place()));
    }
    let Entry { key_span, value, .. } = node.as_map()?.entry(name)?;
    let place = value.place();
    Some((value, if place.file == key_span.file { key_span.to(place) } else { *key_span }))
}

fn lines(span: Span, artifacts: &[Artifact]) -> Vec<Lines> {
    let mut found: Vec<Lines> = Vec::new();
    for artifact in artifacts {
        let own = artifact.origins.iter().filter(|it| it.origin.span().is_some_and(|it| span.contains(it)));
        let mut ranges: Vec<(u32, u32)> = own.map(|it| (it.first, it.last)).collect();
        ranges.sort_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        let mut end = 0;
        for (first, last) in ranges {
            // What lies within a range that is shown already says nothing new.
            if last > end {
                end = last;
                let text = artifact.text.lines().nth(first.saturating_sub(1) as usize).unwrap_or("");
                let text = Masks::default().hide(text).into_owned();
                found.push(Lines { path: artifact.path.clone(), first, last, text });
            }
        }
    }
    found.sort();
    found
}
