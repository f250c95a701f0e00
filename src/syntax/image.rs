//! References to images: `registry:5000/name:tag@digest`, with variables anywhere.

use super::Malformed;
use super::piece::{Covered, Piece};

/// A reference to an image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The registry, if one is written. A variable that stands alone before the first `/` counts as one.
    pub registry: Option<Piece>,
    /// The name in the registry, such as `library/nginx`.
    pub name: Piece,
    /// The tag.
    pub tag: Option<Piece>,
    /// The digest, such as `sha256:…`.
    pub digest: Option<Piece>,
}

impl Image {
    /// Returns whether the same text means another image tomorrow: no digest, and no tag or the tag `latest`.
    pub fn is_floating(&self) -> bool {
        self.digest.is_none() && self.tag.as_ref().is_none_or(|it| it.text == "latest")
    }
}

/// Reads a reference.
///
/// # Errors
/// What docker refuses.
pub fn parse(text: &str) -> Result<Image, Malformed> {
    let covered = Covered::new(text)?;
    let find = |from: usize, to: usize, byte: u8| {
        covered.bytes[from..to].iter().position(|&it| it == byte).map(|it| from + it)
    };
    let at = find(0, text.len(), b'@');
    let end = at.unwrap_or(text.len());
    let digest = at.map(|it| covered.piece(it + 1..text.len()));
    let last_slash = covered.bytes[..end].iter().rposition(|&it| it == b'/').map_or(0, |it| it + 1);
    let colon = find(last_slash, end, b':');
    let tag = colon.map(|it| covered.piece(it + 1..end));
    let name_end = colon.unwrap_or(end);
    let registry_end = find(0, name_end, b'/').filter(|it| is_registry(&covered.piece(0..*it)));
    let registry = registry_end.map(|it| covered.piece(0..it));
    let name = covered.piece(registry_end.map_or(0, |it| it + 1)..name_end);
    check_name(&name)?;
    check(tag.as_ref(), is_tag, "tag", "letters, digits, `_`, `.` and `-`, at most 128")?;
    check(digest.as_ref(), is_digest, "digest", "it looks like `sha256:` and 64 hexadecimal digits")?;
    Ok(Image { registry, name, tag, digest })
}

/// A registry has a dot or a port, or is `localhost`; `library/nginx` has none.
fn is_registry(first: &Piece) -> bool {
    let whole_variable = first.text.starts_with('$') && first.has_variable;
    whole_variable
        || first.text.contains(['.', ':'])
        || first.text == "localhost"
        || first.text.chars().any(char::is_uppercase)
}

fn check_name(name: &Piece) -> Result<(), Malformed> {
    if name.text.is_empty() {
        return Err(Malformed::new(name.range.clone(), "no name of an image"));
    }
    if name.has_variable {
        return Ok(());
    }
    if name.text.chars().any(char::is_uppercase) {
        let message = format!("the name of an image is in small letters, `{}` is not", name.text);
        return Err(Malformed::new(name.range.clone(), message).help(format!("write `{}`", name.text.to_lowercase())));
    }
    let good = |part: &str| {
        let edge = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
        edge(part.chars().next())
            && edge(part.chars().last())
            && part.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || "._-".contains(it))
            && !["..", "._", "_.", "___", "-.", ".-", "-_", "_-"].iter().any(|it| part.contains(it))
    };
    if name.text.split('/').all(good) {
        return Ok(());
    }
    let message = format!("`{}` is no name of an image", name.text);
    Err(Malformed::new(name.range.clone(), message)
        .help("names are letters, digits and single `.`, `_`, `-` between them"))
}

fn check(piece: Option<&Piece>, good: fn(&str) -> bool, what: &str, rule: &str) -> Result<(), Malformed> {
    match piece.filter(|it| !it.has_variable && !good(&it.text)) {
        Some(piece) => {
            let message = format!("`{}` is no {what} of an image", piece.text);
            Err(Malformed::new(piece.range.clone(), message).help(format!("a {what}: {rule}")))
        }
        None => Ok(()),
    }
}

fn is_tag(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_')
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "_.-".contains(it))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => hex.len().max(32),
    };
    !algorithm.is_empty() && hex.len() == length && hex.bytes().all(|it| it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_have_four_parts() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("nginx:1.27@{digest}");
        let rows = [
            ("nginx", None, "nginx", None, None),
            ("nginx:1.27", None, "nginx", Some("1.27"), None),
            ("library/nginx", None, "library/nginx", None, None),
            ("localhost/x", Some("localhost"), "x", None, None),
            ("reg.io:5000/a/b:t", Some("reg.io:5000"), "a/b", Some("t"), None),
            (pinned.as_str(), None, "nginx", Some("1.27"), Some(digest.as_str())),
            ("${REGISTRY}/app:${TAG:-latest}", Some("${REGISTRY}"), "app", Some("${TAG:-latest}"), None),
            ("${IMAGE:-reg.io/app:1}", None, "${IMAGE:-reg.io/app:1}", None, None),
            ("ghcr.io/${OWNER}/app", Some("ghcr.io"), "${OWNER}/app", None, None),
        ];
        for (text, registry, name, tag, digest) in rows {
            let image = parse(text).unwrap();
            let text_of = |it: &Option<Piece>| it.as_ref().map(|it| it.text.clone());
            assert_eq!(text_of(&image.registry).as_deref(), registry, "{text}");
            assert_eq!(image.name.text, name);
            assert_eq!(text_of(&image.tag).as_deref(), tag);
            assert_eq!(text_of(&image.digest).as_deref(), digest);
        }
    }

    #[test]
    fn only_a_tag_or_a_digest_holds_an_image_still() {
        for (text, floating) in
            [("nginx", true), ("nginx:latest", true), ("nginx:1.27", false), ("nginx:${TAG}", false)]
        {
            assert_eq!(parse(text).unwrap().is_floating(), floating, "{text}");
        }
    }

    #[test]
    fn what_docker_refuses_is_an_error_at_its_place() {
        let rows = [
            ("", ""),
            ("Nginx", "Nginx"),
            ("a b", "a b"),
            ("a:", ""),
            ("a:b c", "b c"),
            ("a@sha256:x", "sha256:x"),
            ("a//b", "a//b"),
            ("-a", "-a"),
        ];
        for (text, place) in rows {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[abA:/@.\\-_{}$1\u{e9}]{0,16}") {
            match parse(&text) {
                Ok(image) => prop_assert_eq!(&text[image.name.range.clone()], &image.name.text),
                Err(error) => prop_assert!(text.get(error.range).is_some()),
            }
        }
    }
}
