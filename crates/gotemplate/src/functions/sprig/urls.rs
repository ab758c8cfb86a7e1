//! URLs as Go's `net/url` takes them apart and puts them together.
//!
//! Owns the two functions. Addresses in brackets are read by the standard library, whose reasons
//! for refusing one are not Go's: those fail as not supported.

use super::signature::{NIL_DEREFERENCE, fixed, map, string, text};
use crate::execute::Call;
use crate::format::quote;
use crate::functions::Parameter::{Map as Dict, String as Str};
use crate::functions::{Failure, Function};
use crate::value::{Map, Value};
use std::net::Ipv6Addr;

pub(super) const TABLE: &[Function] =
    &[fixed("urlParse", &[Str], url_parse), fixed("urlJoin", &[Dict], url_join)];

#[derive(Default)]
struct Parts {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    /// As `String()` writes it; none is another thing than an empty one.
    userinfo: Option<Vec<u8>>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

/// The part of a URL that is escaped: each has characters of its own that need not be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    User,
    Host,
    Zone,
    Fragment,
}

impl Part {
    fn is_plain(self, byte: u8) -> bool {
        let others: &[u8] = match self {
            Self::Path => b"-_.~$&+,/:;=@",
            Self::User => b"-_.~$&+,;=",
            Self::Host | Self::Zone => b"-_.~!$&'()*+,;=:[]<>\"",
            Self::Fragment => b"-_.~$&+,/:;=?@!()*",
        };
        byte.is_ascii_alphanumeric() || others.contains(&byte)
    }
}

fn url_parse(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let parts = parse(text(arguments, 0), "unable to parse url")?;
    let result = Map::default();
    result.insert("hostname".into(), string(host_name(&parts.host)));
    result.insert("scheme".into(), string(parts.scheme));
    result.insert("host".into(), string(parts.host));
    result.insert("path".into(), string(parts.path));
    result.insert("query".into(), string(parts.query));
    result.insert("opaque".into(), string(parts.opaque));
    result.insert("fragment".into(), string(parts.fragment));
    result.insert("userinfo".into(), string(parts.userinfo.unwrap_or_default()));
    Ok(Value::Map(result))
}

/// The host without its port and brackets.
fn host_name(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|byte| *byte == b':');
    let (name, port) = colon.and_then(|colon| host.split_at_checked(colon)).unwrap_or((host, b""));
    let host = if is_port(port) { name } else { host };
    host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host)
}

/// Nothing, or a colon and digits.
fn is_port(text: &[u8]) -> bool {
    text.is_empty()
        || text.strip_prefix(b":").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&quote(text)).into_owned()
}

fn parse(source: &[u8], purpose: &str) -> Result<Parts, Failure> {
    let (address, fragment) = cut(source, b'#').unwrap_or((source, b""));
    let complaint = |of: &[u8], reason: String| {
        Failure::Message(format!("{purpose}: parse {}: {reason}", shown(of)))
    };
    let mut parts = parse_address(address).map_err(|reason| complaint(address, reason))?;
    parts.fragment =
        unescape(fragment, Part::Fragment).map_err(|reason| complaint(source, reason))?;
    Ok(parts)
}

/// Everything but the fragment, or why it cannot be read.
fn parse_address(source: &[u8]) -> Result<Parts, String> {
    let mut parts = Parts::default();
    if source.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    if source == b"*" {
        parts.path = b"*".to_vec();
        return Ok(parts);
    }
    let (scheme, rest) = split_scheme(source)?;
    parts.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = cut(rest, b'?').unwrap_or((rest, b""));
    parts.query = query.to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            parts.opaque = rest.to_vec();
            return Ok(parts);
        }
        if first_segment(rest).contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let has_authority = !scheme.is_empty() || !rest.starts_with(b"///");
    if let Some(after) = rest.strip_prefix(b"//").filter(|_| has_authority) {
        let end = after.iter().position(|byte| *byte == b'/').unwrap_or(after.len());
        let authority;
        (authority, rest) = after.split_at_checked(end).unwrap_or((after, b""));
        split_authority(authority, &mut parts)?;
    }
    parts.path = unescape(rest, Part::Path)?;
    Ok(parts)
}

fn cut(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn first_segment(path: &[u8]) -> &[u8] {
    cut(path, b'/').map_or(path, |(first, _)| first)
}

fn split_scheme(source: &[u8]) -> Result<(&[u8], &[u8]), String> {
    for (index, byte) in source.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok(cut(source, b':').unwrap_or((b"", source))),
            _ => break,
        }
    }
    Ok((b"", source))
}

fn split_authority(authority: &[u8], parts: &mut Parts) -> Result<(), String> {
    let at = authority.iter().rposition(|byte| *byte == b'@');
    let (user, host) = match at.and_then(|at| authority.split_at_checked(at)) {
        Some((user, host)) => (Some(user), host.get(1..).unwrap_or_default()),
        None => (None, authority),
    };
    parts.host = parse_host(&parts.scheme, host)?;
    parts.userinfo = user.map(parse_user).transpose()?;
    Ok(())
}

fn parse_user(user: &[u8]) -> Result<Vec<u8>, String> {
    let is_valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(is_valid) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = cut(user, b':').map_or((user, None), |(name, word)| (name, Some(word)));
    let mut out = Vec::new();
    escape(&unescape(name, Part::User)?, Part::User, &mut out);
    if let Some(password) = password {
        out.push(b':');
        escape(&unescape(password, Part::User)?, Part::User, &mut out);
    }
    Ok(out)
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => return parse_bracketed(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Lists of hosts with ports are known elsewhere, but not on the web.
    let is_web = matches!(scheme, b"http" | b"https");
    let is_colon = |byte: &u8| *byte == b':';
    let colon =
        if is_web { host.iter().position(is_colon) } else { host.iter().rposition(is_colon) };
    let port = colon.and_then(|colon| host.get(colon..)).unwrap_or_default();
    if !is_port(port) {
        return Err(format!("invalid port {} after host", shown(port)));
    }
    unescape(host, Part::Host)
}

/// `[::1]:80`, with a zone perhaps.
fn parse_bracketed(host: &[u8]) -> Result<Vec<u8>, String> {
    let Some(end) = host.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    let port = host.get(end + 1..).unwrap_or_default();
    if !is_port(port) {
        return Err(format!("invalid port {} after host", shown(port)));
    }
    let inside = host.get(1..end).unwrap_or_default();
    let zone = memchr::memmem::find(inside, b"%25");
    let (address, zone) = zone.and_then(|at| inside.split_at_checked(at)).unwrap_or((inside, b""));
    let address = unescape(address, Part::Host)?;
    let zone = unescape(zone, Part::Zone)?;
    let text = std::str::from_utf8(&address).unwrap_or_default();
    if text.parse::<std::net::Ipv4Addr>().is_ok() && zone.is_empty() {
        return Err("invalid IP-literal".to_owned());
    }
    if text.parse::<Ipv6Addr>().is_err() || zone == b"%" {
        return Err("this address is not supported by molave".to_owned());
    }
    Ok([b"[", &*address, &*zone, b"]", port].concat())
}

/// Decodes `%41`; fails with Go's words for anything else after a percent sign, and for what the
/// part may not hold.
fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let in_host = matches!(part, Part::Host | Part::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            if in_host && byte.is_ascii() && !part.is_plain(*byte) {
                return Err(format!("invalid character {} in host name", shown(&[*byte])));
            }
            out.push(*byte);
            rest = after;
            continue;
        }
        let escape = rest.get(..3).unwrap_or(rest);
        let is_fine = |decoded: &u8| match part {
            Part::Host => *decoded >= 0x80 || *decoded == b'%',
            Part::Zone => matches!(*decoded, b'%' | b' ') || Part::Host.is_plain(*decoded),
            _ => true,
        };
        let Some(decoded) = decode(escape).filter(is_fine) else {
            return Err(format!("invalid URL escape {}", shown(escape)));
        };
        out.push(decoded);
        rest = rest.get(3..).unwrap_or_default();
    }
    Ok(out)
}

fn decode(escape: &[u8]) -> Option<u8> {
    let digits = escape.get(1..3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn url_join(_call: &mut Call<'_>, arguments: &[Value]) -> Result<Value, Failure> {
    let dict = map(arguments, 0);
    let (scheme, host) = (entry(&dict, "scheme")?, entry(&dict, "host")?);
    let (path, query) = (entry(&dict, "path")?, entry(&dict, "query")?);
    let (opaque, fragment) = (entry(&dict, "opaque")?, entry(&dict, "fragment")?);
    let userinfo = entry(&dict, "userinfo")?;
    let userinfo = if userinfo.is_empty() {
        None
    } else {
        let source = [b"proto://", &*userinfo, b"@host"].concat();
        parse(&source, "unable to parse userinfo in dict")?.userinfo
    };
    let mut out = scheme.clone();
    out.extend_from_slice(if scheme.is_empty() { b"" } else { b":" });
    if opaque.is_empty() {
        let has_authority = !host.is_empty() || userinfo.is_some();
        if has_authority || !(scheme.is_empty() || path.is_empty()) {
            out.extend_from_slice(b"//");
        }
        if let Some(userinfo) = userinfo {
            out.extend_from_slice(&userinfo);
            out.push(b'@');
        }
        escape(&host, Part::Host, &mut out);
        join_path(&path, !host.is_empty(), &mut out);
    } else {
        out.extend_from_slice(&opaque);
    }
    if !query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&query);
    }
    if !fragment.is_empty() {
        out.push(b'#');
        escape(&fragment, Part::Fragment, &mut out);
    }
    Ok(string(out))
}

fn join_path(path: &[u8], has_host: bool, out: &mut Vec<u8>) {
    if !path.is_empty() && !path.starts_with(b"/") && has_host {
        out.push(b'/');
    } else if out.is_empty() && first_segment(path).contains(&b':') {
        out.extend_from_slice(b"./");
    }
    if path == b"*" {
        out.push(b'*');
    } else {
        escape(path, Part::Path, out);
    }
}

fn escape(text: &[u8], part: Part, out: &mut Vec<u8>) {
    for byte in text {
        if part.is_plain(*byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
}

fn entry(dict: &Map, key: &str) -> Result<Vec<u8>, Failure> {
    match dict.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(value) if value.is_nil() => Err(NIL_DEREFERENCE.into()),
        Some(value) => {
            let kind = value.kind_name();
            Err(format!("unable to parse {key} key, must be of type string, but {kind} found")
                .into())
        }
    }
}
