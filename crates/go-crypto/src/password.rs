//! Passwords: bcrypt's hashes, and those that sprig derives by the Master Password algorithm.
//!
//! Owns the alphabets. It must not know templates.

use crate::error::Error;
use base64::Engine as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use sha2::Sha256;

/// Go's default cost: two to the tenth rounds.
const COST: u32 = 10;
/// How many bytes of a password bcrypt looks at.
const LONGEST: usize = 72;

/// A bcrypt hash of `password`, of the usual cost.
///
/// Fails as Go does for one that is too long.
pub fn bcrypt(password: &[u8], chance: &mut ChaCha20Rng) -> Result<String, Error> {
    if password.len() > LONGEST {
        return Err(Error::new("bcrypt: password length exceeds 72 bytes"));
    }
    let mut salt = [0; 16];
    chance.fill_bytes(&mut salt);
    // The zero at the end counts, where there is room for it.
    let mut key = password.to_vec();
    key.push(0);
    key.truncate(LONGEST);
    let hash = bcrypt::bcrypt(COST, salt, &key);
    let [salt, hash] =
        [&salt[..], hash.get(..23).unwrap_or_default()].map(|part| bcrypt::BASE_64.encode(part));
    Ok(format!("$2a${COST}${salt}{hash}"))
}

/// The seed of everything the algorithm derives.
const SEED: &[u8] = b"com.lyndir.masterpassword";
/// scrypt's work: two to the fifteenth rounds over blocks of 8, twice.
const WORK: (u8, u32, u32) = (15, 8, 2);

/// The shapes of passwords of a kind: each letter names an alphabet.
fn shapes(kind: &[u8]) -> &'static [&'static str] {
    match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => &[],
    }
}

fn alphabet(letter: u8) -> &'static [u8] {
    match letter {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Whether there are passwords of that kind, so that deriving one is worth its cost.
pub fn is_kind(kind: &[u8]) -> bool {
    !shapes(kind).is_empty()
}

/// The password of that kind for a site: always the same.
///
/// Fails as sprig does for a kind that is not there.
pub fn derive(
    counter: u32,
    kind: &[u8],
    password: &[u8],
    user: &[u8],
    site: &[u8],
) -> Result<String, Error> {
    let shapes = shapes(kind);
    if shapes.is_empty() {
        let kind = String::from_utf8_lossy(kind);
        return Err(Error::new(format!("cannot find password template {kind}")));
    }
    let failed = |text: &str| Error::new(format!("failed to derive password: {text}"));
    let mut key = [0; 64];
    let (log, block, parallel) = WORK;
    let work = scrypt::Params::new(log, block, parallel).map_err(|_| failed("wrong parameters"))?;
    scrypt::scrypt(password, &[SEED, &length(user), user].concat(), &work, &mut key)
        .map_err(|_| failed("wrong length"))?;
    let mut hash = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| failed("wrong key"))?;
    for part in [SEED, &length(site), site, &counter.to_be_bytes()] {
        hash.update(part);
    }
    Ok(written(shapes, &hash.finalize().into_bytes()))
}

/// A shape and its characters, each picked by one byte.
fn written(shapes: &[&str], picks: &[u8]) -> String {
    let mut picks = picks.iter().map(|pick| usize::from(*pick));
    let shape = picks.next().and_then(|pick| shapes.get(pick % shapes.len()));
    let letters = shape.map_or(&[][..], |shape| shape.as_bytes()).iter();
    letters
        .zip(picks)
        .filter_map(|(letter, pick)| {
            let alphabet = alphabet(*letter);
            alphabet.get(pick % alphabet.len()).copied().map(char::from)
        })
        .collect()
}

fn length(text: &[u8]) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}
