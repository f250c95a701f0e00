//! How an image is built.

use crate::ir::service::Build;
use crate::syntax::yaml_out::{Map, Yaml};

use super::paths::from_directory;

/// Writes `build`: just the directory when there is no more to say.
pub(super) fn build(build: &Build, directory: &str) -> Yaml {
    let Build { image: _, context, dockerfile, target, args, platforms } = build;
    let context = from_directory(context, directory);
    if dockerfile.is_none() && target.is_none() && args.is_empty() && platforms.is_empty() {
        return Yaml::Str(context);
    }
    let mut arguments = Map::new();
    for (name, value) in args {
        arguments.add(name.clone(), value.value.to_compose()).from(&value.origin);
    }
    Map::new()
        .put("context", context)
        .put_if("dockerfile", dockerfile.as_ref())
        .put_if("target", target.as_ref())
        .put_filled("args", arguments)
        .put_filled("platforms", platforms.clone())
        .into()
}
