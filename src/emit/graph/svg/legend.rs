//! What the colours, the lines and the dots of a picture say.

use super::super::layout::GAP;
use super::super::{Graph, NodeKind};
use super::{CHARACTER, colours, dot, escaped, shortened};

const LINE: f64 = 24.0;

/// Writes the legend from this height on; returns it, and where the picture ends.
pub(super) fn write(graph: &Graph, top: f64, wide: f64) -> (String, f64) {
    let mut signs: Vec<(String, &str)> = Vec::new();
    let kinds = [
        (NodeKind::Proxy, "proxy"),
        (NodeKind::Service, "service"),
        (NodeKind::Data, "keeps data"),
        (NodeKind::Job, "runs to its end"),
    ];
    for (kind, word) in kinds.into_iter().filter(|(kind, _)| graph.nodes.iter().any(|it| it.kind == *kind)) {
        let (fill, line) = colours(kind);
        let band =
            if kind == NodeKind::Data { format!("<path d=\"M0 3.5 h18\" stroke=\"{line}\"/>") } else { String::new() };
        signs.push((
            format!("<rect width=\"18\" height=\"14\" rx=\"3\" fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"1.5\"/>{band}"),
            word,
        ));
    }
    let arrow = |dashes: &str| {
        format!(
            "<path d=\"M0 7 h17\" fill=\"none\" stroke=\"#8a94a3\" stroke-width=\"1.4\"{dashes} marker-end=\"url(#arrow)\"/>"
        )
    };
    if graph.edges.iter().any(|it| !it.is_order) {
        signs.push((arrow(""), "calls"));
    }
    if graph.edges.iter().any(|it| it.is_order) {
        signs.push((arrow(" stroke-dasharray=\"5 4\""), "starts after"));
    }
    let networks: Vec<String> = graph.networks.iter().map(|it| shortened(&format!("network {it}"))).collect();
    signs.extend(networks.iter().enumerate().map(|(at, it)| (dot(9.0, 7.0, at), it.as_str())));
    let (mut out, mut x, mut y) = (String::new(), GAP, top);
    for (sign, word) in &signs {
        let room = 26.0 + word.chars().count() as f64 * (CHARACTER - 0.6) + 18.0;
        if x > GAP && x + room > wide {
            (x, y) = (GAP, y + LINE);
        }
        out.push_str(&format!(
            "<g transform=\"translate({x:.0} {y:.0})\">{sign}<text x=\"26\" y=\"11\" fill=\"#55606e\">{}</text></g>\n",
            escaped(word)
        ));
        x += room;
    }
    (out, if signs.is_empty() { top } else { y + LINE + 10.0 })
}
