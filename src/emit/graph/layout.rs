//! Where things stand in a picture: rows from callers to called, in an order with few crossings.
//!
//! A connection over several rows gets a place in each of them, so that it passes between what stands there.

use super::{Graph, NodeKind};

pub(super) const GAP: f64 = 26.0;
const BEND: f64 = 10.0;
const PASSES: usize = 16;

/// A place: that of a node, or of a connection that passes by.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub row: usize,
    /// The middle.
    pub x: f64,
    pub width: f64,
}

/// All places; those of nodes come first. A way is the places that a connection goes through.
#[derive(Debug)]
pub(super) struct Layout {
    pub places: Vec<Place>,
    pub ways: Vec<Vec<usize>>,
    pub width: f64,
    pub n_rows: usize,
}

pub(super) fn layout(graph: &Graph, widths: &[f64]) -> Layout {
    let rows = rows(graph);
    let mut places: Vec<Place> = widths.iter().zip(&rows).map(|(&width, &row)| Place { row, x: 0.0, width }).collect();
    let mut ways = Vec::new();
    for edge in &graph.edges {
        let (from, to) = (rows[edge.from], rows[edge.to]);
        let mut way = vec![edge.from];
        let between: Vec<usize> = if from < to { (from + 1..to).collect() } else { (to + 1..from).rev().collect() };
        for row in between {
            places.push(Place { row, x: 0.0, width: BEND });
            way.push(places.len() - 1);
        }
        way.push(edge.to);
        ways.push(way);
    }
    let n_rows = rows.iter().max().map_or(0, |it| it + 1);
    let mut near: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    for pair in ways.iter().flat_map(|it| it.windows(2)) {
        near[pair[0]].push(pair[1]);
        near[pair[1]].push(pair[0]);
    }
    // What nobody calls and what calls nobody stands at the end of its row, out of the way.
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); n_rows];
    let (linked, alone): (Vec<usize>, Vec<usize>) = (0..places.len()).partition(|&it| !near[it].is_empty());
    linked.iter().for_each(|&it| order[places[it].row].push(it));
    arrange(&mut order, &mut places, &near);
    for it in alone {
        let row = &mut order[places[it].row];
        let end = row.last().map_or(0.0, |&last| places[last].x + places[last].width / 2.0 + GAP);
        places[it].x = end + places[it].width / 2.0;
        row.push(it);
    }
    let left = places.iter().map(|it| it.x - it.width / 2.0).fold(f64::MAX, f64::min);
    places.iter_mut().for_each(|it| it.x += GAP - left);
    let width = places.iter().map(|it| it.x + it.width / 2.0 + GAP).fold(0.0, f64::max);
    Layout { places, ways, width, n_rows }
}

/// Each node stands below those that call it; what goes in a circle is cut where it was written last. What nobody calls
/// stands right above what it calls, and data stand at the bottom.
fn rows(graph: &Graph) -> Vec<usize> {
    let mut rows = vec![0usize; graph.nodes.len()];
    let is_caller = |it: usize| matches!(graph.nodes[it].kind, NodeKind::Outside | NodeKind::Machine);
    let first = usize::from((0..graph.nodes.len()).any(is_caller));
    (0..rows.len()).filter(|&it| !is_caller(it)).for_each(|it| rows[it] = first);
    for _ in 0..graph.nodes.len() {
        let mut moved = false;
        for edge in &graph.edges {
            let below = rows[edge.from] + 1;
            if rows[edge.to] < below && below < graph.nodes.len() {
                rows[edge.to] = below;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let last = rows.iter().copied().max().unwrap_or(0);
    for (at, node) in graph.nodes.iter().enumerate() {
        if node.kind == NodeKind::Data && graph.edges.iter().all(|it| it.from != at) {
            rows[at] = last;
        }
    }
    for at in (0..graph.nodes.len()).filter(|&it| !is_caller(it)) {
        let is_called = graph.edges.iter().any(|it| it.to == at);
        let called = graph.edges.iter().filter(|it| it.from == at).map(|it| rows[it.to]);
        if let (false, Some(highest)) = (is_called, called.min()) {
            rows[at] = rows[at].max(highest.saturating_sub(1));
        }
    }
    rows
}

/// Sweeps down and up: each place moves to the middle of its neighbours, as far as the others of its row let it.
fn arrange(order: &mut [Vec<usize>], places: &mut [Place], near: &[Vec<usize>]) {
    for row in order.iter() {
        spread(row, &row.iter().map(|_| 0.0).collect::<Vec<_>>(), places);
    }
    let rows: Vec<usize> = (0..order.len()).chain((0..order.len()).rev()).collect();
    for pass in 0..PASSES {
        for &at in &rows {
            let wanted = |it: usize| near[it].iter().map(|&other| places[other].x).sum::<f64>() / near[it].len() as f64;
            let mut row: Vec<(usize, f64)> = order[at].iter().map(|&it| (it, wanted(it))).collect();
            // Crossings go first; the last passes only straighten.
            if pass < PASSES / 2 {
                row.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            }
            order[at] = row.iter().map(|it| it.0).collect();
            let wanted: Vec<f64> = row.iter().map(|it| it.1).collect();
            spread(&order[at], &wanted, places);
        }
        if pass == PASSES / 2 {
            uncross(order, places, near);
        }
    }
}

/// Changes neighbours of a row as long as that takes crossings away.
fn uncross(order: &mut [Vec<usize>], places: &mut [Place], near: &[Vec<usize>]) {
    for _ in 0..order.len() * 4 {
        let mut moved = false;
        for row in order.iter_mut() {
            for at in 1..row.len() {
                let (a, b) = (row[at - 1], row[at]);
                if crossings(b, a, places, near) < crossings(a, b, places, near) {
                    let (left, right) = (places[a].x, places[b].x);
                    (places[a].x, places[b].x) = (right, left);
                    row.swap(at - 1, at);
                    moved = true;
                }
            }
        }
        if !moved {
            return;
        }
    }
}

/// Counts the crossings of the connections of two places, when the first stands on the left.
fn crossings(left: usize, right: usize, places: &[Place], near: &[Vec<usize>]) -> usize {
    let crosses = |a: &&usize, b: usize| places[**a].row == places[b].row && places[**a].x > places[b].x;
    near[right].iter().map(|&b| near[left].iter().filter(|a| crosses(a, b)).count()).sum()
}

/// Puts a row's places where they want to be without overlap: the mean of pushing to the right and to the left.
fn spread(row: &[usize], wanted: &[f64], places: &mut [Place]) {
    let apart = |a: usize, b: usize, places: &[Place]| (places[a].width + places[b].width) / 2.0 + GAP;
    let (mut right, mut left) = (wanted.to_vec(), wanted.to_vec());
    for at in 1..row.len() {
        right[at] = right[at].max(right[at - 1] + apart(row[at - 1], row[at], places));
    }
    for at in (0..row.len().saturating_sub(1)).rev() {
        left[at] = left[at].min(left[at + 1] - apart(row[at], row[at + 1], places));
    }
    for (at, &it) in row.iter().enumerate() {
        places[it].x = (right[at] + left[at]) / 2.0;
    }
}
