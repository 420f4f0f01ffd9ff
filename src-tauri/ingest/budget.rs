//! One budget for all the memory that whoever sends can make the program take. Each place that takes some takes it from
//! here, so that nobody can raise one of them without seeing that the sum still fits: it is held when this is compiled.

const MB: usize = 1024 * 1024;

/// What the program promises to take at most, whatever is sent to it. Bytes.
pub const PROMISED: usize = 400 * MB;

/// The program itself, and the pages that SQLite keeps for one writer and four readers. Bytes.
const AT_REST: usize = 56 * MB;

/// Connections of the public port …
pub const SENDERS: usize = 1024;
/// … and of that for people, which only programs of this machine reach.
pub const PEOPLE: usize = 256;
/// A connection holds at most this much of what is not read yet: a whole head, and no more. Bytes.
pub const UNREAD: usize = 72 * 1024;
/// What of each body is taken without asking for room. Bytes.
pub const BODY_BEGINS: usize = 16 * 1024;
/// What goes beyond that of all bodies on their way. Bytes.
pub const BODIES: usize = 32 * MB;

/// What is made of small bodies, until it is on disk. Bytes.
pub const SMALL: usize = 32 * MB;
/// Large bodies that are read, and wait for the disk, at once: one of a source, and one of another …
pub const LARGE: usize = 2;
/// … and what one of them takes: the bytes, what they say, and what is written of that. Measured. Erasing takes a turn of
/// these to look into what nobody could read: the bytes, what unpacks them, and the writings of a piece at a time. Bytes.
const OF_ONE: usize = 72 * MB;

/// What the allocator keeps, and all that is not counted. Bytes.
const MARGIN: usize = 24 * MB;

const _: () = {
    let connections = (SENDERS + PEOPLE) * UNREAD + SENDERS * BODY_BEGINS + BODIES;
    assert!(AT_REST + connections + SMALL + LARGE * OF_ONE + MARGIN <= PROMISED, "more than was promised");
};
