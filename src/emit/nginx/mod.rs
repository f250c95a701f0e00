//! nginx: routes as server and location blocks.

use crate::emit::Artifact;
use crate::emit::lowering::Lowering;
use crate::emit::proxy::Generated;
use crate::ir::Volume;
use crate::ir::route::Ingress;
use crate::ir::service::Service;
use crate::origin::Origin;

pub(crate) fn files(_: &Ingress, _: &mut Lowering<'_>) -> Vec<Generated> {
    Vec::new()
}
pub(crate) fn frontends(_: &mut Lowering<'_>) -> Vec<Artifact> {
    Vec::new()
}
pub(crate) fn complete(_: &mut Service, _: &Ingress, _: &mut Lowering<'_>, _: &Origin) -> Option<Volume> {
    None
}
