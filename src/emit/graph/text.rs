//! A picture for terminals: each node with what it calls, and by whom it is called.

use super::Graph;

pub(super) fn write(graph: &Graph) -> String {
    let mut out = format!("{}\n{}\n", graph.title, graph.subtitle);
    for (at, node) in graph.nodes.iter().enumerate() {
        let about = if node.lines.is_empty() { String::new() } else { format!("  ({})", node.lines.join(", ")) };
        let networks: Vec<&str> = node.networks.iter().map(|&it| graph.networks[it].as_str()).collect();
        let networks = if networks.is_empty() { String::new() } else { format!("  on {}", networks.join(", ")) };
        out.push_str(&format!("\n{}{about}{networks}\n", node.name));
        for edge in graph.edges.iter().filter(|it| it.from == at) {
            let arrow = if edge.is_order { "┄┄>" } else { "──>" };
            let label = if edge.label.is_empty() { String::new() } else { format!("   {}", edge.label) };
            out.push_str(&format!("  {arrow} {}{label}\n", graph.nodes[edge.to].name));
        }
    }
    out
}
