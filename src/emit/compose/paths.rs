//! Paths of the spec, written for a generated file that lies in another directory.
//!
//! Compose and Swarm start relative paths at the directory of the first file they are given.

/// Writes a path that is relative to the spec's directory so that it is right from `directory`.
///
/// A path that starts with `./` keeps doing so: without it compose would take `data` for a volume.
pub(crate) fn from_directory(path: &str, directory: &str) -> String {
    if directory.is_empty() || path.starts_with('/') {
        return path.to_string();
    }
    let from = parts(directory);
    let to = parts(path);
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b && **a != "..").count();
    let mut out = vec![".."; from.len() - shared];
    out.extend(&to[shared..]);
    let out = out.join("/");
    match (path.starts_with("./") || path == ".", out.starts_with("..")) {
        _ if out.is_empty() => ".".to_string(),
        (true, false) => format!("./{out}"),
        _ => out,
    }
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|it| !it.is_empty() && *it != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_right_from_a_directory_below() {
        let cases = [
            ("./conf/a", "", "./conf/a"),
            ("./conf/a", "deploy", "../conf/a"),
            ("./deploy/a", "deploy", "./a"),
            (".env", "deploy/prod", "../../.env"),
            (".", "deploy", ".."),
            ("deploy", "deploy", "."),
            ("../other", "deploy", "../../other"),
            ("/etc/x", "deploy", "/etc/x"),
        ];
        for (path, directory, expected) in cases {
            assert_eq!(from_directory(path, directory), expected, "{path} from {directory:?}");
        }
    }
}
