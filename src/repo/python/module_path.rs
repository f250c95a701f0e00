//! Which file `python -m pkg.mod` or `uvicorn pkg.mod:app` runs.

use crate::repo::tree::Tree;

/// What a dotted module name comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Module {
    /// This file.
    File(String),
    /// Its package is in the repository, but the module is not.
    Missing {
        /// The part that exists: a directory of the repository.
        package: String,
    },
    /// Its first part is nothing of the repository: an installed package.
    External,
}

/// Directories that programs put on the path.
const ROOTS: &[&str] = &["src", "backend", "app", "server", "api", "lib", "packages", "python"];

/// Finds a module, seen from the directory that a program starts in.
pub fn find(tree: &Tree, directory: &str, module: &str) -> Module {
    let join = |a: &str, b: &str| if a == "." || a.is_empty() { b.to_string() } else { format!("{a}/{b}") };
    let relative = module.replace('.', "/");
    let mut roots = vec![directory.to_string(), ".".to_string()];
    roots.extend(ROOTS.iter().map(|it| join(directory, it)));
    roots.extend(ROOTS.iter().map(ToString::to_string));
    let mut package = None;
    for root in &roots {
        let path = join(root, &relative);
        for end in [".py", "/__main__.py", "/__init__.py"] {
            if tree.exists(&format!("{path}{end}")) {
                return Module::File(format!("{path}{end}"));
            }
        }
        let top = join(root, relative.split('/').next().unwrap_or(&relative));
        if package.is_none() && tree.within(&top).iter().any(|it| it.ends_with(".py")) {
            package = Some(top);
        }
    }
    match package {
        Some(package) => Module::Missing { package },
        None => Module::External,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn modules_are_files_of_the_repository_missing_or_installed() {
        let tree = Tree::new(["app/main.py", "src/pkg/worker/__main__.py", "x/y/z.py"].map(Arc::from));
        let cases = [
            (".", "app.main", Module::File("app/main.py".into())),
            (".", "pkg.worker", Module::File("src/pkg/worker/__main__.py".into())),
            ("x", "y.z", Module::File("x/y/z.py".into())),
            (".", "app.gone", Module::Missing { package: "app".into() }),
            (".", "celery", Module::External),
        ];
        for (directory, module, expected) in cases {
            assert_eq!(find(&tree, directory, module), expected, "{module}");
        }
    }
}
