//! The codes of what can be wrong with a spec whose shape is right.

use crate::diag::Code;

/// A quantity that cannot be read.
pub static BAD_QUANTITY: Code = Code { id: "SPEC023", name: "bad-quantity" };
/// A name that refers to nothing.
pub static UNKNOWN_NAME: Code = Code { id: "SPEC024", name: "unknown-name" };
/// A value that its declaration forbids.
pub static BAD_VALUE: Code = Code { id: "SPEC025", name: "bad-value" };
/// A secret whose value is committed.
pub static LITERAL_SECRET: Code = Code { id: "SPEC026", name: "literal-secret" };
/// `like` in a circle, or like nothing.
pub static BAD_LIKE: Code = Code { id: "SPEC027", name: "bad-like" };
/// Services that wait for each other.
pub static NEED_CYCLE: Code = Code { id: "SPEC028", name: "need-cycle" };
/// Waiting for something that never happens.
pub static BAD_NEED: Code = Code { id: "SPEC029", name: "impossible-need" };
/// Two services on one host port.
pub static PORT_CLASH: Code = Code { id: "SPEC030", name: "port-clash" };
/// More than one of what may exist only once.
pub static SINGLETON_SCALED: Code = Code { id: "SPEC031", name: "singleton-scaled" };
/// A job whose end nothing waits for.
pub static UNAWAITED_JOB: Code = Code { id: "SPEC032", name: "unawaited-job" };
/// A mounted path that is not in the repository.
pub static MOUNT_MISSING: Code = Code { id: "SPEC033", name: "mount-source-missing" };
/// Two mounts at one place.
pub static MOUNT_CLASH: Code = Code { id: "SPEC034", name: "mount-clash" };
/// A health check that cannot be made.
pub static BAD_HEALTH: Code = Code { id: "SPEC035", name: "bad-health-check" };
/// Variables that no env file brings.
pub static NO_ENV_FILE: Code = Code { id: "SPEC036", name: "no-env-file" };
/// Environments that contradict each other.
pub static BAD_LAYER: Code = Code { id: "SPEC037", name: "bad-layer" };
/// A service that says nothing about its image.
pub static NO_IMAGE: Code = Code { id: "SPEC038", name: "no-image" };
/// A route that leads nowhere.
pub static BAD_ROUTE: Code = Code { id: "SPEC039", name: "bad-route" };
/// More than the host has.
pub static OVER_BUDGET: Code = Code { id: "SPEC040", name: "over-budget" };
/// A port that cannot be read.
pub static BAD_PORT: Code = Code { id: "SPEC041", name: "bad-port" };
/// A command that cannot be split into words.
pub static BAD_COMMAND: Code = Code { id: "SPEC042", name: "bad-command" };
/// A variable that nothing uses.
pub static UNUSED_VARIABLE: Code = Code { id: "SPEC043", name: "unused-variable" };
/// A replica cannot be told from another.
pub static SHARED_SLOT: Code = Code { id: "SPEC044", name: "shared-slot" };
/// A value that two things must not share.
pub static DUPLICATE_NAME: Code = Code { id: "SPEC045", name: "duplicate-name" };
/// A deployment that cannot be.
pub static BAD_DEPLOY: Code = Code { id: "SPEC048", name: "bad-deployment" };
/// What cannot run beside its old version.
pub static NOT_TWICE: Code = Code { id: "SPEC049", name: "not-beside-itself" };
/// A path that leads out of the tree.
pub static OUTSIDE: Code = Code { id: "SPEC046", name: "path-outside" };
/// An image that the machines cannot get.
pub static NOT_PUBLISHED: Code = Code { id: "SPEC050", name: "image-without-registry" };
