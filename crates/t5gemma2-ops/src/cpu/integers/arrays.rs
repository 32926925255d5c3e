//! Without vectors.

#[derive(Clone, Copy)]
pub(super) enum Register {
    Shorts([i16; 8]),
    Words([i32; 4]),
}

pub(super) fn load(x: &[i16; 8]) -> Register {
    Register::Shorts(*x)
}
pub(super) fn load_words(x: &[i32; 4]) -> Register {
    Register::Words(*x)
}
pub(super) fn bytes(x: &[i8; 8]) -> Register {
    Register::Shorts(x.map(i16::from))
}
pub(super) fn nibbles(x: &[u8; 16]) -> [Register; 4] {
    [(0, 0), (1, 0), (0, 4), (1, 4)].map(|(odd, shift)| {
        Register::Shorts(core::array::from_fn(|lane| {
            (x[2 * lane + odd] >> shift & 15).into()
        }))
    })
}
pub(super) fn bytes_apart(x: &[u8; 16]) -> [Register; 2] {
    [0, 1].map(|odd| {
        Register::Shorts(core::array::from_fn(|lane| {
            i16::from(x[2 * lane + odd] as i8) << 8
        }))
    })
}
pub(super) fn nibbles_apart(x: &[u8; 16]) -> [Register; 4] {
    let pairs = |change: fn(u16) -> u16| {
        Register::Shorts(core::array::from_fn(|lane| {
            change(u16::from_le_bytes([x[2 * lane], x[2 * lane + 1]])) as i16
        }))
    };
    [
        pairs(|x| x & 0xf),
        pairs(|x| x & 0xf0),
        pairs(|x| x & 0xf00),
        pairs(|x| x >> 12),
    ]
}
pub(super) fn pair(x: [i16; 2]) -> Register {
    Register::Shorts(core::array::from_fn(|lane| x[lane % 2]))
}
pub(super) fn scaled(x: Register, offset: i16, shift: u32, factor: i16) -> Register {
    let mut shorts = [0; 8];
    store_shorts(x, &mut shorts);
    Register::Shorts(shorts.map(|x| super::scaled(x, offset, shift, factor)))
}
pub(super) fn store_shorts(x: Register, out: &mut [i16; 8]) {
    if let Register::Shorts(x) = x {
        *out = x;
    }
}
pub(super) fn dot(a: Register, b: Register) -> Register {
    let (Register::Shorts(a), Register::Shorts(b)) = (a, b) else {
        return Register::Words([0; 4]);
    };
    let product = |lane: usize| i32::from(a[lane]) * i32::from(b[lane]);
    Register::Words(core::array::from_fn(|lane| {
        product(2 * lane) + product(2 * lane + 1)
    }))
}
pub(super) fn add(a: Register, b: Register) -> Register {
    let (a, b) = (store(a), store(b));
    Register::Words(core::array::from_fn(|lane| a[lane] + b[lane]))
}
pub(super) fn store(x: Register) -> [i32; 4] {
    match x {
        Register::Words(x) => x,
        Register::Shorts(_) => [0; 4],
    }
}
