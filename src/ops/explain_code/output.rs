//! What can keep files from being written.

use super::Mistake;
use crate::ops::build::{BAD_LOCK, IN_THE_WAY, LOSS, NOT_OURS, STALE_KEPT, TWO_FILES};

/// In the order of their codes.
pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        code: &BAD_LOCK,
        about: "`specc.lock` says which files are specc's. It cannot be read, so nothing is touched.",
        example: "#- specc.yaml\nservices:\n  web: {image: nginx}\n#- specc.lock\nsha256 of what?\n",
    },
    Mistake {
        code: &NOT_OURS,
        about: "A file to write was edited after it was generated, or a person wrote it. `specc build --diff` shows what \
                would change; `--force` gives it up.",
        example: "#- specc.yaml\nservices:\n  web: {image: nginx}\nenvironments:\n  prod: {target: compose, file: compose.yaml}\n\
                  #- compose.yaml\nservices: {}\n",
    },
    Mistake {
        code: &IN_THE_WAY,
        about: "A directory, or a link that leads out of the tree, is where a file must go.",
        example: "#- specc.yaml\nservices:\n  web: {image: nginx}\nenvironments:\n  prod: {target: compose, file: compose.yaml}\n\
                  #- compose.yaml/README\n",
    },
    Mistake {
        code: &TWO_FILES,
        about: "Two outputs would be written to one path.",
        example: "vars:\n  app: {TAG: latest}\nservices:\n  web: {image: nginx, vars: [app]}\nenvironments:\n  \
                  prod: {target: compose, file: prod.txt, env_files: [.env], template: prod.txt}\n",
    },
    Mistake {
        code: &STALE_KEPT,
        about: "A file is not generated any more, and was edited by hand since: it stays until somebody has looked.",
        example: "",
    },
    Mistake {
        code: &LOSS,
        about: "A target cannot say something that the spec says, and `--deny loss` makes that an error. `specc loss` \
                lists it all, and how far each target goes.",
        example: "",
    },
];
