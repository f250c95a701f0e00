//! Parts of a script without what an environment does not need, and settings without what no part reads.
//!
//! Lines between `#if NAME` (or `#if !NAME`), `#else` and `#end` stay where the fact of that name holds. To bash these are
//! comments, so a part is a script as it stands.

/// Facts by name, and whether they hold.
pub(super) type Holds = Vec<(&'static str, bool)>;

/// Returns a part with only those lines whose conditions hold; where lines went, no second blank line stays.
pub(crate) fn lean(part: &str, holds: &[(&str, bool)]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut open: Vec<bool> = Vec::new();
    for line in part.lines() {
        if let Some(name) = line.strip_prefix("#if ") {
            open.push(match name.strip_prefix('!') {
                Some(name) => !is_so(name, holds),
                None => is_so(name, holds),
            });
        } else if line == "#else" {
            open.last_mut().into_iter().for_each(|it| *it = !*it);
        } else if line == "#end" {
            open.pop();
        } else if open.iter().all(|it| *it) && !(line.is_empty() && (out.is_empty() || out.ends_with("\n\n"))) {
            out.push_str(line);
            out.push('\n');
        }
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn is_so(name: &str, holds: &[(&str, bool)]) -> bool {
    let fact = holds.iter().find(|it| it.0 == name);
    debug_assert!(fact.is_some(), "no fact is called {name}");
    fact.is_some_and(|it| it.1)
}

/// Returns whether code of bash reads a variable.
pub(super) fn reads(code: &str, name: &str) -> bool {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        if after.starts_with(is_word) || before.ends_with(is_word) {
            return false;
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_counted = line.rfind("((").is_some_and(|it| !line[it..].contains("))"));
        is_counted || ["$", "${", "${#", "${!"].iter().any(|it| before.ends_with(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_where_their_fact_holds_and_leave_no_gap() {
        let part = "a\n\n#if x\nb\n#else\nc\n#if !y\nd\n#end\n#end\n\n#if x\n\ne\n\n#end\nf\n";
        assert_eq!(lean(part, &[("x", true), ("y", true)]), "a\n\nb\n\ne\n\nf\n");
        assert_eq!(lean(part, &[("x", false), ("y", false)]), "a\n\nc\nd\n\nf\n");
    }

    #[test]
    fn a_variable_is_read_where_its_value_is_asked_for() {
        for code in ["echo \"$a\"", "${a[@]}", "${#a[@]}", "${!a}", "$((1 + a))"] {
            assert!(reads(code, "a"), "{code}");
        }
        for code in ["a=1", "local a", "$ab", "echo $((1)) a", "${b}a"] {
            assert!(!reads(code, "a"), "{code}");
        }
    }
}
