//! A picture in Graphviz's language.

use super::{Graph, NodeKind};

pub(super) fn write(graph: &Graph) -> String {
    let mut out = format!("digraph {} {{\n  node [fontname=\"Helvetica\"];\n", quoted(&graph.title));
    for (at, node) in graph.nodes.iter().enumerate() {
        let label = std::iter::once(&node.name).chain(&node.lines).cloned().collect::<Vec<_>>().join("\n");
        let shape = match node.kind {
            NodeKind::Outside | NodeKind::Machine => "circle",
            NodeKind::Proxy => "hexagon",
            NodeKind::Service => "box",
            NodeKind::Data => "cylinder",
            NodeKind::Job => "parallelogram",
        };
        out.push_str(&format!("  n{at} [label={}, shape={shape}];\n", quoted(&label)));
    }
    for edge in &graph.edges {
        let style = if edge.is_order { ", style=dashed" } else { "" };
        out.push_str(&format!("  n{} -> n{} [label={}{style}];\n", edge.from, edge.to, quoted(&edge.label)));
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
