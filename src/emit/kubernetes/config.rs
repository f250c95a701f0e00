//! ConfigMaps: content under a name that has its hash.

use sha2::{Digest, Sha256};

use crate::diag::{Diagnostic, Level};
use crate::origin::Origin;
use crate::syntax::yaml_out::Map;

use super::TOO_LARGE;
use super::cluster::Cluster;
use super::object::{Object, PART_OF_LABEL, Part};

/// How much of a hash tells two versions of one thing apart.
const HASH: usize = 8;
/// The most that a ConfigMap may hold, in bytes: `MaxSecretSize` of the API.
const MOST: usize = 1 << 20;

/// Makes a ConfigMap, or finds the one that is there already with the same content; returns its name.
pub(super) fn config_map(
    base: &str,
    data: Vec<(String, Vec<u8>)>,
    doc: Option<&str>,
    origin: &Origin,
    cluster: &mut Cluster<'_>,
) -> String {
    let size: usize = data.iter().map(|(name, value)| name.len() + value.len()).sum();
    if let (true, Some(span)) = (size > MOST, origin.span()) {
        let message = format!("this is {size} bytes, and a ConfigMap holds at most {MOST}");
        let error = Diagnostic::new(TOO_LARGE, Level::Error, span, message);
        cluster.cx.error(error.help("put it into the image, or on a volume"));
    }
    let name = format!("{base}-{}", hash(&data));
    if !cluster.configs.contains_key(&name) {
        let (mut text, mut binary) = (Map::new(), Map::new());
        for (key, value) in data {
            match String::from_utf8(value) {
                Ok(value) => drop(text.add(key, value)),
                Err(error) => drop(binary.add(key, base64(error.as_bytes()))),
            }
        }
        let body = Map::new().put_filled("data", text).put_filled("binaryData", binary).put("immutable", true);
        let mut object = Object::new(Part::Config, "v1", "ConfigMap", &name).body(body).from(origin);
        object.labels = vec![(PART_OF_LABEL.to_string(), cluster.system_label())];
        object.doc = doc.map(str::to_string);
        cluster.configs.insert(name.clone(), object);
    }
    name
}

/// Returns the first digits of the hash of named contents, each with its length so that no two lists are alike.
pub(super) fn hash(data: &[(String, Vec<u8>)]) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in data {
        for part in [name.as_bytes(), value] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    let digest = hasher.finalize();
    let digits: String = digest.iter().take(HASH / 2).map(|it| format!("{it:02x}")).collect();
    digits
}

/// Writes bytes in the alphabet of RFC 4648.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_u32, |sum, it| sum << 8 | u32::from(*it)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = ALPHABET[(all >> (18 - 6 * at) & 63) as usize];
            out.push(if at > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_rfc_4648_has_them() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0x00]), "//4A");
    }

    #[test]
    fn hash_tells_contents_apart_that_read_the_same_in_a_row() {
        let data = |list: &[(&str, &str)]| -> Vec<(String, Vec<u8>)> {
            list.iter().map(|(name, value)| ((*name).to_string(), value.as_bytes().to_vec())).collect()
        };
        assert_ne!(hash(&data(&[("a", "bc")])), hash(&data(&[("ab", "c")])));
        assert_eq!(hash(&data(&[("a", "b")])), hash(&data(&[("a", "b")])));
    }
}
