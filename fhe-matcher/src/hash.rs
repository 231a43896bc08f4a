//! SHA-256 of several messages of one length side by side, a message in each lane of a vector.
//!
//! Ciphertexts are long (102,400 bytes) and many, and one message alone is a chain of rounds in which nothing can be
//! done side by side. Tests compare with `sha2`.

use crate::lanes::{best, Lanes, Work};

/// Messages hashed at once.
pub(crate) const MESSAGES: usize = 16;

type Words = [u32; MESSAGES];

const ROUND: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];
const START: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// A function of words, message by message.
macro_rules! each {
    (|$lane:ident| $value:expr) => {{
        let mut words: Words = [0; MESSAGES];
        for $lane in 0..MESSAGES {
            words[$lane] = $value;
        }
        words
    }};
}

#[inline(always)]
fn compress(state: &mut [Words; 8], w: &mut [Words; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (round, constant) in ROUND.into_iter().enumerate() {
        let at = round % 16;
        if round >= 16 {
            let (w15, w2, w7) = (w[(at + 1) % 16], w[(at + 14) % 16], w[(at + 9) % 16]);
            let old = w[at];
            w[at] = each!(|i| {
                let s0 = w15[i].rotate_right(7) ^ w15[i].rotate_right(18) ^ (w15[i] >> 3);
                let s1 = w2[i].rotate_right(17) ^ w2[i].rotate_right(19) ^ (w2[i] >> 10);
                old[i].wrapping_add(s0).wrapping_add(w7[i]).wrapping_add(s1)
            });
        }
        let word = w[at];
        let first = each!(|i| {
            let s1 = e[i].rotate_right(6) ^ e[i].rotate_right(11) ^ e[i].rotate_right(25);
            let choice = g[i] ^ (e[i] & (f[i] ^ g[i]));
            let sum = h[i].wrapping_add(s1).wrapping_add(choice);
            sum.wrapping_add(constant).wrapping_add(word[i])
        });
        let second = each!(|i| {
            let s0 = a[i].rotate_right(2) ^ a[i].rotate_right(13) ^ a[i].rotate_right(22);
            s0.wrapping_add((a[i] & b[i]) | (c[i] & (a[i] | b[i])))
        });
        h = g;
        g = f;
        f = e;
        e = each!(|i| d[i].wrapping_add(first[i]));
        d = c;
        c = b;
        b = a;
        a = each!(|i| first[i].wrapping_add(second[i]));
    }
    for (state, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = each!(|i| state[i].wrapping_add(word[i]));
    }
}

struct Hash<'a> {
    lanes: [&'a [u8]; MESSAGES],
    blocks: usize,
}

impl Work for Hash<'_> {
    type Output = [Words; 8];

    #[inline(always)]
    fn run<L: Lanes>(self, _: L) -> [Words; 8] {
        let mut state = START.map(|word| [word; MESSAGES]);
        for block in 0..self.blocks {
            let mut words = [[0; MESSAGES]; 16];
            for (lane, message) in self.lanes.iter().enumerate() {
                let bytes = &message[64 * block..64 * (block + 1)];
                for (words, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                    words[lane] = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                }
            }
            compress(&mut state, &mut words);
        }
        state
    }
}

/// SHA-256 of up to 16 messages that are equally long. Each gets its padding in place, and keeps it.
pub(crate) fn sha256(messages: &mut [Vec<u8>]) -> Vec<[u8; 32]> {
    let Some(length) = messages.first().map(Vec::len) else { return Vec::new() };
    assert!(messages.len() <= MESSAGES && messages.iter().all(|message| message.len() == length), "as documented");
    let blocks = (length + 9).div_ceil(64);
    for message in messages.iter_mut() {
        message.push(0x80);
        message.resize(64 * blocks - 8, 0);
        message.extend_from_slice(&(8 * length as u64).to_be_bytes());
    }
    // lanes without a message do the first's work again
    let lanes: [&[u8]; MESSAGES] = std::array::from_fn(|i| &messages.get(i).unwrap_or(&messages[0])[..64 * blocks]);
    let state = best(Hash { lanes, blocks });
    let digest = |lane: usize| {
        let mut digest = [0; 32];
        digest
            .chunks_exact_mut(4)
            .zip(&state)
            .for_each(|(bytes, word)| bytes.copy_from_slice(&word[lane].to_be_bytes()));
        digest
    };
    (0..messages.len()).map(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn digests_are_those_of_sha256() {
        for length in (0..200).chain([102_400, 102_426]) {
            for count in [1, 2, 15, 16] {
                let byte = |i: usize, k: usize| (i * 37 + k * 101 + k / 251) as u8;
                let mut messages: Vec<Vec<u8>> =
                    (0..count).map(|i| (0..length).map(|k| byte(i, k)).collect()).collect();
                let expected: Vec<[u8; 32]> = messages.iter().map(|message| Sha256::digest(message).into()).collect();
                assert_eq!(sha256(&mut messages), expected, "{length} bytes, {count} messages");
            }
        }
        assert!(sha256(&mut []).is_empty());
    }
}
