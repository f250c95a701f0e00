//! The proxy as a service of the system, where it is Traefik: what it is started with, and what it may look at.

use crate::emit::Grade;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::{Generated, deliver, mount};
use crate::ir::Volume;
use crate::ir::route::{Ingress, Tls};
use crate::ir::service::{Command, MountSource, Role, Service};
use crate::ir::text::Text;
use crate::origin::{Origin, Traced};

use super::{file, settings};

const SOCKET: &str = "/var/run/docker.sock";
/// Where certificates are kept that the proxy has ordered.
pub(super) const ACME_DIRECTORY: &str = "/letsencrypt";

/// Fills in what the service lacks, and returns the volume it needs.
pub(crate) fn complete(
    service: &mut Service,
    ingress: &Ingress,
    (cx, files): (&mut Lowering<'_>, &[Generated]),
    origin: &Origin,
) -> Option<Volume> {
    losses(ingress, cx);
    if service.run.is_none() && ingress.static_file.is_none() {
        let settings = settings::settings(ingress, cx.environment, !files.is_empty());
        service.run = Some(Box::new(Traced::new(Command::List(settings::flags(settings)), origin.clone())));
    }
    if ingress.file.is_some() {
        deliver(service, cx, origin);
    } else {
        let source = MountSource::Host(Text::literal(SOCKET));
        mount(service, source, (SOCKET, Role::Host), origin);
    }
    let Tls::Acme(_) = ingress.tls else { return None };
    let volume = acme_volume(ingress);
    mount(service, MountSource::Volume(volume.name.clone()), (ACME_DIRECTORY, Role::Data), origin);
    Some(volume)
}

/// Returns the files that Traefik reads.
pub(crate) fn files(ingress: &Ingress, cx: &mut Lowering<'_>) -> Vec<Generated> {
    let mut files: Vec<Generated> = file::dynamic(ingress, cx).into_iter().collect();
    if let Some(path) = ingress.static_file.as_ref().filter(|_| ingress.here) {
        let settings = settings::settings(ingress, cx.environment, !files.is_empty());
        files.push(settings::file(settings, &path.value, cx));
    }
    files
}

fn acme_volume(ingress: &Ingress) -> Volume {
    Volume {
        doc: Some("Certificates: without them each start orders new ones, until the authority refuses.".to_string()),
        ..Volume::new(format!("{}-acme", ingress.service), ingress.span)
    }
}

fn losses(ingress: &Ingress, cx: &mut Lowering<'_>) {
    if let Some(it) = &ingress.client_ip {
        let reason = if it.from.is_empty() {
            format!(
                "say whose word is taken: `client_ip: {{header: {}, from: [ranges of the proxy in front]}}`",
                it.header
            )
        } else {
            format!(
                "Traefik takes the caller's address from X-Forwarded-For of these ranges, and passes on `{}` as it comes",
                it.header
            )
        };
        cx.lose(Grade::Approximated, "ingress.client_ip".to_string(), Some(it.span), &reason);
    }
    if ingress.tls == Tls::Files && ingress.certificate.is_none() {
        let reason = "the certificate's files are not named: `tls: {files: {certificate: …, key: …}}`";
        cx.lose(Grade::NotExpressible, "ingress.tls".to_string(), Some(ingress.span), reason);
    }
}
