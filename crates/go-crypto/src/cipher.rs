//! AES in CBC mode, with the key made of a password as sprig does: cut or filled with zeros.
//!
//! It must not know templates or base 64.

use crate::error::Error;
use aes::Aes256;
use cbc::cipher::block_padding::{NoPadding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;

/// The length of a block in bytes.
const BLOCK: usize = 16;

fn key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().zip(password) {
        *place = *byte;
    }
    key
}

/// The text encrypted: a random first block, then the text padded to whole blocks.
pub fn encrypt(password: &[u8], text: &[u8], chance: &mut ChaCha20Rng) -> Vec<u8> {
    let mut start = [0; BLOCK];
    chance.fill_bytes(&mut start);
    let cipher = cbc::Encryptor::<Aes256>::new(&key(password).into(), &start.into());
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(text);
    [&start[..], &encrypted].concat()
}

/// What [`encrypt`] was given. With another password it is some other text: nothing is checked but
/// the length that the last byte says the padding has.
///
/// Fails as Go panics, `capacity` being that of the slice that held `encrypted`.
pub fn decrypt(password: &[u8], encrypted: &[u8], capacity: usize) -> Result<Vec<u8>, Error> {
    let Some((start, body)) = encrypted.split_first_chunk::<BLOCK>() else {
        return Err(out_of_range(&format!("[:16] with capacity {capacity}")));
    };
    if body.len() % BLOCK != 0 {
        return Err(Error::new("crypto/cipher: input not full blocks"));
    }
    let cipher = cbc::Decryptor::<Aes256>::new(&key(password).into(), &(*start).into());
    let mut text = cipher
        .decrypt_padded_vec::<NoPadding>(body)
        .map_err(|_| Error::new("crypto/cipher: input not full blocks"))?;
    let Some(padding) = text.last().copied().map(usize::from) else {
        return Err(Error::new("runtime error: index out of range [-1]"));
    };
    match text.len().checked_sub(padding) {
        Some(length) => text.truncate(length),
        None => return Err(out_of_range(&format!("[:-{}]", padding - text.len()))),
    }
    Ok(text)
}

fn out_of_range(what: &str) -> Error {
    Error::new(format!("runtime error: slice bounds out of range {what}"))
}
