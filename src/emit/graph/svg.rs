//! A picture as SVG: rows of boxes, callers above what they call.

use super::layout::{GAP, Layout, ROW, layout};
use super::{Edge, Graph, Node, NodeKind};

const HEIGHT: f64 = 68.0;
const TOP: f64 = 56.0;
/// Width of a character of the font, nearly.
const CHARACTER: f64 = 7.0;
const LONGEST: usize = 34;

pub(super) fn write(graph: &Graph) -> String {
    let widths: Vec<f64> = graph.nodes.iter().map(width).collect();
    let layout = layout(graph, &widths);
    let wide = layout.width.max(360.0);
    let high = TOP + layout.n_rows as f64 * ROW + 16.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
         <title>{0}</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\" fill=\"#5b6573\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{GAP:.0}\" y=\"30\" font-size=\"17\" font-weight=\"bold\" fill=\"#1f2733\">{0}</text>\n",
        escaped(&graph.title)
    );
    let mut labels = String::new();
    for (at, edge) in graph.edges.iter().enumerate() {
        let dashed = if edge.is_order { " stroke-dasharray=\"5 4\"" } else { "" };
        out.push_str(&format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"#8a94a3\" stroke-width=\"1.4\"{dashed} marker-end=\"url(#arrow)\"/>\n",
            way(&layout, &layout.ways[at])
        ));
        // Arrows that end together say the same once.
        let is_said = |other: &Edge| other.to == edge.to && other.label == edge.label;
        if !edge.label.is_empty() && !graph.edges[..at].iter().any(is_said) {
            labels.push_str(&label(&layout, &layout.ways[at], &edge.label));
        }
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        out.push_str(&boxed(node, layout.places[at].x, y(layout.places[at].row), widths[at]));
    }
    out.push_str(&labels);
    out.push_str("</svg>\n");
    out
}

fn width(node: &Node) -> f64 {
    let longest = node.lines.iter().chain([&node.name]).map(|it| it.chars().count().min(LONGEST)).max().unwrap_or(0);
    (longest as f64 * CHARACTER + 30.0).max(120.0)
}

fn y(row: usize) -> f64 {
    TOP + row as f64 * ROW
}

fn way(layout: &Layout, places: &[usize]) -> String {
    let goes_down = layout.places[places[0]].row < layout.places[places[places.len() - 1]].row;
    let point = |at: usize, place: usize| {
        let it = &layout.places[place];
        let top = y(it.row);
        match (at, goes_down) {
            (0, true) => (it.x, top + HEIGHT),
            (0, false) => (it.x, top),
            (last, true) if last + 1 == places.len() => (it.x, top - 2.0),
            (last, false) if last + 1 == places.len() => (it.x, top + HEIGHT + 2.0),
            _ => (it.x, top + HEIGHT / 2.0),
        }
    };
    let points: Vec<(f64, f64)> = places.iter().enumerate().map(|(at, &it)| point(at, it)).collect();
    let mut out = format!("M{:.0} {:.0}", points[0].0, points[0].1);
    for pair in points.windows(2) {
        let middle = (pair[0].1 + pair[1].1) / 2.0;
        out.push_str(&format!(
            " C{:.0} {middle:.0} {:.0} {middle:.0} {:.0} {:.0}",
            pair[0].0, pair[1].0, pair[1].0, pair[1].1
        ));
    }
    out
}

/// A label stands above the end of its arrow, where arrows have parted.
fn label(layout: &Layout, places: &[usize], text: &str) -> String {
    let last = &layout.places[places[places.len() - 1]];
    let before = &layout.places[places[places.len() - 2]];
    let x = last.x + (before.x - last.x) * 0.12;
    let top = y(last.row) - 14.0;
    let text = shortened(text);
    let wide = text.chars().count() as f64 * 6.0 + 8.0;
    format!(
        "<rect x=\"{:.0}\" y=\"{:.0}\" width=\"{wide:.0}\" height=\"15\" rx=\"3\" fill=\"#ffffff\" fill-opacity=\"0.88\"/>\
         <text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#3d4754\">{}</text>\n",
        x - wide / 2.0,
        top - 11.0,
        top,
        escaped(&text)
    )
}

fn boxed(node: &Node, x: f64, top: f64, wide: f64) -> String {
    let (fill, line) = match node.kind {
        NodeKind::Outside => ("#f2f4f7", "#8a94a3"),
        NodeKind::Proxy => ("#efe9fb", "#7a5fc0"),
        NodeKind::Service => ("#e8f1fc", "#3f7fc4"),
        NodeKind::Data => ("#e7f6ec", "#3a9460"),
        NodeKind::Job => ("#fdf3e0", "#c48a2c"),
    };
    let left = x - wide / 2.0;
    let radius = if node.kind == NodeKind::Outside { 34.0 } else { 8.0 };
    let mut out = format!(
        "<g><rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{wide:.0}\" height=\"{HEIGHT:.0}\" rx=\"{radius:.0}\" fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"1.5\"/>"
    );
    if node.kind == NodeKind::Data {
        // What has data carries a band, so that it is seen without colour too.
        out.push_str(&format!(
            "<path d=\"M{left:.0} {0:.0} h{wide:.0}\" stroke=\"{line}\" stroke-width=\"1\"/>",
            top + 6.0
        ));
    }
    let first = top + HEIGHT / 2.0 + 5.0 - node.lines.len() as f64 * 8.0;
    out.push_str(&format!(
        "<text x=\"{x:.0}\" y=\"{first:.0}\" text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\" fill=\"#1f2733\">{}</text>",
        escaped(&shortened(&node.name))
    ));
    for (at, line) in node.lines.iter().enumerate() {
        let base = first + 16.0 * (at as f64 + 1.0);
        out.push_str(&format!(
            "<text x=\"{x:.0}\" y=\"{base:.0}\" text-anchor=\"middle\" fill=\"#55606e\">{}</text>",
            escaped(&shortened(line))
        ));
    }
    out.push_str("</g>\n");
    out
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        text.to_string()
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

fn escaped(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control()).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
