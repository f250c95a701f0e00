//! The forms that a text must have, in the words with which the API server says so.

use std::net::IpAddr;

use super::{limits, schedule};
use crate::syntax::kubernetes_name as name;

/// A form of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The key of an annotation.
    AnnotationKey,
    /// A way to mount a claim.
    AccessMode,
    /// An address range, `10.0.0.0/8`.
    Cidr,
    /// The key of a ConfigMap or a Secret.
    ConfigKey,
    /// A number that is not negative, or a percentage.
    CountOrPercent,
    /// The same, and at most `100%`.
    CountOrShare,
    /// The name of an HTTP header.
    HeaderName,
    /// A host name, with `*` for its first part if need be; no address.
    Host,
    /// An IP address.
    Ip,
    /// `IPv4` or `IPv6`.
    IpFamily,
    /// A DNS label.
    Label,
    /// The value of a label.
    LabelValue,
    /// A path without `..`.
    NoBacksteps,
    /// `Ingress` or `Egress`.
    PolicyType,
    /// The name of a port.
    PortName,
    /// The number of a port, or its name.
    PortOrName,
    /// The same; the API server puts `port` in the place of 0.
    TargetPort,
    /// The key of a label.
    QualifiedName,
    /// A path below another, without `..`.
    RelativePath,
    /// `cpu`, `memory` and the like, or the name of a device with the domain of who makes it.
    ResourceName,
    /// A schedule of cron.
    Schedule,
    /// The name of a Service.
    ServiceName,
    /// A DNS name.
    Subdomain,
    /// The name of an environment variable.
    VariableName,
}

const LABEL: &str = "lower-case letters, digits and `-`, at most 63, beginning and ending with a letter or digit";
const SUBDOMAIN: &str = "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit";
const LABEL_VALUE: &str = "letters, digits, `-`, `_` and `.`, at most 63, beginning and ending with a letter or digit";
const QUALIFIED: &str = "letters, digits, `-`, `_` and `.`, at most 63, after a domain and a `/` if need be";

impl Format {
    /// Returns what the text should be, unless it is that.
    pub fn refuses(self, text: &str) -> Option<String> {
        let said = |holds: bool, wanted: &str| (!holds).then(|| wanted.to_string());
        match self {
            Format::AnnotationKey => said(name::is_qualified_name(&text.to_ascii_lowercase()), QUALIFIED),
            Format::AccessMode => word(text, limits::ACCESS_MODES),
            Format::Cidr => said(is_cidr(text), "an address range such as `10.0.0.0/8`"),
            Format::ConfigKey => said(name::is_config_key(text), "letters, digits, `-`, `_` and `.`"),
            Format::CountOrPercent => said(share(text).is_some(), "a number that is not negative, or a percentage"),
            Format::CountOrShare => said(
                share(text).is_some_and(|(number, percent)| !percent || number <= 100),
                "a number that is not negative, or a percentage up to `100%`",
            ),
            Format::HeaderName => said(is_header(text), "letters, digits and `-`"),
            Format::Host => host(text),
            Format::Ip => said(text.parse::<IpAddr>().is_ok(), "an IP address"),
            Format::IpFamily => word(text, &["IPv4", "IPv6"]),
            Format::Label => said(name::is_dns_1123_label(text), LABEL),
            Format::LabelValue => said(name::is_label_value(text), LABEL_VALUE),
            Format::NoBacksteps => said(!has_backsteps(text), "a path without `..`"),
            Format::PolicyType => word(text, &["Ingress", "Egress"]),
            Format::PortName => said(
                name::is_port_name(text),
                "lower-case letters, digits and single `-`, at most 15, at least one letter",
            ),
            Format::PortOrName => port(text),
            Format::TargetPort => port(text).filter(|_| text != "0"),
            Format::QualifiedName => said(name::is_qualified_name(text), QUALIFIED),
            Format::RelativePath => {
                said(!text.starts_with('/') && !has_backsteps(text), "a relative path without `..`")
            }
            Format::ResourceName => said(is_resource(text), "a resource: `cpu`, `memory`, or one with a domain"),
            Format::Schedule => schedule::refuses(text),
            Format::ServiceName => said(
                name::is_dns_1035_label(text),
                "lower-case letters, digits and `-`, at most 63, beginning with a letter",
            ),
            Format::Subdomain => said(name::is_dns_1123_subdomain(text), SUBDOMAIN),
            Format::VariableName => {
                said(name::is_variable_name(text), "letters, digits, `_`, `-` and `.`, not beginning with a digit")
            }
        }
    }
}

fn word(text: &str, words: &[&str]) -> Option<String> {
    let list = words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    (!words.contains(&text)).then(|| format!("one of {list}"))
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|it| it <= most)
}

/// Returns the number and whether it is a percentage.
pub fn share(text: &str) -> Option<(u32, bool)> {
    match text.strip_suffix('%') {
        Some(number) if number.bytes().all(|it| it.is_ascii_digit()) => Some((number.parse().ok()?, true)),
        Some(_) => None,
        None => Some((text.parse().ok()?, false)),
    }
}

fn is_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

fn has_backsteps(text: &str) -> bool {
    text.split('/').any(|it| it == "..")
}

fn host(text: &str) -> Option<String> {
    if text.parse::<IpAddr>().is_ok() {
        return Some("a host name, not an address".to_string());
    }
    let rest = text.strip_prefix("*.").unwrap_or(text);
    let wanted = format!("a host name of {SUBDOMAIN}; `*` only as the whole first part");
    (!name::is_dns_1123_subdomain(rest)).then_some(wanted)
}

fn port(text: &str) -> Option<String> {
    if text.len() > 2 && text.bytes().all(|it| it.is_ascii_uppercase()) {
        return None;
    }
    if text.bytes().all(|it| it.is_ascii_digit()) {
        let is_port = text.parse::<u16>().is_ok_and(|it| it > 0);
        return (!is_port).then(|| "from 1 to 65535".to_string());
    }
    Format::PortName.refuses(text)
}

/// The resources that need no domain (`pkg/apis/core/helper`, standard resources).
fn is_resource(text: &str) -> bool {
    let standard = ["cpu", "memory", "ephemeral-storage", "storage"];
    standard.contains(&text) || text.starts_with("hugepages-") || text.contains('/') && name::is_qualified_name(text)
}
