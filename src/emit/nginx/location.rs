//! One location: who may ask, how often, and how the request is passed on.

use crate::diag::{Diagnostic, Level};
use crate::emit::Grade;
use crate::emit::deploy::blue_green;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::{address, users_file};
use crate::emit::routing::Way;
use crate::ir::route::{Redirect, Route};
use crate::origin::Origin;

use super::page::{Page, quoted, size, time};
use super::server::{per_second_or_minute, zone};
use super::table::Location;
use super::{READ_BY_NGINX, Site};

/// From here on a body is passed on as it comes, and not kept on the disk first.
const LARGE: u64 = 64 << 20;

/// Writes a location.
pub(super) fn location(site: &Site<'_>, (it, tls): (&Location<'_>, bool), page: &mut Page, cx: &mut Lowering<'_>) {
    let head = format!("location {}{}", if it.exact { "= " } else { "" }, quoted(&it.path));
    page.blank();
    let Some(way) = it.way else {
        page.block(&head, None, |page| page.put("return 404"));
        return;
    };
    page.block(&head, Some(&Origin::Written(way.route.span)), |page| body(site, (&way, tls), page, cx));
}

fn body(site: &Site<'_>, (way, tls): (&Way<'_>, bool), page: &mut Page, cx: &mut Lowering<'_>) {
    let Route { body, auth, rate, headers, redirect, .. } = way.route;
    if site.shared != *headers {
        self::headers(headers, way.route, page, cx);
    }
    if let Some(to) = redirect.as_ref().filter(|it| **it != Redirect::Https || !tls) {
        page.put(&format!("return 301 {}", target(to)));
        return;
    }
    if let Some(rate) = rate {
        match per_second_or_minute(*rate) {
            Some(_) => {
                // nginx counts those beyond the first.
                let burst = rate.burst.saturating_sub(1);
                let burst = if burst > 0 { format!(" burst={burst} nodelay") } else { String::new() };
                page.put(&format!("limit_req zone={}{burst}", zone(site, way.route)));
                page.put("limit_req_status 429");
            }
            None => lose(way, "rate", "nginx counts whole requests per minute", cx),
        }
    }
    if let Some(file) = auth {
        page.put(&format!("auth_basic {}", quoted(&way.service.name)));
        page.put(&format!("auth_basic_user_file {}", quoted(&users_file(file, site.ingress))));
        if !site.ingress.here {
            lose(way, "auth", &format!("`{file}` is read by the nginx elsewhere: it must have that file"), cx);
        }
    }
    if let Some(bytes) = body {
        page.put(&format!("client_max_body_size {}", size(*bytes)));
        if *bytes >= LARGE {
            page.put("proxy_request_buffering off");
        }
    }
    pass(site, way, page, cx);
}

fn lose(way: &Way<'_>, field: &str, reason: &str, cx: &mut Lowering<'_>) {
    let grade = if field == "auth" { Grade::Approximated } else { Grade::NotExpressible };
    cx.lose(grade, format!("services.{}.routes.{field}", way.service.name), Some(way.route.span), reason);
}

fn target(to: &Redirect) -> String {
    match to {
        Redirect::Https => "https://$host$request_uri".to_string(),
        Redirect::Origin(to) => format!("{}$request_uri", to.as_str()),
        Redirect::Path(to) | Redirect::Address(to) => quoted(to),
    }
}

/// Writes headers of every answer. nginx drops those of a server block in a location that has one of its own, so such
/// a location has all of them; and one that the service sends as well would be there twice.
pub(super) fn headers(headers: &[(String, String)], route: &Route, page: &mut Page, cx: &mut Lowering<'_>) {
    for (name, value) in headers {
        if value.contains('$') {
            let message = format!("nginx would take the `$` in `{name}` for a variable of its own");
            let error = Diagnostic::new(READ_BY_NGINX, Level::Error, route.span, message);
            cx.error(error.help("write the header without `$`"));
        }
        page.put(&format!("add_header {name} {} always", quoted(value)));
    }
    headers.iter().for_each(|(name, _)| page.put(&format!("proxy_hide_header {name}")));
}

/// Writes what the service is told of the caller. It stands in the server block, and once more in each location that
/// has something to add, for nginx drops what is inherited there.
pub(super) fn request_headers(site: &Site<'_>, route: Option<&Route>, page: &mut Page) {
    let scheme = match &site.ingress.client_ip {
        Some(_) => format!("${}_scheme", site.prefix),
        None => "$scheme".to_string(),
    };
    page.put("proxy_set_header Host $host");
    page.put("proxy_set_header X-Real-IP $remote_addr");
    // What a caller says of itself is not passed on: the address is known by now.
    page.put("proxy_set_header X-Forwarded-For $remote_addr");
    page.put(&format!("proxy_set_header X-Forwarded-Proto {scheme}"));
    page.put("proxy_set_header X-Forwarded-Host $host");
    if route.is_some_and(|it| it.websocket) {
        page.put("proxy_set_header Upgrade $http_upgrade");
        page.put(&format!("proxy_set_header Connection ${}_connection", site.prefix));
    } else {
        page.put("proxy_set_header Connection \"\"");
    }
    if let Some(path) = route.and_then(|it| it.strip.as_ref()) {
        page.put(&format!("proxy_set_header X-Forwarded-Prefix {}", quoted(path)));
    }
}

fn pass(site: &Site<'_>, way: &Way<'_>, page: &mut Page, cx: &mut Lowering<'_>) {
    let Route { strip, websocket, timeout, port, .. } = way.route;
    if *websocket || strip.is_some() {
        request_headers(site, Some(way.route), page);
    }
    // An idle socket is no dead one.
    let timeout = timeout.map(|it| it.millis).or(websocket.then_some(3_600_000));
    if let Some(millis) = timeout {
        page.put(&format!("proxy_read_timeout {}", time(millis)));
        page.put(&format!("proxy_send_timeout {}", time(millis)));
        page.put(&format!("client_body_timeout {}", time(millis)));
    }
    let switches = blue_green::switches(way.service, cx.environment);
    let variable = if switches {
        "$live".to_string()
    } else {
        format!("${}_{}", site.prefix, way.service.name.replace(|it: char| !it.is_ascii_alphanumeric(), "_"))
    };
    page.put(&format!("set {variable} http://{}:{port}", address(way.service, cx)));
    if switches {
        page.put(&format!("include {}", blue_green::live(&way.service.name, *port)));
    }
    if let Some(path) = strip {
        // A variable in `proxy_pass` takes no part of the path away; and what it is given must be the whole.
        page.put(&format!("rewrite {} /$1 break", quoted(&pattern(path))));
    }
    page.put(&format!("proxy_pass {variable}"));
}

/// Returns the expression for what follows a prefix, with its slash.
fn pattern(prefix: &str) -> String {
    let mut escaped = String::new();
    for it in prefix.chars() {
        if ".+()[]*?^|".contains(it) {
            escaped.push('\\');
        }
        escaped.push(it);
    }
    let slash = if prefix.ends_with('/') { "" } else { "/*" };
    format!("^{escaped}{slash}(.*)$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_prefix_keeps_one_slash() {
        assert_eq!(pattern("/netdata/"), "^/netdata/(.*)$");
        assert_eq!(pattern("/a.b"), "^/a\\.b/*(.*)$");
    }
}
