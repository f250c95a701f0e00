//! Rules about references: texts and commands that name something which is not there.

mod beside_in_image;
pub mod build_path_missing;
mod copied;
mod in_container;
pub mod make_target_unknown;
pub mod module_missing;
mod package_task;
pub mod path_filter_empty;
pub mod path_stale;
pub mod script_argument_missing;
pub mod script_missing;
pub mod service_unknown;
pub mod terraform_output_unknown;
