//! The process: everything is in the library.

fn main() -> std::process::ExitCode {
    specc::cli::run(std::env::args_os())
}
