//! Names as the Kubernetes API server takes them.
//!
//! Every object has a name, and every field that names something has its own grammar: a Service is a DNS label of
//! RFC 1035 (it becomes a host name), most others a DNS subdomain of RFC 1123, a port a service name of RFC 6335. The
//! rules are those of `k8s.io/apimachinery/pkg/util/validation`.

/// The longest DNS label, and so the longest name of a Service, a container, a port reference or a label value.
pub const LONGEST_LABEL: usize = 63;
/// The longest DNS subdomain, and so the longest name of most objects.
pub const LONGEST_SUBDOMAIN: usize = 253;

/// Returns whether a text is a DNS label of RFC 1035: lower-case letters, digits and `-`, beginning with a letter.
/// What a Service must be called.
pub fn is_dns_1035_label(text: &str) -> bool {
    is_dns_1123_label(text) && text.starts_with(|it: char| it.is_ascii_lowercase())
}

/// Returns whether a text is a DNS label of RFC 1123: lower-case letters, digits and `-`, with neither end a `-`. What
/// a container, a volume and a namespace must be called.
pub fn is_dns_1123_label(text: &str) -> bool {
    let is_inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    !text.is_empty()
        && text.len() <= LONGEST_LABEL
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Returns whether a text is a DNS subdomain of RFC 1123: labels with dots between them. What most objects must be
/// called.
pub fn is_dns_1123_subdomain(text: &str) -> bool {
    // A label within a subdomain may be longer than one on its own; only the whole is limited.
    let is_label = |label: &str| {
        let is_inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= LONGEST_SUBDOMAIN && text.split('.').all(is_label)
}

/// Returns whether a text is the name of a port: at most 15 lower-case letters, digits and single `-`, with at least
/// one letter (RFC 6335).
pub fn is_port_name(text: &str) -> bool {
    let is_inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    !text.is_empty()
        && text.len() <= 15
        && text.bytes().all(is_inner)
        && text.bytes().any(|it| it.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Returns whether a text is the value of a label: empty, or at most 63 letters, digits, `-`, `_` and `.`, with letters
/// or digits at both ends.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || text.len() <= LONGEST_LABEL && is_qualified_part(text)
}

/// Returns whether a text is the key of a label or an annotation: a name as a label's value has it, with a DNS
/// subdomain and a `/` before it if need be.
pub fn is_qualified_name(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_dns_1123_subdomain) && name.len() <= LONGEST_LABEL && is_qualified_part(name)
}

fn is_qualified_part(text: &str) -> bool {
    let is_end = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        && is_end(text.chars().next())
        && is_end(text.chars().next_back())
}

/// Returns whether a text is a key of a ConfigMap or Secret: letters, digits, `-`, `_` and `.`, not `.` and not
/// beginning with `..`.
pub fn is_config_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_SUBDOMAIN
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        && text != "."
        && !text.starts_with("..")
}

/// Returns whether every API server takes a text for the name of an environment variable: letters, digits, `_`, `-`
/// and `.`, not beginning with a digit. Newer servers take more (`RelaxedEnvironmentVariableValidation`).
pub fn is_variable_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        && !text.starts_with(|it: char| it.is_ascii_digit())
        && text != "."
        && !text.starts_with("..")
}

/// Returns the DNS label that a name of the spec becomes: lower case, with `-` for whatever a label has no place for.
/// `None` if nothing is left of it, or it is too long.
pub fn dns_label(name: &str) -> Option<String> {
    let plain: String =
        name.chars().map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' }).collect();
    let label = plain.trim_matches('-');
    is_dns_1035_label(label).then(|| label.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_and_refused_as_the_api_server_does() {
        type Rule = fn(&str) -> bool;
        let long = "a".repeat(64);
        let rows: &[(Rule, &[&str], &[&str])] = &[
            (is_dns_1035_label, &["a", "web-1", "a1"], &["", "1a", "-a", "a-", "A", "a_b", "a.b", &long]),
            (is_dns_1123_label, &["1a", "a", "0"], &["", "-a", "a-", "A", "a_b", "a.b", &long]),
            (is_dns_1123_subdomain, &["a.b", "1", "a-b.c", &long], &["", "a..b", ".a", "a.", "A", "a_b", "a.-b"]),
            (is_port_name, &["http", "a-1", "grpc-web"], &["", "80", "Http", "a--b", "-a", "a_b", "sixteen-letters-"]),
            (is_label_value, &["", "a", "A.b_c-1", "7"], &["-a", "a.", "a b", "a/b", &long]),
            (is_qualified_name, &["a", "example.com/a_B"], &["", "a/", "/a", "a/b/c", "Exa_mple/a", "a b"]),
            (is_config_key, &["a", "A_B", ".env", "a.b-c"], &["", ".", "..", "..a", "a/b", "a b"]),
            (is_variable_name, &["A", "a.b", "_1", "-a"], &["", "1A", "A=B", "A B", ".", "..a"]),
        ];
        for (rule, taken, refused) in rows {
            assert_eq!(taken.iter().find(|it| !rule(it)), None);
            assert_eq!(refused.iter().find(|it| rule(it)), None);
        }
    }

    #[test]
    fn names_of_the_spec_become_labels() {
        for (name, label) in [
            ("workflow_engine", Some("workflow-engine")),
            ("Web", Some("web")),
            ("a", Some("a")),
            ("_", None),
            ("1st", None),
            (&"a".repeat(64), None),
        ] {
            assert_eq!(dns_label(name).as_deref(), label, "{name}");
        }
    }
}
