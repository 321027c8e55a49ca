//! Writing back what a file has in memory before anybody waits for it.
//!
//! The one module with `unsafe` in it: the call has no safe wrapper, and without it a checkpoint's flush holds up that of the log behind
//! thousands of pages, for a fifth of the time of a server that is pushed to (`docs/benchmarks.md`).

use std::fs::File;

/// Asks the system to begin writing what was written to the file, and does not wait. What fails is told by the next sync.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the system call has no safe wrapper")]
pub(crate) fn begin(file: &File) {
    use std::os::fd::AsRawFd as _;

    /// To the end of the file.
    const ALL_BYTES: libc::off64_t = 0;
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the call takes numbers only: no memory of ours is touched.
    // A hint: where it fails the sync has more to do.
    let _hint = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, ALL_BYTES, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Other systems begin when they like.
#[cfg(not(target_os = "linux"))]
pub(crate) fn begin(_file: &File) {}
