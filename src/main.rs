//! The process: everything is in the library.

// A build makes a million small values; docs/decisions.md has the measurements.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    specc::cli::end(specc::cli::run(std::env::args_os()));
}
