//! The `molave` program: hands the arguments to the library and its answer to the system.

use std::process::ExitCode;

/// Rendering allocates and frees many small values on every thread, which is a third of its time
/// with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    molave::run(std::env::args_os().collect()).into()
}
