//! Compose's short syntax of published ports: `8080:80`, `127.0.0.1:8000-8002:80-82/udp`, `${PORT}:80`.

use std::net::IpAddr;
use std::ops::{Range, RangeInclusive};

use super::Malformed;
use super::piece::{Covered, Piece};

/// A port or range of ports of a container, and where it is published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// The address it is published on; none means all.
    pub host_ip: Option<Piece>,
    /// The port on the host; none means any that is free.
    pub published: Option<Ports>,
    /// The port in the container.
    pub target: Ports,
    /// `tcp`, `udp` or `sctp`, or a variable.
    pub protocol: String,
}

/// A port or a range of ports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ports {
    /// As written.
    pub piece: Piece,
    /// The numbers, unless a variable is in them.
    pub numbers: Option<RangeInclusive<u16>>,
}

/// Reads a port.
///
/// # Errors
/// What compose refuses.
pub fn parse(text: &str) -> Result<Port, Malformed> {
    let covered = Covered::new(text)?;
    let slash = covered.bytes.iter().position(|&it| it == b'/');
    let protocol = protocol(&covered, slash)?;
    let parts = covered.split(0..slash.unwrap_or(text.len()), b':');
    let [before @ .., target] = parts.as_slice() else { return Err(Malformed::new(0..text.len(), "no port")) };
    if target.is_empty() {
        return Err(
            Malformed::new(0..text.len(), "no port of the container").help("write `HOST:CONTAINER`, as `8080:80`")
        );
    }
    let target = ports(&covered, target.clone())?;
    let (address, published) = match before {
        [] => (None, None),
        [published] => (None, Some(published.clone())),
        // An IPv6 address has colons of its own.
        [first, .., published] => (Some(first.start..published.start - 1), Some(published.clone())),
    };
    let host_ip = address.map(|it| host_ip(&covered, it)).transpose()?;
    let published = published.filter(|it| !it.is_empty()).map(|it| ports(&covered, it)).transpose()?;
    if target.numbers.as_ref().is_some_and(|it| *it.start() == 0) {
        return Err(Malformed::new(target.piece.range, "a container has no port 0"));
    }
    if let Some(published) = &published {
        same_length(published, &target)?;
    }
    Ok(Port { host_ip, published, target, protocol })
}

fn protocol(covered: &Covered<'_>, slash: Option<usize>) -> Result<String, Malformed> {
    let Some(slash) = slash else { return Ok("tcp".to_string()) };
    let piece = covered.piece(slash + 1..covered.bytes.len());
    let name = piece.text.to_ascii_lowercase();
    match name.as_str() {
        "" => Ok("tcp".to_string()),
        "tcp" | "udp" | "sctp" => Ok(name),
        _ if piece.has_variable => Ok(piece.text),
        _ => {
            let message = format!("`{}` is no protocol", piece.text);
            Err(Malformed::new(piece.range, message).help("write `tcp`, `udp` or `sctp`"))
        }
    }
}

fn host_ip(covered: &Covered<'_>, range: Range<usize>) -> Result<Piece, Malformed> {
    let piece = covered.piece(range);
    let address = piece.text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(&piece.text);
    if piece.has_variable || piece.text.is_empty() || address.parse::<IpAddr>().is_ok() {
        return Ok(piece);
    }
    let message = format!("`{}` is no IP address", piece.text);
    Err(Malformed::new(piece.range, message).help("write an address such as `127.0.0.1`, not a name"))
}

fn ports(covered: &Covered<'_>, range: Range<usize>) -> Result<Ports, Malformed> {
    let piece = covered.piece(range);
    if piece.has_variable {
        return Ok(Ports { piece, numbers: None });
    }
    let (first, last) = piece.text.split_once('-').unwrap_or((&piece.text, &piece.text));
    let number = |it: &str| it.bytes().all(|it| it.is_ascii_digit()).then(|| it.parse::<u16>().ok()).flatten();
    let error = |message: String| Err(Malformed::new(piece.range.clone(), message));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Ports { numbers: Some(first..=last), piece }),
        (Some(_), Some(_)) => error(format!("the range `{}` runs backwards", piece.text)),
        _ if piece.text.bytes().all(|it| it.is_ascii_digit() || it == b'-') => {
            error(format!("`{}` is no port: ports go from 1 to 65535", piece.text))
        }
        _ => error(format!("`{}` is no port number", piece.text)),
    }
}

/// One container port may be published on any port of a range; otherwise ranges have the same length.
fn same_length(published: &Ports, target: &Ports) -> Result<(), Malformed> {
    let (Some(host), Some(container)) = (&published.numbers, &target.numbers) else { return Ok(()) };
    if host.len() == container.len() || container.len() == 1 {
        return Ok(());
    }
    let message = format!("{} ports of the host cannot publish {} ports of the container", host.len(), container.len());
    Err(Malformed::new(published.piece.range.start..target.piece.range.end, message)
        .help("give both ranges one length"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<(Option<String>, Option<String>, String, String)> {
        let port = parse(text).ok()?;
        let ip = port.host_ip.map(|it| it.text);
        Some((ip, port.published.map(|it| it.piece.text), port.target.piece.text, port.protocol))
    }

    #[test]
    fn ports_are_read_as_compose_reads_them() {
        let rows = [
            ("80", None, None, "80", "tcp"),
            ("8080:80", None, Some("8080"), "80", "tcp"),
            ("127.0.0.1:8000:80/TCP", Some("127.0.0.1"), Some("8000"), "80", "tcp"),
            (":80", None, None, "80", "tcp"),
            ("127.0.0.1::80", Some("127.0.0.1"), None, "80", "tcp"),
            ("8000-8002:80-82", None, Some("8000-8002"), "80-82", "tcp"),
            ("8000-8002:80", None, Some("8000-8002"), "80", "tcp"),
            ("[::1]:8000:80", Some("[::1]"), Some("8000"), "80", "tcp"),
            ("fe80::1:80:80/sctp", Some("fe80::1"), Some("80"), "80", "sctp"),
            ("80:80/", None, Some("80"), "80", "tcp"),
            ("08080:080/udp", None, Some("08080"), "080", "udp"),
            ("${PORT:-8000}:80", None, Some("${PORT:-8000}"), "80", "tcp"),
            ("${IP:-::1}:${P}:80/${PROTO}", Some("${IP:-::1}"), Some("${P}"), "80", "${PROTO}"),
            ("${BOTH}", None, None, "${BOTH}", "tcp"),
        ];
        for (text, ip, published, target, protocol) in rows {
            let own = |it: Option<&str>| it.map(str::to_string);
            assert_eq!(read(text), Some((own(ip), own(published), target.to_string(), protocol.to_string())), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_an_error_at_its_place() {
        let rows = [
            ("8000:80-82", "8000:80-82"),
            ("1-3:1-2", "1-3:1-2"),
            ("8080:80/xyz", "xyz"),
            ("99999:80", "99999"),
            ("8080:0", "0"),
            ("a:b", "b"),
            ("localhost:80:80", "localhost"),
            ("1.2.3:80:80", "1.2.3"),
            ("", ""),
            (" 8080:80", " 8080"),
            ("3-1", "3-1"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("80:", "80:"),
            ("${A:80", "${A:80"),
        ];
        for (text, place) in rows {
            assert_eq!(parse(text).map_err(|it| &text[it.range]), Err(place), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9a:/\\-\\[\\]{}$\\.A \u{e9}]{0,16}") {
            match parse(&text) {
                Ok(port) => prop_assert_eq!(&text[port.target.piece.range.clone()], &port.target.piece.text),
                Err(error) => prop_assert!(text.get(error.range).is_some()),
            }
        }
    }
}
