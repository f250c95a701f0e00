//! The process: everything is in the library.

// A build makes a million small values; docs/decisions.md has the measurements.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    specc::cli::run(std::env::args_os())
}
