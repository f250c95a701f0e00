//! ConfigMaps and Secrets: their keys, their size, and what the types of Secrets need.

use super::at::At;
use super::{FaultKind, Judge};

/// All of the data together (`pkg/apis/core`, `MaxSecretSize`), in bytes.
const MOST: usize = 1024 * 1024;

/// What a Secret of a built-in type must have (`pkg/apis/core/validation`, `ValidateSecret`).
static NEEDED: &[(&str, &[&str])] = &[
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
];

/// Judges a ConfigMap.
pub fn config_map(object: &At<'_>, judge: &mut Judge) {
    let (Some(data), Some(binary)) = (object.get("data"), object.get("binaryData")) else {
        return size(object, &["data", "binaryData"], judge);
    };
    for (key, it) in binary.entries() {
        if let Some(other) = data.get(key) {
            let other = other.span;
            judge.fault(FaultKind::Invalid, &it, format!("`{key}` is also under `data`")).also(other, "the other one");
        }
    }
    size(object, &["data", "binaryData"], judge);
}

/// Judges a Secret.
pub fn secret(object: &At<'_>, judge: &mut Judge) {
    size(object, &["data", "stringData"], judge);
    let Some(kind) = object.get("type") else { return };
    let text = kind.tree.text().unwrap_or_default();
    let has =
        |key: &str| ["data", "stringData"].iter().any(|it| object.get(it).is_some_and(|it| it.get(key).is_some()));
    let needed = NEEDED.iter().find(|(of, _)| *of == text).map_or(&[][..], |(_, keys)| keys);
    for key in needed.iter().filter(|it| !has(it)) {
        judge.fault(FaultKind::Required, &kind, format!("a Secret of this type needs the key `{key}`"));
    }
    if text == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        judge.fault(FaultKind::Required, &kind, "a Secret of this type needs `username` or `password`");
    }
}

fn size(object: &At<'_>, sections: &[&str], judge: &mut Judge) {
    let mut total = 0;
    for section in sections {
        let Some(section) = object.get(section) else { continue };
        total += section.entries().map(|(_, it)| it.tree.text().map_or(0, str::len)).sum::<usize>();
    }
    if total > MOST {
        judge.fault(FaultKind::TooLong, object, format!("holds {total} bytes, and at most {MOST} fit"));
    }
}
