//! A picture as SVG: rows of boxes, callers above what they call; below, what the colours say.

mod legend;

use super::layout::{GAP, Layout, layout};
use super::{Edge, Graph, Node, NodeKind};

const HEIGHT: f64 = 76.0;
const ROW: f64 = 158.0;
const TOP: f64 = 74.0;
/// Width of a character of the font, nearly.
const CHARACTER: f64 = 7.0;
const LONGEST: usize = 34;
/// More lines of a label would reach into the row above.
const LABEL_LINES: usize = 4;
const LABEL_LINE: f64 = 14.0;
/// One for each network, and from the start again.
const NETWORKS: [&str; 8] = ["#d1495b", "#2e86ab", "#edae49", "#66a182", "#8d6a9f", "#5b6573", "#e07a5f", "#00798c"];

/// A label's rectangle.
struct Taken {
    x: f64,
    y: f64,
    wide: f64,
    high: f64,
}

pub(super) fn write(graph: &Graph) -> String {
    let widths: Vec<f64> = graph.nodes.iter().map(width).collect();
    let layout = layout(graph, &widths);
    let title = graph.title.chars().count() as f64 * 10.0;
    let wide = layout.width.max(title.max(graph.subtitle.chars().count() as f64 * 6.2) + 2.0 * GAP).max(420.0);
    let shift = (wide - layout.width) / 2.0;
    let bottom = y(layout.n_rows) - (ROW - HEIGHT) + 30.0;
    let (legend, high) = legend::write(graph, bottom, wide);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
         <title>{0}</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0 L8 4 L0 8 z\" fill=\"#5b6573\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{GAP:.0}\" y=\"30\" font-size=\"17\" font-weight=\"bold\" fill=\"#1f2733\">{0}</text>\n\
         <text x=\"{GAP:.0}\" y=\"48\" fill=\"#55606e\">{1}</text>\n<g transform=\"translate({shift:.0} 0)\">\n",
        escaped(&graph.title),
        escaped(&graph.subtitle),
    );
    let (mut labels, mut taken) = (String::new(), Vec::new());
    for (at, edge) in graph.edges.iter().enumerate() {
        let dashed = if edge.is_order { " stroke-dasharray=\"5 4\"" } else { "" };
        out.push_str(&format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"#8a94a3\" stroke-width=\"1.4\"{dashed} marker-end=\"url(#arrow)\"/>\n",
            way(&layout, &layout.ways[at])
        ));
        // Arrows that end together say the same once.
        let is_said = |other: &Edge| other.to == edge.to && other.label == edge.label;
        if !edge.label.is_empty() && !graph.edges[..at].iter().any(is_said) {
            labels.push_str(&label(&layout, &layout.ways[at], &edge.label, &mut taken));
        }
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        out.push_str(&boxed(node, layout.places[at].x, y(layout.places[at].row), widths[at]));
    }
    out.push_str(&format!("{labels}</g>\n{legend}</svg>\n"));
    out
}

fn width(node: &Node) -> f64 {
    let longest = node.lines.iter().chain([&node.name]).map(|it| it.chars().count().min(LONGEST)).max().unwrap_or(0);
    (longest as f64 * CHARACTER + 30.0).max(120.0)
}

fn y(row: usize) -> f64 {
    TOP + row as f64 * ROW
}

/// A line is straight where boxes stand and bends between the rows.
fn way(layout: &Layout, places: &[usize]) -> String {
    let goes_down = layout.places[places[0]].row < layout.places[places[places.len() - 1]].row;
    let (near, far) = if goes_down { (0.0, HEIGHT) } else { (HEIGHT, 0.0) };
    let first = &layout.places[places[0]];
    let mut from = (first.x, y(first.row) + far);
    let mut out = format!("M{:.0} {:.0}", from.0, from.1);
    for (at, &place) in places.iter().enumerate().skip(1) {
        let it = &layout.places[place];
        let is_last = at + 1 == places.len();
        let tip = if is_last { if goes_down { -2.0 } else { 2.0 } } else { 0.0 };
        let to = (it.x, y(it.row) + near + tip);
        let middle = (from.1 + to.1) / 2.0;
        out.push_str(&format!(" C{:.0} {middle:.0} {:.0} {middle:.0} {:.0} {:.0}", from.0, to.0, to.0, to.1));
        if !is_last {
            from = (it.x, y(it.row) + far);
            out.push_str(&format!(" V{:.0}", from.1));
        }
    }
    out
}

/// A label stands above the end of its arrow, where arrows have parted, and above other labels.
fn label(layout: &Layout, places: &[usize], text: &str, taken: &mut Vec<Taken>) -> String {
    let last = &layout.places[places[places.len() - 1]];
    let before = &layout.places[places[places.len() - 2]];
    let lines = lines(text);
    let longest = lines.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let (wide, high) = (longest as f64 * 6.0 + 8.0, lines.len() as f64 * LABEL_LINE);
    let x = last.x + (before.x - last.x) * 0.12;
    let mut top = y(last.row) - 11.0 - high;
    let overlaps =
        |it: &Taken, top: f64| (it.x - x).abs() < (it.wide + wide) / 2.0 && it.y < top + high && top < it.y + it.high;
    while let Some(it) = taken.iter().find(|it| overlaps(it, top)) {
        top = it.y - high - 1.0;
    }
    taken.push(Taken { x, y: top, wide, high });
    let mut out = format!(
        "<rect x=\"{:.0}\" y=\"{top:.0}\" width=\"{wide:.0}\" height=\"{high:.0}\" rx=\"3\" fill=\"#ffffff\" fill-opacity=\"0.88\"/>",
        x - wide / 2.0,
    );
    for (at, line) in lines.iter().enumerate() {
        out.push_str(&format!(
            "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#3d4754\">{}</text>",
            top + LABEL_LINE * (at as f64 + 0.8),
            escaped(line)
        ));
    }
    out.push('\n');
    out
}

/// A label of several parts has a line for each; short ones share a line.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in text.split(", ") {
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() < LONGEST / 2 => {
                line.push_str(", ");
                line.push_str(part);
            }
            _ => lines.push(part.to_string()),
        }
    }
    if lines.len() > LABEL_LINES {
        let more = lines.len() - (LABEL_LINES - 1);
        lines.truncate(LABEL_LINES - 1);
        lines.push(format!("and {more} more"));
    }
    lines.iter().map(|it| shortened(it)).collect()
}

fn colours(kind: NodeKind) -> (&'static str, &'static str) {
    match kind {
        NodeKind::Outside | NodeKind::Machine => ("#f2f4f7", "#8a94a3"),
        NodeKind::Proxy => ("#efe9fb", "#7a5fc0"),
        NodeKind::Service => ("#e8f1fc", "#3f7fc4"),
        NodeKind::Data => ("#e7f6ec", "#3a9460"),
        NodeKind::Job => ("#fdf3e0", "#c48a2c"),
    }
}

fn boxed(node: &Node, x: f64, top: f64, wide: f64) -> String {
    let (fill, line) = colours(node.kind);
    let left = x - wide / 2.0;
    let is_caller = matches!(node.kind, NodeKind::Outside | NodeKind::Machine);
    let radius = if is_caller { HEIGHT / 2.0 } else { 8.0 };
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
    let lift = if node.networks.is_empty() { 0.0 } else { 4.0 };
    let first = top + HEIGHT / 2.0 + 5.0 - lift - node.lines.len() as f64 * 8.0;
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
    let from = x - (node.networks.len().saturating_sub(1)) as f64 * 7.0;
    for (at, network) in node.networks.iter().enumerate() {
        out.push_str(&dot(from + at as f64 * 14.0, top + HEIGHT - 9.0, *network));
    }
    out.push_str("</g>\n");
    out
}

fn dot(x: f64, y: f64, network: usize) -> String {
    format!("<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"4\" fill=\"{}\"/>", NETWORKS[network % NETWORKS.len()])
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
