//! Calls to the system that have no safe wrapper, each with what it is worth (`docs/benchmarks.md`).
//!
//! The one module with `unsafe` in it. Nothing here hands memory of ours to the system: the calls take numbers only.

use std::fs::File;

/// Freed memory of a thread's arena that stays with the process, in bytes, instead of going back to the system and coming again page
/// by page. A member that forwards content frees and takes half a MiB for each stream all the time: the page faults of that were a
/// tenth of its processor time. The C library's own limit follows what is freed and can become much larger than this.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: libc::c_int = 4 << 20;
/// Pieces of memory from this size on, in bytes, are taken from the system and given back one by one.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const APART_BYTES: libc::c_int = 1 << 20;

/// Asks the system to begin writing what was written to the file, and does not wait. What fails is told by the next sync.
///
/// Without it a checkpoint's flush holds up that of the log behind thousands of pages, for a fifth of the time of a server that is
/// pushed to.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the system call has no safe wrapper")]
pub(crate) fn begin_writing(file: &File) {
    use std::os::fd::AsRawFd as _;

    /// To the end of the file.
    const ALL_BYTES: libc::off64_t = 0;
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the call takes numbers only: no memory of ours is touched.
    // A hint: where it fails the sync has more to do.
    let _hint = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, ALL_BYTES, libc::SYNC_FILE_RANGE_WRITE) };
}

/// Other systems begin when they like.
#[cfg(not(target_os = "linux"))]
pub(crate) fn begin_writing(_file: &File) {}

/// Has the C library keep a few MiB of freed memory for each thread; for programs that serve, before they start threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code, reason = "the library's setting has no safe wrapper")]
pub fn keep_freed_memory() {
    // SAFETY: the calls take numbers only, and the library guards its settings itself. Where one is refused its usual value stays.
    let _hint = unsafe {
        (
            libc::mallopt(libc::M_MMAP_THRESHOLD, APART_BYTES),
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES),
        )
    };
}

/// Other C libraries go by settings of their own.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed_memory() {}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests;
