//! How the allocator of the system is asked to keep little. Where there is no such way, nothing happens.

/// Lets all threads share two heaps. Otherwise each thread keeps one of its own, and what a large piece of work leaves free
/// in one is of no use to the others: a quarter of all memory of a server that has read 5,000 files.
pub fn share() {
    crate::sys::share_heaps();
}

/// Gives memory that is free back to the system. Takes milliseconds: meant for after a large piece of work.
pub fn give_back() {
    crate::sys::trim_heaps();
}
