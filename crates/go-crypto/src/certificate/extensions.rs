//! The extensions of new certificates.
//!
//! Owns their encoding. Which there are, and their order, is the parent's.

use super::name::not_ascii;
use crate::der::{self, tag};
use crate::error::Error;
use std::net::IpAddr;

/// The last byte of the identifier `2.5.29.n`.
pub(super) mod number {
    pub(in crate::certificate) const SUBJECT_KEY: u8 = 14;
    pub(in crate::certificate) const KEY_USAGE: u8 = 15;
    pub(in crate::certificate) const ALTERNATIVE_NAMES: u8 = 17;
    pub(in crate::certificate) const BASIC_CONSTRAINTS: u8 = 19;
    pub(in crate::certificate) const AUTHORITY_KEY: u8 = 35;
    pub(in crate::certificate) const EXTENDED_KEY_USAGE: u8 = 37;
}

const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
const TRUE: &[u8] = &[tag::BOOLEAN, 1, 0xff];
/// The tags of alternative names.
const DNS: u8 = tag::context(2);
const ADDRESS: u8 = tag::context(7);

fn extension(number: u8, is_critical: bool, value: &[u8]) -> Vec<u8> {
    der::sequence(&[
        &der::element(tag::IDENTIFIER, &[0x55, 29, number]),
        if is_critical { TRUE } else { &[] },
        &der::element(tag::OCTETS, value),
    ])
}

/// Signatures and key encipherment; an authority signs certificates too.
pub(super) fn key_usage(is_authority: bool) -> Vec<u8> {
    let bits =
        if is_authority { der::bits(2, &[0b1010_0100]) } else { der::bits(5, &[0b1010_0000]) };
    extension(number::KEY_USAGE, true, &bits)
}

/// For servers and for clients.
pub(super) fn extended_key_usage() -> Vec<u8> {
    let usages = der::sequence(&[
        &der::element(tag::IDENTIFIER, SERVER),
        &der::element(tag::IDENTIFIER, CLIENT),
    ]);
    extension(number::EXTENDED_KEY_USAGE, false, &usages)
}

pub(super) fn basic_constraints(is_authority: bool) -> Vec<u8> {
    let value = der::sequence(&[if is_authority { TRUE } else { &[] }]);
    extension(number::BASIC_CONSTRAINTS, true, &value)
}

pub(super) fn subject_key(identifier: &[u8]) -> Vec<u8> {
    extension(number::SUBJECT_KEY, false, &der::element(tag::OCTETS, identifier))
}

pub(super) fn authority_key(identifier: &[u8]) -> Vec<u8> {
    let value = der::sequence(&[&der::element(tag::context(0), identifier)]);
    extension(number::AUTHORITY_KEY, false, &value)
}

/// The names and addresses, critical where nothing else says whom the certificate is for.
///
/// Fails for names that are not ASCII.
pub(super) fn alternative_names(
    names: &[Vec<u8>],
    addresses: &[IpAddr],
    is_critical: bool,
) -> Result<Vec<u8>, Error> {
    let mut list = Vec::new();
    for name in names {
        if !name.is_ascii() {
            return Err(not_ascii(name));
        }
        list.push(der::element(DNS, name));
    }
    list.extend(addresses.iter().map(|address| match address.to_canonical() {
        IpAddr::V4(address) => der::element(ADDRESS, &address.octets()),
        IpAddr::V6(address) => der::element(ADDRESS, &address.octets()),
    }));
    Ok(extension(number::ALTERNATIVE_NAMES, is_critical, &der::sequence(&[&list.concat()])))
}
