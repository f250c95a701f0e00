//! Patterns of files as rsync, tar, git and Docker write them.

/// A part of a pattern.
#[derive(Clone, Copy)]
enum Part {
    /// Exactly this byte.
    Byte(u8),
    /// `?`: one byte of a name.
    One,
    /// `*`: any part of a name.
    Name,
    /// `**/` at the start of a name: any number of folders.
    Folders,
    /// `**` elsewhere: anything.
    Any,
}

/// Returns whether a pattern fits a whole path. `*` and `?` stay within a name, `**` does not.
///
/// What can be reached is noted for each part of the pattern, so a pattern of many stars costs no more than its length
/// times that of the path.
pub fn fits(pattern: &str, path: &str) -> bool {
    let path = path.as_bytes();
    let mut reached = vec![false; path.len() + 1];
    let mut next = reached.clone();
    reached[0] = true;
    for part in parts(pattern.as_bytes()) {
        if !reached.contains(&true) {
            return false;
        }
        let mut is_behind = false;
        for at in 0..=path.len() {
            let last = at.checked_sub(1).map(|it| path[it]);
            let was_reached = at > 0 && reached[at - 1];
            next[at] = match part {
                Part::Byte(byte) => was_reached && last == Some(byte),
                Part::One => was_reached && last != Some(b'/'),
                Part::Name => reached[at] || at > 0 && next[at - 1] && last != Some(b'/'),
                Part::Folders => reached[at] || is_behind && last == Some(b'/'),
                Part::Any => reached[at] || is_behind,
            };
            is_behind |= reached[at];
        }
        std::mem::swap(&mut reached, &mut next);
    }
    reached[path.len()]
}

fn parts(pattern: &[u8]) -> Vec<Part> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        let is_start = at == 0 || pattern[at - 1] == b'/';
        let (part, length) = match &pattern[at..] {
            [b'*', b'*', b'/', ..] if is_start => (Part::Folders, 3),
            [b'*', b'*', ..] => (Part::Any, 2),
            [b'*', ..] => (Part::Name, 1),
            [b'?', ..] => (Part::One, 1),
            _ => (Part::Byte(*byte), 1),
        };
        list.push(part);
        at += length;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_in_a_name_unless_there_are_two() {
        let cases = [
            ("a/*.sql", "a/b.sql", true),
            ("a*sql", "a/b.sql", false),
            ("a**sql", "a/b.sql", true),
            ("**/*.yaml", "config.yaml", true),
            ("**/*.yaml", "a/b/config.yaml", true),
            ("**/b", "ab", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/**", "a/x/y", true),
            ("a/**", "a", false),
            ("?", "/", false),
            ("?.py", "a.py", true),
            ("*", "", true),
            ("", "a", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!fits(&"*a".repeat(100), &"a".repeat(99)));
        assert!(!fits(&format!("{}c", "**a".repeat(500)), &"a/".repeat(1000)));
    }
}
