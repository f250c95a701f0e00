//! The codes of what can be wrong with a target: what it cannot take, or would take otherwise.

use crate::diag::Code;

/// An environment or target that was asked for is not there.
pub static UNKNOWN_SELECTION: Code = Code { id: "TGT001", name: "unknown-selection" };
/// An overlay has nothing to lie on.
pub static NO_BASE: Code = Code { id: "TGT002", name: "overlay-without-base" };
/// A raw patch addresses nothing.
pub static PATCH_OF_NOTHING: Code = Code { id: "TGT003", name: "patch-of-nothing" };
/// One container name for several containers.
pub static NAME_OF_MANY: Code = Code { id: "TGT004", name: "container-name-of-many" };
/// A raw patch says otherwise than what the spec has written.
pub static PATCH_CONTRADICTS: Code = Code { id: "TGT006", name: "patch-contradicts" };
/// A value that somebody would read otherwise.
pub static MISREAD: Code = Code { id: "TGT010", name: "env-value-misread" };
/// Environments that want different things of one env file.
pub static CONTRADICTION: Code = Code { id: "TGT011", name: "env-file-contradiction" };
/// A port that is bound to one address of the host.
pub static HOST_ADDRESS: Code = Code { id: "TGT020", name: "host-address-on-swarm" };
/// A mount of something that only the repository has.
pub static NOT_ON_NODES: Code = Code { id: "TGT021", name: "mount-not-on-nodes" };
/// A graphics processor.
pub static GPU: Code = Code { id: "TGT023", name: "gpu-on-swarm" };
/// A default that `docker stack` reads otherwise than compose.
pub static MISREAD_DEFAULT: Code = Code { id: "TGT024", name: "default-misread-by-stack" };
/// A replica's number where Swarm fills in no template.
pub static SLOT_NOT_FILLED: Code = Code { id: "TGT025", name: "slot-not-filled" };
/// A name that the API server refuses.
pub static BAD_NAME: Code = Code { id: "TGT030", name: "name-not-for-kubernetes" };
/// Two things that would have one name.
pub static NAME_CLASH: Code = Code { id: "TGT031", name: "name-clash-on-kubernetes" };
/// A variable that nobody fills in.
pub static NO_VALUE: Code = Code { id: "TGT032", name: "variable-without-value" };
/// A secret where everybody could read it.
pub static SECRET_HERE: Code = Code { id: "TGT033", name: "secret-in-manifest" };
/// More than a ConfigMap holds.
pub static TOO_LARGE: Code = Code { id: "TGT034", name: "config-too-large" };
/// A volume that more write than can.
pub static MANY_WRITERS: Code = Code { id: "TGT035", name: "volume-of-many-writers" };
/// A volume without a size.
pub static NO_SIZE: Code = Code { id: "TGT036", name: "volume-without-size" };
/// Something that only one machine or the repository has.
pub static NOT_ON_CLUSTER: Code = Code { id: "TGT037", name: "not-on-cluster" };
/// A user by name.
pub static BAD_USER: Code = Code { id: "TGT038", name: "user-by-name" };
/// Particular graphics processors.
pub static NO_GPU: Code = Code { id: "TGT039", name: "gpu-of-one-machine" };
/// Scaling that cannot work.
pub static NO_SCALING: Code = Code { id: "TGT040", name: "impossible-scaling" };
/// Two environments that cannot share a base.
pub static BASE_CLASH: Code = Code { id: "TGT041", name: "kustomize-base" };
/// What an API server would refuse.
pub static REFUSED: Code = Code { id: "TGT049", name: "refused-by-kubernetes" };
/// A service with routes that the proxy shares no network with.
pub static UNREACHABLE: Code = Code { id: "TGT050", name: "service-unreachable" };
/// A variable in a file that nobody fills in.
pub static VARIABLE_IN_FILE: Code = Code { id: "TGT051", name: "variable-in-proxy-file" };
/// Two files of one name.
pub static SAME_FILE: Code = Code { id: "TGT052", name: "proxy-file-of-several" };
/// nginx needs certificates by path.
pub static NO_CERTIFICATE: Code = Code { id: "TGT053", name: "certificate-not-named" };
/// A caller's address that anybody could make up.
pub static NO_EDGE: Code = Code { id: "TGT054", name: "edge-not-named" };
/// A value that nginx would change.
pub static READ_BY_NGINX: Code = Code { id: "TGT055", name: "value-read-by-nginx" };
/// An entry point that nginx needs and nobody declares.
pub static NO_ENTRYPOINT: Code = Code { id: "TGT056", name: "entrypoint-missing" };
/// A mount that a push does not copy.
pub static NOT_COPIED: Code = Code { id: "TGT060", name: "mount-not-copied" };
/// A template that cannot be filled in.
pub static BAD_TEMPLATE: Code = Code { id: "TGT061", name: "bad-template" };
/// There is nothing to copy, or no clock that says when.
pub static BAD_BACKUP: Code = Code { id: "TGT062", name: "bad-backup" };
