//! A picture as Mermaid, which readers of Markdown draw.

use super::{Graph, NodeKind};

/// The colours of the SVG, for a light page and a dark one.
const CLASSES: &str = "  classDef caller fill:#f2f4f7,stroke:#8a94a3,color:#1f2733\n  \
                       classDef proxy fill:#efe9fb,stroke:#7a5fc0,color:#1f2733\n  \
                       classDef service fill:#e8f1fc,stroke:#3f7fc4,color:#1f2733\n  \
                       classDef data fill:#e7f6ec,stroke:#3a9460,color:#1f2733\n  \
                       classDef job fill:#fdf3e0,stroke:#c48a2c,color:#1f2733\n";

pub(super) fn write(graph: &Graph) -> String {
    let mut out = "flowchart TD\n".to_string();
    for (at, node) in graph.nodes.iter().enumerate() {
        let networks: Vec<&str> = node.networks.iter().map(|&it| graph.networks[it].as_str()).collect();
        let mut lines = vec![format!("<b>{}</b>", escaped(&node.name))];
        lines.extend(node.lines.iter().map(|it| escaped(it)));
        if !networks.is_empty() {
            lines.push(format!("<i>on {}</i>", escaped(&networks.join(", "))));
        }
        let label = lines.join("<br/>");
        let (open, close, class) = match node.kind {
            NodeKind::Outside | NodeKind::Machine => ("([", "])", "caller"),
            NodeKind::Proxy => ("{{", "}}", "proxy"),
            NodeKind::Service => ("(", ")", "service"),
            NodeKind::Data => ("[(", ")]", "data"),
            NodeKind::Job => ("[/", "/]", "job"),
        };
        out.push_str(&format!("  n{at}{open}\"{label}\"{close}:::{class}\n"));
    }
    for edge in &graph.edges {
        let arrow = if edge.is_order { "-.->" } else { "-->" };
        let label = escaped(&edge.label).replace(", ", "<br/>");
        let label = if label.is_empty() { String::new() } else { format!("|\"{label}\"|") };
        out.push_str(&format!("  n{} {arrow}{label} n{}\n", edge.from, edge.to));
    }
    out.push_str(CLASSES);
    out
}

/// Mermaid has entities of its own, with `#` for `&`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        match it {
            '"' | '<' | '>' | '#' | '&' | '`' | '{' | '}' | '|' | '\\' | '*' | '_' if !is_plain(it, text) => {
                out.push_str(&format!("#{};", u32::from(it)));
            }
            it if it.is_control() => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

/// A `_` within a name means nothing; only pairs that stand apart make words slanted.
fn is_plain(it: char, text: &str) -> bool {
    it == '_' && !text.contains("__") && !text.starts_with('_') && !text.ends_with('_') && !text.contains(" _")
}
