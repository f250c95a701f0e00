//! Which commit is checked out and which branches there are, as it lies in `.git`: two questions of every check, for
//! which it would take longer to start git than to look.

use std::collections::BTreeSet;

use crate::files::{Files, Kind};

/// Returns the commit that is checked out; `None` where only git can tell, or where the history may grow under it.
pub fn head(files: &dyn Files) -> Option<String> {
    let is_id = |it: &str| matches!(it.len(), 40 | 64) && it.bytes().all(|it| it.is_ascii_hexdigit());
    // A shallow clone that is deepened has more history behind the same commit.
    if files.kind(".git/shallow").is_some() || files.kind(".git/info/grafts").is_some() {
        return None;
    }
    let text = files.read_text(".git/HEAD").ok()?;
    let id = match text.trim().strip_prefix("ref: ") {
        None => text.trim().to_string(),
        Some(name) => match files.read_text(&format!(".git/{name}")) {
            Ok(text) => text.trim().to_string(),
            Err(_) => {
                let packed = files.read_text(".git/packed-refs").ok()?;
                packed_refs(&packed).find(|it| it.1 == name)?.0.to_string()
            }
        },
    };
    Some(id).filter(|it| is_id(it))
}

/// Returns the branches, without `origin/`, where this is a clone that knows all of them; `None` where only git can
/// tell, or where there may be others.
pub fn branches(files: &dyn Files) -> Option<Vec<String>> {
    // Only a full clone has `origin/HEAD`; the checkout of a CI has one branch and no word of the others.
    files.kind(".git/refs/remotes/origin/HEAD").filter(|it| *it == Kind::File)?;
    let mut found = BTreeSet::new();
    for folder in ["refs/heads", "refs/remotes/origin"] {
        loose_refs(files, folder, &mut found)?;
    }
    let packed = files.read_text(".git/packed-refs").unwrap_or_default();
    found.extend(packed_refs(&packed).map(|it| it.1.to_string()));
    // Local ones come first, as git lists them.
    let name = |it: String| {
        let local = it.strip_prefix("refs/heads/");
        local.or_else(|| it.strip_prefix("refs/remotes/origin/")).map(str::to_string)
    };
    Some(found.into_iter().filter_map(name).collect())
}

/// Adds the names below a folder of `.git`.
fn loose_refs(files: &dyn Files, folder: &str, found: &mut BTreeSet<String>) -> Option<()> {
    for name in files.list(&format!(".git/{folder}")).ok()? {
        let path = format!("{folder}/{name}");
        match files.kind(&format!(".git/{path}"))? {
            Kind::Directory => loose_refs(files, &path, found)?,
            Kind::File => {
                found.insert(path);
            }
            Kind::Other => return None,
        }
    }
    Some(())
}

/// Returns the ids and names of a packed list.
fn packed_refs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter(|it| !it.starts_with(['#', '^'])).filter_map(|it| it.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::InMemory;

    #[test]
    fn loose_and_packed_branches_are_known_of_a_full_clone_only() {
        let id = "0123456789012345678901234567890123456789";
        let packed =
            format!("# pack-refs\n{id} refs/heads/old\n{id} refs/remotes/origin/a/b\n{id} refs/tags/v1\n^{id}\n");
        let mut list = vec![
            (".git/HEAD", "ref: refs/heads/old\n"),
            (".git/packed-refs", packed.as_str()),
            (".git/refs/heads/fix/x", id),
            (".git/refs/remotes/origin/main", id),
        ];
        assert_eq!(branches(&InMemory::new(list.clone())), None);
        list.push((".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n"));
        let files = InMemory::new(list);
        assert_eq!(branches(&files).unwrap(), ["fix/x", "old", "HEAD", "a/b", "main"]);
        assert_eq!(head(&files).as_deref(), Some(id));
    }
}
