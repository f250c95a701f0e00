//! The names of the images that a workflow builds: what `docker/build-push-action` is given as tags, directly or by
//! `docker/metadata-action`, with what `env:` says filled in.

use std::collections::HashMap;

use super::fact::Text;
use super::workflow::lines;
use crate::source::Spanned;
use crate::syntax::node::Node;

/// How often an `env:` may refer to another.
const DEPTH: usize = 4;

/// Longer than any name of an image: what grows beyond it is a joke.
const LONG: usize = 1000;

/// More tags, or names of one image, than a step gives; with more, one step could ask for all of another's again and again.
const MANY: usize = 100;

/// More steps than a job may have.
const MANY_STEPS: usize = 1000;

/// Returns the tags of a step that builds an image. `steps` are those of its job, `values` what `env:` sets. What else an
/// expression asks for stays as it is written.
pub fn tags(step: &Node, steps: &[Node], values: &HashMap<String, String>) -> Vec<Text> {
    let written = lines(step.at(&["with", "tags"])).into_iter().take(MANY);
    let named = written.flat_map(|it| match metadata(&it.value, steps) {
        Some(step) => lines(step.at(&["with", "images"])),
        None => vec![it],
    });
    named.take(MANY).map(|it| Spanned::new(filled(&it.value, values), it.span)).collect()
}

/// Returns the step whose output a text is: `${{ steps.meta.outputs.tags }}`.
fn metadata<'a>(text: &str, steps: &'a [Node]) -> Option<&'a Node> {
    let id = text.strip_prefix("${{")?.trim_start().strip_prefix("steps.")?.split('.').next()?;
    steps.iter().take(MANY_STEPS).find(|it| it.get("id").and_then(Node::as_text) == Some(id))
}

/// Returns a text with every `${{ env.NAME }}` replaced by what is known of it.
fn filled(text: &str, values: &HashMap<String, String>) -> String {
    let mut text = text.to_string();
    for _ in 0..DEPTH {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some((before, (inner, after))) =
            rest.split_once("${{").and_then(|it| Some((it.0, it.1.split_once("}}")?)))
        {
            let value = inner.trim().strip_prefix("env.").and_then(|it| values.get(it));
            out.push_str(before);
            match value {
                Some(value) => out.push_str(value),
                None => out.extend(["${{", inner, "}}"]),
            }
            if out.len() > LONG {
                return text;
            }
            rest = after;
        }
        out.push_str(rest);
        if out == text {
            break;
        }
        text = out;
    }
    text
}

/// Returns whether a name that is built may be the one that a service runs, tags aside: equal, or the same at the end
/// where an owner or a registry is only known when it runs.
pub fn is_same(built: &str, run: &str) -> bool {
    let (built, run) = (parts(built), parts(run));
    let is_dynamic = |it: &str| it.contains('$');
    let (Some(last), Some(other)) = (built.last(), run.last()) else { return false };
    let fits = |(a, b): (&&str, &&str)| is_dynamic(a) || is_dynamic(b) || a.eq_ignore_ascii_case(b);
    last == other && !is_dynamic(last) && built.len() == run.len() && built.iter().zip(&run).all(fits)
}

/// Returns the parts of a name between slashes, without tag and digest. An expression is one part, whatever is in it.
fn parts(image: &str) -> Vec<&str> {
    let mut depth = 0usize;
    let mut is_outside = |it: char| {
        match it {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    };
    let mut parts: Vec<&str> = image.split(|it| is_outside(it) && it == '/').collect();
    // The port of a registry stands in another part than the tag.
    let mut depth = 0usize;
    let is_end = |it: char| {
        depth = if it == '{' { depth + 1 } else { depth.saturating_sub(usize::from(it == '}')) };
        depth == 0 && matches!(it, ':' | '@')
    };
    if let Some(last) = parts.last_mut() {
        *last = last.split(is_end).next().unwrap_or(last);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_where_only_an_owner_is_not_known() {
        let cases = [
            ("ghcr.io/me/app:1", "ghcr.io/me/app:${TAG:-latest}", true),
            ("ghcr.io/${{ github.repository_owner }}/app", "ghcr.io/Me/app:2", true),
            ("${{ env.X }}/me/app:a", "${REGISTRY:-ghcr.io/x}/me/app", true),
            ("localhost:5000/app", "localhost:5000/app@sha256:00", true),
            ("ghcr.io/${{ github.repository }}", "ghcr.io/me/app", false),
            ("ghcr.io/me/${{ env.NAME }}", "ghcr.io/me/app", false),
            ("ghcr.io/me/app", "ghcr.io/you/app", false),
            ("app", "ghcr.io/me/app", false),
            ("me/app:${{ a || 'b/c' }}", "me/app", true),
            ("", "", true),
        ];
        for (built, run, expected) in cases {
            assert_eq!(is_same(built, run), expected, "{built} {run}");
        }
    }

    #[test]
    fn what_env_says_is_filled_in_and_ends() {
        let values = [("A", "x/${{ env.B }}"), ("B", "y"), ("C", &*"${{ env.C }}".repeat(100))];
        let values = values.map(|it| (it.0.to_string(), it.1.to_string())).into();
        assert_eq!(filled("${{ env.A }}:${{ github.sha }}", &values), "x/y:${{ github.sha }}");
        assert_eq!(filled("${{ env.C }}", &values), "${{ env.C }}");
        assert_eq!(filled("${{ env.A", &values), "${{ env.A");
    }
}
