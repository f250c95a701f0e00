//! Facts of Terraform files: what modules give, and what is taken from them.

use serde::{Deserialize, Serialize};

use super::Text;

/// A Terraform file. All files of a folder are one module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TerraformFile {
    /// Its path from the root.
    pub path: String,
    /// `output "name"`.
    pub outputs: Vec<Text>,
    /// `module "name" { source = "…" }`: name and source.
    pub modules: Vec<(Text, Option<Text>)>,
    /// `module.name.attribute`: module and attribute, at the attribute.
    pub references: Vec<(String, Text)>,
}
