//! Memory before it is needed.

/// Have so many bytes free, by one growth of the memory. Where there is not so much, whoever needs it will say so.
pub fn make_room(bytes: usize) {
    let mut room = Vec::<u8>::new();
    let _ = room.try_reserve_exact(bytes);
    core::hint::black_box(room);
}
