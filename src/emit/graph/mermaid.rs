//! A picture as Mermaid, which readers of Markdown draw.

use super::{Graph, NodeKind};

pub(super) fn write(graph: &Graph) -> String {
    let mut out = "flowchart TD\n".to_string();
    for (at, node) in graph.nodes.iter().enumerate() {
        let lines =
            std::iter::once(format!("<b>{}</b>", escaped(&node.name))).chain(node.lines.iter().map(|it| escaped(it)));
        let label = lines.collect::<Vec<_>>().join("<br/>");
        let (open, close) = match node.kind {
            NodeKind::Outside => ("((", "))"),
            NodeKind::Proxy => ("{{", "}}"),
            NodeKind::Service => ("(", ")"),
            NodeKind::Data => ("[(", ")]"),
            NodeKind::Job => ("[/", "/]"),
        };
        out.push_str(&format!("  n{at}{open}\"{label}\"{close}\n"));
    }
    for edge in &graph.edges {
        let arrow = if edge.is_order { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(&edge.label)) };
        out.push_str(&format!("  n{} {arrow}{label} n{}\n", edge.from, edge.to));
    }
    out
}

/// Mermaid has entities of its own, with `#` for `&`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        match it {
            '"' | '<' | '>' | '#' | '&' | '`' | '{' | '}' | '|' => out.push_str(&format!("#{};", u32::from(it))),
            '\n' | '\r' => out.push(' '),
            it => out.push(it),
        }
    }
    out
}
