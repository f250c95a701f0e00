//! What stands beside a place on its line. A line that is longer than people write is cut, so that a look beside each of
//! the thousands of places of one line does not read the whole of it every time.

/// Longer lines are made by programs.
const LONGEST: usize = 1000;

/// Longer than people write a paragraph, which may be one line.
const LONGEST_PARAGRAPH: usize = 8 << 10;

/// Returns what stands before a place on its line.
pub fn line_before(text: &str, at: usize) -> &str {
    before(text, at, LONGEST)
}

/// Returns what stands before a place on its line, where the line may be a whole paragraph.
pub fn paragraph_before(text: &str, at: usize) -> &str {
    before(text, at, LONGEST_PARAGRAPH)
}

fn before(text: &str, at: usize, longest: usize) -> &str {
    let near = &text[text.floor_char_boundary(at.saturating_sub(longest))..at];
    near.rsplit('\n').next().unwrap_or(near)
}

/// Returns what stands behind a place on its line.
pub fn line_after(text: &str, at: usize) -> &str {
    let near = &text[at..text.floor_char_boundary(at.saturating_add(LONGEST)).max(at)];
    near.split('\n').next().unwrap_or(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_it_ends_or_where_nobody_goes_on() {
        let text = "é: a\nbé = ç\n";
        let at = text.find('=').unwrap();
        assert_eq!((line_before(text, at), line_after(text, at)), ("bé ", "= ç"));
        assert_eq!((line_before(text, 0), line_after(text, text.len())), ("", ""));
        let long = "é".repeat(5000);
        assert!(line_before(&long, 5000).len() <= LONGEST + 1 && line_after(&long, 5000).len() <= LONGEST);
    }
}
